"""What is told of somebody who is deactivated: what ended, and what is whose now."""

from collections.abc import Sequence

from app.lifecycle import StartsChoice
from app.pages.common.words.phrases import counted, quoted
from app.pages.project import handover_words
from app.tenancy.access_changes import NOTHING
from app.tenancy.departures import KeysChoice, Left

KEYS = {
    KeysChoice.KEEP: "Keep them: sites that use them go on",
    KeysChoice.END: "End them: sites that use them show the original",
}


def decided_keys(said: str | None) -> KeysChoice | None:
    """Return what a form says of keys of sites and servers, None where it says nothing."""
    return KeysChoice(said) if said in set(KeysChoice) else None


def told(
    email: str,
    left: Sequence[Left],
    starts: StartsChoice | None,
    successor: str,
    keys: KeysChoice | None,
) -> str:
    """Return what came of a deactivation, as sentences."""
    planned = sum((each.planned for each in left), NOTHING)
    sentences = (
        _keys(left, keys),
        _requests(left),
        _experiments(left, successor),
        _projects(left, successor),
    )
    became = "".join(f" {sentence}" for sentence in sentences if sentence)
    return f"{email} is deactivated.{handover_words.ended(planned, starts)}{became}"


def _keys(left: Sequence[Left], choice: KeysChoice | None) -> str:
    ended = [name for each in left for name in each.keys]
    serving = [name for each in left for name in each.serving_keys]
    if choice is KeysChoice.KEEP:
        return f"{_named('Ended', ended)}{_named(' Kept', serving)}".strip()
    return _named("Ended", [*ended, *serving])


def _requests(left: Sequence[Left]) -> str:
    count = sum(each.asks_for_slots for each in left)
    return f"Withdrawn: {counted(count, 'request')} for slots." if count else ""


def _named(became: str, names: Sequence[str]) -> str:
    return f"{became}: {counted(len(names), 'key')} ({quoted(names)})." if names else ""


def _experiments(left: Sequence[Left], successor: str) -> str:
    count = sum(len(each.owned) for each in left)
    whose = f"Owned by {successor} now" if successor else "Without an owner now"
    return f"{whose}: {counted(count, 'experiment')}." if count else ""


def _projects(left: Sequence[Left], successor: str) -> str:
    count = sum(each.is_last_owner for each in left)
    return f"{successor} is an owner of {counted(count, 'project')} now." if count else ""
