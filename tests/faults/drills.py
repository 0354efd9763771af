"""Going through a trouble while 32 clients press on a site, and looking whether all told is so."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from app.models import KeyType
from tests import audit as house
from tests.events import audit
from tests.faults import outages
from tests.faults.press import CHANGERS, Changer, Press, pressing
from tests.patient import PROMISED_SECONDS
from tests.servers import serve, troubled_jobs
from tests.serving.site import make_site, towards
from tests.watching import until
from tests.world import World

SECONDS_TO_NOTICE = 60


@dataclass
class Place:
    """Where it all happens: the database, the test's folder, and who presses."""

    database_url: str
    folder: Path
    press: Press

    @property
    def server(self) -> psutil.Process:
        """The process whose children are the server's workers."""
        return psutil.Process(self.press.server.process.pid)

    def says(self, member: str) -> Any:  # noqa: ANN401
        """Return one member of what the address of faults says; None without an answer."""
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


@contextmanager
def placed(world: World, database_url: str, folder: Path) -> Generator[Place]:
    """A site at a server of two processes with its jobs, and everybody who will press on it."""
    site = make_site(world)
    site.goal("order")
    experiment = site.experiment(towards("order"))
    changers = [Changer(site.experiment()) for _ in range(CHANGERS)]
    key = {"x-api-key": site.key(KeyType.ADMIN)}
    with serve(database_url, folder) as server, troubled_jobs(database_url, folder):
        member = server.sign_in(world.member(site.project))
        press = Press(site, server, experiment, changers, member, key)
        yield Place(database_url, folder, press)


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
    assert not press.log.wrong, press.log.wrong[:10]
    # The client's own timeout is for each part of an answer; this is what callers are promised.
    assert press.log.slowest < PROMISED_SECONDS


def nobody_is_told_what_is_not_so(place: Place) -> None:
    """Everybody was answered well, and what was accepted is there."""
    press = place.press
    told = press.log.statuses
    assert told("visitor") <= {200, 0}, press.log.told
    assert told("sender") <= {202, 503, 0}, press.log.told
    assert told("changer") <= {200, 503, 0}, press.log.told
    assert told("reader") <= {200, 503, 0}, press.log.told
    until(press.is_all_recorded, SECONDS_TO_NOTICE)
    assert audit.misfits(place.database_url) == []
    record = house.read(place.database_url, press.site.project.id)
    assert not record.breaks(), record.breaks()
    for changer in press.changers:
        # To the start that came before, and to those whose answer was lost on its way.
        changes = len(record.targets(changer.experiment.test_id)) - 1
        assert changer.done <= changes <= changer.done + changer.lost
