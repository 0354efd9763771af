"""What sites sent that was not counted, or got no answer: by day and reason, for the Install page.

It is added up in the process, and written by one thread once in a while: a flood costs no more than
a trickle. What cannot be written while the database is away waits until it can. A process that is
killed loses what it had not written yet.
"""

import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from threading import Lock
from typing import NamedTuple, cast

from flask import Flask, current_app
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core import waiting
from app.core.background_threads import Worker
from app.core.rare_logs import first_line, log_rarely
from app.database.database_errors import told_as_unavailable
from app.database.engine import db
from app.database.transactions import writing
from app.models import NotCounted, Project, now, table_of
from app.serving import batches
from app.serving.events import Reason
from app.web import concurrency
from app.web.request_kinds import Kind

EXTENSION = "switchyard_not_counted"
THREAD = "not counted"
SECONDS_BETWEEN = 2.0
SECONDS_TO_WAIT = 1.0
MOST_NOTED = 10_000
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


class Notes:
    """What a process has to write down."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._lock = Lock()
        self._noted: Counter[tuple[int, str]] = Counter()
        self._not_before = 0.0
        self._worker = Worker(self._write_all, self._is_any, THREAD)

    def note(self, project_id: int, numbers: Mapping[str, int]) -> None:
        """Have it written that so much of a project was not counted, by reason."""
        self._add({(project_id, reason): number for reason, number in numbers.items()})
        self._worker.wake()

    def _add(self, noted: Mapping[tuple[int, str], int]) -> None:
        with self._lock:
            for what, number in noted.items():
                if what in self._noted or len(self._noted) < MOST_NOTED:
                    self._noted[what] += number

    def _is_any(self) -> bool:
        with self._lock:
            return bool(self._noted)

    def _write_all(self) -> None:
        time.sleep(max(0.0, self._not_before - time.monotonic()))
        with self._lock:
            noted, self._noted = self._noted, Counter()
        try:
            self._write(noted)
        except Exception as error:  # noqa: BLE001 - whatever it was, the next ones are written
            if told_as_unavailable(error):
                self._add(noted)
            reason = first_line(error)
            log_rarely("not noted", "what was not counted is not yet noted: %s", reason)
        self._not_before = time.monotonic() + SECONDS_BETWEEN

    def _write(self, noted: Mapping[tuple[int, str], int]) -> None:
        with (
            self._app.app_context(),
            waiting.at_most(SECONDS_TO_WAIT),
            concurrency.room_for(Kind.WRITING),
            writing() as session,
        ):
            whole, moment = _whole(session, {project_id for project_id, _ in noted}), now()
            rows = [
                _row(project_id, reason, number, moment)
                for (project_id, reason), number in sorted(noted.items())
                if project_id in whole
            ]
            batches.add_up(session, table_of(NotCounted), rows, ("number",))


def _whole(session: Session, project_ids: Collection[int]) -> frozenset[int]:
    """Return those of the projects that there are, and of which nothing is being erased."""
    statement = select(Project.id).where(Project.id.in_(project_ids), Project.unit_salt != "")
    return frozenset(session.scalars(statement))


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
    app.extensions[EXTENSION] = Notes(app)


def note(project_id: int, reasons: Iterable[Reason | Refusal]) -> None:
    """Have it written that something of a project was not counted; nobody waits for it."""
    numbers = Counter(str(reason) for reason in reasons)
    if numbers:
        cast("Notes", current_app.extensions[EXTENSION]).note(project_id, numbers)


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
