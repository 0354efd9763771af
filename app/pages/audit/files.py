"""The audit trail as files: a table for spreadsheets, and a line of JSON for each entry."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields

from flask import Response, stream_with_context

from app.audit_trail import reading
from app.audit_trail.entries import Entry
from app.audit_trail.filters import Filters
from app.pages.common import spreadsheets

COLUMNS = tuple(field.name for field in fields(Entry))


def table(name: str, wanted: Filters) -> Response:
    """Return the entries as a CSV file of this name, newest first."""
    return spreadsheets.file(f"{name}.csv", stream_with_context(_rows(wanted)))


def lines(name: str, wanted: Filters) -> Response:
    """Return the entries as a file of JSON lines, newest first."""
    return spreadsheets.file_of_lines(f"{name}.jsonl", stream_with_context(_lines(wanted)))


def _rows(wanted: Filters) -> Iterator[str]:
    yield spreadsheets.written([COLUMNS])
    for entries in spreadsheets.read_on(reading.exported(wanted)):
        yield spreadsheets.written(_cells(entry) for entry in entries)


def _lines(wanted: Filters) -> Iterator[str]:
    for entries in spreadsheets.read_on(reading.exported(wanted)):
        yield "".join(f"{json.dumps(_facts(each), ensure_ascii=False)}\n" for each in entries)


def _facts(entry: Entry) -> dict[str, object]:
    return {**asdict(entry), "at": entry.at.isoformat(timespec="seconds")}


def _cells(entry: Entry) -> Iterable[object]:
    facts = _facts(entry)
    for column in ("changes", "decision"):
        facts[column] = json.dumps(facts[column], ensure_ascii=False) if facts[column] else ""
    return ["" if facts[column] is None else facts[column] for column in COLUMNS]
