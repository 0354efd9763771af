"""The terms on which starts happen by themselves: an operator sets them, the rules go by them."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class StartTerms:
    """On which terms a start happens by itself.

    One that finds no slot waits in the queue until `queue_until` at the longest, and one that is
    later than `late_start` does not.
    """

    queue_until: datetime
    late_start: timedelta
