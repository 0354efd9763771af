"""A server that is killed in the midst of its work leaves nothing half done and forgets nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path

from app.models import Experiment, Project
from tests import audit, crowd
from tests.conftest import on_both_databases, rounds
from tests.killing import Meter, busy
from tests.servers import Server, serve
from tests.world import World

pytestmark = on_both_databases

CLIENTS = 12
LIMIT = 8
KILLED_AFTER_ANSWERS = (1, 60, 150)
STATUSES = {1: "running", 0: "stopped"}


@rounds(1, soak=20)
def test_a_killed_server_leaves_whole_transitions_and_keeps_what_it_has_answered(
    world: World, database_url: str, tmp_path: Path, rounds: int
) -> None:
    for answers in KILLED_AFTER_ANSWERS * rounds:
        project = world.project(LIMIT)
        clients = _clients(world, project)
        version = audit.read(database_url, project.id).version

        with serve(database_url, tmp_path) as server, busy(server, clients) as meter:
            meter.wait_for(answers)
            server.kill()

        record = audit.read(database_url, project.id)
        assert record.breaks() == []
        assert record.most_running() <= LIMIT
        assert record.version == version + record.told
        for client in clients:
            client.check(record.targets(client.experiment.test_id))


def test_a_server_after_a_killed_one_goes_on_where_that_one_was(
    world: World, database_url: str, tmp_path: Path
) -> None:
    project = world.project(LIMIT)
    clients = _clients(world, project)
    with serve(database_url, tmp_path) as server, busy(server, clients) as meter:
        meter.wait_for(CLIENTS)
        server.kill()

    with serve(database_url, tmp_path) as server:
        stops = [client.call(0) for client in clients]
        answers = [crowd.send(server.address, stop).status for stop in stops]
        start = crowd.send(server.address, clients[0].call(1))

    assert answers == [200] * CLIENTS
    assert start.status == 200
    record = audit.read(database_url, project.id)
    assert record.breaks() == []
    assert record.running == 1


@dataclass
class Client:
    """The only one who changes its experiment, and so knows all of its history."""

    project: Project
    experiment: Experiment
    key: Mapping[str, str]
    answered: list[str] = field(default_factory=list)
    asked: int = 1

    def call(self, status: int) -> crowd.Call:
        """Ask for a status of the experiment."""
        return crowd.by_integer(self.project, self.experiment, status, self.key)

    def send(self, server: Server, meter: Meter) -> None:
        """Start and pause the experiment over and over, until the server is gone."""
        while True:
            try:
                answer = crowd.send(server.address, self.call(self.asked))
            except (OSError, HTTPException):
                return
            meter.count()
            assert answer.status in (200, 403), answer.text
            if answer.status == 200:
                self.answered.append(STATUSES[self.asked])
                self.asked = 1 - self.asked

    def check(self, targets: list[str]) -> None:
        """The history holds what was answered, and at most the change that was on its way."""
        on_its_way = STATUSES[self.asked]
        assert targets in (self.answered, [*self.answered, on_its_way])


def _clients(world: World, project: Project) -> list[Client]:
    key = {"x-api-key": world.key(project)}
    return [Client(project, world.experiment(project), key) for _ in range(CLIENTS)]
