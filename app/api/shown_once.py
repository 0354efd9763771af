"""The member of an answer that is shown once: kept nowhere, and not told of what is only tried."""

from flask import g


def note(member: str, again: str) -> None:
    """Note that a member of the present answer is such; `again` is said in its place later."""
    g.shown_once = member, again


def without(members: dict[str, object]) -> dict[str, object]:
    """Return the members of the present answer, null for the one that is shown once."""
    return members | ({g.shown_once[0]: None} if "shown_once" in g else {})


def replaced(members: dict[str, object]) -> dict[str, object]:
    """Return what is kept of them: with a sentence, where one is shown once."""
    return without(members) | ({"detail": g.shown_once[1]} if "shown_once" in g else {})
