"""Across the projects of a member: what is live, and what needs somebody's attention.

Each is one statement, built once, which goes by counts and indexes: however many experiments there
are, it reads those that it gives.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    text,
)
from sqlalchemy.orm import aliased, contains_eager

from app.accounts.members import is_open_to
from app.core import overdue
from app.core.database import db
from app.core.open_hold import is_held
from app.models import (
    IS_DROPPED,
    DailyVisitors,
    Door,
    Experiment,
    History,
    Kind,
    Membership,
    Plan,
    Project,
    QueuedStart,
    Run,
    ScheduledChange,
    SlotRequest,
    Standing,
    Status,
    Trouble,
    is_since,
    live_since,
    now,
    stops_first,
)
from app.overview.dismissals import is_put_aside, latest
from app.results.summaries import is_current
from app.results.verdict import Kind as VerdictKind

MOST_OF_A_KIND = 10
MOST_LIVE = 20
DROPPED_WITHIN = timedelta(days=7)
IDLE_AFTER = timedelta(days=14)
SILENT_AFTER = timedelta(days=1)
IDLE = "draft"
HELD, UNSERVED = "held", "unserved"
OVERDUE = {Status.RUNNING: Trouble.OVERDUE_START, Status.STOPPED: Trouble.OVERDUE_STOP}
LEADS_NOWHERE = (VerdictKind.NO_PRIMARY_GOAL, VerdictKind.NO_COMPARISON)


@dataclass(frozen=True)
class OverLimit:
    """A project in which more experiments run than its plan allows.

    `test_id` is the experiment that went live last; `state` is what is so, for whoever puts it
    aside.
    """

    project_key: str
    project_name: str
    running: int
    limit: int
    test_id: int
    state: str


@dataclass(frozen=True)
class OpenRequests:
    """The open requests for more slots, by the `latest_id` and its experiment."""

    number: int
    latest_id: int
    test_id: int
    is_put_aside: bool

    @property
    def state(self) -> str:
        """Return what is so, for whoever puts them aside."""
        return f"{self.number} {self.latest_id}"


@dataclass(frozen=True)
class Known:
    """An experiment of a project, since when it is what it is, and what its result says.

    `kind` is the verdict's; `state` is what is so, for whoever puts it aside. `is_silent` where no
    visitor has come for a day although it was live; `last_visitor_at` is when the last one came.
    """

    project_key: str
    project_name: str
    test_id: int
    key: str
    name: str
    since: datetime
    tone: str | None = None
    sentence: str | None = None
    kind: str | None = None
    state: str = ""
    last_visitor_at: datetime | None = None
    is_silent: bool = False


@dataclass(frozen=True)
class Dropped:
    """A start or a stop that was to come by itself and did not."""

    project_key: str
    project_name: str
    entry: History

    @property
    def state(self) -> str:
        """Return what is so, for whoever puts it aside."""
        return str(self.entry.id)


@dataclass(frozen=True)
class Version:
    """What is another whenever a project of somebody, a result in one, or what they left out is.

    And as soon as something is overdue, which is so by time alone.
    """

    parts: tuple[object, ...]
    has_put_aside: bool
    has_overdue: bool


@dataclass(frozen=True)
class Overdue:
    """A scheduled change whose moment has passed; `is_held` where its project's queue is."""

    project_key: str
    project_name: str
    test_id: int
    key: str
    name: str
    at: datetime
    target: Status
    is_held: bool

    @property
    def state(self) -> str:
        """Return what is so, for whoever puts it aside."""
        return HELD if self.is_held else UNSERVED


@dataclass(frozen=True)
class Overview:
    """The live experiments, newest first, at most 20, and at most 10 of each kind of attention.

    `is_cut` says that more needs attention, `is_live_cut` that more is live.
    """

    overdue: Sequence[Overdue]
    over_limit: Sequence[OverLimit]
    results: Sequence[Known]
    dropped: Sequence[Dropped]
    idle: Known | None
    live: Sequence[Known]
    is_cut: bool
    is_live_cut: bool


