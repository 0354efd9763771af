"""New experiments: created, or cloned from another."""

import secrets
from dataclasses import dataclass, replace

from slugify import slugify
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.rights import changing_by_right
from app.core.errors import AlreadyExists, InvalidInput
from app.core.validation import checked_key
from app.database.engine import db
from app.database.transactions import detached
from app.database.unit_of_work import UnitOfWork
from app.experiments import clone_names, designs, goals, lookup, owners, tagging, texts
from app.experiments.designs import Design
from app.experiments.goals import NewGoal
from app.experiments.texts import Texts
from app.lifecycle import preconditions, store, subjects, transitions
from app.lifecycle.preconditions import Precondition
from app.lifecycle.rules import ChangeRequest, Offer
from app.models import LONGEST_NOTE, Actor, Experiment, GoalRole, Kind, Run, SplitFault, now

_KEY_BASE_LENGTH = 56
_NUMBERED_KEYS = 9


@dataclass(frozen=True)
class Draft:
    """The facts that create an experiment; an empty `key` is made from the name.

    Without an owner it is the person's who creates it. The project's library gets those of the
    `new_goals` that it does not have.
    """

    texts: Texts
    key: str = ""
    design: Design = designs.DEFAULT
    new_goals: tuple[NewGoal, ...] = ()


@dataclass(frozen=True)
class Created:
    """A new experiment, and how many goals it has.

    `split_fault` is why it can never measure anything, where it was started all the same.
    """

    experiment: Experiment
    primary_goal_id: int | None
    goals: int
    split_fault: SplitFault | None


def create(project_id: int, draft: Draft, actor: Actor) -> Experiment:
    """Create a draft.

    Raises InvalidInput for a field that cannot be used, and AlreadyExists for a key that is taken,
    also one of a new goal.
    """
    draft = _checked(draft)
    with changing_by_right(project_id, actor) as work:
        return detached(work.session, _create(work, draft))


def create_as(project_id: int, draft: Draft, actor: Actor, offer: Offer) -> Created:
    """Do what `create` does, in one unit of work with the transition to what is asked for.

    Raises what that raises, and Refused when the rules do not let a draft go there; nothing has
    been created then.
    """
    draft = _checked(draft)
    with changing_by_right(project_id, actor) as work:
        experiment = _create(work, draft)
        change = transitions.change_status(work, experiment.test_id, ChangeRequest(offer))
        uses = designs.current_in(work.session, experiment.test_id).goals
        primary = next((each.goal_id for each in uses if each.role is GoalRole.PRIMARY), None)
        made = detached(work.session, experiment)
        return Created(made, primary, len(uses), change.split_fault)


def _checked(draft: Draft) -> Draft:
    return replace(
        draft,
        texts=texts.checked(draft.texts),
        key=checked_key(draft.key) if draft.key else "",
        design=designs.checked(draft.design),
        new_goals=tuple(goals.checked(goal) for goal in draft.new_goals),
    )


def _create(work: UnitOfWork, draft: Draft) -> Experiment:
    """Create a draft of what was checked, with the goals that it brings."""
    for goal in draft.new_goals:
        goals.provide(work, goal)
    experiment = _insert(work, draft, _key(work, draft))
    store.write_creation(work, lookup.subject(experiment), Kind.CREATED)
    return experiment


def clone(
    project_id: int, test_id: int, actor: Actor, expected: Precondition | None = None
) -> Experiment:
    """Create a draft with the texts, tags and design of another, archived ones too.

    Its name says that it is a clone, and of what; its owner is the person who clones. A goal that
    is retired by now is left out, and history says so. Raises NotFound, and Refused where the other
    is not as `expected`.
    """
    with changing_by_right(project_id, actor) as work:
        preconditions.require(work, subjects.load(work, test_id), expected)
        original = texts.loaded(work.session, test_id)
        design, retired = _cloned_design(designs.current_in(work.session, test_id))
        names = _names_of_clones(work.session, project_id, original.name)
        name = clone_names.free(original.name, names)
        draft = Draft(replace(texts.of(original), name=name, owner=""), design=design)
        key = _free_key(work.session, project_id, clone_names.original(original.name))
        experiment = _insert(work, draft, key, clone_of=test_id)
        without = "".join(f", without the retired goal “{each}”" for each in retired)
        detail = f"Cloned from “{original.name}”{without}."[:LONGEST_NOTE]
        store.write_creation(work, lookup.subject(experiment), Kind.CLONED, detail)
        return detached(work.session, experiment)


def key_of(project_id: int, name: str) -> str:
    """Return the key that an experiment of this name would get now, if it names none."""
    return _free_key(db.session(), project_id, name)


def _cloned_design(run: Run) -> tuple[Design, list[str]]:
    """Return the design of a run without its goals that are retired, and their names."""
    retired = {use.goal.key: use.goal.name for use in run.goals if use.goal.retired_at}
    design = designs.of(run)
    goals = tuple(use for use in design.goals if use.key not in retired)
    return replace(design, goals=goals), list(retired.values())


def _key(work: UnitOfWork, draft: Draft) -> str:
    """Return the key that is asked for, or else one made from the name."""
    if draft.key and not lookup.may_be_key(draft.key):
        raise InvalidInput(f"{draft.key} is a word of the API's addresses: choose another.", "key")
    if not draft.key:
        return _free_key(work.session, work.project_id, draft.texts.name)
    if _taken(work.session, work.project_id, [draft.key]):
        raise AlreadyExists(
            f"The project has an experiment with the key {draft.key} already.", "key"
        )
    return draft.key


def _insert(work: UnitOfWork, draft: Draft, key: str, clone_of: int | None = None) -> Experiment:
    said, session = draft.texts, work.session
    owner_id = owners.owner_id(session, work.project_id, said.owner) or work.actor.user_id
    moment = now()
    experiment = Experiment(
        **{column: getattr(said, column) for column in texts.COLUMNS},
        owner_id=owner_id,
        key=key,
        public_id=f"exp_{secrets.token_hex(13)}",
        project_id=work.project_id,
        clone_of_test_id=clone_of,
        user_id=work.actor.user_id,
        api_key_id=work.actor.api_key_id,
        created_at=moment,
        updated_at=moment,
    )
    session.add(experiment)
    session.flush()
    if said.tags:
        tagging.write_tags(session, experiment, said.tags)
    designs.plan(work.session, work.project_id, experiment.test_id, draft.design)
    return experiment


def _names_of_clones(session: Session, project_id: int, name: str) -> set[str]:
    statement = select(Experiment.name).where(
        Experiment.project_id == project_id,
        Experiment.name.startswith(clone_names.beginning(name), autoescape=True),
        Experiment.name.contains(clone_names.BRACKET, autoescape=True),
    )
    return set(session.scalars(statement))


def _free_key(session: Session, project_id: int, name: str) -> str:
    base = slugify(name, max_length=_KEY_BASE_LENGTH) or "experiment"
    candidates = [base, *(f"{base}-{number}" for number in range(2, _NUMBERED_KEYS + 1))]
    taken = _taken(session, project_id, candidates)
    free = (each for each in candidates if each not in taken and lookup.may_be_key(each))
    return next(free, f"{base}-{secrets.token_hex(3)}")


def _taken(session: Session, project_id: int, keys: list[str]) -> set[str]:
    statement = select(Experiment.key).where(
        Experiment.project_id == project_id, Experiment.key.in_(keys)
    )
    return set(session.scalars(statement))
