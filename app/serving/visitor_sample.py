"""How many of the last day's visitors an audience covers, by a sample of them.

Each visitor has a place among all that could be, by a keyed hash of their name; the sample are the
MOST in the first places, so that every process takes the same ones. An evaluation notes what is
known of its visitor only where they are among these, and a thread writes that. Without their name,
for a day.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from flask import Flask, current_app
from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from app.database import batches
from app.database.engine import db
from app.database.rows import project_row
from app.database.transactions import writing
from app.experiments.audiences import conditions, matching
from app.experiments.audiences.conditions import Audience
from app.experiments.audiences.matching import Context
from app.models import SampledVisitor, now, table_of
from app.web.written_behind import Manner, WrittenBehind

EXTENSION = "switchyard_visitor_sample"
THREAD = "visitor sample"
COMPLAINT = "what is known of a sample of visitors is not noted"
SECONDS_BETWEEN = 10.0
MOST = 1_000
# Until a project's sample is full, all of its visitors are noted between two writes.
MOST_NOTED = 5_000
LONGEST_CONTEXT = 4_000
"""A context of more characters of JSON is not kept."""
KEPT_FOR = timedelta(hours=24)
ALL = 2**63 - 1
_NAMES_THE_VISITOR = "targetingKey"
_sampled = table_of(SampledVisitor)


Place = tuple[int, int]
"""A visitor: their project, and their place among all that could be."""


@dataclass(frozen=True)
class Reach:
    """How many visitors of a sample an audience covers; that `is_whole` where it has all of them.

    `unsaid` are the attributes that it asks for and that were known of none.
    """

    visitors: int
    covered: int
    is_whole: bool
    unsaid: tuple[str, ...]


class Sample:
    """What a process knows of the samples: up to which place each project's is taken."""

    def __init__(self, app: Flask) -> None:
        self.is_kept: bool = app.config["VISITOR_SAMPLE"]
        self._bounds: dict[int, int] = {}
        manner = Manner(THREAD, COMPLAINT, SECONDS_BETWEEN, most=MOST_NOTED)
        self._behind = WrittenBehind[Place, str](app, manner, self._write, _later)

    def note(self, project_id: int, unit_salt: str, unit: str, context: Context) -> None:
        """Have what is known of a visitor written, if they are in the sample; nobody waits."""
        if not self.is_kept:
            return
        place = place_of(unit_salt, unit)
        if place <= self._bounds.get(project_id, ALL):
            # As text: 64 KB of JSON that anybody may send take 1.5 MB of memory once they are read.
            kept = json.dumps(_unnamed(context))
            if len(kept) <= LONGEST_CONTEXT:
                self._behind.note((project_id, place), kept)

    def _write(self, noted: Mapping[Place, str]) -> None:
        with writing() as session:
            known = defaultdict[int, dict[int, str]](dict)
            for (project_id, place), context in noted.items():
                known[project_id][place] = context
            for project_id in sorted(project_row.whole(session, known)):
                bound = _written(session, project_id, known[project_id], now())
                self._bounds[project_id] = bound


def register(app: Flask) -> None:
    """Give the application a sample of its own."""
    app.extensions[EXTENSION] = Sample(app)


def of_app() -> Sample:
    """Return the sample of the present application."""
    return cast("Sample", current_app.extensions[EXTENSION])


def place_of(unit_salt: str, unit: str) -> int:
    """Return the place of a visitor in a project: 63 bits of BLAKE2b, keyed by its salt."""
    digest = hashlib.blake2b(unit.encode(), key=unit_salt.encode(), digest_size=8).digest()
    return int.from_bytes(digest) >> 1


def reach(project_id: int, audience: Audience) -> Reach:
    """Return how many visitors of the last 24 hours an audience covers, of those in the sample."""
    known, bound = _known(project_id)
    asked = sorted(conditions.attributes_of(audience))
    unsaid = (
        name for name in asked if not any(matching.is_known(name, context) for context in known)
    )
    covered = sum(matching.is_in(audience, context) for context in known)
    return Reach(len(known), covered, bound == ALL, tuple(unsaid))


def erase(session: Session, project_id: int, unit_salt: str, unit: str) -> None:
    """Delete what is known of a visitor, as a part of a unit of work."""
    its = _of(project_id) & (_sampled.c.place == place_of(unit_salt, unit))
    session.execute(delete(_sampled).where(its))


def forget(moment: datetime) -> None:
    """Delete what was known of visitors more than a day ago."""
    is_old = SampledVisitor.seen_at < moment - KEPT_FOR
    if db.session.scalar(select(SampledVisitor.place).where(is_old).limit(1)) is not None:
        with writing() as session:
            session.execute(delete(SampledVisitor).where(is_old))


def _later(_before: str, after: str) -> str:
    return after


def _of(project_id: int) -> ColumnElement[bool]:
    return _sampled.c.project_id == project_id


def _written(session: Session, project_id: int, known: Mapping[int, str], moment: datetime) -> int:
    """Write what is known of visitors, and return up to which place the sample is taken then."""
    # Those beyond are in no sample, whoever is in it already.
    first = sorted(known.items())[: MOST + 1]
    rows = [_row(project_id, place, context, moment) for place, context in first]
    batches.add_up(session, _sampled, rows, ())
    is_old = _sampled.c.seen_at < moment - KEPT_FOR
    session.execute(delete(_sampled).where(_of(project_id), is_old))
    places = select(_sampled.c.place).where(_of(project_id)).order_by(_sampled.c.place)
    beyond = session.scalar(places.offset(MOST).limit(1))
    if beyond is None:
        return ALL
    session.execute(delete(_sampled).where(_of(project_id), _sampled.c.place >= beyond))
    written = _of(project_id) & (_sampled.c.seen_at == moment)
    session.execute(update(_sampled).where(written).values(bound=beyond - 1))
    return beyond - 1


def _row(project_id: int, place: int, context: str, moment: datetime) -> dict[str, object]:
    return {
        "project_id": project_id,
        "place": place,
        "seen_at": moment,
        "bound": ALL,
        "context": json.loads(context),
    }


def _unnamed(context: Context) -> Context:
    return {name: value for name, value in context.items() if name != _NAMES_THE_VISITOR}


def _known(project_id: int) -> tuple[list[Context], int]:
    """Return what is known of the visitors in the sample, and up to which place it was taken.

    Beyond that, who came while more had room would count for those who came while less had.
    """
    statement = select(SampledVisitor.place, SampledVisitor.bound, SampledVisitor.context).where(
        SampledVisitor.project_id == project_id, SampledVisitor.seen_at >= now() - KEPT_FOR
    )
    rows = db.session.execute(statement).all()
    bound = min((row.bound for row in rows), default=ALL)
    return [cast("Context", row.context) for row in rows if row.place <= bound], bound
