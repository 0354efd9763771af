"""What a page is told after a change, whichever worker process it asks."""

import time
from collections.abc import Generator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from app.models import Experiment, Project
from tests import crowd, patient
from tests.conftest import on_both_databases
from tests.servers import Server, serve
from tests.serving.named_workers import WORKER
from tests.world import World

WORKERS = 2
PROMISED_SECONDS = 0.5
SECONDS_TO_FIND_ALL = 30
LIVE = "Visitors are being split"


@dataclass
class Tab:
    """A tab with a project's page, on a connection of its own to one of the processes."""

    client: httpx.Client
    path: str
    tag: str = ""

    def refetch(self) -> str:
        """Return what an action has htmx fetch: the region as this process knows it."""
        answer = self.client.get(self.path, headers={"HX-Request": "true"})
        assert answer.status_code == 200
        self.tag = answer.headers["ETag"]
        return answer.text

    def poll(self) -> int:
        """The status that answers the timed poll."""
        headers = {"HX-Request": "true", "If-None-Match": self.tag}
        return self.client.get(self.path, headers=headers).status_code


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Generator[Server]:
    """A server of several processes that say who they are, and keep connections open."""
    named = "tests.serving.named_workers:app"
    patient = {"GRANIAN_HTTP1_HEADER_READ_TIMEOUT": "60000"}
    with serve(
        database_url, tmp_path, workers=WORKERS, application=named, environment=patient
    ) as server:
        yield server


@pytest.fixture
def open_tabs() -> Generator[ExitStack]:
    """Closes the tabs."""
    with ExitStack() as stack:
        yield stack


def tabs(open_tabs: ExitStack, server: Server, email: str, project: Project) -> list[Tab]:
    """A tab at each process, all of them in the same browser."""
    found: dict[str, Tab] = {}
    headers = server.sign_in(email)
    deadline = time.monotonic() + SECONDS_TO_FIND_ALL
    while len(found) < WORKERS:
        assert time.monotonic() < deadline, f"only {list(found)} answered"
        client = open_tabs.enter_context(patient.Client(base_url=server.address, headers=headers))
        worker = client.get("/account").headers[WORKER]
        found.setdefault(worker, Tab(client, f"/projects/{project.key}"))
    return list(found.values())


def change(server: Server, key: str, project: Project, experiment: Experiment, status: int) -> None:
    call = crowd.by_integer(project, experiment, status, {"x-api-key": key})
    assert crowd.send(server.address, call).status == 200


@on_both_databases
def test_an_action_is_seen_at_once_and_a_colleagues_poll_sees_it_in_half_a_second(
    world: World, server: Server, open_tabs: ExitStack
) -> None:
    project = world.project(connected=True)
    experiment, key = world.experiment(project), world.key(project)
    mine = tabs(open_tabs, server, world.member(project), project)
    colleagues = tabs(open_tabs, server, world.member(project), project)
    for status in (1, 0, 1, 0):
        for tab in (*mine, *colleagues):
            tab.refetch()
            assert tab.poll() == 304
        change(server, key, project, experiment, status)
        changed_at = time.monotonic()
        assert [LIVE in tab.refetch() for tab in mine] == [status == 1] * WORKERS
        while time.monotonic() < changed_at + PROMISED_SECONDS:
            assert {tab.poll() for tab in colleagues} <= {200, 304}
        assert [tab.poll() for tab in colleagues] == [200] * WORKERS
