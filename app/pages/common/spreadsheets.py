"""Tables as files: for spreadsheets, and for programs."""

import csv
import io
from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import TypeVar

from flask import Response

from app.core import waiting
from app.web.limits import concurrency
from app.web.request_kinds import Kind

Row = Iterable[object]
Portion = TypeVar("Portion")

# Spreadsheets take a file without it for one in the computer's own encoding.
BYTE_ORDER_MARK = "\ufeff"
# Of full width too: spreadsheets in East Asia compute those.
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def file(name: str, pieces: Iterable[str]) -> Response:
    """Return a CSV file of this name, sent piece by piece."""
    answer = Response(_begun(pieces), mimetype="text/csv")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def file_of_lines(name: str, pieces: Iterable[str]) -> Response:
    """Return a file of JSON lines of this name, sent piece by piece (https://jsonlines.org)."""
    answer = Response(_begun(pieces, ""), mimetype="application/jsonl")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def read_on(portions: Iterator[Sequence[Portion]]) -> Iterator[Sequence[Portion]]:
    """Read some rows at a time: the request has given its place back when it began to answer.

    Raises Busy where there is no room to read on: the file breaks off then.
    """
    while True:
        with waiting.at_most(waiting.SECONDS_OF_REQUEST), concurrency.room_for(Kind.READING):
            rows = next(portions, ())
        if not rows:
            return
        yield rows


def _begun(pieces: Iterable[str], beginning: str = BYTE_ORDER_MARK) -> Generator[str]:
    """Give the pieces of an answer: one that has begun may take any time."""
    yield beginning
    waiting.bound(None)
    yield from pieces


def written(rows: Iterable[Row]) -> str:
    """Rows as a piece of a CSV file; what a spreadsheet would compute is marked as text."""
    text = io.StringIO()
    # Quoted, a name stays one cell where a spreadsheet separates them otherwise.
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerows(map(_harmless, row) for row in rows)
    return text.getvalue()


def _harmless(cell: object) -> object:
    """Return the cell as text, if a spreadsheet would compute it (OWASP, CSV injection).

    A truth value is "true" or "false", as in JSON.
    """
    if isinstance(cell, bool):
        return str(cell).lower()
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_BEGINS_A_FORMULA) else cell
