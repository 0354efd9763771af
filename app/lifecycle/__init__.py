"""The rule book, the plan limit, and everything that changes a status."""
