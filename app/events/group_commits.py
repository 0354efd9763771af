"""Group commits: what is sent at one moment is recorded in one transaction.

A commit waits for the disk, and takes as long for a hundred requests as for one. Each is answered
once it is over, with what was dropped of its own events.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from flask import Flask, current_app
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.accounts import key_access
from app.core import current_request, waiting
from app.core.cache import Recent
from app.core.errors import Conflict
from app.core.group_work import GroupWork
from app.database.database_errors import told_as_unavailable
from app.database.prepared import Prepared
from app.database.transactions import writing
from app.events import counting, records
from app.events.events import Dropped, Event, Receipt
from app.events.judging import Judging
from app.events.kept import kept_events
from app.models import Project, now, table_of
from app.serving import memory
from app.serving.running_experiments import Running
from app.serving.serving_keys import ServingKey
from app.web.limits import concurrency
from app.web.request_kinds import Kind

EXTENSION = "switchyard_group_commits"
USES = "switchyard_uses_of_keys_noted"
SECONDS_TO_BEGIN = 1.0
# Long enough for those who were there before, short enough to keep events and answer in time.
SECONDS_TO_RECORD = 2.0
# Together no more than the largest request a few times over, so that nobody waits for long.
MOST_EVENTS = 2_000
# It is kept to the minute: with each group it would cost a round trip.
SECONDS_NOTED = 10.0
MOST_NOTED = 10_000
# A worker has 512 threads: whoever else asks something finds one.
MOST_WAITING = 448

_project = table_of(Project).c
_version = Prepared(
    select(_project.version, _project.nonce).where(_project.id == bindparam("project"))
)


@dataclass(frozen=True)
class Sent:
    """The events of one request, and the key that they were sent with."""

    key: ServingKey
    events: Sequence[Event]

    def __len__(self) -> int:
        """Return how many events there are."""
        return len(self.events)


@dataclass(frozen=True)
class Failure:
    """Why a request was not recorded; it `may_have_changed` something where that is not sure."""

    error: Exception
    may_have_changed: bool


@dataclass
class _Told:
    """What a request is told: which of its events were dropped, and which were counted before."""

    sent: Sent
    dropped: list[Dropped] = field(default_factory=list)
    repeated: list[int] = field(default_factory=list)

    @property
    def receipt(self) -> Receipt:
        taken = len(self.sent) - len(self.dropped)
        return Receipt(taken, tuple(self.dropped), repeated=tuple(self.repeated))


Outcome = Receipt | Failure
Group = GroupWork[Sent, Outcome]


def register(app: Flask) -> None:
    """Have the application's requests of a moment share a commit, those of each project."""
    app.extensions[USES] = Recent[int, bool](SECONDS_NOTED, MOST_NOTED)
    app.extensions[EXTENSION] = Group(outcomes, len, largest=MOST_EVENTS, most_waiting=MOST_WAITING)


def record(key: ServingKey, events: Sequence[Event]) -> Receipt:
    """Record the events with those that others send now, in their order.

    Raises what keeps them from being recorded: Unavailable or the database's own error where it is
    away or busy.
    """
    group = cast("Group", current_app.extensions[EXTENSION])
    outcome = group.done(key.project_id, Sent(key, events), SECONDS_TO_BEGIN)
    if isinstance(outcome, Receipt):
        return outcome
    if outcome.may_have_changed:
        current_request.note_commit()
    raise outcome.error


def outcomes(several: Sequence[Sent]) -> Sequence[Outcome]:
    """Record requests of one project in one transaction, and return what came of each.

    None is recorded while events are kept that came before. Where one of them is refused, each is
    recorded by itself.
    """
    try:
        # Once for all of them: a look at a file has other threads go first.
        kept_events.of_app().require_none()
        with waiting.at_most(SECONDS_TO_RECORD), concurrency.room_for(Kind.COLLECTING):
            return _together_or_alone(several)
    except Exception as error:  # noqa: BLE001 - each of those who wait is told, whatever it was
        return [_failure(error)] * len(several)


def _together_or_alone(several: Sequence[Sent]) -> Sequence[Outcome]:
    if len(several) > 1:
        try:
            return _recorded(several)
        except Exception as error:
            if told_as_unavailable(error):
                raise
    return _each_alone(several)


def _each_alone(several: Sequence[Sent]) -> list[Outcome]:
    found: list[Outcome] = []
    for each in several:
        try:
            found += _recorded_beside_erasures(each)
        except Exception as error:  # noqa: BLE001 - whoever sent it is told, and nobody else
            found.append(_failure(error))
            if told_as_unavailable(error):
                break
    # Where the database is away or busy, it is for all who come after, too.
    return [*found, *found[-1:] * (len(several) - len(found))]


def _failure(error: Exception) -> Failure:
    return Failure(error, current_request.may_have_changed())


def _recorded_beside_erasures(sent: Sent) -> list[Receipt]:
    """Record a request; once more where one of its visitors is erased at the same moment."""
    try:
        return _recorded([sent])
    except Conflict:
        return _recorded([sent])


def _recorded(several: Sequence[Sent]) -> list[Receipt]:
    """Record requests of one project as if each had been recorded after the one before."""
    moment, project_id = now(), several[0].key.project_id
    noted = cast("Recent[int, bool]", current_app.extensions[USES])
    used = sorted({each.key.id for each in several if not noted.known(each.key.id)})
    with writing() as session:
        for key_id in used:
            key_access.note_use(session, key_id, moment)
        running = _running(session, project_id)
        events = [event for each in several for event in each.events]
        judging = Judging(session, project_id, running, events, moment)
        repeated = _count(session, judging)
    for key_id in used:
        noted.read(key_id, lambda: True)
    return _receipts(several, judging.dropped_in_order(), repeated)


def _count(session: Session, judging: Judging) -> frozenset[int]:
    """Record what is judged, and return the places of what had been counted before."""
    terms, moment = judging.running.terms, judging.moment
    done = judging.done()
    early = judging.early(done)
    before = records.exposures(session, early) if early else {}
    records.expose(session, judging.exposures.seen(terms), moment)
    seen = records.exposures(
        session,
        {conversion.run_unit for conversions in done.values() for conversion in conversions},
    )
    counted = judging.of_exposed(done, seen, early - before.keys())
    return counting.count(session, counted, terms, seen, moment)


def _receipts(
    several: Sequence[Sent], dropped: Sequence[Dropped], repeated: frozenset[int]
) -> list[Receipt]:
    """Return the receipt of each request; places are those among the events of all."""
    told = [_Told(each) for each in several]
    of_all = [(its, place) for its in told for place in range(len(its.sent))]
    for each in dropped:
        its, place = of_all[each.index]
        its.dropped.append(replace(each, index=place))
    for index in sorted(repeated):
        its, place = of_all[index]
        its.repeated.append(place)
    return [its.receipt for its in told]


def _running(session: Session, project_id: int) -> Running:
    """Return what runs at this moment, not what was remembered.

    A paused experiment collects nothing.
    """
    read_at = time.monotonic()
    [version] = _version.rows(session.connection(), {"project": project_id})
    return memory.of_app().running(project_id, (*version,), read_at)
