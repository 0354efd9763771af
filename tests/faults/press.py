"""32 clients who press on a server while something happens to it or to its database."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle

import httpx

from app.models import Experiment
from tests.api.asking import integers_path
from tests.events import audit
from tests.patient import PROMISED_SECONDS
from tests.servers import Server
from tests.serving.site import COLLECT, FLAGS, Site, did, saw

VISITORS, SENDERS, CHANGERS, READERS = 12, 8, 8, 4
PAUSE = 0.02
RUNNING, STOPPED = 1, 0


@dataclass
class Log:
    """What clients were told, by their kind and the status; and all that should not be."""

    told: Counter[tuple[str, int]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    slowest: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, kind: str, status: int, seconds: float) -> None:
        """One more answer; 0 is a connection that broke."""
        with self.lock:
            self.told[kind, status] += 1
            self.slowest = max(self.slowest, seconds)

    def statuses(self, kind: str) -> set[int]:
        """All that clients of a kind were told."""
        return {status for each, status in self.told if each == kind}


@dataclass
class Changer:
    """Somebody who pauses and resumes an experiment of their own; `lost` answers never came."""

    experiment: Experiment
    done: int = 0
    lost: int = 0


@dataclass
class Press:
    """A site's visitors, programs and people, and what became of what they sent."""

    site: Site
    server: Server
    experiment: Experiment
    changers: list[Changer]
    member: dict[str, str]
    key: dict[str, str]
    log: Log = field(default_factory=Log)
    taken: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def ask(
        self, kind: str, client: httpx.Client, method: str, path: str, body: object = None
    ) -> httpx.Response | None:
        """Return what answers; None where the connection broke. To wait for too long is wrong."""
        began, answer = time.monotonic(), None
        try:
            answer = client.request(method, path, json=body)
        except httpx.TimeoutException:
            self.log.wrong.append(f"{kind}: no answer in {PROMISED_SECONDS} seconds")
        except httpx.TransportError:
            pass
        status = answer.status_code if answer is not None else 0
        self.log.note(kind, status, time.monotonic() - began)
        if answer is not None and status == 503 and "Retry-After" not in answer.headers:
            self.log.wrong.append(f"{kind}: 503 without Retry-After")
        return answer

    def visit(self, number: int) -> None:
        """Ask for a visitor's variant, which stays what it was."""
        unit = f"visitor-{number}"
        expected = self.site.variant(self.experiment, unit)
        path = f"{FLAGS}/{self.experiment.key}"
        body = {"context": {"targetingKey": unit}}
        with self._client(self.site.headers) as client:
            while not self.over.wait(PAUSE):
                answer = self.ask("visitor", client, "POST", path, body)
                if answer is None or not answer.is_success:
                    continue
                if answer.json()["variant"] != expected:
                    self.log.wrong.append(f"visitor: {answer.text} and not {expected}")

    def send(self, number: int) -> None:
        """Send a visitor's events until they are accepted; then another's."""
        count = 0
        with self._client(self.site.headers) as client:
            while not self.over.wait(PAUSE):
                unit = f"unit-{number}-{count}"
                events = [saw(self.experiment, unit), did("order", unit)]
                answer = self.ask("sender", client, "POST", COLLECT, {"events": events})
                if answer is not None and answer.status_code == 202:
                    self.taken.append(unit)
                    count += 1

    def change(self, number: int) -> None:
        """Pause and resume an experiment in turns."""
        changer = self.changers[number]
        path = integers_path(self.site.project, changer.experiment)
        with self._client(self.key) as client:
            for wish in cycle((STOPPED, RUNNING)):
                while not self.over.wait(PAUSE):
                    answer = self.ask("changer", client, "PATCH", path, {"status": wish})
                    if answer is None:
                        changer.lost += 1
                    elif answer.status_code == 200:
                        changer.done += 1
                    if answer is not None and answer.status_code != 503:
                        break
                if self.over.is_set():
                    return

    def read(self, _: int) -> None:
        """Look at the project's page."""
        with self._client(self.member) as client:
            while not self.over.wait(PAUSE):
                self.ask("reader", client, "GET", f"/projects/{self.site.project.key}")

    def is_all_recorded(self) -> bool:
        """Return whether each visitor whose events were accepted counts once, with an order."""
        visitors = audit.exposed(self.site.world, self.experiment)
        orders = audit.converted(self.site.world, self.experiment)
        counted = sum(visitors.values()), sum(row.conversions for row in orders)
        return counted == (len(self.taken), len(self.taken))

    def _client(self, headers: dict[str, str]) -> httpx.Client:
        return httpx.Client(base_url=self.server.address, headers=headers, timeout=PROMISED_SECONDS)


@contextmanager
def pressing(press: Press) -> Generator[None]:
    """All 32 at work while this is open."""
    crowd: list[tuple[int, Callable[[int], None]]] = [
        (VISITORS, press.visit),
        (SENDERS, press.send),
        (CHANGERS, press.change),
        (READERS, press.read),
    ]
    with ThreadPoolExecutor(sum(number for number, _ in crowd)) as pool:
        working = [pool.submit(work, each) for number, work in crowd for each in range(number)]
        try:
            yield
        finally:
            press.over.set()
    for each in working:
        each.result()
