"""The database is away, hangs or is locked: visitors see the right thing, nothing is lost."""

import threading
from collections import Counter
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

import httpx
import pytest

from app.models import Experiment, KeyType
from tests import patient
from tests.conftest import on_both_databases, on_postgresql
from tests.events import audit
from tests.faults import outages
from tests.servers import Server, serve
from tests.serving.site import COLLECT, FLAGS, Site, did, make_site, saw, towards
from tests.watching import until
from tests.world import World

SECONDS_TO_COME_BACK = 60.0
READERS = 12
VISITORS = [f"visitor-{number}" for number in range(20)]
STALE = "Switchyard-Stale"
ORIGIN = "https://shop.example"


@dataclass
class Shop:
    """A site whose pages ask a server, and what its visitors are to get."""

    site: Site
    experiment: Experiment
    server: Server
    client: httpx.Client
    member: dict[str, str] = field(default_factory=dict)
    units: "count[int]" = field(default_factory=count)
    sent: list[str] = field(default_factory=list)

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> httpx.Response:
        """Return what answers a request, in time."""
        headers = {**self.site.headers, **headers}
        return self.client.request(method, path, json=body, headers=headers)

    def evaluate(self, unit: str) -> httpx.Response:
        """Return what a visitor gets."""
        path = f"{FLAGS}/{self.experiment.key}"
        return self.ask("POST", path, {"context": {"targetingKey": unit}})

    def collect(self, *events: object) -> httpx.Response:
        """Send events."""
        return self.ask("POST", COLLECT, {"events": events})

    def visit(self) -> httpx.Response:
        """Another visitor comes and orders."""
        unit = f"unit-{next(self.units)}"
        answer = self.collect(saw(self.experiment, unit), did("order", unit))
        if answer.status_code == 202:
            self.sent.append(unit)
        return answer

    def counted(self) -> tuple[int, int]:
        """Return how many visitors, and how many orders, are recorded."""
        visitors = audit.exposed(self.site.world, self.experiment)
        orders = audit.converted(self.site.world, self.experiment)
        return sum(visitors.values()), sum(row.conversions for row in orders)

    def has_all(self) -> bool:
        """Return whether everything is recorded that was taken."""
        return self.counted() == (len(self.sent), len(self.sent))


@pytest.fixture
def site(world: World) -> Site:
    """A site whose pages may ask."""
    site = make_site(world, KeyType.CLIENT)
    site.goal("order")
    world.execute(
        "INSERT INTO origin (project_id, address) VALUES (:project, :origin)",
        project=site.project.id,
        origin=ORIGIN,
    )
    return site


@pytest.fixture
def shop(site: Site, database_url: str, tmp_path: Path) -> Generator[Shop]:
    """A site at a server of one process, which has answered for it."""
    experiment = site.experiment(towards("order"))
    with (
        serve(database_url, tmp_path, workers=1) as server,
        patient.Client(base_url=server.address) as client,
    ):
        member = server.sign_in(site.world.member(site.project))
        shop = Shop(site, experiment, server, client, member)
        assert shop.evaluate("a").status_code == 200
        assert shop.visit().json() == {"accepted": 2, "dropped": []}
        yield shop


@contextmanager
def pressed(shop: Shop) -> Generator[list[httpx.Response]]:
    """Visitors who ask all the while; at the end each has got their own variant, every time."""
    expected = {unit: shop.site.variant(shop.experiment, unit) for unit in VISITORS}
    answers: list[httpx.Response] = []
    wrong: list[tuple[str, str]] = []
    done = threading.Event()

    def ask(units: Sequence[str]) -> None:
        while not done.wait(0.02):
            for unit in units:
                answer = shop.evaluate(unit)
                answers.append(answer)
                if answer.status_code != 200 or answer.json()["variant"] != expected[unit]:
                    wrong.append((unit, answer.text))

    with ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(ask, VISITORS[first::4]) for first in range(4)]
        try:
            yield answers
        finally:
            done.set()
    for each in asking:
        each.result()
    assert wrong == []


@contextmanager
def visited(shop: Shop) -> Generator[list[str]]:
    """Visitors who come all the while, and send again what was not answered in time."""
    taken: list[str] = []
    done = threading.Event()

    def come() -> None:
        while not done.wait(0.02):
            unit = f"unit-{next(shop.units)}"
            events = saw(shop.experiment, unit), did("order", unit)
            answer = None
            while answer is None:
                with suppress(httpx.TimeoutException):
                    answer = shop.collect(*events)
            assert answer.status_code == 202, answer.text
            shop.sent.append(unit)
            taken.append(unit)

    with ThreadPoolExecutor(6) as pool:
        coming = [pool.submit(come) for _ in range(6)]
        try:
            yield taken
        finally:
            done.set()
    for each in coming:
        each.result()


def stale(shop: Shop) -> bool:
    """Return whether what a visitor gets is said to be stale."""
    return STALE in shop.evaluate("a").headers


