"""Letters: what is due to one person of one project, claimed, sent, and sent again for a day.

They are claimed as deliveries to webhooks are: whoever claims one puts it off for longer than
sending takes, so that nobody else sends it meanwhile, and somebody does if they never come back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.orm import Session

from app.database.engine import db
from app.database.transactions import writing
from app.models import AnnouncementKind, How, Mail, Membership, Project, User
from app.notifications.attempts import AGAIN_AFTER, KEPT_FOR, LEASE
from app.notifications.mail.readers import may_be_told

MOST_LINES = 100
"""How many sentences a letter has at most."""
_has_reader = may_be_told(Mail.project_id, Mail.user_id, Mail.kind)


@dataclass(frozen=True)
class Line:
    """A sentence of a kind, and the key of the experiment that it is about, if it is about one.

    `at` is when it has happened.
    """

    at: datetime
    kind: AnnouncementKind
    text: str
    experiment_key: str | None


@dataclass(frozen=True)
class Letter:
    """What is sent to one person of one project, `claimed_until` a moment.

    A receiver who is no member of the project gets it as an admin.
    """

    email: str
    user_id: int
    is_to_member: bool
    project_id: int
    project_key: str
    project_name: str
    how: How
    lines: Sequence[Line]
    mail_ids: Sequence[int]
    claimed_until: datetime


def is_any_due(moment: datetime) -> bool:
    """Return whether anything is to be sent at `moment`."""
    return bool(db.session.scalar(select(exists().where(Mail.next_at <= moment))))


def claim(moment: datetime) -> Letter | None:
    """Claim the letter that has been due for longest, if any is; nobody else has it.

    Mails to somebody who has left since, or is no admin any more, are given up.
    """
    first = select(Mail).where(Mail.next_at <= moment).order_by(Mail.next_at, Mail.id).limit(1)
    until = moment + LEASE
    with writing() as session:
        give_up(session, Mail.next_at <= moment, ~_has_reader)
        mail = session.scalar(first.with_for_update(skip_locked=True))
        if mail is None:
            return None
        mails = _due_with(session, mail, moment)
        for each in mails:
            each.attempts += 1
            each.next_at = until
        return _letter(session, mails, until)


def _due_with(session: Session, mail: Mail, moment: datetime) -> Sequence[Mail]:
    """Return what is due to the same person, of the same project, in the same way."""
    statement = select(Mail).where(
        Mail.project_id == mail.project_id,
        Mail.user_id == mail.user_id,
        Mail.how == mail.how,
        Mail.next_at <= moment,
    )
    oldest = statement.order_by(Mail.id).limit(MOST_LINES)
    return session.scalars(oldest.with_for_update(skip_locked=True)).all()


def _letter(session: Session, mails: Sequence[Mail], until: datetime) -> Letter:
    first = mails[0]
    project = session.get_one(Project, first.project_id)
    return Letter(
        email=session.get_one(User, first.user_id).email,
        user_id=first.user_id,
        is_to_member=session.get(Membership, (project.id, first.user_id)) is not None,
        project_id=project.id,
        project_key=project.key,
        project_name=project.name,
        how=first.how,
        lines=[
            Line(each.created_at, each.kind, each.text, each.experiment_key)
            for each in sorted(mails, key=attrgetter("created_at"))
        ],
        mail_ids=[each.id for each in mails],
        claimed_until=until,
    )


def record(letter: Letter, fault: str, moment: datetime) -> None:
    """Keep what has come, at `moment`, of sending a letter: a `fault`, or none.

    Nothing of what was given up or claimed by another meanwhile.
    """
    claimed = select(Mail).where(Mail.id.in_(letter.mail_ids), Mail.next_at == letter.claimed_until)
    with writing() as session:
        for mail in session.scalars(claimed):
            mail.fault = fault
            mail.sent_at = None if fault else moment
            mail.next_at = _again_at(mail.attempts, moment) if fault else None


def _again_at(attempts: int, moment: datetime) -> datetime | None:
    """Return when to send again after so many attempts; None for no more."""
    return moment + AGAIN_AFTER[attempts - 1] if attempts <= len(AGAIN_AFTER) else None


def give_up(session: Session, *what: ColumnElement[bool]) -> None:
    """Delete what waits to be sent, as a part of a unit of work."""
    session.execute(delete(Mail).where(Mail.next_at.is_not(None), *what))


def give_up_on_leaving(session: Session, project_id: int, user_id: int) -> None:
    """Delete what waits for who has just left a project, as a part of that unit of work.

    So it is not sent either if they come again before it is due. An admin is told as such.
    """
    give_up(session, Mail.project_id == project_id, Mail.user_id == user_id, ~_has_reader)


def forget(moment: datetime) -> None:
    """Delete what was written 30 days ago."""
    is_old = Mail.created_at < moment - KEPT_FOR
    # Looked for first: nobody waits for a writer that has nothing to write.
    if db.session.scalar(select(exists().where(is_old))):
        with writing() as session:
            session.execute(delete(Mail).where(is_old))
