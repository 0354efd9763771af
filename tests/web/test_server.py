"""The server under the application: it stops without losing an answer, and replaces its dead."""

from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import pytest

from tests import audit, crowd, patient
from tests.servers import SECONDS_TO_BEGIN, Server, serve
from tests.watching import until
from tests.world import World

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Generator[Server]:
    """A server of one process."""
    with serve(database_url, tmp_path, workers=1) as server:
        yield server


def test_a_request_under_way_is_answered_though_the_server_is_told_to_stop(
    world: World, server: Server, database_url: str
) -> None:
    project = world.project()
    experiment, key = world.experiment(project), {"x-api-key": world.key(project)}
    start = crowd.by_integer(project, experiment, 1, key)
    with audit.connect(database_url) as writer, ThreadPoolExecutor() as pool:
        writer.exec_driver_sql("BEGIN IMMEDIATE")
        answer = pool.submit(crowd.send, server.address, start)
        until(lambda: is_connected(server))
        server.process.terminate()
        until(lambda: "Shutting down" in server.log.read_text())
        writer.exec_driver_sql("ROLLBACK")
        assert answer.result().status == 200
    assert server.process.wait(SECONDS_TO_BEGIN) == 0


def test_under_load_all_that_is_done_is_answered_though_the_server_is_told_to_stop(
    world: World, database_url: str, tmp_path: Path
) -> None:
    key = {"x-sdk-key": world.key(world.project())}
    answered: list[int] = []
    with serve(database_url, tmp_path, workers=2) as server, ThreadPoolExecutor() as pool:
        clients = [
            pool.submit(create_until_nobody_answers, server, key, answered) for _ in range(8)
        ]
        until(lambda: len(answered) > 40)
        server.process.terminate()
        assert server.process.wait(SECONDS_TO_BEGIN) == 0
        for client in clients:
            client.result()
    assert set(answered) == {201}
    (made,) = world.execute("SELECT count(*) FROM experiment")
    assert made == (len(answered),)


def create_until_nobody_answers(
    server: Server, key: Mapping[str, str], answered: list[int]
) -> None:
    """Create experiments, each on a connection of its own, and note what is answered."""
    create = crowd.sending_json("POST", "/api/admin/experiments", {"name": "Banner"}, key)
    while server.process.poll() is None:
        with suppress(OSError):
            answered.append(crowd.send(server.address, create).status)


def test_a_worker_that_dies_is_replaced(server: Server) -> None:
    (worker,) = workers(server)
    worker.kill()
    until(lambda: worker not in workers(server) and answers(server))
    assert server.process.poll() is None


def workers(server: Server) -> list[psutil.Process]:
    """The processes that answer."""
    return psutil.Process(server.process.pid).children()


def is_connected(server: Server) -> bool:
    """Return whether a client's connection has been taken."""
    (worker,) = workers(server)
    return any(each.status == psutil.CONN_ESTABLISHED for each in worker.net_connections("tcp"))


def answers(server: Server) -> bool:
    """Return whether anybody answers now."""
    try:
        return patient.get(f"{server.address}/v2/").status_code == 404
    except httpx.TransportError:
        return False
