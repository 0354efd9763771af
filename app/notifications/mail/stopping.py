"""Links that stop mails, of one project to one person, without a sign-in: signed, and for good."""

from contextlib import suppress
from typing import cast

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select

from app.core.errors import InvalidInput, NotFound
from app.database.engine import db
from app.models import Membership, Project
from app.notifications.mail import choices

_SALT = "switchyard stop mails"


def token(secret_key: str, user_id: int, project_id: int) -> str:
    """Return what a link is signed with that stops mails of a project to somebody."""
    return URLSafeSerializer(secret_key, salt=_SALT).dumps([user_id, project_id])


def project_name(secret_key: str, token: str) -> str | None:
    """Return of which project a link stops mails; None for who is no member any more.

    Raises InvalidInput for no link of this server.
    """
    user_id, project_id = _read(secret_key, token)
    statement = (
        select(Project.name)
        .join(Membership, Membership.project_id == Project.id)
        .where(Membership.user_id == user_id, Project.id == project_id)
    )
    return db.session.scalar(statement)


def stop(secret_key: str, token: str) -> None:
    """Have somebody be sent nothing of a project any more; who is no member is sent nothing.

    Raises InvalidInput for no link of this server.
    """
    user_id, project_id = _read(secret_key, token)
    with suppress(NotFound):
        choices.save(user_id, project_id, choices.NOTHING)


def _read(secret_key: str, token: str) -> tuple[int, int]:
    try:
        user_id, project_id = URLSafeSerializer(secret_key, salt=_SALT).loads(token)
    except BadSignature:
        raise InvalidInput("This link is not whole: copy all of it from the mail.") from None
    return cast("int", user_id), cast("int", project_id)
