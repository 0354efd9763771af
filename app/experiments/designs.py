"""Designs: how an experiment splits its visitors, towards which goals, and how long at least."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.core.errors import InvalidInput, SharesOff
from app.core.validation import LARGEST_NUMBER, checked_key, checked_name, percents
from app.database.engine import db
from app.experiments import goal_uses
from app.experiments.audiences import conditions, references
from app.experiments.audiences.conditions import EVERYBODY, Audience
from app.experiments.goal_uses import GoalUse
from app.models import (
    MOST_VARIANTS,
    WHOLE,
    Run,
    RunGoal,
    Variant,
    new_salt,
)

FEWEST_VARIANTS = 2
LONGEST_VALUE = 10_000
LONGEST_MINIMUM_DAYS = 365
LARGEST_EXACT_NUMBER = 2**53
DEEPEST_VALUE = 20


@dataclass(frozen=True)
class VariantDesign:
    """One side: `weight` in basis points of the split; without a value it is the key.

    `value` is any JSON but null and, since OpenFeature has no flag of lists, a list. Versions
    before took those: what has one goes on.
    """

    key: str
    weight: int
    name: str = ""
    value: object = None


HALVES = (
    VariantDesign("control", WHOLE // 2, "Control", "control"),
    VariantDesign("treatment", WHOLE // 2, "Treatment", "treatment"),
)


@dataclass(frozen=True)
class Design:
    """The design of a run; the first variant is the control.

    `traffic_allocation` is in basis points of all visitors, `minimum_visitors` of each variant.
    `audience` is that of the project's audience with the key `named_audience`, whose name is
    `audience_name`; a design with conditions of its own names none.
    """

    variants: tuple[VariantDesign, ...] = HALVES
    traffic_allocation: int = WHOLE
    minimum_days: int = 7
    minimum_visitors: int = 500
    goals: tuple[GoalUse, ...] = ()
    audience: Audience = EVERYBODY
    named_audience: str = ""
    audience_name: str = ""

    def with_own_audience(self, audience: Audience) -> "Design":
        """Return the design with conditions of its own."""
        return replace(self, audience=audience, named_audience="", audience_name="")


DEFAULT = Design()
_current = (
    select(Run)
    .where(Run.is_current)
    .options(
        joinedload(Run.variants),
        joinedload(Run.goals).joinedload(RunGoal.goal),
        joinedload(Run.named_audience),
    )
)
_FINGERPRINT_LENGTH = 16


def checked(design: Design) -> Design:
    """Return the design with every name and value said; InvalidInput for what cannot be used.

    Conditions are looked at where they are its own: those of an audience that it names were, when
    the project kept that, and it gets them as they are now.
    """
    if not 0 <= design.traffic_allocation <= WHOLE:
        raise InvalidInput("Traffic allocation is from 0 to 100 %.", "traffic_allocation")
    if not 0 <= design.minimum_days <= LONGEST_MINIMUM_DAYS:
        raise InvalidInput(f"The minimum is from 0 to {LONGEST_MINIMUM_DAYS} days.", "minimum_days")
    if not 0 <= design.minimum_visitors <= LARGEST_NUMBER:
        raise InvalidInput("The minimum of visitors is a whole number.", "minimum_visitors")
    goal_uses.check(design.goals)
    return replace(
        design,
        variants=_checked_variants(design.variants),
        audience=EVERYBODY if design.named_audience else conditions.checked(design.audience),
    )


def resolved(session: Session, project_id: int, design: Design) -> Design:
    """Return the design with the audience that it names as that is now, under its present name.

    Raises UnknownReference for an audience that the project does not have.
    """
    if not design.named_audience:
        return replace(design, audience_name="")
    named = references.required(session, project_id, design.named_audience)
    audience = conditions.read(named.rules)
    return replace(design, audience=audience, audience_name=named.name)


def plan(session: Session, project_id: int, test_id: int, design: Design, number: int = 1) -> None:
    """Make a checked design the experiment's current run, planned and not open yet.

    Raises InvalidInput for a goal or an audience that the project does not have, and for a goal
    that lacks a cap.
    """
    design = resolved(session, project_id, design)
    named = references.found(session, project_id, design.named_audience)
    run = Run(
        test_id=test_id,
        number=number,
        is_current=True,
        salt=new_salt(),
        traffic_allocation=design.traffic_allocation,
        minimum_days=design.minimum_days,
        minimum_visitors=design.minimum_visitors,
        audience=conditions.written(design.audience),
        named_audience_id=named and named.id,
        audience_name=design.audience_name,
    )
    session.add(run)
    session.flush()
    session.add_all(
        Variant(run_id=run.id, position=position, **vars(variant))
        for position, variant in enumerate(design.variants)
    )
    session.add_all(goal_uses.of_run(session, project_id, run.id, design.goals))
    session.flush()


def fingerprint(design: Design) -> str:
    """Return a short text that tells a design from any other."""
    return hashlib.sha256(repr(design).encode()).hexdigest()[:_FINGERPRINT_LENGTH]


def even_shares(count: int) -> list[int]:
    """Return shares for so many variants that make the whole: they differ by 0.01 % at most."""
    share, left = divmod(WHOLE, max(count, 1))
    return [share + (position < left) for position in range(count)]


def current(test_id: int) -> Run:
    """Return the experiment's current run, with its variants and goals."""
    return current_in(db.session(), test_id)


