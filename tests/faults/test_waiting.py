"""Somebody keeps a lock for long: whoever needs it is told so in time, and nobody else waits."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests import audit
from tests.conftest import on_both_databases, on_postgresql
from tests.patient import SECONDS_TO_ANSWER, within
from tests.servers import Server, serve
from tests.serving.site import FLAGS, Site, make_site
from tests.world import World

# More than there are places for, in all of the server's processes together.
WRITERS = 12
READERS = 24
BEGIN = {
    "sqlite": "BEGIN IMMEDIATE",
    "postgresql": "BEGIN; SELECT id FROM project FOR UPDATE",
}


@pytest.fixture
def site(world: World) -> Site:
    """A site with a running experiment."""
    site = make_site(world)
    site.experiment()
    return site


def send(
    server: Server, request: httpx.Request, seconds: float = SECONDS_TO_ANSWER
) -> httpx.Response:
    """Return what answers a request, which takes no longer than so many seconds."""
    with httpx.Client(base_url=server.address, timeout=seconds) as client:
        return client.send(request)


def changes(site: Site, server: Server) -> Sequence[httpx.Request]:
    """Changes by either contract, events, and a form of a page."""
    experiment, key = site.experiment(), site.world.key(site.project)
    integers = f"/v2/project/{site.project.key}/experiment/{experiment.test_id}/status"
    names = f"/api/admin/experiments/{experiment.public_id}/status"
    member = server.sign_in(site.world.member(site.project))
    form = {"csrf_token": member.pop("X-CSRFToken"), "name": "Made while others wait"}
    page = f"{server.address}/projects/{site.project.key}/new-experiment"
    return [
        request
        for _ in range(WRITERS // 3)
        for request in (
            httpx.Request(
                "PATCH",
                server.address + integers,
                json={"status": 0},
                headers={"x-api-key": key},
            ),
            httpx.Request(
                "POST",
                server.address + names,
                json={"status": "stopped"},
                headers={"Authorization": f"Bearer {key}"},
            ),
            httpx.Request("POST", page, data=form, headers=member),
        )
    ]


@within
@on_both_databases
def test_while_a_lock_is_kept_writers_are_told_in_time_and_nobody_else_waits(
    site: Site, database_url: str, tmp_path: Path, seconds: float
) -> None:
    kind = database_url.partition(":")[0]
    with serve(database_url, tmp_path) as server, ThreadPoolExecutor(WRITERS) as pool:
        requests = changes(site, server)
        viewer = server.sign_in(site.world.member(site.project))
        with audit.connect(database_url) as other:
            other.exec_driver_sql(BEGIN[kind])
            waiting = [pool.submit(send, server, request, seconds) for request in requests]
            while not all(each.done() for each in waiting):
                flags = httpx.Request(
                    "POST",
                    server.address + FLAGS,
                    json={"context": {"targetingKey": "a"}},
                    headers=site.headers,
                )
                assert send(server, flags, seconds).status_code == 200
                page = f"{server.address}/projects/{site.project.key}"
                look = httpx.Request("GET", page, headers=viewer)
                assert send(server, look, seconds).status_code == 200
            other.exec_driver_sql("ROLLBACK")
        answers = [each.result() for each in waiting]
        assert {answer.status_code for answer in answers} == {503}
        assert {answer.headers["Retry-After"] for answer in answers} == {"1"}
        integers, names, page, *_ = answers
        assert integers.json() == {
            "error": "Too much is going on at this moment. Nothing was done. Try again."
        }
        assert names.json() == {
            "error": "Unavailable",
            "code": "UNAVAILABLE",
            "detail": "Too much is going on at this moment. Nothing was done. Try again.",
        }
        assert "<h1>Not at this moment</h1>" in page.text
        assert [send(server, each).status_code for each in requests[:3]] == [200, 409, 302]


@within
@on_postgresql
def test_readers_who_wait_for_their_places_and_for_a_lock_are_told_so_in_time(
    site: Site, database_url: str, tmp_path: Path, seconds: float
) -> None:
    with serve(database_url, tmp_path) as server, ThreadPoolExecutor(READERS) as pool:
        member = server.sign_in(site.world.member(site.project))
        page = f"{server.address}/projects/{site.project.key}"
        look = httpx.Request("GET", page, headers=member)
        with audit.connect(database_url) as other:
            other.exec_driver_sql("BEGIN; LOCK TABLE project IN ACCESS EXCLUSIVE MODE")
            answers = list(pool.map(lambda _: send(server, look, seconds), range(READERS)))
            other.exec_driver_sql("ROLLBACK")
        assert {answer.status_code for answer in answers} == {503}
        assert send(server, look).status_code == 200
