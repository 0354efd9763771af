"""How long what is sent is claimed, tried again and kept: by webhook and by mail alike."""

from datetime import timedelta

LEASE = timedelta(minutes=2)
"""For how long a process that sends has something to itself."""
AGAIN_AFTER = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
)
"""How long after each failed attempt the next comes, as Standard Webhooks recommends."""
KEPT_FOR = timedelta(days=30)
"""How long what was announced, and what became of it, is kept."""
