"""What is told of somebody who is deactivated: what ended, and what is whose now."""

from collections.abc import Sequence

from app.lifecycle import StartsChoice
from app.pages.common.words import counted
from app.pages.project import handover_words
from app.tenancy.access_changes import NOTHING
from app.tenancy.departures import Left


def told(email: str, left: Sequence[Left], starts: StartsChoice | None, successor: str) -> str:
    """Return what came of a deactivation, as sentences."""
    planned = sum((each.planned for each in left), NOTHING)
    sentences = (_keys(left), _experiments(left, successor), _projects(left, successor))
    became = "".join(f" {sentence}" for sentence in sentences if sentence)
    return f"{email} is deactivated.{handover_words.ended(planned, starts)}{became}"


def _keys(left: Sequence[Left]) -> str:
    count = sum(len(each.keys) for each in left)
    return f"Ended: {counted(count, 'key')}." if count else ""


def _experiments(left: Sequence[Left], successor: str) -> str:
    count = sum(len(each.owned) for each in left)
    whose = f"Owned by {successor} now" if successor else "Without an owner now"
    return f"{whose}: {counted(count, 'experiment')}." if count else ""


def _projects(left: Sequence[Left], successor: str) -> str:
    count = sum(each.is_last_owner for each in left)
    return f"{successor} is an owner of {counted(count, 'project')} now." if count else ""
