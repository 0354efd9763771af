"""Collecting: the events that a site sends are recorded, or kept where they cannot be."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.exc import SQLAlchemyError

from app.core.errors import Unavailable
from app.core.rare_logs import first_line, log_rarely
from app.database.database_errors import told_as_unavailable
from app.events import group_commits
from app.events.events import Dropped, Event, Receipt
from app.events.judging import Judging
from app.events.kept import event_stream, keeping, kept_events
from app.events.kept.event_stream import EventStream, ShareTaken
from app.events.kept.keeping import Part
from app.events.kept.kept_events import OthersFirst
from app.events.records import JudgedConversion
from app.models import now
from app.serving import memory
from app.serving.running_experiments import Live
from app.serving.serving_keys import ServingKey


def collect(key: ServingKey, events: Sequence[Event]) -> Receipt:
    """Record the events in one unit of work, in their order: what comes before it converts nobody.

    The variant is worked out here from the unit: what the sender believes is not asked.

    With an event stream they are put into that instead; raises ShareTaken where the project has no
    room left in it. While the one or the other is away or busy they are kept, and all that come
    after them until those are recorded. Raises Unavailable where there is no room for that.
    """
    moment, stream = now(), event_stream.of_app()
    try:
        return _streamed(stream, key, events, moment) if stream else _recorded(key, events)
    except ShareTaken:
        # Kept, they would put all that other projects send behind them.
        raise
    except (SQLAlchemyError, Unavailable) as error:
        if not told_as_unavailable(error):
            raise
        if not isinstance(error, OthersFirst):
            log_rarely("not recorded", "events cannot be recorded: %s", first_line(error))
    return _kept(key, events, moment)


def _recorded(key: ServingKey, events: Sequence[Event]) -> Receipt:
    if memory.of_app().is_database_away:
        raise Unavailable
    return group_commits.record(key, events)


def _streamed(
    stream: EventStream, key: ServingKey, events: Sequence[Event], moment: datetime
) -> Receipt:
    """Hand the events on to whoever reads the stream."""
    kept_events.of_app().require_none()
    judged = _judged(key, events, moment)
    stream.add(key.project_id, keeping.in_lanes(key, moment, judged.lives, *judged.parts))
    return Receipt(0, judged.dropped, taken=judged.number)


def _kept(key: ServingKey, events: Sequence[Event], moment: datetime) -> Receipt:
    """Keep the events until they can be recorded."""
    judged = _judged(key, events, moment)
    keeping.keep(key, moment, judged.lives, *judged.parts)
    return Receipt(0, judged.dropped, kept=judged.number)


class _Judged(NamedTuple):
    """A request's events, so many, that are to be recorded part by part, and what is dropped."""

    lives: tuple[Live, ...]
    parts: tuple[Part, ...]
    dropped: tuple[Dropped, ...]
    number: int


def _judged(key: ServingKey, events: Sequence[Event], moment: datetime) -> _Judged:
    """Return the events, judged by what this process remembers to run."""
    running = memory.of_app().remembered(key.project_id)
    if running is None:
        raise Unavailable
    judging = Judging(None, key.project_id, running, events, moment)
    exposed, done = judging.exposures.said(), judging.done()
    lives, dropped = tuple(running.experiments.values()), judging.dropped_in_order()
    number = len(events) - len(dropped)
    early = {
        index: conversions
        for index, conversions in done.items()
        if any(judging.exposures.is_early(index, conversion.run_unit) for conversion in conversions)
    }
    rest = {index: conversions for index, conversions in done.items() if index not in early}
    # Recorded before the exposures, they convert only those whom an earlier request exposed.
    first = (Part((), _all(early), len(early)),) if early else ()
    parts = (*first, Part(exposed, _all(rest), number - len(early)))
    return _Judged(lives, parts, dropped, number)


def _all(done: Mapping[int, Sequence[JudgedConversion]]) -> list[JudgedConversion]:
    return [conversion for conversions in done.values() for conversion in conversions]
