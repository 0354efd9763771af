"""What every worker process answers one second after a change, at the latest."""

import json
import threading
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection
from itertools import cycle
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from app.models import Experiment, KeyType, Status
from tests import crowd
from tests.conftest import MakeApp, on_both_databases
from tests.servers import Server, serve
from tests.serving.named_workers import WORKER
from tests.serving.site import FLAGS, Site, make_site, saw
from tests.world import World

UNITS = [f"visitor-{number}" for number in range(5)]
CLIENTS = 2
PROMISED_SECONDS = 1
SECONDS_TO_WAIT = 30
SECONDS_BETWEEN = 0.01


@dataclass(frozen=True)
class Seen:
    """An answer: when it was asked for, for whom, by which process, and what it was."""

    asked_at: float
    unit: str
    worker: str
    status: int
    variant: str


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Generator[Server]:
    """A server of two processes that say who they are."""
    named = "tests.serving.named_workers:app"
    with serve(database_url, tmp_path, workers=2, application=named) as server:
        yield server


@on_both_databases
def test_one_second_after_a_pause_a_resume_and_a_revoked_key_every_worker_knows(
    world: World, server: Server
) -> None:
    site = make_site(world, KeyType.CLIENT)
    experiment = site.experiment()
    expected = {unit: site.variant(experiment, unit) for unit in UNITS}
    since = time.monotonic() - PROMISED_SECONDS
    assert variants(ask(server, site, experiment, since)) == expected

    pause = by_integer(server, site, experiment, 0)
    assert statuses(ask(server, site, experiment, pause)) == {404}

    resume = by_integer(server, site, experiment, 1)
    assert variants(ask(server, site, experiment, resume)) == expected

    revocation = revoke(site)
    assert statuses(ask(server, site, experiment, revocation)) == {401}


def by_integer(server: Server, site: Site, experiment: Experiment, status: int) -> float:
    """Change the experiment's status at the server; when it has said that this is done."""
    key = {"x-api-key": site.world.key(site.project)}
    answer = crowd.send(server.address, crowd.by_integer(site.project, experiment, status, key))
    assert answer.status == 200
    return time.monotonic()


def revoke(site: Site) -> float:
    """Revoke the site's key; when that was done."""
    find = "SELECT id FROM api_key WHERE last4 = :last4 AND type = 'client'"
    key_id = site.world.execute(find, last4=site.token[-4:])[0].id
    site.world.revoke(site.project, key_id)
    return time.monotonic()


def statuses(seen: list[Seen]) -> set[int]:
    return {each.status for each in seen}


def variants(seen: list[Seen]) -> dict[str, str]:
    """Return what each unit got; the same from everybody."""
    found = {(each.unit, each.variant) for each in seen}
    assert len(found) == len(UNITS)
    return dict(found)


def ask(server: Server, site: Site, experiment: Experiment, moment: float) -> list[Seen]:
    """Ask on and on; what was asked later than the promised time after `moment`.

    Ends when both processes have answered for every unit since then.
    """
    late: list[Seen] = []
    done = threading.Event()

    def ask_on() -> None:
        for unit in cycle(UNITS):
            if done.wait(SECONDS_BETWEEN):
                return
            answer = evaluate(server, site, experiment, unit)
            if answer.asked_at >= moment + PROMISED_SECONDS:
                late.append(answer)
            if len({(each.unit, each.worker) for each in late}) == 2 * len(UNITS):
                done.set()

    with ThreadPoolExecutor(CLIENTS) as pool:
        asking = [pool.submit(ask_on) for _ in range(CLIENTS)]
        enough = done.wait(SECONDS_TO_WAIT)
        done.set()
    for each in asking:
        each.result()
    assert enough, f"only { ({each.worker for each in late}) } answered"
    return late


def evaluate(server: Server, site: Site, experiment: Experiment, unit: str) -> Seen:
    """Ask once, on a connection of its own."""
    connection = HTTPConnection(urlsplit(server.address).netloc, timeout=SECONDS_TO_WAIT)
    asked_at = time.monotonic()
    try:
        body = json.dumps({"context": {"targetingKey": unit}})
        connection.request("POST", f"{FLAGS}/{experiment.key}", body, site.headers)
        answer = connection.getresponse()
        variant = json.loads(answer.read()).get("variant", "")
        return Seen(asked_at, unit, answer.headers[WORKER], answer.status, variant)
    finally:
        connection.close()


@on_both_databases
def test_collecting_knows_of_a_pause_and_a_resume_at_once(make_app: MakeApp) -> None:
    site = make_site(World(make_app(SECONDS_REMEMBERED="1")))
    experiment = site.experiment()
    assert site.ask(experiment, "a").status_code == 200
    assert site.collect(saw(experiment, "a")) == (1, [])
    site.walk(experiment, Status.STOPPED)
    assert site.collect(saw(experiment, "b")) == (0, [(0, "not_running")])
    site.walk(experiment, Status.RUNNING)
    assert site.collect(saw(experiment, "b")) == (1, [])


def test_two_applications_in_one_process_remember_each_for_itself(make_app: MakeApp) -> None:
    first, second = (World(make_app(SECONDS_REMEMBERED="1")) for _ in range(2))
    site = make_site(first)
    experiment = site.experiment()
    other = Site(second, site.project, site.token)
    assert site.variants(experiment, UNITS) == other.variants(experiment, UNITS)