# Written out, not bound: PostgreSQL keeps a plan only for statuses that it knows to be rare.
_running_status = literal(Status.RUNNING, Experiment.status.type, literal_execute=True)
_draft_status = literal(Status.DRAFT, Experiment.status.type, literal_execute=True)
_mine = is_open_to(bindparam("user", type_=Integer))
_NAMES = (
    Project.key,
    Project.name,
    Experiment.test_id,
    Experiment.key,
    Experiment.name,
    is_since,
)
_latest_live = (
    select(Experiment.test_id)
    .where(Experiment.project_id == Project.id, Experiment.status == _running_status)
    .order_by(Experiment.changed_at.desc(), Experiment.test_id.desc())
    .limit(1)
    .correlate(Project)
    .scalar_subquery()
)
_limit_state = (
    cast(Project.running_count, String)
    .concat(" of ")
    .concat(cast(Plan.experiments_running, String))
)
_over_limit = (
    select(
        Project.key,
        Project.name,
        Project.running_count,
        Plan.experiments_running,
        Experiment.test_id,
        _limit_state,
    )
    .select_from(Membership)
    .join(Project, Project.id == Membership.project_id)
    .join(Plan, Plan.code == Project.plan_code)
    .join(Experiment, Experiment.test_id == _latest_live)
    .where(
        _mine,
        Project.running_count > Plan.experiments_running,
        ~is_put_aside(Trouble.OVER_LIMIT, Experiment.test_id, _limit_state, Experiment.changed_at),
    )
    .order_by(Project.sort_name, Project.id)
    .limit(MOST_OF_A_KIND + 1)
)
_result_state = Standing.tone.concat(" ").concat(func.coalesce(Standing.kind, ""))


