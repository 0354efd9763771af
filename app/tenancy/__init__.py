"""Projects, plans, and requests for more slots."""
