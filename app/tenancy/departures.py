"""When somebody leaves: what is theirs in all projects, and its end, in one unit of work."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select

from app.accounts import api_keys, browser_sessions, members, password_links, people
from app.accounts.asking import SERVING_TYPES
from app.accounts.rights import require_admin
from app.core.errors import Conflict, InvalidInput, NotFound
from app.database.engine import db
from app.database.rows import audit
from app.database.rows.audit import Deed
from app.database.transactions import enclosing, writing
from app.database.unit_of_work import changing
from app.experiments import owners
from app.lifecycle import PlannedChanges, StartsChoice
from app.lifecycle.scheduling import handovers
from app.models import Actor, AuditKind, Experiment, KeyType, Project, Role, User, now
from app.tenancy import access_changes, slot_answers, slot_requests
from app.tenancy.access_changes import NOTHING


class KeysChoice(StrEnum):
    """What becomes of the keys that somebody made for sites and servers: they go on, or end, too.

    Such a key gives nothing that they may do.
    """

    KEEP = "keep"
    END = "end"


@dataclass(frozen=True)
class Left:
    """What somebody has in a project: their role, what they own, have planned and keyed.

    The role is None where they are no member, and have taken over what others had planned.
    By `serving_keys` sites and servers evaluate; the `keys` are of those that change experiments.
    `is_last_owner` where nobody else owns the project.
    """

    project_id: int
    key: str
    name: str
    role: Role | None
    owned: Sequence[str]
    planned: PlannedChanges
    keys: Sequence[str]
    serving_keys: Sequence[str]
    asks_for_slots: bool
    is_last_owner: bool


def overview(user_id: int) -> list[Left]:
    """Return what somebody has in each of their projects, by the projects' names.

    And then in those that they do not belong to.
    """
    theirs = [_left(user_id, project, role) for project, role in people.memberships(user_id)]
    others = set(handovers.projects_with_plans_of(user_id)) - {each.project_id for each in theirs}
    return theirs + [
        _left(user_id, db.session.get_one(Project, project_id), None)
        for project_id in sorted(others)
    ]


def _left(user_id: int, project: Project, role: Role | None) -> Left:
    owned = select(Experiment.name).where(
        Experiment.project_id == project.id, Experiment.owner_id == user_id
    )
    owners = [each for each in members.listed(project.id) if each.role is Role.OWNER]
    return Left(
        project.id,
        project.key,
        project.name,
        role,
        db.session.scalars(owned.order_by(Experiment.name)).all(),
        access_changes.planned_by_members(project.id).get(user_id, NOTHING),
        api_keys.names_by_maker(project.id).get(user_id, ()),
        api_keys.names_by_maker(project.id, SERVING_TYPES).get(user_id, ()),
        slot_requests.is_open(project.id, user_id),
        role is Role.OWNER and len(owners) == 1,
    )


def deactivate(
    user_id: int,
    actor: Actor,
    starts: StartsChoice | None = None,
    successor: str = "",
    serving_keys: KeysChoice | None = None,
) -> list[Left]:
    """End all of somebody's access at once, and return what they had.

    Their sessions end, their memberships, the admin keys that they made, their link to choose a
    password, their requests for slots, and whether they are an admin; their `serving_keys` go on,
    or end. What they have planned is handed over to whoever acts, or dropped; the experiments that
    they own are the `successor`'s, or nobody's. Projects that they alone owned are the successor's,
    too.

    Raises NotFound, Forbidden for who is no admin, StartsUndecided where it is not said what
    becomes of their starts, InvalidInput where it is not said of their serving keys, for the last
    admin, for oneself, for a project that would be without an owner, and for experiments whose
    owner would be no member, and Conflict where somebody makes them a member at the same moment.
    """
    if user_id == actor.user_id:
        raise InvalidInput("You cannot deactivate yourself: another admin can.")
    heir = members.known(successor) if successor else None
    if heir is not None and heir.id == user_id:
        raise InvalidInput("Name somebody who stays.", "successor")
    with enclosing():
        return deactivate_within(user_id, actor, starts, serving_keys, heir)


def deactivate_within(
    user_id: int,
    actor: Actor,
    starts: StartsChoice | None,
    serving_keys: KeysChoice | None,
    heir: User | None = None,
) -> list[Left]:
    """Do what `deactivate` does as a part of a unit of work that encloses it."""
    with writing() as session:
        user = people.judged_by_admin(session, user_id, actor)
        people.keep_an_admin(session, user)
    left = overview(user_id)
    _require_heir(left, heir)
    _require_choice_of_keys(left, serving_keys)
    kept = SERVING_TYPES if serving_keys is KeysChoice.KEEP else frozenset()
    ending = frozenset(KeyType) - kept
    for each in sorted(left, key=lambda one: one.project_id):
        _leave(each, user_id, actor, starts, ending, heir)
    slot_answers.withdraw_all(user, actor)
    with writing() as session:
        # Locked, so that nobody makes them a member of another project meanwhile.
        user = session.get_one(User, user_id, with_for_update=True)
        if people.memberships(user_id):
            raise Conflict("Somebody has just made them a member of a project. Try again.")
        _close(user, actor)
    return left


def reactivate(user_id: int, actor: Actor) -> str:
    """Let somebody sign in again, in no project; return their e-mail. Again changes nothing.

    Raises NotFound, and Forbidden for who is no admin.
    """
    with writing() as session:
        require_admin(session, actor)
        user = session.get(User, user_id)
        if user is None:
            raise NotFound("Nobody signs in with this number.")
        if user.deactivated_at is not None:
            user.deactivated_at = None
            audit.enter(session, actor, Deed(AuditKind.PERSON_REACTIVATED, user.email))
        return user.email


def _require_heir(left: Sequence[Left], heir: User | None) -> None:
    alone = [each.name for each in left if each.is_last_owner]
    if alone and heir is None:
        names = ", ".join(f"“{name}”" for name in alone)
        raise InvalidInput(f"Nobody else owns {names}: say who is to.", "successor")
    if heir is not None:
        _require_member(left, heir)


def _require_member(left: Sequence[Left], heir: User) -> None:
    closed = [
        f"“{each.name}”"
        for each in left
        if each.owned
        and not each.is_last_owner
        and not members.role_of(each.project_id, heir.email)
    ]
    if closed:
        sentence = f"{heir.email} is no member of {', '.join(closed)}: make them one first."
        raise InvalidInput(sentence, "successor")


def _require_choice_of_keys(left: Sequence[Left], choice: KeysChoice | None) -> None:
    names = ", ".join(f"“{name}”" for each in left for name in each.serving_keys)
    if names and choice is None:
        sentence = f"Sites and servers evaluate by keys that they made ({names}): say whether to"
        raise InvalidInput(f"{sentence} keep or to end them.", "serving_keys")


def _leave(
    left: Left,
    user_id: int,
    actor: Actor,
    starts: StartsChoice | None,
    ending: Collection[KeyType],
    heir: User | None,
) -> None:
    with changing(left.project_id, actor) as work:
        user = work.session.get_one(User, user_id)
        if left.is_last_owner and heir is not None:
            members.put(work, heir.email, Role.OWNER)
        owners.hand_over(work, user, heir)
        whose = access_changes.whose(work, user_id)
        why = f"It was made by {user.email}, who was deactivated."
        api_keys.revoke_made_by(work, user_id, ending, why)
        if left.role is not None:
            access_changes.end_membership(work, user_id)
        why = f"It was planned by {user.email}, who was deactivated."
        handovers.end_access(work, whose, starts, why)


def _close(user: User, actor: Actor) -> None:
    session = db.session()
    user.deactivated_at, user.is_admin = now(), False
    # On a server of the version before, too, which asks for the password alone.
    user.password_hash = password_links.NO_PASSWORD
    password_links.end(session, user.id)
    browser_sessions.end_all(session, user)
    audit.enter(session, actor, Deed(AuditKind.PERSON_DEACTIVATED, user.email))
