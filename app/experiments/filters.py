"""Filters: experiments by owner, tag, goal, page and conclusion, in a project or across several."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, func, literal, select, union_all
from sqlalchemy.orm import InstrumentedAttribute

from app.accounts.members import is_open_to
from app.database.engine import db
from app.models import (
    Conclusion,
    Experiment,
    ExperimentTag,
    Goal,
    Membership,
    Project,
    Run,
    RunGoal,
    User,
    is_shipped,
)

MOST_CHOICES = 500
Scope = int | Select[int]
"""Where is looked: in one project by its id, or in all that a statement selects the ids of."""


@dataclass(frozen=True)
class Filters:
    """Which experiments are wanted; an empty filter lets all through.

    `goal` is a goal's key, `page` a part of the address of the page under test. With `is_shipped`
    only those are wanted of which everybody sees one variant.
    """

    owner_id: int | None = None
    tag: str = ""
    goal: str = ""
    page: str = ""
    conclusion: Conclusion | None = None
    is_shipped: bool = False


ALL = Filters()


@dataclass(frozen=True)
class Choices:
    """What can be chosen to filter by: owners by id, tags, and goals by their key."""

    owners: dict[int, str] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    goals: dict[str, str] = field(default_factory=dict)


def conditions(wanted: Filters, scope: Scope) -> list[ColumnElement[bool]]:
    """Return what an experiment has to fulfil."""
    asked: list[tuple[object, ColumnElement[bool]]] = [
        (wanted.owner_id, Experiment.owner_id == wanted.owner_id),
        (wanted.tag, Experiment.test_id.in_(_tagged(wanted.tag, scope))),
        (wanted.goal, Experiment.test_id.in_(_measuring(wanted.goal, scope))),
        (
            wanted.page,
            func.lower(Experiment.url).contains(wanted.page.lower(), autoescape=True),
        ),
        (wanted.conclusion, Experiment.conclusion == wanted.conclusion),
        (wanted.is_shipped, Experiment.shipped_at.is_not(None) & is_shipped),
    ]
    return [condition for given, condition in asked if given]


def of(column: InstrumentedAttribute[int], scope: Scope) -> ColumnElement[bool]:
    """Return whether a project's id in `column` is among those of `scope`."""
    return column == scope if isinstance(scope, int) else column.in_(scope)


def of_member(user_id: int) -> Select[int]:
    """Return the scope of all projects that somebody is a member of, but for retired ones."""
    return (
        select(Project.id)
        .join(Membership, Membership.project_id == Project.id)
        .where(is_open_to(user_id))
    )


def tags(project_id: int) -> Sequence[str]:
    """Return the tags that experiments of a project have."""
    return db.session.scalars(_tags(project_id)).all()


def choices(scope: Scope) -> Choices:
    """Return what can be chosen in a scope, in one statement."""
    found = Choices()
    for row in db.session.execute(union_all(*_choices(scope))):
        kind, key, word = row
        match kind:
            case "owner":
                found.owners[int(key)] = word
            case "tag":
                found.tags.append(word)
            case _:
                found.goals[key] = word
    return found


def _choices(scope: Scope) -> list[Select[*tuple[Any, ...]]]:
    found_tags = _tags(scope).subquery()
    people = (
        select(literal("owner"), cast(User.id, String), User.email)
        .join(Membership, Membership.user_id == User.id)
        .where(of(Membership.project_id, scope))
        .distinct()
        .order_by(User.email)
        .limit(MOST_CHOICES)
    )
    goals = (
        select(literal("goal"), Goal.key, func.min(Goal.name))
        .where(of(Goal.project_id, scope))
        .group_by(Goal.key)
        .order_by(func.min(Goal.name))
        .limit(MOST_CHOICES)
    )
    return [
        select(people.subquery()),
        select(literal("tag"), found_tags.c.tag, found_tags.c.tag),
        select(goals.subquery()),
    ]


def _tags(scope: Scope) -> Select[str]:
    """Return the statement for the tags in a scope.

    Of one project it steps from each tag to the next: DISTINCT would read all of the experiments'.
    """
    tag, project_id = ExperimentTag.tag, ExperimentTag.project_id
    if not isinstance(scope, int):
        return select(tag).where(of(project_id, scope)).distinct().order_by(tag).limit(MOST_CHOICES)
    is_its = project_id == scope
    first = select(func.min(tag).label("tag")).where(is_its).cte("tags", recursive=True)
    following = select(func.min(tag)).where(is_its, tag > first.c.tag).scalar_subquery()
    each = first.union_all(select(following).where(first.c.tag.is_not(None)))
    return select(each.c.tag).where(each.c.tag.is_not(None)).limit(MOST_CHOICES)


def _tagged(tag: str, scope: Scope) -> Select[int]:
    is_in = of(ExperimentTag.project_id, scope)
    return select(ExperimentTag.test_id).where(is_in, ExperimentTag.tag == tag)


def _measuring(key: str, scope: Scope) -> Select[int]:
    """Return the experiments whose present design has a goal of this key."""
    return (
        select(Run.test_id)
        .join(RunGoal, RunGoal.run_id == Run.id)
        .join(Goal, Goal.id == RunGoal.goal_id)
        .where(of(Goal.project_id, scope), Goal.key == key, Run.is_current)
    )
