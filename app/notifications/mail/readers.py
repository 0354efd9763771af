"""Who is to be mailed of what: as each member or admin has chosen, or as usual for their role."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal, or_, select
from sqlalchemy.sql.elements import SQLCoreOperations

from app.models import (
    AdminChoice,
    AnnouncementKind,
    How,
    Membership,
    NotificationChoice,
    Role,
    User,
    table_of,
)

PERSONAL = frozenset({AnnouncementKind.QUEUED_START_CAME, AnnouncementKind.SLOTS_ANSWERED})
"""What is told to those alone whom it concerns: whoever asked for it, before all."""
OF_OWNERS = frozenset(
    {
        AnnouncementKind.WINNER_CALLED,
        AnnouncementKind.SPLIT_BROKEN,
        AnnouncementKind.NO_VISITORS_FOR_A_DAY,
        AnnouncementKind.UNUSUAL_TRAFFIC,
        AnnouncementKind.OVERDUE,
        AnnouncementKind.PLAN_LOWERED,
        AnnouncementKind.WEBHOOK_SWITCHED_OFF,
    }
)
"""What owners are told of day by day, unless they choose otherwise."""

OF_ADMINS = frozenset({AnnouncementKind.SLOTS_REQUESTED, AnnouncementKind.QUEUED_START_CAME})
"""What is told to admins in all projects: at once, unless they choose otherwise.

That is what waits for one of them, and what a limit has let in that they had given.
"""

# Under names of their own: a statement that has these tables, too, keeps them apart.
_members = table_of(Membership).alias("reader")
_choices = table_of(NotificationChoice).alias("reader_choice")
_users = table_of(User).alias("reader_user")
_admin_choices = table_of(AdminChoice).alias("reader_admin_choice")
_how = _choices.c.how.type


def usual(kind: AnnouncementKind, role: Role, *, is_admin: bool = False) -> How:
    """Return how a member of a role is told of a kind who has chosen nothing.

    An admin who is one is to answer requests.
    """
    if kind in PERSONAL or (is_admin and kind in OF_ADMINS):
        return How.AT_ONCE
    return How.DAILY if kind in OF_OWNERS and role is Role.OWNER else How.OFF


def told(
    project_id: SQLCoreOperations[int] | int, kind: AnnouncementKind
) -> Sequence[Select[int, How]]:
    """Return who is to be told of a kind in a project, and how: members, and other admins."""
    members = _told_members(project_id, kind)
    return [members, _told_admins(project_id, kind)] if kind in OF_ADMINS else [members]


def has_reader(project_id: SQLCoreOperations[int], kind: AnnouncementKind) -> ColumnElement[bool]:
    """Return the condition that anybody is to be told of a kind in a project."""
    return or_(*(each.exists() for each in told(project_id, kind)))


def may_be_told(
    project_id: SQLCoreOperations[int],
    user_id: SQLCoreOperations[int],
    kind: SQLCoreOperations[AnnouncementKind],
) -> ColumnElement[bool]:
    """Return the condition that somebody is still a member of a project, or an admin to be told."""
    is_admin = exists().where(_users.c.id == user_id, _users.c.is_admin)
    return or_(_is_member(project_id, user_id), and_(kind.in_(OF_ADMINS), is_admin))


def _told_members(
    project_id: SQLCoreOperations[int] | int, kind: AnnouncementKind
) -> Select[int, How]:
    is_theirs = and_(
        _choices.c.project_id == _members.c.project_id,
        _choices.c.user_id == _members.c.user_id,
        _choices.c.kind == kind,
    )
    how = func.coalesce(_choices.c.how, _usual(kind), type_=_how)
    return (
        select(_members.c.user_id, how.label("how"))
        .select_from(_members.outerjoin(_choices, is_theirs))
        .where(_members.c.project_id == project_id, how != How.OFF)
    )


def _told_admins(
    project_id: SQLCoreOperations[int] | int, kind: AnnouncementKind
) -> Select[int, How]:
    """Return who is told as an admin: those who are members are told as such."""
    is_theirs = and_(
        _admin_choices.c.user_id == _users.c.id,
        _admin_choices.c.kind == kind,
    )
    how = func.coalesce(_admin_choices.c.how, How.AT_ONCE.value, type_=_how)
    return (
        select(_users.c.id.label("user_id"), how.label("how"))
        .select_from(_users.outerjoin(_admin_choices, is_theirs))
        .where(_users.c.is_admin, ~_is_member(project_id, _users.c.id), how != How.OFF)
    )


def _is_member(
    project_id: SQLCoreOperations[int] | int, user_id: SQLCoreOperations[int]
) -> ColumnElement[bool]:
    return exists().where(_members.c.project_id == project_id, _members.c.user_id == user_id)


def _usual(kind: AnnouncementKind) -> ColumnElement[str]:
    """Return how a member of `_members` is told who has chosen nothing."""
    ways = {usual(kind, role, is_admin=is_admin) for role in Role for is_admin in (False, True)}
    if len(ways) == 1:
        # psycopg reads a text of more than 4,096 characters anew each time, as would be what every
        # change of status reads: 3 % of its CPU.
        return literal(ways.pop().value)
    by_role = case(
        *((_members.c.role == role, usual(kind, role).value) for role in Role), else_=How.OFF.value
    )
    if kind not in OF_ADMINS:
        return by_role
    is_admin = exists().where(_users.c.id == _members.c.user_id, _users.c.is_admin)
    return case((is_admin, How.AT_ONCE.value), else_=by_role)