@on_both_databases
def test_while_the_database_is_away_visitors_get_their_variants_and_events_are_kept(
    shop: Shop, database_url: str
) -> None:
    with pressed(shop) as answers:
        with outages.away(database_url):
            until(lambda: stale(shop), SECONDS_TO_COME_BACK)
            assert [shop.visit().json() for _ in range(30)] == [
                {"accepted": 0, "dropped": [], "kept": 2}
            ] * 30
            assert int(shop.evaluate("a").headers[STALE]) >= 0
            tag = shop.ask("POST", FLAGS, {"context": {"targetingKey": "a"}}).headers["ETag"]
            unchanged = shop.ask(
                "POST", FLAGS, {"context": {"targetingKey": "a"}}, **{"If-None-Match": tag}
            )
            assert STALE in unchanged.headers
            unavailable(shop)
        outages.reconnect(shop.site.world)
        until(lambda: not stale(shop), SECONDS_TO_COME_BACK)
        until(shop.has_all, SECONDS_TO_COME_BACK)
    assert Counter(answer.status_code for answer in answers).keys() == {200}
    until(lambda: shop.visit().json() == {"accepted": 2, "dropped": []})
    assert audit.misfits(database_url) == []
    log = shop.server.log.read_text()
    assert "Traceback" not in log
    assert len(log) < 10_000, log


def unavailable(shop: Shop) -> None:
    """Check that what takes the database is 503, in each shape; the rest is there."""
    project = shop.site.project
    preflight = shop.ask("OPTIONS", FLAGS, Origin=ORIGIN)
    assert preflight.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert shop.ask("GET", "/switchyard.js").status_code == 200
    assert shop.ask("GET", "/static/app.css").status_code == 200
    flag = {"context": {"targetingKey": "a"}}
    unknown = shop.ask("POST", f"{FLAGS}/x", flag, Authorization="Bearer sdk_client_unknown")
    integers = f"/v2/project/{project.key}/experiment/{shop.experiment.test_id}/status"
    names = f"/api/admin/experiments/{shop.experiment.public_id}"
    answers = [
        unknown,
        shop.ask("PATCH", integers, {"status": 0}),
        shop.ask("GET", names),
        shop.ask("GET", f"/projects/{project.key}", **shop.member),
        shop.ask("GET", "/nothing-is-here", **shop.member),
    ]
    assert [answer.status_code for answer in answers] == [503] * 5
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in answers)
    assert unknown.json()["errorCode"] == "GENERAL"
    assert all("<h1>Not at this moment</h1>" in answer.text for answer in answers[3:])


@on_postgresql
def test_a_database_that_hangs_holds_up_no_visitor_and_no_event(
    shop: Shop, database_url: str
) -> None:
    with pressed(shop), visited(shop) as taken:
        until(lambda: len(taken) > 20)
        with outages.hanging(database_url):
            until(lambda: stale(shop), SECONDS_TO_COME_BACK)
            before = len(taken)
            until(lambda: len(taken) > before + 40)
            assert all("kept" in shop.visit().json() for _ in range(10))
            assert all(shop.evaluate(unit).status_code == 200 for unit in VISITORS)
        until(lambda: not stale(shop), SECONDS_TO_COME_BACK)
    until(shop.has_all, SECONDS_TO_COME_BACK)
    assert audit.misfits(database_url) == []


@on_postgresql
def test_whoever_looks_at_a_page_of_a_database_that_hangs_is_told_so_in_time(
    shop: Shop, database_url: str
) -> None:
    page = f"/projects/{shop.site.project.key}"
    with ThreadPoolExecutor(READERS) as pool:
        pages = pool.map(lambda _: shop.ask("GET", page, **shop.member), range(READERS))
        assert {each.status_code for each in pages} == {200}
        with outages.hanging(database_url):
            pages = pool.map(lambda _: shop.ask("GET", page, **shop.member), range(READERS))
            assert {each.status_code for each in pages} == {503}
    until(lambda: shop.ask("GET", page, **shop.member).status_code == 200)


@on_both_databases
def test_while_writers_are_locked_out_events_are_kept_and_what_follows_waits_for_them(
    shop: Shop, database_url: str
) -> None:
    with pressed(shop):
        with outages.locked(database_url):
            until(lambda: not stale(shop))
            kept = shop.collect(saw(shop.experiment, "early"))
            assert kept.json() == {"accepted": 0, "dropped": [], "kept": 1}
            with ThreadPoolExecutor(12) as pool:
                visits = [pool.submit(shop.visit) for _ in range(12)]
            assert {each.result().status_code for each in visits} == {202}
        ordered = shop.collect(did("order", "early"))
        assert ordered.status_code == 202
        until(lambda: shop.counted() == (len(shop.sent) + 1, len(shop.sent) + 1))
    assert audit.misfits(database_url) == []


@on_both_databases
def test_what_was_kept_outlives_the_server_and_is_counted_once(
    shop: Shop, database_url: str, tmp_path: Path
) -> None:
    with outages.away(database_url):
        until(lambda: stale(shop), SECONDS_TO_COME_BACK)
        for _ in range(5):
            assert "kept" in shop.visit().json()
        shop.server.kill()
    outages.reconnect(shop.site.world)
    assert shop.counted() == (1, 1)
    with (
        serve(database_url, tmp_path, workers=2) as begun_anew,
        patient.Client(base_url=begun_anew.address) as client,
    ):
        again = replace(shop, server=begun_anew, client=client)
        until(lambda: again.visit().status_code == 202)
        until(again.has_all, SECONDS_TO_COME_BACK)
        assert audit.misfits(database_url) == []
