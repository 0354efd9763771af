"""Requests that never come whole, and requests that wait, hold up no evaluation."""

import socket
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests import audit, crowd
from tests.servers import Server, serve
from tests.serving.site import FLAGS, Site, make_site
from tests.world import World

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

MANY = 40
PROMISED_SECONDS = 2
HALF_A_HEAD = f"POST {FLAGS} HTTP/1.1\r\nHost: x\r\nContent-".encode()
HALF_A_BODY = HALF_A_HEAD + b"Length: 100\r\nContent-Type: application/json\r\n\r\n{"


@pytest.fixture
def site(world: World) -> Site:
    """A site with a running experiment."""
    site = make_site(world)
    site.experiment()
    return site


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Generator[Server]:
    """A server of one process that works on one request of each kind at once."""
    with serve(
        database_url, tmp_path, workers=1, environment={"DATABASE_CONNECTIONS": "4"}
    ) as server:
        yield server


@pytest.fixture
def flood() -> Generator[ExitStack]:
    """Hangs up at the end."""
    with ExitStack() as stack:
        yield stack


def connect(server: Server, flood: ExitStack) -> socket.socket:
    """A connection that is open until the end."""
    address = urlsplit(server.address)
    where = (address.hostname, address.port)
    return flood.enter_context(socket.create_connection(where, PROMISED_SECONDS))


def evaluate(server: Server, site: Site, flood: ExitStack) -> bytes:
    """The first line that answers an evaluation, which comes in time or fails the test."""
    body = b'{"context": {"targetingKey": "a"}}'
    head = f"POST {FLAGS} HTTP/1.1\r\nHost: x\r\nX-API-Key: {site.token}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    connection = connect(server, flood)
    connection.sendall(head.encode() + body)
    return connection.recv(1 << 16).partition(b"\r\n")[0]


@pytest.mark.parametrize("half", [HALF_A_HEAD, HALF_A_BODY], ids=["head", "body"])
def test_a_flood_of_half_sent_requests_holds_up_no_evaluation(
    server: Server, site: Site, flood: ExitStack, half: bytes
) -> None:
    for _ in range(MANY):
        connect(server, flood).sendall(half)
    assert evaluate(server, site, flood) == b"HTTP/1.1 200 OK"


def test_a_crowd_that_waits_to_write_holds_up_no_evaluation(
    server: Server, site: Site, flood: ExitStack, database_url: str
) -> None:
    experiment, key = site.experiment(), {"x-api-key": site.world.key(site.project)}
    pause = crowd.by_integer(site.project, experiment, 0, key)
    with audit.connect(database_url) as writer:
        writer.exec_driver_sql("BEGIN IMMEDIATE")
        for _ in range(MANY):
            connect(server, flood).sendall(as_sent(pause))
        assert evaluate(server, site, flood) == b"HTTP/1.1 200 OK"
        writer.exec_driver_sql("ROLLBACK")


def as_sent(call: crowd.Call) -> bytes:
    """The call as it goes over the wire."""
    headers = {"Host": "x", "Content-Length": str(len(call.body)), **call.headers}
    lines = [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([f"{call.method} {call.path} HTTP/1.1", *lines, "", call.body]).encode()
