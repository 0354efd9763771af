"""What sites sent that was not counted, or got no answer: by day and reason, for the Install page.

What cannot be written while the database is away waits until it can.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from operator import add
from typing import NamedTuple, cast

from flask import Flask, current_app
from sqlalchemy import delete, select

from app.database import batches
from app.database.engine import db
from app.database.rows import project_row
from app.database.transactions import writing
from app.events.events import Reason
from app.models import NotCounted, now, table_of
from app.web.written_behind import Manner, WrittenBehind

EXTENSION = "switchyard_not_counted"
THREAD = "not counted"
COMPLAINT = "what was not counted is not yet noted"
SECONDS_BETWEEN = 2.0
DAYS_SHOWN = timedelta(days=7)
DAYS_KEPT = timedelta(days=30)


class Refusal(StrEnum):
    """Why a request of a site got no answer."""

    OTHER_SITE = "other_site"
    RATE_LIMITED = "rate_limited"


class Sum(NamedTuple):
    """So much was not counted for a reason, the last of it at a moment."""

    reason: str
    number: int
    last_at: datetime


Notes = WrittenBehind[tuple[int, str], int]


def _write(noted: Mapping[tuple[int, str], int]) -> None:
    with writing() as session:
        project_ids = {project_id for project_id, _ in noted}
        whole, moment = project_row.whole(session, project_ids), now()
        rows = [
            _row(project_id, reason, number, moment)
            for (project_id, reason), number in sorted(noted.items())
            if project_id in whole
        ]
        batches.add_up(session, table_of(NotCounted), rows, ("number",))


def _row(project_id: int, reason: str, number: int, moment: datetime) -> dict[str, object]:
    return {
        "project_id": project_id,
        "day": moment.date(),
        "reason": reason,
        "number": number,
        "last_at": moment,
    }


def register(app: Flask) -> None:
    """Give the application notes of its own."""
    manner = Manner(THREAD, COMPLAINT, SECONDS_BETWEEN, is_kept=True)
    app.extensions[EXTENSION] = Notes(app, manner, _write, add)


def note(project_id: int, reasons: Iterable[Reason | Refusal]) -> None:
    """Have it written that something of a project was not counted; nobody waits for it."""
    notes = cast("Notes", current_app.extensions[EXTENSION])
    for reason, number in Counter(map(str, reasons)).items():
        notes.note((project_id, reason), number)


def of_late(project_id: int) -> list[Sum]:
    """Return what was not counted in the last 7 days, by reason, what came last first."""
    statement = select(NotCounted.reason, NotCounted.number, NotCounted.last_at).where(
        NotCounted.project_id == project_id, NotCounted.day > (now() - DAYS_SHOWN).date()
    )
    sums: dict[str, Sum] = {}
    for reason, number, last_at in db.session.execute(statement):
        before = sums.get(reason, Sum(reason, 0, last_at))
        sums[reason] = Sum(reason, before.number + number, max(before.last_at, last_at))
    return sorted(sums.values(), key=lambda each: each.last_at, reverse=True)


def forget(moment: datetime) -> None:
    """Delete what is older than anybody is shown."""
    old = NotCounted.day < (moment - DAYS_KEPT).date()
    if db.session.scalar(select(NotCounted.day).where(old).limit(1)) is not None:
        with writing() as session:
            session.execute(delete(NotCounted).where(old))
