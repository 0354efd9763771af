"""Patterns: regular expressions that mean the same in every language, and never take long.

Of what RE2, JavaScript (with the flags `su`) and Python have in common: letters, `.` for any one
character, `^`, `$`, `|`, groups, classes, `\\d`, `\\D`, `\\w`, `\\W`, escaped signs, and
quantifiers. RE2 (Google) takes a time linear in the text, whatever the pattern.
"""

import re
from functools import lru_cache
from typing import Protocol, cast

import re2

from app.core.errors import InvalidInput

MOST_COMPILED = 1_000
_SIGNS = r"\\[\^$.|?*+()\[\]{}\\/]"
_IN_CLASS = r"(?:[^\\\[\]-]|\\[\[\]\\^-])"
# A hyphen is one at the edges alone: elsewhere it makes a range, of which neither end is \\d.
_CLASS = rf"\[\^?+(?!\])-?(?:{_IN_CLASS}(?:-{_IN_CLASS})?|\\[dDwW])*-?\]"
_ATOM = rf"(?:[^\\\^$.|?*+()\[\]{{}}]|{_SIGNS}|\\[dDwW]|\.|{_CLASS})"
_TIMES = r"(?:(?:[*+?]|\{\d{1,3}(?:,\d{0,3})?\})\??)?"
_COMMON = re.compile(rf"(?:{_ATOM}{_TIMES}|[\^$|]|\((?:\?:)?|\){_TIMES})*", re.ASCII)


class _Compiled(Protocol):
    """A pattern that texts are searched for."""

    def search(self, text: str) -> object | None: ...


def check(pattern: str, field: str) -> None:
    """Raise InvalidInput for a pattern that is none, or that is not the same everywhere."""
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


def is_found(pattern: str, text: str) -> bool:
    """Return whether a part of the text matches the pattern. Raises re2.error."""
    return _compiled(pattern).search(text) is not None


@lru_cache(MOST_COMPILED)
def _compiled(pattern: str) -> _Compiled:
    options = re2.Options()
    options.dot_nl = True
    options.log_errors = False
    return cast("_Compiled", re2.compile(pattern, options))
