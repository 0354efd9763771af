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
def test_a_killed_server_leaves_whole_what_it_has_answered_and_the_next_goes_on_from_there(
    world: World, database_url: str, tmp_path: Path, rounds: int
) -> None:
    before: list[Client] = []
    for answers in KILLED_AFTER_ANSWERS * rounds:
        project = world.project(LIMIT)
        clients = _clients(world, project)
        version = audit.read(database_url, project.id).version

        with serve(database_url, tmp_path) as server:
            _go_on(server, before, database_url)
            with busy(server, clients) as meter:
                meter.wait_for(answers)
                server.kill()

        record = audit.read(database_url, project.id)
        assert record.breaks() == []
        assert record.most_running() <= LIMIT
        assert record.version == version + record.told
        for client in clients:
            client.check(record.targets(client.experiment.test_id))
        before = clients


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


def _go_on(server: Server, clients: list[Client], database_url: str) -> None:
    """Pause all that clients of the server before have started, and start one."""
    if not clients:
        return
    stops = [crowd.send(server.address, client.call(0)).status for client in clients]
    start = crowd.send(server.address, clients[0].call(1))
    assert stops == [200] * CLIENTS
    assert start.status == 200
    record = audit.read(database_url, clients[0].project.id)
    assert record.breaks() == []
    assert record.running == 1
