"""What operators' machines ask: whether a process lives, whether it is ready, what it counted."""

from app.api.operators import health, metrics

DOORS = (health, metrics)
