"""Patterns: regular expressions that mean the same in every language, and never take long.

Of what RE2, JavaScript (with the flags `su`) and Python have in common: letters, `.` for any one
character, `^`, `$`, `|`, groups, classes, `\\d`, `\\D`, `\\w`, `\\W`, escaped signs, and
quantifiers. RE2 (Google) takes a time linear in the text, whatever the pattern. The browsers of
pages that decide by themselves try one way after the other: so no group repeats that has several
ways in it, since each round would double them, and what repeats one after the other has an end.
"""

import re
from functools import lru_cache
from typing import Protocol, cast

import re2

from app.core.errors import InvalidInput
from app.experiments.audiences import pattern_ways
from app.experiments.audiences.pattern_ways import Part

MOST_COMPILED = 1_000
_SIGNS = r"\\[\^$.|?*+()\[\]{}\\/]"
_IN_CLASS = r"(?:[^\\\[\]-]|\\[\[\]\\^-])"
# A hyphen is one at the edges alone: elsewhere it makes a range, of which neither end is \\d.
_CLASS = rf"\[\^?+(?!\])-?(?:{_IN_CLASS}(?:-{_IN_CLASS})?|\\[dDwW])*-?\]"
_ATOM = rf"(?:[^\\\^$.|?*+()\[\]{{}}]|{_SIGNS}|\\[dDwW]|\.|{_CLASS})"
_TIMES = r"(?:(?:[*+?]|\{\d{1,3}(?:,\d{0,3})?\})\??)?"
_COMMON = re.compile(rf"(?:{_ATOM}{_TIMES}|[\^$|]|\((?:\?:)?|\){_TIMES})*", re.ASCII)
_PARTS = re.compile(rf"(?P<sign>[\^$|]|\((?:\?:)?|\)|{_ATOM})(?P<times>{_TIMES})", re.ASCII)
_FIXED_TIMES = re.compile(r"(?:\{\d+\}\??)?")
# Of a long address made for it, two parts that repeat at will, and may share what they fit, keep a
# browser busy for a second or two, three for minutes.
_MOST_WAYS = 50_000_000
_CHARACTERS = (*map(chr, range(128)), "é")


class _Compiled(Protocol):
    """A pattern that texts are searched for."""

    def search(self, text: str) -> object | None: ...


def check(pattern: str, field: str) -> None:
    """Raise InvalidInput for a pattern that is none, not the same everywhere, or may take long."""
    try:
        _compiled(pattern)
    except re2.error:
        raise InvalidInput(f"This is no regular expression: {pattern}", field) from None
    if not _COMMON.fullmatch(pattern):
        raise InvalidInput(
            "This pattern has something that not every language has: use letters, . ^ $ | ( ) [ ],"
            " \\d, \\w, a backslash before a sign, and * + ? {2,5}.",
            field,
        )
    _check_pace(pattern, field)


def _check_pace(pattern: str, field: str) -> None:
    """Raise InvalidInput for a pattern that may keep a browser busy; it is alike everywhere."""
    if _repeats_several_ways(pattern):
        raise InvalidInput(
            "This pattern repeats a group in which something repeats, is optional or is chosen"
            f" (* + ? |), which may keep a browser busy for minutes: {pattern}",
            field,
        )
    parts = [Part(part["sign"], part["times"]) for part in _PARTS.finditer(pattern)]
    if pattern_ways.ways(parts, _letters) > _MOST_WAYS:
        raise InvalidInput(
            "This pattern can fit a text in too many ways, which may keep a browser busy for"
            " minutes: have less of it repeat, or say what may stand there, as /[^/]+/ does:"
            f" {pattern}",
            field,
        )


def _repeats_several_ways(pattern: str) -> bool:
    """Return whether a group repeats in which something repeats, is optional or is chosen."""
    has_ways = [False]
    for part in _PARTS.finditer(pattern):
        sign, times = part["sign"], part["times"]
        if sign.startswith("("):
            has_ways.append(False)
            continue
        within = sign == ")" and has_ways.pop()
        if within and times and not times.startswith("?"):
            return True
        is_way = within or sign == "|" or not _FIXED_TIMES.fullmatch(times)
        has_ways[-1] = has_ways[-1] or is_way
    return False


@lru_cache(MOST_COMPILED)
def _letters(sign: str) -> frozenset[str]:
    """Return which characters a sign asks for; one stands for all that are not of ASCII."""
    return frozenset(filter(_compiled(f"^{sign}$").search, _CHARACTERS))


def is_found(pattern: str, text: str) -> bool:
    """Return whether a part of the text matches the pattern. Raises re2.error."""
    return _compiled(pattern).search(text) is not None


@lru_cache(MOST_COMPILED)
def _compiled(pattern: str) -> _Compiled:
    options = re2.Options()
    options.dot_nl = True
    options.log_errors = False
    return cast("_Compiled", re2.compile(pattern, options))
