"""Edits of what an experiment says of itself.

Nobody overwrites what they have not seen: an edit brings a fingerprint of each text as its author
saw it. `updated_at` would not do for that, since starting and pausing move it too.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app.database.unit_of_work import UnitOfWork, changing
from app.experiments import owners, tagging, texts
from app.experiments.texts import FIELDS, Texts
from app.lifecycle import entries, rules, subjects
from app.lifecycle.subjects import Subject
from app.models import Actor, Experiment, FieldChange, Kind, now

_WORDS = {
    "name": "name",
    "url": "page",
    "description": "description",
    "hypothesis": "hypothesis",
    "ticket_url": "ticket",
    "owner": "owner",
    "tags": "tags",
}


@dataclass(frozen=True)
class Edit:
    """The texts that somebody wants, and the `fingerprint` of those that they saw before."""

    texts: Texts
    expected: str


@dataclass(frozen=True)
class Change:
    """One text, as it was and as it is now."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class Edited:
    """A saved edit: no changes where everything was so already."""

    changes: tuple[Change, ...]
    at: datetime


@dataclass(frozen=True)
class Clash:
    """A text that somebody else has changed since it was seen, and what it says now.

    `is_touched` where the edit wanted to change it too.
    """

    field: str
    present: str
    is_touched: bool


@dataclass(frozen=True)
class Overtaken:
    """Somebody else was faster, and nothing is saved; `expected` is the fingerprint of now."""

    clashes: tuple[Clash, ...]
    expected: str


def edit(project_id: int, test_id: int, wanted: Edit, actor: Actor) -> Edited | Overtaken:
    """Give an experiment other texts, in one unit of work, and return what has changed.

    Overtaken, with nothing changed, where somebody else has edited what `wanted` would overwrite.
    Raises NotFound, InvalidInput, and Refused when the rules let nobody edit it.
    """
    wanted = Edit(texts.checked(wanted.texts), wanted.expected)
    with changing(project_id, actor) as work:
        found = subjects.load(work, test_id)
        experiment, present = _opened(work, found)
        if found_clashes := clashes(present, wanted):
            return Overtaken(found_clashes, fingerprint(present))
        return _save(work, found, experiment, changes(present, wanted.texts))


def change_within(work: UnitOfWork, found: Subject, changed: Callable[[Texts], Texts]) -> Texts:
    """Give an experiment the texts that `changed` makes of its present ones, and return them.

    A part of a unit of work. Raises InvalidInput, and Refused when the rules let nobody edit it.
    """
    experiment, present = _opened(work, found)
    wanted = texts.checked(changed(present))
    _save(work, found, experiment, changes(present, wanted))
    return wanted


def _opened(work: UnitOfWork, found: Subject) -> tuple[Experiment, Texts]:
    """Return what is to be edited, with its present texts. Raises Refused."""
    rules.require_editable(found)
    experiment = texts.loaded(work.session, found.test_id)
    return experiment, texts.of(experiment)


def _save(
    work: UnitOfWork, found: Subject, experiment: Experiment, wanted: tuple[Change, ...]
) -> Edited:
    """Write texts that were checked, and enter in history which."""
    edited = Edited(wanted, now())
    if wanted:
        _write(work, experiment, edited)
        facts = [FieldChange(**vars(change)) for change in wanted]
        words = ", ".join(_WORDS[change.field] for change in wanted)
        entries.enter(work, found, Kind.EDITED, detail=words, changes=facts)
    return edited


def fingerprint(present: Texts) -> str:
    """Return what tells the present texts of an experiment from any others."""
    return ":".join(texts.fingerprints(present).values())


def changes(present: Texts, wanted: Texts) -> tuple[Change, ...]:
    """Return what the edit would change."""
    pairs = ((field, getattr(present, field), getattr(wanted, field)) for field in FIELDS)
    return tuple(Change(*each) for each in pairs if not texts.is_same(each[1], each[2]))


def clashes(present: Texts, wanted: Edit) -> tuple[Clash, ...]:
    """Return which of its changes would overwrite what the edit's author has not seen."""
    expected = dict(zip(FIELDS, wanted.expected.split(":"), strict=False))
    now_there, then_there = texts.fingerprints(present), texts.fingerprints(wanted.texts)
    return tuple(
        Clash(each.field, each.before, then_there[each.field] != expected.get(each.field))
        for each in changes(present, wanted.texts)
        if now_there[each.field] != expected.get(each.field)
    )


def _write(work: UnitOfWork, experiment: Experiment, edited: Edited) -> None:
    for change in edited.changes:
        match change.field:
            case "owner":
                owner_id = owners.owner_id(work.session, work.project_id, change.after)
                experiment.owner_id = owner_id
            case "tags":
                tagging.write_tags(work.session, experiment, change.after)
            case column:
                setattr(experiment, column, change.after)
    experiment.updated_at = edited.at
    work.session.flush()
