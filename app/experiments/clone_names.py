"""The names of clones, until somebody gives them one of their own."""

import re
from collections.abc import Container, Iterator
from itertools import count

from app.core.validation import NAME_LENGTH

BRACKET = "(clone"
_BRACKETS = re.compile(r"(?:\s*\(clone(?: [0-9]+)?\))+$")
_ROOM_FOR_BRACKETS = 20


def free(name: str, taken: Container[str]) -> str:
    """Return the first of "<name> (clone)", "<name> (clone 2)" and so on that is not taken."""
    return next(each for each in _candidates(original(name)) if each not in taken)


def is_one(name: str) -> bool:
    """Return whether a name ends as those of clones do."""
    return bool(_BRACKETS.search(name))


def original(name: str) -> str:
    """Return a name without the bracket, so that the clone of a clone has no second one."""
    return _BRACKETS.sub("", name)


def beginning(name: str) -> str:
    """Return what the names of all clones of `name` begin with, long ones too."""
    return original(name)[: NAME_LENGTH - _ROOM_FOR_BRACKETS].rstrip()


def _candidates(base: str) -> Iterator[str]:
    yield _bracketed(base, f"{BRACKET})")
    for number in count(2):
        yield _bracketed(base, f"{BRACKET} {number})")


def _bracketed(base: str, bracket: str) -> str:
    kept = base[: NAME_LENGTH - len(bracket) - 1].rstrip()
    return f"{kept} {bracket}".lstrip()
