"""Words of the Install page for the events that arrive, and for their absence."""

from dataclasses import dataclass
from datetime import datetime

from app.models import now
from app.serving.arrivals import Arrivals

MINUTE, HOUR, DAY = 60, 3600, 24 * 3600

NOTHING_RUNS = (
    "Nothing is live in this project: everybody sees the original, and there is nothing to "
    "count. Start an experiment first."
)
LOOK_AT = (
    "Is the script in the page? Its source has the tag from step 1, with this key.",
    "Is the page's site among those of step 2? Browsers of other sites get no answer.",
    "Has the site a content security policy? It must allow this server in script-src and "
    "connect-src.",
    "Does the page ask for the variant of an experiment that runs? Asking is what counts a visitor "
    "in; conversions count for visitors who have been counted in.",
)


@dataclass(frozen=True)
class Check:
    """The state in one sentence; `tone` is its colour, and `hints` are what to look at."""

    sentence: str
    tone: str
    hints: tuple[str, ...]
    moment: datetime | None


def check(arrivals: Arrivals) -> Check:
    """Return what there is to say of a project's arrivals."""
    idle = () if arrivals.is_anything_running else (NOTHING_RUNS,)
    if arrivals.last_at is None:
        return Check("No event yet", "waiting", (*idle, *LOOK_AT), None)
    ago = _ago(arrivals.last_at)
    if arrivals.counted_at is None:
        sentence = f"Something arrived {ago}, but nothing has been counted"
        return Check(sentence, "waiting", (*idle, LOOK_AT[-1]), arrivals.last_at)
    return Check(f"Last event {ago}", "idle" if idle else "arriving", idle, arrivals.last_at)


def _ago(moment: datetime) -> str:
    seconds = max(0, round((now() - moment).total_seconds()))
    for unit, word in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"), (1, "second")):
        count = seconds // unit
        if count:
            return f"{count} {word}{'' if count == 1 else 's'} ago"
    return "just now"
