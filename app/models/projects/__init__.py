"""Tables of projects, and of what they have: plans, goals, named audiences, a held queue."""
