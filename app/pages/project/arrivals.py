"""Words of the Install page for the events that arrive, and for their absence."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from app.events.arrivals import Arrivals
from app.events.events import Reason
from app.events.not_counted import Refusal
from app.models import now

MINUTE, HOUR, DAY = 60, 3600, 24 * 3600

NOTHING_RUNS = (
    "Nothing is live in this project: everybody sees the original, and there is nothing to "
    "count. Start an experiment first."
)
LOOK_AT = (
    "Is the script in the page? Its source has the lines of step 1, with this key.",
    "Is the page's site among those of step 2? Pages of other sites are refused.",
    "Has the site a content security policy? It must allow this server in script-src and "
    "connect-src.",
    "Does the page ask, below the lines of step 1, for the variant of an experiment that runs? "
    "Asking is what counts a visitor in; conversions count for visitors who have been counted in.",
)


WHY_NOT: Mapping[str, str] = {
    Reason.BOT: "Events of known bots, or of automated browsers",
    Reason.OWN_VISIT: "Events from your own networks, or of visitors who always see a variant",
    Reason.TOO_MANY: "Events beyond what people cause from one address",
    Reason.MALFORMED: "What is no event, or cannot be read as one",
    Reason.UNKNOWN: "Events of an experiment or a goal that this project does not have",
    Reason.NOT_RUNNING: "Events of what is not live",
    Reason.OUTSIDE_TRAFFIC: "Exposures of visitors outside the traffic",
    Reason.NOT_EXPOSED: "Conversions of visitors who had not seen a variant",
    Reason.OUTSIDE_WINDOW: "Conversions after the days of their goal",
    Reason.TOO_OLD: "Events that came more than a week late",
    Reason.IN_FUTURE: "Events with a time that is still to come",
    Refusal.OTHER_SITE: "Requests of pages of a site that is not listed in step 2",
    Refusal.RATE_LIMITED: "Requests beyond the rate limit of their key, or of one address",
}


class Left(NamedTuple):
    """What was not counted, in words: how much, and when the last of it came."""

    words: str
    number: int
    last_at: datetime


@dataclass(frozen=True)
class Check:
    """The state in one sentence; `tone` is its colour, and `hints` are what to look at.

    `not_counted` is what came in the last days and was dropped or refused.
    """

    sentence: str
    tone: str
    hints: tuple[str, ...]
    moment: datetime | None
    not_counted: tuple[Left, ...] = ()


def check(arrivals: Arrivals) -> Check:
    """Return what there is to say of a project's arrivals."""
    sums = arrivals.not_counted
    left = tuple(Left(WHY_NOT[each.reason], each.number, each.last_at) for each in sums)
    return replace(_state(arrivals), not_counted=left)


def _state(arrivals: Arrivals) -> Check:
    idle = () if arrivals.is_anything_running else (NOTHING_RUNS,)
    if arrivals.last_at is None:
        return Check("No event yet", "waiting", (*idle, *LOOK_AT), None)
    ago = _ago(arrivals.last_at)
    if arrivals.counted_at is None:
        nothing = "nothing has been counted for what is live or paused"
        sentence = f"Something arrived {ago}, but {nothing}"
        return Check(sentence, "waiting", (*idle, LOOK_AT[-1]), arrivals.last_at)
    return Check(f"Last event {ago}", "idle" if idle else "arriving", idle, arrivals.last_at)


def _ago(moment: datetime) -> str:
    seconds = max(0, round((now() - moment).total_seconds()))
    for unit, word in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"), (1, "second")):
        count = seconds // unit
        if count:
            return f"{count} {word}{'' if count == 1 else 's'} ago"
    return "just now"
