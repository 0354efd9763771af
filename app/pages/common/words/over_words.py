"""Words for a project in which more is live than its plan allows, and the ways out of that."""

from dataclasses import dataclass

from flask import url_for

from app.accounts.caller import Caller
from app.experiments.search import Tab
from app.lifecycle import Slots
from app.pages.common.words import limit_words


@dataclass(frozen=True)
class OverNotice:
    """What a project's page says while it is over its limit; `ways` are addresses and words."""

    lead: str
    rest: str
    ways: tuple[tuple[str, str], ...]


def until(running: int, limit: int) -> str:
    """Return what has to happen before anything more starts in a project over its limit."""
    more = "an admin gives it more slots"
    return f"{running - limit + 1} are paused, or {more}" if limit else more


def notice(caller: Caller, slots: Slots | None) -> OverNotice | None:
    """Return what to say of a project's slots, None where it is not over its limit."""
    if slots is None or slots.limit is None or not slots.over:
        return None
    lead = f"{slots.running} of {slots.limit} live: over {_limit(slots)}."
    rest = f"Nothing was stopped. Nothing more starts until {until(slots.running, slots.limit)}."
    return OverNotice(lead, rest, _ways(caller) if caller.may_change else ())


def _limit(slots: Slots) -> str:
    overridden = limit_words.overridden(slots)
    return f"its limit, {overridden}" if overridden else f"the limit of the {slots.plan_name} plan"


def _ways(caller: Caller) -> tuple[tuple[str, str], ...]:
    ways = (
        (Tab.RUNNING, "Pause some that are live"),
        (Tab.DRAFT, "Start a draft, and ask for slots"),
    )
    return tuple(
        (url_for("project.show", project_key=caller.project_key, status=tab.value), words)
        for tab, words in ways
    )