def _running(*columns: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    """Return the statement for what is live, the latest first, with its standing and `columns`."""
    return (
        select(*_NAMES, Standing.tone, Standing.sentence, Standing.kind, *columns)
        .select_from(Membership)
        .join(Project, Project.id == Membership.project_id)
        .join(Experiment, Experiment.project_id == Project.id)
        .where(_mine, Project.running_count > 0, Experiment.status == _running_status)
        .order_by(Experiment.changed_at.desc(), Experiment.test_id.desc())
    )


_its_standing = (Standing.test_id == Experiment.test_id) & is_current
_last_visitor_at = (
    select(DailyVisitors.last_at)
    .join(Run, Run.id == DailyVisitors.run_id)
    .where(Run.test_id == Experiment.test_id, Run.is_current)
    .order_by(DailyVisitors.day.desc(), DailyVisitors.last_at.desc())
    .limit(1)
    .correlate(Experiment)
    .scalar_subquery()
)
_is_silent = and_(
    live_since <= bindparam("silent_since"),
    func.coalesce(_last_visitor_at, live_since) <= bindparam("silent_since"),
)
_attention_state = _result_state.concat(case((_is_silent, " silent"), else_=""))
_so_since = case(
    (and_(_is_silent, _last_visitor_at > live_since), _last_visitor_at), else_=live_since
)
# Nothing will ever come of it as it is; of an experiment that has just started that is no news.
_leads_nowhere = and_(Standing.kind.in_(LEADS_NOWHERE), live_since <= bindparam("silent_since"))
# What is sure, or broken, first: it is not pushed out by what leads nowhere.
_results = (
    _running(_attention_state, _last_visitor_at, _is_silent)
    .join(Standing, _its_standing)
    .where(
        or_(Standing.needs_attention, _leads_nowhere, _is_silent),
        ~is_put_aside(Trouble.RESULT, Experiment.test_id, _attention_state, _so_since),
    )
    .order_by(None)
    .order_by(
        Standing.needs_attention.desc(), Experiment.changed_at.desc(), Experiment.test_id.desc()
    )
    .limit(MOST_OF_A_KIND + 1)
)
_live = _running(_result_state).outerjoin(Standing, _its_standing).limit(MOST_LIVE + 1)
_oldest_draft = (
    select(Experiment.test_id)
    .where(
        Experiment.project_id == Project.id,
        Experiment.status == _draft_status,
        # What waits for a slot or for its moment has been seen to.
        ~exists().where(QueuedStart.test_id == Experiment.test_id),
        ~exists().where(ScheduledChange.test_id == Experiment.test_id),
        ~is_put_aside(Trouble.IDLE, Experiment.test_id, literal(IDLE), Experiment.changed_at),
    )
    .order_by(Experiment.changed_at, Experiment.test_id)
    .limit(1)
    .correlate(Project)
    .scalar_subquery()
)
# The oldest draft of each project first, then of all.
_longest_idle = (
    select(*_NAMES, null(), null(), null(), literal(IDLE))
    .select_from(Membership)
    .join(Project, Project.id == Membership.project_id)
    .join(Experiment, Experiment.test_id == _oldest_draft)
    .where(_mine, Project.draft_count > 0, Experiment.changed_at < bindparam("idle_since"))
    .order_by(Experiment.changed_at, Experiment.test_id)
    .limit(1)
)
_following = aliased(History)
_latest = (
    select(func.max(_following.id))
    .where(
        _following.test_id == History.test_id,
        _following.kind.not_in((Kind.REFUSED, Kind.EDITED, Kind.NOTED)),
    )
    .correlate(History)
    .scalar_subquery()
)
# What nobody has dropped by hand, and nobody has seen to since.
_dropped = (
    select(Project.key, Project.name, History)
    .select_from(Membership)
    .join(Project, Project.id == Membership.project_id)
    .join(History, History.project_id == Project.id)
    .join(History.experiment)
    .options(contains_eager(History.experiment))
    .where(
        _mine,
        text(f"history.{IS_DROPPED}"),
        History.door.in_((Door.QUEUE, Door.SCHEDULE)),
        History.at > bindparam("dropped_after"),
        History.id == _latest,
        ~is_put_aside(Trouble.DROPPED, History.test_id, cast(History.id, String), History.at),
    )
    .order_by(History.id.desc())
    .limit(MOST_OF_A_KIND + 1)
)


_last_read = (
    select(func.max(Standing.read_at))
    .join(Experiment, Experiment.test_id == Standing.test_id)
    .where(Experiment.project_id == Project.id, Experiment.status == _running_status)
    .correlate(Project)
    .scalar_subquery()
)
_is_held = is_held(Project.id)
_overdue_state = case((_is_held, HELD), else_=UNSERVED)
_is_overdue_put_aside = or_(
    *(
        and_(
            ScheduledChange.target == target,
            is_put_aside(trouble, Experiment.test_id, _overdue_state, ScheduledChange.at),
        )
        for target, trouble in OVERDUE.items()
    )
)
_what_is_overdue = (
    select(
        Project.key,
        Project.name,
        Experiment.test_id,
        Experiment.key,
        Experiment.name,
        ScheduledChange.at,
        ScheduledChange.target,
        _is_held,
    )
    .select_from(Membership)
    .join(Project, Project.id == Membership.project_id)
    .join(ScheduledChange, ScheduledChange.project_id == Project.id)
    .join(Experiment, Experiment.test_id == ScheduledChange.test_id)
    .where(_mine, overdue.IS_OVERDUE, ~_is_overdue_put_aside)
    .order_by(ScheduledChange.at, stops_first, ScheduledChange.test_id)
    .limit(MOST_OF_A_KIND + 1)
)
_versions = (
    select(
        Project.id,
        Project.version,
        Project.nonce,
        Membership.role,
        case((Project.running_count > 0, _last_read)),
        overdue.count_in(Project.id),
        latest(bindparam("user", type_=Integer)),
    )
    .join(Membership, Membership.project_id == Project.id)
    .where(_mine)
    .order_by(Project.id)
)


_how_many_open = select(func.count()).where(SlotRequest.closed_at.is_(None)).scalar_subquery()
_open_requests = (
    select(
        _how_many_open,
        SlotRequest.id,
        SlotRequest.test_id,
        is_put_aside(
            Trouble.REQUESTS,
            SlotRequest.test_id,
            cast(_how_many_open, String).concat(" ").concat(cast(SlotRequest.id, String)),
            SlotRequest.asked_at,
        ),
    )
    .where(SlotRequest.closed_at.is_(None))
    .order_by(SlotRequest.id.desc())
    .limit(1)
)


def open_requests(user_id: int) -> OpenRequests | None:
    """Return the open requests for more slots, for an admin; None where there are none."""
    found = db.session.execute(_open_requests, {"user": user_id}).first()
    return OpenRequests(*found) if found else None


def version(user_id: int) -> Version:
    """Return what the start page of somebody depends on."""
    values = {"user": user_id, **overdue.values(now())}
    rows = [tuple(row) for row in db.session.execute(_versions, values)]
    return Version(
        tuple(rows),
        has_put_aside=any(row[-1] for row in rows),
        has_overdue=any(row[-2] for row in rows),
    )


def of_member(user_id: int, *, has_overdue: bool) -> Overview:
    """Return the overview of the projects that somebody is a member of.

    What is overdue is looked for where their `version` says that something is.
    """
    moment = now()
    mine = {
        "user": user_id,
        "idle_since": moment - IDLE_AFTER,
        "dropped_after": moment - DROPPED_WITHIN,
        "silent_since": moment - SILENT_AFTER,
        **overdue.values(moment),
    }
    found = db.session.execute(_what_is_overdue, mine) if has_overdue else ()
    waiting = [Overdue(*row) for row in found]
    over_limit = [OverLimit(*row) for row in db.session.execute(_over_limit, mine)]
    results, live = _known(_results, mine), _known(_live, mine)
    dropped = [Dropped(*row) for row in db.session.execute(_dropped, mine)]
    return Overview(
        overdue=waiting[:MOST_OF_A_KIND],
        over_limit=over_limit[:MOST_OF_A_KIND],
        results=results[:MOST_OF_A_KIND],
        dropped=dropped[:MOST_OF_A_KIND],
        idle=next(iter(_known(_longest_idle, mine)), None),
        live=live[:MOST_LIVE],
        is_cut=any(len(each) > MOST_OF_A_KIND for each in (waiting, over_limit, results, dropped)),
        is_live_cut=len(live) > MOST_LIVE,
    )


def _known(statement: Select[*tuple[Any, ...]], mine: dict[str, object]) -> list[Known]:
    return [Known(*row) for row in db.session.execute(statement, mine)]
