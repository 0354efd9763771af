"""What an operator goes through while 32 clients press on it: nobody is told what is not so."""

import signal
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from app.models import KeyType
from tests import audit as house
from tests.conftest import on_both_databases
from tests.faults import outages
from tests.faults.press import CHANGERS, Changer, Press, pressing
from tests.servers import serve, troubled_jobs
from tests.serving import audit
from tests.serving.site import make_site, towards
from tests.watching import until
from tests.world import World

pytestmark = [pytest.mark.soak, on_both_databases]

SECONDS_TO_NOTICE = 60
KILLS, WORKERS = 3, 2


@dataclass
class Place:
    """Where it all happens: the database, the test's folder, and who presses."""

    database_url: str
    folder: Path
    press: Press

    def says(self, member: str) -> Any:  # noqa: ANN401
        """What the address that says what is wrong says of one member; None without an answer."""
        try:
            answer = httpx.get(f"{self.press.server.address}/readyz", timeout=5)
        except httpx.TransportError:
            return None
        return answer.json().get(member, {}).get("status")

    def is_told(self, member: str, status: str) -> None:
        """Wait until it is said."""
        until(lambda: self.says(member) == status, SECONDS_TO_NOTICE)

    def waits_for(self, kind: str, answers: int = 40) -> None:
        """Wait until so many more of a kind were answered."""
        so_far = self._answered(kind)
        until(lambda: self._answered(kind) >= so_far + answers, SECONDS_TO_NOTICE)

    def _answered(self, kind: str) -> int:
        told = self.press.log.told
        return sum(told[kind, status] for status in self.press.log.statuses(kind))


@pytest.fixture
def place(world: World, database_url: str, tmp_path: Path) -> Generator[Place]:
    """A site at a server of two processes with its jobs, and everybody who will press on it."""
    site = make_site(world)
    site.goal("order")
    experiment = site.experiment(towards("order"))
    changers = [Changer(site.experiment()) for _ in range(CHANGERS)]
    key = {"x-api-key": site.key(KeyType.ADMIN)}
    with serve(database_url, tmp_path) as server, troubled_jobs(database_url, tmp_path):
        member = server.sign_in(world.member(site.project))
        press = Press(site, server, experiment, changers, member, key)
        yield Place(database_url, tmp_path, press)


def drill(place: Place, trouble: Callable[[], AbstractContextManager[None]]) -> None:
    """Go through a trouble under load, and look whether all that was told is so."""
    press = place.press
    with pressing(press):
        for kind in ("visitor", "sender", "changer", "reader"):
            place.waits_for(kind)
        with trouble():
            place.waits_for("visitor")
        outages.reconnect(press.site.world)
        place.is_told("database", "ok")
        place.is_told("jobs", "ok")
        for kind in ("sender", "changer", "reader"):
            place.waits_for(kind)
    assert press.log.wrong == []


def nobody_is_told_what_is_not_so(place: Place) -> None:
    """Everybody was answered well, and what was accepted is there."""
    press = place.press
    told = press.log.statuses
    assert told("visitor") <= {200, 0}
    assert told("sender") <= {202, 503, 0}
    assert told("changer") <= {200, 503, 0}
    assert told("reader") <= {200, 503, 0}
    until(press.is_all_recorded, SECONDS_TO_NOTICE)
    assert audit.misfits(place.database_url) == []
    record = house.read(place.database_url, press.site.project.id)
    assert record.breaks() == []
    for changer in press.changers:
        # To the start that came before, and to those whose answer was lost on its way.
        changes = len(record.targets(changer.experiment.test_id)) - 1
        assert changer.done <= changes <= changer.done + changer.lost


def test_workers_that_are_killed_lose_nothing(place: Place) -> None:
    server = psutil.Process(place.press.server.process.pid)

    @contextmanager
    def killed() -> Generator[None]:
        for _ in range(KILLS):
            until(lambda: len(server.children()) == WORKERS)
            server.children()[0].send_signal(signal.SIGKILL)
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
    server = psutil.Process(place.press.server.process.pid)

    @contextmanager
    def begun_anew() -> Generator[None]:
        before = {worker.pid for worker in server.children()}
        server.send_signal(signal.SIGHUP)
        until(lambda: before.isdisjoint(worker.pid for worker in server.children()))
        until(lambda: len(server.children()) == WORKERS)
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
