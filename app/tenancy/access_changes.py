"""Who may change a project: given, and ended together with what they have planned.

Whatever ends somebody's access is one unit of work with what becomes of their stops and starts, so
that nothing they have planned is left to nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from app import lifecycle
from app.accounts import api_keys, key_families, members, rotation
from app.accounts.rights import changing_by_right
from app.accounts.rotation import Rotated
from app.database.engine import db
from app.database.transactions import detached
from app.database.unit_of_work import UnitOfWork
from app.lifecycle.scheduling import handovers
from app.lifecycle.scheduling.handovers import PlannedChanges, StartsChoice, Whose
from app.models import Actor, Project, Role
from app.notifications.mail import letters
from app.tenancy.projects import require_whole

NOTHING = PlannedChanges()


@dataclass(frozen=True)
class Put:
    """Who has a role now, by the e-mail that is kept, and what they had planned if that ended."""

    user_id: int
    email: str
    planned: PlannedChanges = NOTHING


def put_member(
    project_id: int, email: str, role: Role, actor: Actor, starts: StartsChoice | None = None
) -> Put:
    """Make somebody a member, or change a member's role.

    A viewer changes nothing: what a member who becomes one has planned is handed over, or dropped,
    and so is what keys have planned that they made.
    Raises what `rights.changing_by_right`, `require_whole`, `members.put` and
    `handovers.end_access` raise.
    """
    with changing_by_right(project_id, actor, Role.OWNER) as work:
        require_whole(work.session.get_one(Project, project_id))
        membership = members.put(work, email, role)
        user_id, email = membership.user_id, membership.user.email
        if role is not Role.VIEWER:
            return Put(user_id, email)
        why = f"It was planned by {email}, who only looks from now on."
        return Put(user_id, email, handovers.end_access(work, whose(work, user_id), starts, why))


def remove_member(
    project_id: int, user_id: int, actor: Actor, starts: StartsChoice | None = None
) -> PlannedChanges:
    """End a membership, and hand over or drop what they have planned; return what that was.

    They, and the keys that they made. Raises what `rights.changing_by_right`, `members.remove` and
    `handovers.end_access` raise.
    """
    # Whoever belongs to a project may leave it.
    is_own = user_id == actor.user_id
    role, happened = (Role.VIEWER, "has left") if is_own else (Role.OWNER, "was removed")
    with changing_by_right(project_id, actor, role) as work:
        email = end_membership(work, user_id)
        why = f"It was planned by {email}, who {happened}."
        return handovers.end_access(work, whose(work, user_id), starts, why)


def end_membership(work: UnitOfWork, user_id: int) -> str:
    """End a membership, and give up what was to be mailed of it; return whose e-mail it was.

    A part of a unit of work, which sees to what they have planned. Raises what `members.remove`
    does.
    """
    email = members.remove(work, user_id)
    letters.give_up_on_leaving(work.session, work.project_id, user_id)
    return email


def revoke_key(
    project_id: int, key_id: int, actor: Actor, starts: StartsChoice | None = None
) -> PlannedChanges:
    """End a key and those that end with it, and hand over or drop what they have planned.

    Returns what that was; again changes nothing. Raises what `rights.changing_by_right`,
    `api_keys.revoke` and `handovers.end_access` raise.
    """
    with changing_by_right(project_id, actor, Role.OWNER) as work:
        name, family = api_keys.revoke(work, key_id)
        why = f"It was planned by the key “{name}”, which was revoked."
        return handovers.end_access(work, Whose(api_key_ids=family), starts, why)


def rotate_key(project_id: int, key_id: int, actor: Actor, overlap: timedelta) -> Rotated:
    """Mint a key that takes the place of another, which ends after the `overlap`.

    The starts and stops that the old key has planned are the new one's. Raises what
    `rights.changing_by_right` and `rotation.rotate` raise.
    """
    with changing_by_right(project_id, actor, Role.OWNER) as work:
        rotated = rotation.rotate(work, key_id, overlap)
        why = f"Its key “{rotated.key.name}” was rotated."
        as_new = work.acted_by(Actor(actor.door, api_key_id=rotated.key.id))
        replaced = Whose(api_key_ids=(rotated.replaced.id,))
        handovers.end_access(as_new, replaced, StartsChoice.KEEP, why)
        return replace(rotated, key=detached(work.session, rotated.key))


def planned_by_members(project_id: int) -> Mapping[int, PlannedChanges]:
    """Return what each person has planned in a project, by their ids: they, or keys they made."""
    makers = {key.id: key.made_by_id for key in api_keys.listed(project_id)}
    planned: dict[int, PlannedChanges] = {}
    for (user_id, key_id), changes in lifecycle.planned_changes_in(project_id).items():
        whose = user_id if key_id is None else makers[key_id]
        if whose is not None:
            planned[whose] = planned.get(whose, NOTHING) + changes
    return planned


def planned_by_keys(project_id: int) -> Mapping[int, PlannedChanges]:
    """Return what ends with each key: what it has planned, and the keys that end with it."""
    found = lifecycle.planned_changes_in(project_id)
    families = key_families.in_project(db.session(), project_id)
    planned: dict[int, PlannedChanges] = {}
    for key in api_keys.listed(project_id):
        ending = (found.get((None, each)) for each in families.of(key.id))
        planned[key.id] = sum(filter(None, ending), NOTHING)
    return planned


def whose(work: UnitOfWork, user_id: int) -> Whose:
    """Return a person with the keys that have their rights."""
    return Whose(user_id, api_keys.made_by(work.session, work.project_id, user_id))
