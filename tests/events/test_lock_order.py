"""Two batches that record the same in opposite orders never wait for each other in a circle.

PostgreSQL ends one of two that do; SQLite has one writer at a time.
"""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial

import pytest
from sqlalchemy import Connection, TextClause, text

from tests.audit import connect
from tests.conftest import on_postgresql
from tests.events.recording import Run
from tests.serving.site import Site

pytestmark = [on_postgresql, pytest.mark.usefixtures("audited")]

DAY = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECONDS_TO_WAIT = 20
FIRST, MIDDLE, LAST = (letter * 22 for letter in "amz")
UPWARDS = {FIRST[1:]: 0, MIDDLE[1:]: 1, LAST[1:]: 2}
DOWNWARDS = {FIRST[1:]: 2, MIDDLE[1:]: 1, LAST[1:]: 0}
_WAITING = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@pytest.fixture
def run(site: Site) -> Run:
    """A run that has begun."""
    return Run(site)


def race(database_url: str, lock: TextClause, *writers: Callable[[], object]) -> None:
    """Have writers wait, one after another, until what `lock` locks is given up; then all end."""
    connections = connect(database_url), connect(database_url)
    with connections[0] as holder, connections[1] as watcher, ThreadPoolExecutor() as pool:
        holder.execute(text("BEGIN"))
        holder.execute(lock)
        at_work: list[Future[object]] = []
        try:
            for writer in writers:
                at_work.append(pool.submit(writer))
                wait_for_waiting(watcher, len(at_work))
        finally:
            holder.execute(text("ROLLBACK"))
        for each in at_work:
            each.result(SECONDS_TO_WAIT)


def wait_for_waiting(watcher: Connection, count: int) -> None:
    """Wait until so many connections wait for a lock."""
    end = time.monotonic() + SECONDS_TO_WAIT
    while watcher.execute(_WAITING).scalar_one() < count:
        assert time.monotonic() < end, "they do not wait"


def test_exposures_are_recorded_in_one_order(run: Run, database_url: str) -> None:
    lock = text(
        "INSERT INTO exposure (run_id, unit, position, day)"
        " SELECT id, :unit, 0, CURRENT_DATE FROM run"
    ).bindparams(unit=MIDDLE)
    forwards = partial(run.expose, DAY, FIRST, MIDDLE, LAST)
    backwards = partial(run.expose, DAY, LAST, MIDDLE, FIRST)
    race(database_url, lock, forwards, backwards)
    assert run.visitors() == [("2026-03-02", 0, 3)]


def test_conversions_are_recorded_in_one_order(run: Run, database_url: str) -> None:
    run.expose(DAY, FIRST, MIDDLE, LAST)
    lock = text(
        "INSERT INTO conversion (run_id, goal_id, unit) SELECT run_id, goal_id, :unit FROM run_goal"
    ).bindparams(unit=MIDDLE)
    forwards = partial(run.convert, DAY, FIRST, MIDDLE, LAST)
    backwards = partial(run.convert, DAY, LAST, MIDDLE, FIRST)
    race(database_url, lock, forwards, backwards)
    assert run.conversions() == [("2026-03-02", 0, 3, 0.0)]


def test_sums_are_added_up_in_one_order_each_event_once(run: Run, database_url: str) -> None:
    run.site.world.execute("UPDATE goal SET kind = 'revenue', currency = 'EUR'")
    run.expose(DAY, FIRST, MIDDLE, LAST)
    run.add(DAY, "first", FIRST, LAST)
    lock = text(
        "INSERT INTO conversion (run_id, goal_id, unit) SELECT run_id, goal_id, :unit FROM run_goal"
    ).bindparams(unit=MIDDLE)
    forwards = partial(run.add, DAY, "second", FIRST, MIDDLE, LAST)
    backwards = partial(run.add, DAY, "second", LAST, MIDDLE, FIRST)
    race(database_url, lock, forwards, backwards)
    assert run.conversions() == [("2026-03-02", 0, 3, 5.0)]


def test_the_days_visitors_are_counted_in_one_order(run: Run, database_url: str) -> None:
    run.expose_each(DAY, UPWARDS)
    lock = text("UPDATE daily_visitors SET visitors = 9 WHERE position = 1")
    forwards = partial(run.expose_each, DAY, {f"f{unit}": at for unit, at in UPWARDS.items()})
    backwards = partial(run.expose_each, DAY, {f"b{unit}": at for unit, at in DOWNWARDS.items()})
    race(database_url, lock, forwards, backwards)
    assert run.visitors() == [("2026-03-02", position, 3) for position in range(3)]


def test_the_days_conversions_are_counted_in_one_order(run: Run, database_url: str) -> None:
    for letter, positions in (("e", UPWARDS), ("f", UPWARDS), ("b", DOWNWARDS)):
        run.expose_each(DAY, {f"{letter}{unit}": at for unit, at in positions.items()})
    run.convert(DAY, *(f"e{unit}" for unit in UPWARDS))
    lock = text("UPDATE daily_conversions SET conversions = 9 WHERE position = 1")
    forwards = partial(run.convert, DAY, *(f"f{unit}" for unit in UPWARDS))
    backwards = partial(run.convert, DAY, *(f"b{unit}" for unit in DOWNWARDS))
    race(database_url, lock, forwards, backwards)
    assert run.conversions() == [("2026-03-02", position, 3, 0.0) for position in range(3)]
