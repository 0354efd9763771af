"""Projects in lists with their slots: those of a member, and all of them for admins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    Select,
    cast,
    func,
    literal,
    null,
    select,
    tuple_,
)

from app.accounts.members import is_open_to
from app.core.paging import Cursor
from app.core.validation import LARGEST_NUMBER
from app.database.engine import db
from app.database.rows import plan_limits
from app.database.rows.open_hold import is_held
from app.database.rows.plan_limits import HAVING, SlotRoom
from app.lifecycle.slots import Slots
from app.models import Membership, Plan, Project, Role

PAGE_SIZE = 50
MOST_RETIRED = 200


class ProjectOrder(StrEnum):
    """In which order projects are shown; those that are alike in it, by name."""

    NAME = "name"
    PLAN = "plan"
    LIVE = "live"
    FREE = "free"


@dataclass(frozen=True)
class View:
    """Which projects are wanted, and in which order; what is None lets all through.

    The page begins behind the place `after`, the `next_after` of another.
    """

    plan_code: int | None = None
    room: SlotRoom | None = None
    sort: ProjectOrder = ProjectOrder.NAME
    after: Cursor | None = None

    @property
    def is_narrowed(self) -> bool:
        """Return whether some are left out."""
        return self.plan_code is not None or self.room is not None


@dataclass(frozen=True)
class Listed:
    """A project in a list: its slots, whether its queue is held, and the reader's role in it.

    That is None for admins.
    """

    key: str
    name: str
    role: Role | None
    plan_code: int
    slots: Slots
    is_held: bool


@dataclass(frozen=True)
class Page:
    """Some projects, and the place that the next page begins behind, None on the last."""

    projects: Sequence[Listed]
    next_after: Cursor | None


@dataclass(frozen=True)
class Retired:
    """The first retired projects, and how many more there are."""

    projects: Sequence[Project] = ()
    more: int = 0


def of_member(user_id: int, after: Cursor | None) -> Page:
    """Return a page of the projects that somebody is a member of, by name."""
    statement = (
        select(*_LISTED, Membership.role)
        .join_from(Project, Plan)
        .join(Membership, Membership.project_id == Project.id)
        .where(is_open_to(user_id))
    )
    return _page(statement, ProjectOrder.NAME, after)


def listed(view: View, limit: int = PAGE_SIZE) -> Page:
    """Return a page of all projects that are not retired, for admins; their role is None."""
    statement = (
        select(*_LISTED, null().label("role"))
        .join_from(Project, Plan)
        .where(Project.retired_at.is_(None))
    )
    if view.plan_code is not None:
        statement = statement.where(Project.plan_code == view.plan_code)
    if view.room is not None:
        statement = statement.where(HAVING[view.room])
    return _page(statement, view.sort, view.after, limit)


def retired() -> Retired:
    """Return the retired projects by name, at most 200, for admins."""
    statement = select(Project).where(Project.retired_at.is_not(None))
    in_order = statement.order_by(Project.sort_name, Project.id).limit(MOST_RETIRED)
    shown = db.session.scalars(in_order).all()
    if len(shown) < MOST_RETIRED:
        return Retired(shown)
    every = db.session.scalar(select(func.count()).where(Project.retired_at.is_not(None))) or 0
    return Retired(shown, every - len(shown))


def is_place(place: Cursor, sort: ProjectOrder) -> bool:
    """Return whether a place can be one in this order."""
    return sort is ProjectOrder.NAME or _rank_in(place) is not None


_LISTED = (
    Project.id,
    Project.sort_name,
    Project.key,
    Project.name,
    Project.plan_code,
    Plan.name.label("plan_name"),
    plan_limits.LIMIT.label("running_limit"),
    Project.running_count,
    is_held(Project.id).label("is_held"),
)
# What comes before the name; unlimited is after every limit.
_RANKS: Mapping[ProjectOrder, ColumnElement[int]] = {
    ProjectOrder.PLAN: cast(Project.plan_code, BigInteger),
    ProjectOrder.LIVE: -cast(Project.running_count, BigInteger),
    ProjectOrder.FREE: func.coalesce(
        cast(plan_limits.LIMIT, BigInteger) - Project.running_count,
        literal(LARGEST_NUMBER + 1, BigInteger),
    ),
}


def _page(
    statement: Select[*tuple[Any, ...]],
    sort: ProjectOrder,
    after: Cursor | None,
    limit: int = PAGE_SIZE,
) -> Page:
    rank = _RANKS.get(sort)
    order = (
        [Project.sort_name, Project.id] if rank is None else [rank, Project.sort_name, Project.id]
    )
    if after:
        statement = statement.where(tuple_(*order) > tuple_(*_place(after, rank)))
    shown_rank = null() if rank is None else rank
    ranked = statement.add_columns(shown_rank.label("rank"), *plan_limits.COLUMNS)
    some = plan_limits.joined(ranked).order_by(*order).limit(limit + 1)
    found = db.session.execute(some).all()
    shown = [_listed(row) for row in found[:limit]]
    return Page(shown, _place_of(found[limit - 1]) if len(found) > limit else None)


def _place(after: Cursor, rank: ColumnElement[int] | None) -> list[ColumnElement[Any]]:
    name = after.seen if rank is None else after.seen.partition(" ")[2]
    behind = [literal(name, Project.sort_name.type), literal(after.id)]
    return behind if rank is None else [literal(_rank_in(after), BigInteger), *behind]


def _place_of(row: Row[*tuple[Any, ...]]) -> Cursor:
    before = "" if row.rank is None else f"{row.rank} "
    return Cursor(row.id, before + row.sort_name)


def _rank_in(place: Cursor) -> int | None:
    """Return the rank that a place says, None where it says none."""
    said = place.seen.partition(" ")[0]
    digits = said.removeprefix("-")
    is_rank = digits.isascii() and digits.isdecimal() and len(digits) <= len(str(LARGEST_NUMBER))
    return int(said) if is_rank else None


def _listed(row: Row[*tuple[Any, ...]]) -> Listed:
    override = plan_limits.of(row)
    slots = Slots(row.plan_name, row.running_limit, row.running_count, (), override)
    return Listed(row.key, row.name, row.role, row.plan_code, slots, row.is_held)
