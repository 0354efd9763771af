"""Erasing of whole projects: everything of one goes, in steps that hold no lock for long.

It begins by destroying the salt of its visitors' hashes, after which nobody can be found by them,
and the project stays closed until nothing of it is left.
"""

import math
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Select, String, Table, cast, exists, literal, select

from app.accounts.rights import changing_as_admin
from app.core.errors import InvalidInput
from app.database.deletion import ROWS_AT_ONCE, SECONDS_AT_A_TIME, delete_some
from app.database.engine import db
from app.database.rows import audit, project_row
from app.database.rows.audit import Deed
from app.database.transactions import writing
from app.events.visitor_erasure import delete_rows_of_run
from app.models import (
    Actor,
    AnsweredRequest,
    ApiKey,
    AuditKind,
    Call,
    DailyConversions,
    DailyVisitors,
    Dismissal,
    Exclusion,
    Experiment,
    ExperimentTag,
    Exposure,
    Goal,
    History,
    Look,
    Mail,
    Membership,
    NamedAudience,
    NotCounted,
    NotificationChoice,
    Origin,
    OutboxEntry,
    OwnNetwork,
    PlanOverride,
    Project,
    ProjectEntry,
    QueuedStart,
    QueueHold,
    Run,
    RunGoal,
    SampledVisitor,
    ScheduledChange,
    ScheduledRise,
    SlotDemand,
    SlotRequest,
    Standing,
    TrafficRise,
    Variant,
    WebhookDelivery,
    WebhookEndpoint,
    table_of,
)
from app.tenancy import projects

# Of what others point at without an index: for each row the database looks through all of those.
POINTED_AT_AT_ONCE = 20
_OF_RUNS = (
    Exclusion,
    Look,
    Call,
    DailyConversions,
    DailyVisitors,
    RunGoal,
    Variant,
    TrafficRise,
)
_OF_EXPERIMENTS = (
    Standing,
    Dismissal,
    ExperimentTag,
    QueuedStart,
    ScheduledChange,
    ScheduledRise,
)


_OF_PROJECTS = (
    Origin,
    OwnNetwork,
    NotCounted,
    SampledVisitor,
    Membership,
    PlanOverride,
    SlotDemand,
)


class _Part(NamedTuple):
    """Rows of a project: those of a table whose `column` is one of `values`."""

    table: Table
    column: str
    values: Select[int] | Select[str]
    at_once: int = ROWS_AT_ONCE


def begin(key: str, name: str, actor: Actor) -> None:
    """Destroy what tells a retired project's visitors apart; the jobs erase the rest of it.

    Raises NotFound, Forbidden, and InvalidInput for another name than the project's, or where it is
    not retired.
    """
    project_id = projects.by_key(key).id
    with changing_as_admin(project_id, actor) as work:
        project = work.session.get_one(Project, project_id)
        if name.strip() != project.name:
            raise InvalidInput(f"Type its name as it is written: {project.name}", "name")
        if project.retired_at is None:
            raise InvalidInput("Something of it may be live: retire it first.")
        if not project.is_being_erased:
            audit.enter_of(work, Deed(AuditKind.ERASURE_BEGUN, project.name))
        project.unit_salt = ""
        project_row.bump_version(work.session, project_id)


def erase(key: str, name: str, actor: Actor) -> None:
    """Retire a project and erase it until nothing is left.

    Raises what `begin` raises, and InvalidInput where anything is live, queued or scheduled.
    """
    project = projects.by_key(key)
    if name.strip() == project.name and not project.is_being_erased:
        projects.retire(key, actor)
    begin(key, name, actor)
    finish([project.id])


def finish(project_ids: Sequence[int]) -> None:
    """Erase projects that are being erased until nothing of them is left."""
    for project_id in project_ids:
        _go_on(project_id, math.inf)


def go_on() -> None:
    """Go on for a part of a second with what is being erased."""
    until = time.monotonic() + SECONDS_AT_A_TIME
    # A project that is not retired has a salt.
    unfinished = select(Project.id).where(Project.retired_at.is_not(None), Project.unit_salt == "")
    for project_id in db.session.scalars(unfinished).all():
        _go_on(project_id, until)


def _go_on(project_id: int, until: float) -> None:
    while _delete_visitors(project_id):
        if time.monotonic() > until:
            return
    for part in _parts(project_id):
        while _delete(project_id, part):
            if time.monotonic() > until:
                return


def _delete_visitors(project_id: int) -> bool:
    """Delete some rows of a run that has any, and return whether there was one."""
    has_rows = exists().where(Exposure.run_id == Run.id)
    with writing(project_id) as session:
        run_id = session.scalar(_runs(project_id).where(has_rows).limit(1))
        return run_id is not None and bool(delete_rows_of_run(session, run_id))


def _delete(project_id: int, part: _Part) -> bool:
    """Delete some rows of a part, and return whether there were any."""
    with writing(project_id) as session:
        rows = part.table.c[part.column].in_(part.values)
        return delete_some(session, part.table, rows, part.at_once) > 0


def _parts(project_id: int) -> Iterator[_Part]:
    """Return all that a project consists of but its visitors' rows, what points at others first."""
    experiments, runs = _experiments(project_id), _runs(project_id)
    project = select(literal(project_id))
    for model in _OF_RUNS:
        yield _Part(table_of(model), "run_id", runs)
    for model in _OF_EXPERIMENTS:
        yield _Part(table_of(model), "test_id", experiments)
    yield _Part(table_of(WebhookDelivery), "endpoint_id", _endpoints(project_id))
    for model in (WebhookEndpoint, OutboxEntry, Mail, NotificationChoice, SlotRequest, History):
        yield _Part(table_of(model), "project_id", project)
    for model in (ProjectEntry, QueueHold):
        yield _Part(table_of(model), "project_id", project, POINTED_AT_AT_ONCE)
    yield _Part(table_of(Run), "test_id", experiments)
    for model in (Goal, NamedAudience, Experiment):
        yield _Part(table_of(model), "project_id", project, POINTED_AT_AT_ONCE)
    yield _Part(table_of(AnsweredRequest), "caller", _callers(project_id))
    yield _Part(table_of(ApiKey), "project_id", project, POINTED_AT_AT_ONCE)
    for model in _OF_PROJECTS:
        yield _Part(table_of(model), "project_id", project)
    yield _Part(table_of(Project), "id", project)


def _experiments(project_id: int) -> Select[int]:
    return select(Experiment.test_id).where(Experiment.project_id == project_id)


def _endpoints(project_id: int) -> Select[int]:
    return select(WebhookEndpoint.id).where(WebhookEndpoint.project_id == project_id)


def _runs(project_id: int) -> Select[int]:
    return select(Run.id).where(Run.test_id.in_(_experiments(project_id)))


def _callers(project_id: int) -> Select[str]:
    """Return the project's keys, as answered requests name who sent them."""
    key = literal("key:").concat(cast(ApiKey.id, String))
    return select(key).where(ApiKey.project_id == project_id)
