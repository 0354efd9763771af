"""Counting: what exposed units did, each by the terms of its goal, in the transaction of a caller.

All exposures of the units are held first, as whoever erases a visitor locks those first. Then come
the rows and the days of goals that each unit reaches once, and then those of goals that add up. All
take each of these in the order of their keys, so that no two wait for each other.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.serving import records, sums
from app.serving.events import Reason
from app.serving.records import Did, Reached, Seen, Sight
from app.serving.sums import Claim
from app.serving.terms import TermsOfRuns


def fault(did: Did, seen: Seen | None, terms: TermsOfRuns, moment: datetime) -> Reason | None:
    """Return why what a unit did does not count; it came at `moment`, and may have been earlier."""
    if seen is None:
        return Reason.NOT_EXPOSED
    its_terms = terms[did.run_id]
    day = its_terms.day(did.time or moment)
    # Of what carries no time the moment may be by the clock of another machine than the exposure.
    if did.time and day < seen.day:
        return Reason.NOT_EXPOSED
    is_over = its_terms.goals[did.goal_id].is_over(seen.day, day)
    return Reason.OUTSIDE_WINDOW if is_over else None


def count(
    session: Session,
    done: Mapping[int, Sequence[Did]],
    terms: TermsOfRuns,
    seen: Mapping[Sight, Seen],
    moment: datetime,
) -> frozenset[int]:
    """Count what events say, in their order; each is told by an index, and may count in many runs.

    Every unit is among those `seen`. Returns the indexes of those that changed nothing: what they
    say had been counted before.
    """
    records.hold(session, {did.sight for several in done.values() for did in several})
    once: dict[Reached, tuple[int, Did]] = {}
    adding: dict[Claim, tuple[int, Did]] = {}
    for index, several in done.items():
        for did in several:
            if terms[did.run_id].goals[did.goal_id].adds_up:
                adding.setdefault(Claim(did.reached, did.event_id or index), (index, did))
            else:
                once.setdefault(did.reached, (index, did))
    values = {reached: did.value for reached, (_, did) in once.items()}
    recorded = records.convert(session, values, seen, moment)
    added = sums.add(session, {key: did for key, (_, did) in adding.items()}, terms, seen, moment)
    counted = {once[reached][0] for reached in recorded} | {adding[key][0] for key in added}
    return frozenset(done.keys() - counted)
