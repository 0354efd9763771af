"""What somebody has put aside of that which needs attention: it is left out until it changes."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, exists, func, select
from sqlalchemy.sql.elements import SQLCoreOperations

from app.core.errors import NotFound
from app.database.transactions import writing
from app.models import Dismissal, Experiment, Membership, Trouble, User, now

LONGEST_STATE = 64


def is_put_aside(
    trouble: Trouble,
    test_id: SQLCoreOperations[int],
    state: SQLCoreOperations[str],
    since: SQLCoreOperations[datetime],
) -> ColumnElement[bool]:
    """Return the condition that the reader, `user`, has put a trouble aside as it is now.

    It shows again once its `state` is another text, or once it is so `since` a later moment.
    """
    return exists().where(
        Dismissal.user_id == bindparam("user"),
        Dismissal.test_id == test_id,
        Dismissal.kind == trouble,
        Dismissal.state == state,
        Dismissal.at >= since,
    )


def put_aside(user_id: int, test_id: int, trouble: Trouble, state: str) -> None:
    """Leave a trouble out for a member of its project, until it is in another state.

    Requests for slots are the admins'. NotFound when it is not theirs, or there is no such
    experiment or state.
    """
    # No text in the database holds a NUL, and PostgreSQL fails when it is given one.
    if "\0" in state:
        raise NotFound("There is nothing like this to put aside.")
    is_member = exists().where(
        Membership.project_id == Experiment.project_id, Membership.user_id == user_id
    )
    is_admin = exists().where(User.id == user_id, User.is_admin)
    is_theirs = select(Experiment.test_id).where(
        Experiment.test_id == test_id, is_admin if trouble is Trouble.REQUESTS else is_member
    )
    with writing() as session:
        if session.scalar(is_theirs) is None:
            raise NotFound("Experiment not found.")
        session.merge(
            Dismissal(
                user_id=user_id,
                test_id=test_id,
                kind=trouble,
                state=state[:LONGEST_STATE],
                at=now(),
            )
        )


def show_again(user_id: int) -> None:
    """Leave nothing out any more that somebody has put aside."""
    with writing() as session:
        session.execute(delete(Dismissal).where(Dismissal.user_id == user_id))


def latest(user: ColumnElement[int]) -> ColumnElement[Any]:
    """Return when somebody put something aside last; empty where nothing is put aside."""
    return select(func.max(Dismissal.at)).where(Dismissal.user_id == user).scalar_subquery()
