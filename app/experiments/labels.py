"""What an experiment is grouped by: its owner, a member of the project, and its tags."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core.errors import InvalidInput, UnknownReference
from app.core.validation import CONTROL, is_visible
from app.database.engine import db
from app.database.unit_of_work import UnitOfWork
from app.experiments import lookup
from app.lifecycle import entries
from app.models import (
    LONGEST_TAG,
    Experiment,
    ExperimentTag,
    FieldChange,
    Kind,
    Membership,
    User,
    names,
)

MOST_TAGS = 10
_BETWEEN = ","


def tags_of(text: str) -> tuple[str, ...]:
    """Return the tags that a text names, by commas: folded, each once, in their order.

    What has nothing to see in it is none.
    """
    written = (names.folded(each) for each in text.split(_BETWEEN))
    return tuple(sorted({each for each in written if is_visible(each)}))


def joined(tags: Sequence[str]) -> str:
    """Return the text that names these tags."""
    return f"{_BETWEEN} ".join(tags)


def checked_tags(text: str, field: str = "tags") -> str:
    """Return the text that names the same tags as they are kept; InvalidInput for bad ones."""
    tags = tags_of(text)
    if CONTROL.search(text):
        raise InvalidInput("A tag has no control characters.", field)
    if len(tags) > MOST_TAGS:
        raise InvalidInput(f"An experiment has at most {MOST_TAGS} tags.", field)
    if any(len(tag) > LONGEST_TAG for tag in tags):
        raise InvalidInput(f"A tag has at most {LONGEST_TAG} characters.", field)
    return joined(tags)


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


def write_tags(session: Session, experiment: Experiment, text: str) -> None:
    """Give an experiment the tags that a checked text names, in place of those it has."""
    session.execute(delete(ExperimentTag).where(ExperimentTag.test_id == experiment.test_id))
    session.add_all(
        ExperimentTag(test_id=experiment.test_id, tag=tag, project_id=experiment.project_id)
        for tag in tags_of(text)
    )
