"""Exclusions: days of a run are left out of its results, or counted again.

What looks established before was of other visitors: it counts no more, and what was called has
ended.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app.core.days import day_of
from app.core.errors import InvalidInput, NotFound, Unavailable
from app.core.rare_logs import first_line, log_rarely
from app.core.validation import checked_reason
from app.database.engine import db
from app.database.unit_of_work import UnitOfWork, changing
from app.lifecycle import entries, preconditions, subjects
from app.lifecycle.preconditions import Precondition
from app.lifecycle.subjects import Subject
from app.models import (
    LEFT_OUT,
    Actor,
    DailyVisitors,
    Exclusion,
    FieldChange,
    Kind,
    Run,
    now,
)
from app.results import looks, summaries
from app.results.days.period import DayRange

MOST = 50
"""So many exclusions a run may have."""

FIELDS = ("first_day", "last_day")
"""What their bounds are called where they are asked for."""


@dataclass(frozen=True)
class NewExclusion:
    """Days that are to be left out, and why: of the run of a number, by default the last started.

    Where none are named that is all of its days, also those that are to come.
    """

    days: DayRange
    reason: str
    run_number: int | None = None


@dataclass(frozen=True)
class Counted:
    """What is left out from now on, or counted again, and the experiment's version since."""

    exclusion: Exclusion
    version: int


def leave_out(
    project_id: int,
    test_id: int,
    wanted: NewExclusion,
    actor: Actor,
    expected: Precondition | None = None,
) -> Counted:
    """Leave days of a run out of its results.

    Raises NotFound, Refused where the experiment is not as `expected`, and InvalidInput without a
    reason, for days on which the run was not open yet, and for days that are left out already.
    """
    why, days = _checked_reason(wanted.reason), wanted.days
    with changing(project_id, actor) as work:
        experiment = subjects.load(work, test_id)
        preconditions.require(work, experiment, expected)
        run = _opened(work, test_id, wanted.run_number)
        present, made = _present(work, run), _made(run, days, why, actor)
        _require_new(run, present, days, day_of(made.at, run.time_zone))
        work.session.add(made)
        _count_otherwise(work, experiment, run, made, present, why)
        work.session.refresh(made)
        work.session.expunge(made)
        counted = Counted(made, work.version_of(test_id, experiment.version))
    _read_again(test_id)
    return counted


def count_again(
    project_id: int,
    test_id: int,
    exclusion_id: int,
    actor: Actor,
    expected: Precondition | None = None,
) -> Counted:
    """Count days again that were left out, and return what they were. Raises NotFound, Refused."""
    with changing(project_id, actor) as work:
        experiment = subjects.load(work, test_id)
        preconditions.require(work, experiment, expected)
        exclusion = work.session.get(Exclusion, exclusion_id)
        run = work.session.get(Run, exclusion.run_id) if exclusion else None
        if exclusion is None or run is None or run.test_id != test_id:
            raise NotFound("Nothing is left out by this name.")
        present = _present(work, run)
        work.session.delete(exclusion)
        _count_otherwise(work, experiment, run, exclusion, present, "")
        counted = Counted(exclusion, work.version_of(test_id, experiment.version))
    _read_again(test_id)
    return counted


def _made(run: Run, days: DayRange, reason: str, actor: Actor) -> Exclusion:
    return Exclusion(
        run_id=run.id,
        first_day=days.first,
        last_day=days.last,
        reason=reason,
        at=now(),
        user_id=actor.user_id,
        api_key_id=actor.api_key_id,
    )


def _read_again(test_id: int) -> None:
    """Have lists say what the result says now; where that fails, log it: what was asked is done."""
    try:
        summaries.read_again(test_id, now())
    except (SQLAlchemyError, Unavailable) as error:
        db.session.rollback()
        log_rarely("result not read", "a result is not read anew: %s", first_line(error))


def _checked_reason(reason: str) -> str:
    checked = checked_reason(reason)
    if not checked:
        raise InvalidInput("Say why: whoever reads the result has to know.", "reason")
    return checked


def _opened(work: UnitOfWork, test_id: int, number: int | None) -> Run:
    opened = select(Run).where(Run.test_id == test_id, Run.opened_at.is_not(None))
    chosen = opened.where(Run.number == number) if number is not None else opened
    run = work.session.scalar(chosen.order_by(Run.number.desc()).limit(1))
    if run is None:
        raise NotFound("There is no such run that was started.")
    return run


def _present(work: UnitOfWork, run: Run) -> list[Exclusion]:
    ordered = select(Exclusion).where(Exclusion.run_id == run.id).order_by(Exclusion.id)
    return [*work.session.scalars(ordered)]


def _require_new(run: Run, present: Sequence[Exclusion], days: DayRange, today: date) -> None:
    """Raise InvalidInput for days that leave nothing more out."""
    opened = day_of(run.opened_at, run.time_zone) if run.opened_at else today
    if days.first and days.first > today:
        raise InvalidInput("That day is still to come.", FIELDS[0])
    if days.last and days.last < opened:
        raise InvalidInput(f"The run was started later, on {opened:%-d %B %Y}.", FIELDS[1])
    if any((each.first_day, each.last_day) == (days.first, days.last) for each in present):
        raise InvalidInput("These days are left out already.", FIELDS[0])
    if len(present) >= MOST:
        raise InvalidInput(f"At most {MOST} are left out of a run: take one back first.", FIELDS[0])


def _count_otherwise(
    work: UnitOfWork,
    experiment: Subject,
    run: Run,
    exclusion: Exclusion,
    before: Sequence[Exclusion],
    reason: str,
) -> None:
    """Enter in history what is left out since, and end what looks have established.

    Both have one moment, so that what ended then is known to have ended by this.
    """
    work.session.flush()
    # Later than any look that could still be kept of what counted before.
    moment = now()
    _tell(work, experiment, _change(before, _present(work, run)), reason, moment)
    _recount(work, run, exclusion, moment)


def _recount(work: UnitOfWork, run: Run, exclusion: Exclusion, moment: datetime) -> None:
    """End what looks at a run have established, if anybody counts otherwise than before."""
    days = select(DailyVisitors.day).where(DailyVisitors.run_id == run.id).distinct()
    if any(exclusion.covers(day) for day in work.session.scalars(days)):
        run.recounted_at = moment
        work.session.flush()
        looks.end(work.session, [run.id], moment)


def _tell(
    work: UnitOfWork, experiment: Subject, change: FieldChange, reason: str, moment: datetime
) -> None:
    """Enter in history what is left out since."""
    facts = {"detail": LEFT_OUT, "changes": [change], "reason": reason, "at": moment}
    entries.enter(work, experiment, Kind.EDITED, **facts)


def _change(before: Sequence[Exclusion], after: Sequence[Exclusion]) -> FieldChange:
    was, becomes = ([_written(each) for each in every] for every in (before, after))
    return FieldChange(field="excluded", before=was, after=becomes)


def _written(exclusion: Exclusion) -> dict[str, str | None]:
    days = zip(FIELDS, (exclusion.first_day, exclusion.last_day), strict=True)
    return {name: day.isoformat() if day else None for name, day in days}
