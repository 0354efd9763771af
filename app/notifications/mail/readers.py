"""Who is to be mailed of what: as each member has chosen, or as usual for their role."""

from sqlalchemy import ColumnElement, Join, and_, case, exists, func
from sqlalchemy.sql.elements import SQLCoreOperations

from app.models import AnnouncementKind, How, Membership, NotificationChoice, Role, User, table_of

PERSONAL = frozenset({AnnouncementKind.QUEUED_START_CAME, AnnouncementKind.SLOTS_ANSWERED})
"""What concerns whoever asked for it, and is told to nobody else."""
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

OF_ADMINS = frozenset({AnnouncementKind.SLOTS_REQUESTED})
"""What waits for an admin, and is told at once to those who are members."""

# Under names of their own: a statement that has these tables, too, keeps them apart.
reader = table_of(Membership).alias("reader")
_choices = table_of(NotificationChoice).alias("reader_choice")
_users = table_of(User).alias("reader_user")


def usual(kind: AnnouncementKind, role: Role, *, is_admin: bool = False) -> How:
    """Return how a member of a role is told of a kind who has chosen nothing.

    An admin who is one is to answer requests.
    """
    if kind in PERSONAL or (is_admin and kind in OF_ADMINS):
        return How.AT_ONCE
    return How.DAILY if kind in OF_OWNERS and role is Role.OWNER else How.OFF


def with_choices(kind: AnnouncementKind) -> Join:
    """Return all members, with what each has chosen of a kind."""
    is_theirs = and_(
        _choices.c.project_id == reader.c.project_id,
        _choices.c.user_id == reader.c.user_id,
        _choices.c.kind == kind,
    )
    return reader.outerjoin(_choices, is_theirs)


def how_told(kind: AnnouncementKind) -> ColumnElement[How]:
    """Return how each of them is told of the kind."""
    return func.coalesce(_choices.c.how, _usual(kind), type_=_choices.c.how.type)


def _usual(kind: AnnouncementKind) -> ColumnElement[str]:
    by_role = case(
        *((reader.c.role == role, usual(kind, role).value) for role in Role), else_=How.OFF.value
    )
    if kind not in OF_ADMINS:
        return by_role
    is_admin = exists().where(_users.c.id == reader.c.user_id, _users.c.is_admin)
    return case((is_admin, How.AT_ONCE.value), else_=by_role)


def has_reader(project_id: SQLCoreOperations[int], kind: AnnouncementKind) -> ColumnElement[bool]:
    """Return the condition that any member of a project is to be told of a kind."""
    return (
        exists()
        .select_from(with_choices(kind))
        .where(reader.c.project_id == project_id, how_told(kind) != How.OFF)
    )