def current_of(test_ids: Sequence[int]) -> dict[int, Run]:
    """Return the current runs of several experiments by test id, in one statement."""
    statement = _current.where(Run.test_id.in_(test_ids))
    return {run.test_id: run for run in db.session.scalars(statement).unique()}


def of(run: Run) -> Design:
    """Return the design of a run, to be shown or used again."""
    return Design(
        tuple(VariantDesign(each.key, each.weight, each.name, each.value) for each in run.variants),
        run.traffic_allocation,
        run.minimum_days,
        run.minimum_visitors,
        tuple(GoalUse(each.goal.key, each.role, each.margin, each.cap) for each in run.goals),
        conditions.read(run.audience),
        run.named_audience.key if run.named_audience else "",
        run.audience_name,
    )


def current_in(session: Session, test_id: int) -> Run:
    """Return the experiment's current run within a transaction.

    In one statement: between two, somebody could plan another.
    """
    return session.scalars(_current.where(Run.test_id == test_id)).unique().one()


def _checked_variants(variants: Sequence[VariantDesign]) -> tuple[VariantDesign, ...]:
    if not FEWEST_VARIANTS <= len(variants) <= MOST_VARIANTS:
        raise InvalidInput(
            f"An experiment has {FEWEST_VARIANTS} to {MOST_VARIANTS} variants.", "variants"
        )
    named = tuple(_checked_variant(variant) for variant in variants)
    if len({variant.key for variant in named}) < len(named):
        raise InvalidInput("Two variants have the same key: give each one of its own.", "variants")
    total = sum(variant.weight for variant in named)
    if total != WHOLE:
        raise SharesOff(
            f"The shares make {percents(total):g} % together: they have to make 100 %.", "variants"
        )
    return _of_one_type(named)


def _checked_variant(variant: VariantDesign) -> VariantDesign:
    key = checked_key(variant.key, "variants")
    if not 0 <= variant.weight <= WHOLE:
        raise InvalidInput(f"The share of {key} has to be from 0 to 100 %.", "variants")
    value = key if variant.value is None else _checked_value(key, variant.value)
    return VariantDesign(key, variant.weight, checked_name(variant.name or key, "variants"), value)


def _checked_value(key: str, value: object) -> object:
    if type(value) is int and abs(value) > LARGEST_EXACT_NUMBER:
        raise InvalidInput(f"The value of {key} is a number that no browser can hold.", "variants")
    if isinstance(value, list):
        raise InvalidInput(
            f"The value of {key} is a list, which OpenFeature has no flag for: put it into an "
            'object, as {"data": [1, 2]}.',
            "variants",
        )
    if _is_deeper(value, DEEPEST_VALUE):
        raise InvalidInput(
            f"The value of {key} is nested more than {DEEPEST_VALUE} levels deep.", "variants"
        )
    try:
        written = json.dumps(value, allow_nan=False, ensure_ascii=False)
        written.encode()
    except ValueError:
        raise InvalidInput(f"The value of {key} cannot be written as JSON.", "variants") from None
    if len(written) > LONGEST_VALUE:
        raise InvalidInput(
            f"The value of {key} has more than {LONGEST_VALUE} characters of JSON.", "variants"
        )
    return value


def _is_deeper(value: object, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    inside = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_is_deeper(each, levels - 1) for each in inside)


def _of_one_type(variants: tuple[VariantDesign, ...]) -> tuple[VariantDesign, ...]:
    """Return the variants, if their values are of one type.

    Whole numbers beside fractions become fractions: typed clients ask for one or the other.
    """
    kinds = {type(variant.value) for variant in variants}
    if kinds == {int, float}:
        return tuple(replace(each, value=float(str(each.value))) for each in variants)
    if len(kinds) > 1:
        raise InvalidInput(
            "The values differ in type: make all of them text, all numbers, or all of one other "
            "JSON type.",
            "variants",
        )
    return variants
