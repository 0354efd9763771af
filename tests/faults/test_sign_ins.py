"""Wrong passwords on a server of several processes: in a storm, and for somebody's account."""

import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import httpx
import psutil
import pytest

from app.accounts import passwords
from tests import patient
from tests.conftest import on_both_databases
from tests.servers import CSRF_FIELD, Server, serve
from tests.serving.site import FLAGS, Site, make_site
from tests.world import PASSWORD, World

CONNECTIONS = 24
WORKERS = 2
MEGABYTE = 1 << 20
# Of one hash, as argon2 makes it, with what the C library keeps of it.
MEGABYTES_OF_HASH = 80
# What a process takes for anything else that it did not do before.
MEGABYTES_OF_WORK = 60
# The median of an evaluation, on a machine on which the storm alone takes all processors.
SECONDS_OF_EVALUATION = 0.5


@dataclass
class Storm:
    """What the connections of a storm were answered, by status."""

    answers: Counter[int] = field(default_factory=Counter)


@pytest.fixture
def site(world: World) -> Site:
    """A site with a running experiment."""
    site = make_site(world)
    site.experiment()
    return site


@contextmanager
def storm(server: Server) -> Generator[Storm]:
    """Wrong passwords from many networks, for many accounts, while this is open."""
    seen, done, networks = Storm(), threading.Event(), count()
    page = patient.get(f"{server.address}/sign-in")
    found = CSRF_FIELD.search(page.text)
    assert found
    cookie = {"Cookie": f"switchyard={page.cookies['switchyard']}"}

    def press(connection: int) -> None:
        with patient.Client(base_url=server.address) as client:
            while not done.is_set():
                number = next(networks)
                form = {
                    "csrf_token": found[1],
                    "email": f"person{number}@example.test",
                    "password": "wrong wrong",
                }
                address = f"10.{connection}.{number >> 8 & 255}.{number & 255}"
                headers = {**cookie, "X-Forwarded-For": address}
                answer = client.post("/sign-in", data=form, headers=headers)
                seen.answers[answer.status_code] += 1

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        pressing = [pool.submit(press, connection) for connection in range(CONNECTIONS)]
        try:
            yield seen
        finally:
            done.set()
    for each in pressing:
        each.result()


def megabytes(server: Server) -> float:
    """Return what the server's processes have in memory."""
    workers = psutil.Process(server.process.pid).children()
    return sum(worker.memory_info().rss for worker in workers) / MEGABYTE


def timed(ask: Callable[[], httpx.Response]) -> float:
    """Return how long an answer took, which has to be a success."""
    begun = time.monotonic()
    assert ask().status_code == 200
    return time.monotonic() - begun


def weather_a_storm(site: Site, database_url: str, folder: Path, seconds: int) -> list[float]:
    """Ask for a visitor's variant, and change a status, all through a storm of so many seconds.

    Return how many seconds each evaluation took. What the server takes of memory is bounded.
    """
    experiment, key = site.experiment(), site.world.key(site.project)
    path = f"/v2/project/{site.project.key}/experiment/{experiment.test_id}/status"
    behind_a_proxy = {"TRUSTED_PROXIES": "1"}
    with (
        serve(database_url, folder, workers=WORKERS, environment=behind_a_proxy) as server,
        patient.Client(base_url=server.address) as client,
    ):

        def evaluate() -> httpx.Response:
            body = {"context": {"targetingKey": "a"}}
            return client.post(FLAGS, json=body, headers=site.headers)

        def change() -> httpx.Response:
            return client.patch(path, json={"status": 0}, headers={"x-api-key": key})

        before, most, times = megabytes(server), 0.0, []
        with storm(server) as seen:
            ends_at = time.monotonic() + seconds
            while time.monotonic() < ends_at:
                times.append(timed(evaluate))
                timed(change)
                most = max(most, megabytes(server))
    assert set(seen.answers) == {401, 429}
    bound = passwords.MOST_AT_ONCE * MEGABYTES_OF_HASH + MEGABYTES_OF_WORK
    assert most - before < WORKERS * bound
    return times


def test_in_a_storm_of_wrong_passwords_visitors_are_served_and_memory_is_bounded(
    site: Site, database_url: str, tmp_path: Path
) -> None:
    assert weather_a_storm(site, database_url, tmp_path, seconds=2)


@pytest.mark.soak
@on_both_databases
def test_in_a_long_storm_of_wrong_passwords_visitors_are_served_as_soon_as_is_promised(
    site: Site, database_url: str, tmp_path: Path
) -> None:
    times = weather_a_storm(site, database_url, tmp_path, seconds=20)
    assert statistics.median(times) < SECONDS_OF_EVALUATION


def token_of(browser: httpx.Client, path: str) -> str:
    """The CSRF token of the session that a browser has."""
    found = CSRF_FIELD.search(browser.get(path).text)
    assert found
    return found[1]


def sign_in(browser: httpx.Client, email: str, password: str) -> int:
    """The status that answers a sign-in."""
    token = token_of(browser, "/sign-in")
    form = {"csrf_token": token, "email": email, "password": password}
    return browser.post("/sign-in", data=form).status_code


@on_both_databases
def test_failures_of_others_hold_up_strangers_in_all_processes_and_no_known_device(
    world: World, database_url: str, tmp_path: Path
) -> None:
    email = world.user()
    with serve(database_url, tmp_path, workers=WORKERS) as server:

        def browser() -> httpx.Client:
            return patient.Client(base_url=server.address)

        def stranger(password: str) -> int:
            # On a connection of its own, which any of the processes takes.
            with browser() as client:
                return sign_in(client, email, password)

        with browser() as known:
            assert sign_in(known, email, PASSWORD) == 302
            known.post("/sign-out", data={"csrf_token": token_of(known, "/account")})
            assert stranger("wrong wrong") == 401
            # As many failures as bring the longest wait: a minute from now.
            world.execute("UPDATE failed_sign_ins SET failures = 11")
            assert {stranger(PASSWORD) for _ in range(6)} == {429}
            assert sign_in(known, email, PASSWORD) == 302
