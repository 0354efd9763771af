"""The parts of an address that name something, beside words that are addresses themselves.

A wrong method at such a word is then no request about something of that name.
"""

from collections.abc import Iterable

from flask import Flask
from werkzeug.routing import BaseConverter, IntegerConverter

from app.core.validation import whole_number
from app.experiments.lookup import RESERVED_KEYS


def _anything_but(words: Iterable[str]) -> str:
    """Return the regular expression of a part of an address that is none of these words."""
    return rf"(?!(?:{'|'.join(sorted(words))})(?:/|$))[^/]+"


class ExperimentConverter(BaseConverter):
    """An experiment's id or key."""

    regex = _anything_but(RESERVED_KEYS)


class ProjectConverter(BaseConverter):
    """A project's key; none is `current`, as each ends with a random part."""

    regex = _anything_but({"current"})


class NumberConverter(IntegerConverter):
    """The number of a row: one that no database keeps is that of none, whatever the method.

    With a largest number of its own a rule would not match: then another method's at the same
    address has that answered with 405.
    """

    regex = "[0-9]+"

    def to_python(self, value: str) -> int:
        """Return the number, and -1 for one that is too large."""
        number = whole_number(value)
        return -1 if number is None else number


def register(app: Flask) -> None:
    """Have rules name an experiment as `<experiment:public_id>`, a project as `<project:key>`.

    And a row as `<number:id>`.
    """
    app.url_map.converters["number"] = NumberConverter
    app.url_map.converters["experiment"] = ExperimentConverter
    app.url_map.converters["project"] = ProjectConverter
