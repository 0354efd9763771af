"""Counting: what exposed units did, each by the terms of its goal, in the transaction of a caller.

All exposures of the units are held first, as whoever erases a visitor locks those first. Then come
the rows and the days of goals that each unit reaches once, and then those of goals that add up. All
take each of these in the order of their keys, so that no two wait for each other.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.events import records, sums
from app.events.events import Reason
from app.events.records import FirstSeen, GoalUnit, JudgedConversion, RunUnit
from app.events.sums import Claim
from app.serving.terms import TermsOfRuns


def fault(
    conversion: JudgedConversion, seen: FirstSeen | None, terms: TermsOfRuns, moment: datetime
) -> Reason | None:
    """Return why what a unit did does not count; it came at `moment`, and may have been earlier."""
    if seen is None:
        return Reason.NOT_EXPOSED
    its_terms = terms[conversion.run_id]
    day = its_terms.day(conversion.time or moment)
    # Of what carries no time the moment may be by the clock of another machine than the exposure.
    if conversion.time and day < seen.day:
        return Reason.NOT_EXPOSED
    is_over = its_terms.goals[conversion.goal_id].is_over(seen.day, day)
    return Reason.OUTSIDE_WINDOW if is_over else None


def count(
    session: Session,
    done: Mapping[int, Sequence[JudgedConversion]],
    terms: TermsOfRuns,
    seen: Mapping[RunUnit, FirstSeen],
    moment: datetime,
) -> frozenset[int]:
    """Count what events say, in their order; each is told by an index, and may count in many runs.

    Every unit is among those `seen`. Returns the indexes of those that changed nothing: what they
    say had been counted before.
    """
    records.hold(
        session, {conversion.run_unit for several in done.values() for conversion in several}
    )
    once: dict[GoalUnit, tuple[int, JudgedConversion]] = {}
    adding: dict[Claim, tuple[int, JudgedConversion]] = {}
    for index, several in done.items():
        for conversion in several:
            if terms[conversion.run_id].goals[conversion.goal_id].adds_up:
                adding.setdefault(
                    Claim(conversion.goal_unit, conversion.event_id or index), (index, conversion)
                )
            else:
                once.setdefault(conversion.goal_unit, (index, conversion))
    values = {goal_unit: conversion.value for goal_unit, (_, conversion) in once.items()}
    recorded = records.convert(session, values, seen, moment)
    added = sums.add(
        session, {key: conversion for key, (_, conversion) in adding.items()}, terms, seen, moment
    )
    counted = {once[goal_unit][0] for goal_unit in recorded} | {adding[key][0] for key in added}
    return frozenset(done.keys() - counted)
