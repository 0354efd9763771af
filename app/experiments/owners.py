"""Owners of experiments: members of their projects."""

from collections import defaultdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import UnknownReference
from app.database.engine import db
from app.database.unit_of_work import UnitOfWork
from app.experiments import lookup
from app.lifecycle import entries
from app.models import Experiment, FieldChange, Kind, Membership, User


def hand_over(work: UnitOfWork, owner: User, heir: User | None) -> None:
    """Give what somebody owns in a project to another, or to nobody, and enter it of each.

    A part of a unit of work.
    """
    theirs = select(Experiment).where(
        Experiment.project_id == work.project_id, Experiment.owner_id == owner.id
    )
    change = FieldChange(field="owner", before=owner.email, after=heir.email if heir else "")
    for experiment in work.session.scalars(theirs.order_by(Experiment.test_id)).all():
        experiment.owner_id = heir and heir.id
        work.session.flush()
        entries.enter(work, lookup.subject(experiment), Kind.EDITED, changes=[change])


def owned_by_members(project_id: int) -> dict[int, list[str]]:
    """Return the names of the experiments that each person owns in a project, by their ids."""
    statement = (
        select(User.id, Experiment.name)
        .join(Experiment, Experiment.owner_id == User.id)
        .where(Experiment.project_id == project_id)
        .order_by(Experiment.name, Experiment.test_id)
    )
    owned = defaultdict[int, list[str]](list)
    for user_id, name in db.session.execute(statement):
        owned[user_id].append(name)
    return owned


def owner_id(session: Session, project_id: int, email: str) -> int | None:
    """Return the id of the member with this e-mail; None for no e-mail.

    Raises InvalidInput for somebody who is no member of the project.
    """
    if not email:
        return None
    statement = (
        select(User.id)
        .join(Membership, Membership.user_id == User.id)
        .where(User.email == email, Membership.project_id == project_id)
    )
    found = session.scalar(statement)
    if found is None:
        raise UnknownReference(f"{email} is no member of this project.", "owner")
    return found


def owner_named(project_id: int, email: str) -> int | None:
    """Do what `owner_id` does for a list that is filtered by owner."""
    return owner_id(db.session(), project_id, email)
