"""Links that stop mails to one person without a sign-in: signed, and for good.

They stop those of one project, or those that an admin gets of projects that they are no member of.
"""

from contextlib import suppress
from typing import cast

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select

from app.core.errors import InvalidInput, NotFound
from app.database.engine import db
from app.models import Membership, Project, User
from app.notifications.mail import choices

AS_ADMIN = "projects that you are no member of"
_SALT = "switchyard stop mails"


def token(secret_key: str, user_id: int, project_id: int | None) -> str:
    """Return what a link is signed with that stops mails of a project to somebody.

    Without one, those to an admin of projects that they are no member of.
    """
    return URLSafeSerializer(secret_key, salt=_SALT).dumps([user_id, project_id])


def stopped(secret_key: str, token: str) -> str | None:
    """Return mails of what a link stops: a project's name, or `AS_ADMIN`.

    None for who is no member of it, or no admin, any more. Raises InvalidInput for no link of this
    server.
    """
    user_id, project_id = _read(secret_key, token)
    if project_id is None:
        return AS_ADMIN if db.session.get_one(User, user_id).is_admin else None
    statement = (
        select(Project.name)
        .join(Membership, Membership.project_id == Project.id)
        .where(Membership.user_id == user_id, Project.id == project_id)
    )
    return db.session.scalar(statement)


def stop(secret_key: str, token: str) -> None:
    """Have somebody be sent nothing such any more; who has left is sent nothing.

    Raises InvalidInput for no link of this server.
    """
    user_id, project_id = _read(secret_key, token)
    if project_id is None:
        choices.save_of_admin(user_id, choices.NOTHING_AS_ADMIN)
        return
    with suppress(NotFound):
        choices.save(user_id, project_id, choices.NOTHING)


def _read(secret_key: str, token: str) -> tuple[int, int | None]:
    try:
        user_id, project_id = URLSafeSerializer(secret_key, salt=_SALT).loads(token)
    except BadSignature:
        raise InvalidInput("This link is not whole: copy all of it from the mail.") from None
    return cast("int", user_id), cast("int | None", project_id)
