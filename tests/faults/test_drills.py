"""What an operator goes through while 32 clients press on it: nobody is told what is not so."""

import signal
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests import audit as house
from tests.conftest import on_both_databases
from tests.events import audit
from tests.faults import outages
from tests.faults.drills import Place, drill, nobody_is_told_what_is_not_so, placed
from tests.watching import until
from tests.world import World

pytestmark = [pytest.mark.soak, on_both_databases]

KILLS, WORKERS = 3, 2


@pytest.fixture
def place(world: World, database_url: str, tmp_path: Path) -> Generator[Place]:
    """A site under load."""
    with placed(world, database_url, tmp_path) as place:
        yield place


def test_workers_that_are_killed_lose_nothing(place: Place) -> None:
    @contextmanager
    def killed() -> Generator[None]:
        for _ in range(KILLS):
            until(lambda: len(place.server.children()) == WORKERS)
            place.server.children()[0].send_signal(signal.SIGKILL)
            for kind in ("visitor", "sender", "changer"):
                place.waits_for(kind)
        yield

    drill(place, killed)
    nobody_is_told_what_is_not_so(place)


def test_a_database_that_is_locked_holds_up_changes_alone(place: Place) -> None:
    @contextmanager
    def locked() -> Generator[None]:
        # In no other order than the application takes them: events lock no project.
        with outages.locked(place.database_url, "project, heartbeat"):
            place.is_told("jobs", "away")
            yield

    drill(place, locked)
    nobody_is_told_what_is_not_so(place)
    assert place.press.log.told["sender", 202]
    assert 0 not in {status for _, status in place.press.log.told}


def test_a_database_that_is_stopped_stops_no_visitor(place: Place) -> None:
    @contextmanager
    def stopped() -> Generator[None]:
        with outages.away(place.database_url):
            place.is_told("database", "away")
            place.waits_for("reader", 4)
            place.waits_for("changer", 8)
            yield

    drill(place, stopped)
    nobody_is_told_what_is_not_so(place)
    assert place.press.log.told["reader", 503]
    assert 0 not in {status for _, status in place.press.log.told}


def test_a_server_that_begins_anew_loses_nothing(place: Place) -> None:
    @contextmanager
    def begun_anew() -> Generator[None]:
        before = {worker.pid for worker in place.server.children()}
        place.server.send_signal(signal.SIGHUP)
        until(lambda: before.isdisjoint(worker.pid for worker in place.server.children()))
        until(lambda: len(place.server.children()) == WORKERS)
        yield

    drill(place, begun_anew)
    nobody_is_told_what_is_not_so(place)


def test_an_older_state_that_is_restored_is_what_everybody_sees(place: Place) -> None:
    drill(place, partial(outages.restored, place.database_url, place.folder))
    press = place.press
    assert press.log.statuses("visitor") <= {200, 0}
    assert press.log.statuses("reader") <= {200, 503, 0}
    assert press.log.statuses("sender") <= {202, 503, 0}
    assert audit.misfits(place.database_url) == []
    assert house.read(place.database_url, press.site.project.id).breaks() == []
