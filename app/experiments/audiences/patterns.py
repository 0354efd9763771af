"""Patterns: regular expressions that mean the same in every language, and never take long.

Of what RE2, JavaScript (with the flag `u`) and Python have in common: letters, `.`, `^`, `$`, `|`,
groups, classes, `\\d`, `\\D`, `\\w`, `\\W`, escaped signs, and quantifiers. RE2 (Google) takes a
time linear in the text, whatever the pattern.
"""

import re
from functools import lru_cache
from typing import Protocol, cast

import re2

from app.core.errors import InvalidInput

MOST_COMPILED = 1_000
_SIGNS = r"\\[\^$.|?*+()\[\]{}\\/]"
_CLASS = r"\[\^?(?:[^\\\[\]]|\\[dDwW\[\]\\^-])+\]"
_ATOM = rf"(?:[^\\\^$.|?*+()\[\]{{}}]|{_SIGNS}|\\[dDwW]|\.|{_CLASS})"
_TIMES = r"(?:(?:[*+?]|\{\d{1,3}(?:,\d{0,3})?\})\??)?"
_COMMON = re.compile(rf"(?:{_ATOM}{_TIMES}|[\^$|]|\((?:\?:)?|\){_TIMES})*", re.ASCII)


class Compiled(Protocol):
    """A pattern that texts are searched for."""

    def search(self, text: str) -> object | None:
        """Return what was found, or None."""
        ...


def check(pattern: str, field: str) -> None:
    """Raise InvalidInput for a pattern that is none, or that is not the same everywhere."""
    try:
        compiled(pattern)
    except re2.error:
        raise InvalidInput(f"This is no regular expression: {pattern}", field) from None
    if not _COMMON.fullmatch(pattern):
        raise InvalidInput(
            "This pattern has something that not every language has: use letters, . ^ $ | ( ) [ ],"
            " \\d, \\w, a backslash before a sign, and * + ? {2,5}.",
            field,
        )


@lru_cache(MOST_COMPILED)
def compiled(pattern: str) -> Compiled:
    """Return the pattern, ready to be searched for. Raises re2.error."""
    options = re2.Options()
    options.log_errors = False
    return cast("Compiled", re2.compile(pattern, options))
