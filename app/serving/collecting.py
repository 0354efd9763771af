"""Collecting: the events that a site sends are recorded, or kept where they cannot be."""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.accounts import key_access
from app.core import waiting
from app.core.errors import Conflict, Unavailable
from app.core.rare_logs import first_line, log_rarely
from app.database.database_errors import told_as_unavailable
from app.database.transactions import writing
from app.models import Project, now
from app.serving import counting, keeping, kept_events, memory, records
from app.serving.events import Event, Receipt
from app.serving.judging import Judging
from app.serving.keeping import Part
from app.serving.records import JudgedConversion
from app.serving.running_experiments import Running
from app.serving.serving_keys import ServingKey
from app.web import concurrency

# Long enough for those who were there before, short enough to keep events and answer in time.
SECONDS_TO_RECORD = 2.0


def collect(key: ServingKey, events: Sequence[Event]) -> Receipt:
    """Record the events in one unit of work, in their order: what comes before it converts nobody.

    The variant is worked out here from the unit: what the sender believes is not asked.

    While the database is away or busy they are kept, and all that come after them until those are
    recorded. Raises Unavailable where there is no room for that.
    """
    moment = now()
    if not _is_to_be_kept():
        try:
            with waiting.at_most(SECONDS_TO_RECORD):
                return _recorded_beside_erasures(key, events, moment)
        except (SQLAlchemyError, Unavailable) as error:
            if not told_as_unavailable(error):
                raise
            log_rarely("not recorded", "events cannot be recorded: %s", first_line(error))
    return _kept(key, events, moment)


def _is_to_be_kept() -> bool:
    return (
        concurrency.is_without_place()
        or kept_events.of_app().is_any()
        or memory.of_app().is_database_away
    )


def _recorded_beside_erasures(
    key: ServingKey, events: Sequence[Event], moment: datetime
) -> Receipt:
    """Record the events; once more where one of their visitors is erased at the same moment."""
    try:
        return _recorded(key, events, moment)
    except Conflict:
        return _recorded(key, events, moment)


def _recorded(key: ServingKey, events: Sequence[Event], moment: datetime) -> Receipt:
    with writing() as session:
        key_access.note_use(session, key.id, moment)
        running = _running(session, key.project_id)
        judging = Judging(session, key.project_id, running, events, moment)
        done = judging.done()
        early = judging.early(done)
        before = records.exposures(session, early) if early else {}
        records.expose(session, judging.exposures.seen(running.terms), moment)
        seen = records.exposures(
            session,
            {conversion.run_unit for conversions in done.values() for conversion in conversions},
        )
        counted = judging.of_exposed(done, seen, early - before.keys())
        repeated = counting.count(session, counted, running.terms, seen, moment)
    dropped = judging.dropped_in_order()
    return Receipt(len(events) - len(dropped), dropped, repeated=tuple(sorted(repeated)))


def _kept(key: ServingKey, events: Sequence[Event], moment: datetime) -> Receipt:
    """Keep the events, judged by what this process remembers to run."""
    running = memory.of_app().remembered(key.project_id)
    if running is None:
        raise Unavailable
    judging = Judging(None, key.project_id, running, events, moment)
    exposed, done = judging.exposures.said(), judging.done()
    lives, dropped = tuple(running.experiments.values()), judging.dropped_in_order()
    kept = len(events) - len(dropped)
    early = {
        index: conversions
        for index, conversions in done.items()
        if any(judging.exposures.is_early(index, conversion.run_unit) for conversion in conversions)
    }
    rest = {index: conversions for index, conversions in done.items() if index not in early}
    # Recorded before the exposures, they convert only those whom an earlier request exposed.
    first = [Part((), _all(early), len(early))] if early else []
    keeping.keep(key, moment, lives, *first, Part(exposed, _all(rest), kept - len(early)))
    return Receipt(0, dropped, kept)


def _all(done: Mapping[int, Sequence[JudgedConversion]]) -> list[JudgedConversion]:
    return [conversion for conversions in done.values() for conversion in conversions]


def _running(session: Session, project_id: int) -> Running:
    """Return what runs at this moment, not what was remembered.

    A paused experiment collects nothing.
    """
    read_at = time.monotonic()
    version = select(Project.version, Project.nonce).where(Project.id == project_id)
    number, nonce = session.execute(version).one()
    return memory.of_app().running(project_id, (number, nonce), read_at)
