"""Answers to requests for slots: granted by another plan or another limit, or declined.

Whoever asked sees the answer until they dismiss it.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import exists, select, text
from sqlalchemy.orm import aliased

from app.accounts.members import is_open_to
from app.accounts.rights import changing_as_admin, changing_by_right
from app.core.errors import Forbidden, InvalidInput, NotFound
from app.core.validation import checked_reason
from app.database.engine import db
from app.database.rows import audit, project_row
from app.database.rows.audit import Deed
from app.database.transactions import enclosing
from app.database.unit_of_work import UnitOfWork, changing
from app.models import (
    IS_ANSWERED,
    Actor,
    AnnouncementKind,
    AuditKind,
    CauseKind,
    Experiment,
    Membership,
    Project,
    QueuedStart,
    RequestOutcome,
    Role,
    SlotRequest,
    Status,
    User,
    now,
)
from app.notifications.outbox import Announcement, announce
from app.tenancy import limits, moves, overrides
from app.tenancy.agreements import TO_ANY, Consent, Effects
from app.tenancy.overrides import Grant
from app.tenancy.slot_requests import require_open

MOST_SHOWN = 10
"""How many answers are shown to somebody at once."""


@dataclass(frozen=True)
class Answered:
    """An answer that somebody has not dismissed yet, and for which experiment it was asked.

    `status` is the experiment's by now, and `is_queued` whether it still waits for a slot.
    """

    id: int
    project_key: str
    project_name: str
    experiment: str
    outcome: RequestOutcome
    answer: str
    at: datetime
    by: str
    status: Status
    is_queued: bool


def grant_plan(
    request_id: int, plan_code: int, answer: str, actor: Actor, agreed: Consent = TO_ANY
) -> Effects:
    """Put the project of a request on another plan, and answer it, in one unit of work.

    Returns what followed. Raises what `moves.move` raises, and Conflict where somebody
    has answered it already.
    """
    answer = checked_reason(answer, "answer")
    with _answering(request_id, RequestOutcome.GRANTED, answer, actor) as asked:
        return moves.move([asked.project_key], plan_code, actor, agreed).effects


def grant_override(
    request_id: int,
    limit: int | None,
    until: datetime,
    answer: str,
    actor: Actor,
    agreed: Consent = TO_ANY,
) -> Effects:
    """Give the project of a request another limit until a moment, and answer it, as `grant_plan`.

    The answer is the reason of the limit, and without one that it was asked for. Raises what
    `overrides.give` raises, and Conflict where somebody has answered it already.
    """
    answer = checked_reason(answer, "answer")
    with _answering(request_id, RequestOutcome.GRANTED, answer, actor) as asked:
        reason = answer or f"Asked for by {asked.email}."
        return overrides.give(asked.project_key, Grant(limit, until, reason), actor, agreed)


def decline(request_id: int, answer: str, actor: Actor) -> None:
    """Answer a request, and give nothing.

    Raises NotFound, Forbidden for who is no admin, InvalidInput without an answer that can be read,
    and Conflict where somebody has answered it already.
    """
    answer = checked_reason(answer, "answer")
    if not answer:
        raise InvalidInput("Say why not: whoever asked is shown it.", "answer")
    with _answering(request_id, RequestOutcome.DECLINED, answer, actor):
        pass


def withdraw_all(user: User, actor: Actor) -> None:
    """Close the open requests of somebody who is deactivated, as a part of that unit of work.

    Before the user is locked: projects are, before people, everywhere.
    """
    is_open = (SlotRequest.user_id == user.id) & SlotRequest.closed_at.is_(None)
    statement = select(SlotRequest.id, SlotRequest.project_id).where(is_open)
    for request_id, project_id in db.session.execute(statement.order_by(SlotRequest.project_id)):
        with changing(project_id, actor) as work:
            if not _is_open(work, request_id):
                continue
            # Nobody answers it: with the account of whoever asked, it is theirs no more.
            _close(work, request_id, RequestOutcome.WITHDRAWN, "", user.id)
            why = f"{user.email} was deactivated."
            audit.enter_of(work, Deed(AuditKind.REQUEST_WITHDRAWN, user.email, detail=why))


def _is_open(work: UnitOfWork, request_id: int) -> bool:
    """Return whether nobody has answered a request, now that its project is locked."""
    request = work.session.get_one(SlotRequest, request_id, populate_existing=True)
    return request.closed_at is None


def of_reader(user_id: int, project_id: int | None = None) -> Sequence[Answered]:
    """Return the answers that somebody has not dismissed, the newest first, of one project or all.

    Of those that they belong to still; ten at most: the next come as these are dismissed.
    """
    statement = _ANSWERED.where(SlotRequest.user_id == user_id, is_open_to(user_id))
    if project_id is not None:
        statement = statement.where(Project.id == project_id)
    newest_first = statement.order_by(SlotRequest.closed_at.desc(), SlotRequest.id.desc())
    return [Answered(*row) for row in db.session.execute(newest_first.limit(MOST_SHOWN))]


def dismiss(request_id: int, project_id: int, actor: Actor) -> None:
    """Show an answer no more to whoever asked; again changes nothing.

    Raises NotFound where nothing of this number was answered to them in the project.
    """
    with changing_by_right(project_id, actor, Role.VIEWER) as work:
        request = work.session.get(SlotRequest, request_id)
        if request is None or (request.project_id, request.user_id) != (project_id, actor.user_id):
            raise NotFound("Nothing was answered to you here.")
        if request.closed_at is not None and request.dismissed_at is None:
            request.dismissed_at = now()
            project_row.bump_version(work.session, project_id)


_answerer = aliased(User)
_ANSWERED = (
    select(
        SlotRequest.id,
        Project.key,
        Project.name,
        Experiment.name,
        SlotRequest.outcome,
        SlotRequest.answer,
        SlotRequest.closed_at,
        _answerer.email,
        Experiment.status,
        exists().where(QueuedStart.test_id == Experiment.test_id),
    )
    .join(SlotRequest.project)
    .join(SlotRequest.experiment)
    .join(Membership, Membership.project_id == Project.id)
    .join(_answerer, _answerer.id == SlotRequest.closed_by_id)
    .where(text(IS_ANSWERED))
)


class _Asked(NamedTuple):
    """Whose request it is, and in which project."""

    project_id: int
    project_key: str
    test_id: int
    user_id: int
    email: str


@contextmanager
def _answering(
    request_id: int, outcome: RequestOutcome, answer: str, actor: Actor
) -> Generator[_Asked]:
    """Begin a unit of work that answers a request, which is closed at its end."""
    if actor.user_id is None:
        raise Forbidden("A person answers requests: sign in.")
    asked = _asked(request_id)
    with enclosing(asked.project_id):
        # Nobody answers it meanwhile, now that the project is locked.
        with changing_as_admin(asked.project_id, actor) as work:
            require_open(work.session.get_one(SlotRequest, request_id))
            before = _limit(work)
        yield asked
        with changing_as_admin(asked.project_id, actor) as work:
            if outcome is RequestOutcome.GRANTED:
                _require_more(before, _limit(work))
            _close(work, request_id, outcome, answer, actor.user_id)
            deed = Deed(AuditKind.REQUEST_ANSWERED, asked.email, detail=outcome, reason=answer)
            audit.enter_of(work, deed)
            announce(work.session, _told(asked, outcome, answer, actor))


def _limit(work: UnitOfWork) -> int | None:
    is_it = Project.id == work.project_id
    return limits.read(work.session, is_it)[work.project_id].limit


def _require_more(before: int | None, after: int | None) -> None:
    """Raise InvalidInput where somebody would be told of more slots, and has none."""
    if limits.is_higher(after, before):
        return
    has = "no limit" if after is None else f"a limit of {after}"
    raise InvalidInput(
        f"With this the project has {has}: no more than before. Give more, or decline."
    )


def _told(asked: _Asked, outcome: RequestOutcome, answer: str, actor: Actor) -> Announcement:
    return Announcement(
        AnnouncementKind.SLOTS_ANSWERED,
        asked.project_id,
        {"outcome": outcome.value, "answer": answer},
        asked.test_id,
        actor,
        CauseKind.REQUEST,
        for_user_id=asked.user_id,
    )


def _asked(request_id: int) -> _Asked:
    statement = (
        select(Project.id, Project.key, SlotRequest.test_id, User.id, User.email)
        .select_from(SlotRequest)
        .join(SlotRequest.project)
        .join(SlotRequest.user)
        .where(SlotRequest.id == request_id)
    )
    row = db.session.execute(statement).first()
    if row is None:
        raise NotFound("Request not found.")
    return _Asked(*row)


def _close(
    work: UnitOfWork, request_id: int, outcome: RequestOutcome, answer: str, closer_id: int
) -> None:
    request = work.session.get_one(SlotRequest, request_id)
    request.closed_at, request.closed_by_id = now(), closer_id
    request.outcome, request.answer = outcome, answer
    project_row.bump_version(work.session, work.project_id)
