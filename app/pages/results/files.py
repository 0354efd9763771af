"""A result as files: the counts of days and the kept looks, as CSV and as JSON lines."""

import json
from collections.abc import Iterable, Sequence

from flask import Blueprint, Response

from app.experiments import lookup
from app.pages.common import spreadsheets
from app.pages.common.callers import member
from app.pages.results import asked, export
from app.pages.results.export import COUNTS, LOOKS, Row
from app.results import reading
from app.results.days.period import WHOLE_RUN
from app.results.report import Report

blueprint = Blueprint("result_files", __name__)

PATH = "/projects/<project_key>/experiments/<key>"


@blueprint.get(f"{PATH}/result.csv")
def counts_table(project_key: str, key: str) -> Response:
    """Show the counts by day, variant and goal, as a file."""
    found = _asked_for(project_key, key)
    return _table(f"{key}{_run(found)}", COUNTS, export.counts(found))


@blueprint.get(f"{PATH}/result.jsonl")
def counts_lines(project_key: str, key: str) -> Response:
    """Show the same as lines of JSON."""
    found = _asked_for(project_key, key)
    return _lines(f"{key}{_run(found)}", export.counts(found))


@blueprint.get(f"{PATH}/looks.csv")
def looks_table(project_key: str, key: str) -> Response:
    """Show the kept looks, as a file."""
    found = _whole_run(project_key, key)
    return _table(f"{key}{_run(found)}-looks", LOOKS, _looks(found))


@blueprint.get(f"{PATH}/looks.jsonl")
def looks_lines(project_key: str, key: str) -> Response:
    """Show the same as lines of JSON."""
    found = _whole_run(project_key, key)
    return _lines(f"{key}{_run(found)}-looks", _looks(found))


def _asked_for(project_key: str, key: str) -> Report:
    return asked.found(lookup.by_key(member(project_key).project_id, key), asked.days())


def _whole_run(project_key: str, key: str) -> Report:
    return asked.found(lookup.by_key(member(project_key).project_id, key), WHOLE_RUN)


def _looks(found: Report) -> Iterable[Row]:
    return export.looks(found, reading.looks(found.run_id))


def _run(found: Report) -> str:
    return f"-run-{found.course.number}" if found.course else ""


def _table(name: str, columns: Sequence[str], rows: Iterable[Row]) -> Response:
    cells = ([row[column] for column in columns] for row in rows)
    return spreadsheets.file(f"{name}.csv", [spreadsheets.written([columns, *cells])])


def _lines(name: str, rows: Iterable[Row]) -> Response:
    lines = (f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
    return spreadsheets.file_of_lines(f"{name}.jsonl", ["".join(lines)])
