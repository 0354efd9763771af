"""An experiment's texts: its name and page, what it is for, whose it is, and its tags."""

import hashlib
from dataclasses import asdict, dataclass, fields

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, with_expression

from app.core.validation import (
    checked_description,
    checked_email,
    checked_hypothesis,
    checked_name,
    checked_ticket_url,
    checked_url,
)
from app.experiments import tagging
from app.models import Experiment, ExperimentTag, Membership, User

_FINGERPRINT_LENGTH = 16


@dataclass(frozen=True)
class Texts:
    """What an experiment says of itself.

    `url` is the address of the page under test, `owner` an e-mail, and `tags` are separated by
    commas.
    """

    name: str
    url: str = ""
    description: str = ""
    hypothesis: str = ""
    ticket_url: str = ""
    owner: str = ""
    tags: str = ""


FIELDS = tuple(field.name for field in fields(Texts))
COLUMNS = ("name", "url", "description", "hypothesis", "ticket_url")
"""The texts that are columns of the experiment."""

_tags = (
    select(func.aggregate_strings(ExperimentTag.tag, ","))
    .where(ExperimentTag.test_id == Experiment.test_id)
    .correlate(Experiment)
    .scalar_subquery()
)
_owner = (
    select(User.email).where(User.id == Experiment.owner_id).correlate(Experiment).scalar_subquery()
)
_is_member = exists().where(
    Membership.project_id == Experiment.project_id, Membership.user_id == Experiment.owner_id
)
LOADED = (
    with_expression(Experiment.tag_words, _tags),
    with_expression(Experiment.owner_email, _owner),
    with_expression(Experiment.is_owner_member, _is_member),
)
"""Options of the statement that reads an experiment whose texts are wanted."""


def loaded(session: Session, test_id: int) -> Experiment:
    """Return an experiment with what its texts take; a part of a unit of work, which knows it."""
    return session.get_one(Experiment, test_id, options=LOADED)


def of(experiment: Experiment) -> Texts:
    """Return the present texts of an experiment that was read with what is `LOADED`."""
    columns = {name: getattr(experiment, name) for name in COLUMNS}
    tags = tagging.tags_of(experiment.tag_words or "")
    return Texts(**columns, owner=experiment.owner_email or "", tags=tagging.joined(tags))


def checked(texts: Texts) -> Texts:
    """Return the texts as they are kept; InvalidInput for one that cannot be used."""
    return Texts(
        checked_name(texts.name),
        checked_url(texts.url),
        checked_description(texts.description),
        checked_hypothesis(texts.hypothesis),
        checked_ticket_url(texts.ticket_url),
        checked_email(texts.owner, "owner") if texts.owner else "",
        tagging.checked_tags(texts.tags),
    )


def fingerprints(texts: Texts) -> dict[str, str]:
    """Return for each text what tells it from any other."""
    return {field: _fingerprint(text) for field, text in asdict(texts).items()}


def is_same(one: str, other: str) -> bool:
    """Return whether two texts differ in nothing but the line ends that browsers send."""
    return _lines(one) == _lines(other)


def _fingerprint(text: str) -> str:
    return hashlib.sha256(_lines(text).encode()).hexdigest()[:_FINGERPRINT_LENGTH]


def _lines(text: str) -> str:
    """Return the text with the line ends that programs send."""
    return text.replace("\r\n", "\n")
