"""In how many ways a pattern can fit a text: what a browser may have to try, one after the other.

Ways that follow each other multiply, and those of alternatives add up. What repeats goes one way
where neither what stands before it nor what follows can be a part of it, as between the slashes
of `/[^/]+/`, or where nothing follows.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import NamedTuple

_WITHOUT_END = 500
_OPTIONAL = 3
"""One more than the two, since each place in a text tries them anew."""
_RANGE = re.compile(r"\{(?P<least>\d+),(?P<most>\d*)\}\??")


class Part(NamedTuple):
    """A part of a pattern: what is asked for, or the sign of a group, and how often."""

    sign: str
    times: str


Letters = Callable[[str], frozenset[str]]
"""Which characters a sign asks for, of ASCII and of one that stands for all others."""


@dataclass
class _Group:
    """The ways of the alternatives of a group, each of parts one after the other."""

    alternatives: list[list[int]] = field(default_factory=lambda: [[]])

    @property
    def ways(self) -> int:
        several = len(self.alternatives) > 1
        return sum(map(prod, self.alternatives)) + several

    def then(self, ways: int) -> None:
        """Have something of so many ways follow."""
        self.alternatives[-1].append(ways)


def ways(parts: Sequence[Part], letters: Letters) -> int:
    """Return in how many ways the parts of a pattern can fit a long text, about."""
    groups = [_Group()]
    for place, part in enumerate(parts):
        if part.sign.startswith("("):
            groups.append(_Group())
        elif part.sign == "|":
            groups[-1].alternatives.append([])
        else:
            within = groups.pop().ways if part.sign == ")" else 1
            groups[-1].then(within * _repeated(parts, place, letters))
    return groups[0].ways


def _repeated(parts: Sequence[Part], place: int, letters: Letters) -> int:
    """Return in how many ways a part can repeat where it stands."""
    part, rest = parts[place], parts[place + 1 :]
    if not rest:
        return 1
    before = parts[place - 1] if place else Part("^", "")
    is_begun = before.sign == "^" or _is_apart(part, before, letters)
    is_ended = rest[0].sign == "$" or _is_apart(part, rest[0], letters)
    return 1 if is_begun and is_ended else _times(part.times)


def _is_apart(part: Part, other: Part, letters: Letters) -> bool:
    """Return whether the other has to be there, and is nothing that the part asks for."""
    may_be_missing = other.times.startswith("{0") or _times(other.times) > 1
    if part.sign == ")" or other.sign[0] in "^$|()" or may_be_missing:
        return False
    is_told = (part.sign + other.sign).isascii()
    return is_told and letters(part.sign).isdisjoint(letters(other.sign))


def _times(times: str) -> int:
    """Return in how many ways something can be there so many times."""
    if times.startswith(("*", "+")):
        return _WITHOUT_END
    if times.startswith("?"):
        return _OPTIONAL
    numbers = _RANGE.fullmatch(times)
    if numbers is None:
        return 1
    least = int(numbers["least"])
    return int(numbers["most"]) - least + 2 if numbers["most"] else _WITHOUT_END
