"""What a request has to be before anybody asks who sends it, seen through the real server."""

import io
import socket
from collections.abc import Generator
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from app.database import connections
from app.database.engine import db
from app.models import ApiKey, Role
from app.tenancy import access_changes
from tests.conftest import on_both_databases, on_postgresql
from tests.servers import Server, serve
from tests.world import COMMAND_LINE, World


@pytest.fixture(scope="module")
def server(shared_world: World, tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    """The real server, for what no test client can send."""
    url = shared_world.app.config["DATABASE_URL"]
    with serve(url, tmp_path_factory.mktemp("server"), workers=1) as server:
        yield server


def connect(server: Server) -> socket.socket:
    """A connection to that server."""
    address = urlsplit(server.address)
    return socket.create_connection((address.hostname, address.port), timeout=20)


def head(method: str, path: str, token: str, *headers: str) -> bytes:
    """The head of a request by key."""
    lines = [f"{method} {path} HTTP/1.1", "Host: x", "Connection: close", f"x-sdk-key: {token}"]
    return "\r\n".join([*lines, f"x-api-key: {token}", *headers, "", ""]).encode()


def answer(connection: socket.socket) -> str:
    """The whole answer."""
    with connection:
        return b"".join(iter(lambda: connection.recv(4096), b"")).decode()


def end_every_key(world: World) -> None:
    """Revoke all keys."""
    with world.app.app_context():
        for key in db.session.scalars(select(ApiKey)).all():
            access_changes.revoke_key(key.project_id, key.id, COMMAND_LINE)


def test_a_key_that_is_revoked_while_its_body_is_held_back_opens_nothing(
    shared_world: World, server: Server
) -> None:
    token = shared_world.key(shared_world.project())
    connection = connect(server)
    connection.sendall(head("POST", "/api/admin/keys", token, "Content-Length: 16") + b"{")
    end_every_key(shared_world)
    connection.sendall(b'"type":"admin"}')
    assert answer(connection).startswith("HTTP/1.1 401")


@pytest.mark.parametrize("path", ["/api/admin/experiments", "/v2/project/p/create-experiment"])
def test_a_malformed_chunk_is_400_in_the_contracts_shape(
    shared_world: World, server: Server, path: str
) -> None:
    connection = connect(server)
    token = shared_world.key(shared_world.project())
    connection.sendall(head("POST", path, token, "Transfer-Encoding: chunked") + b"zz\r\n{}\r\n")
    connection.shutdown(socket.SHUT_WR)
    shown = answer(connection)
    assert shown.startswith("HTTP/1.1 400")
    assert '"error":' in shown


def test_a_body_that_is_cut_short_is_not_carried_out(shared_world: World, server: Server) -> None:
    project = shared_world.project()
    experiment = shared_world.experiment(project)
    connection = connect(server)
    path = f"/v2/project/{project.key}/experiment/{experiment.test_id}/status"
    start = head("PATCH", path, shared_world.key(project), "Content-Length: 50") + b'{"status":1}'
    connection.sendall(start)
    connection.shutdown(socket.SHUT_WR)
    assert not answer(connection).startswith("HTTP/1.1 200")
    assert shared_world.history(experiment) == []


def test_json_in_chunks_that_breaks_off_is_not_carried_out(
    shared_world: World, server: Server
) -> None:
    project = shared_world.project()
    experiment = shared_world.experiment(project)
    connection = connect(server)
    path = f"/v2/project/{project.key}/experiment/{experiment.test_id}/status"
    broken = b'9\r\n{"status"\r\n3\r\n: 1'
    connection.sendall(
        head("PATCH", path, shared_world.key(project), "Transfer-Encoding: chunked") + broken
    )
    connection.shutdown(socket.SHUT_WR)
    assert answer(connection).startswith("HTTP/1.1 400")
    assert shared_world.history(experiment) == []


class FromServer:
    """A body as the server hands it on; `times` it was asked for more."""

    def __init__(self, body: bytes) -> None:
        self.times = 0
        self._body = io.BytesIO(body)

    def read(self, size: int) -> bytes:
        """The next bytes, at most so many."""
        self.times += 1
        return self._body.read(size)


def test_a_body_whose_length_is_known_is_asked_for_once(world: World) -> None:
    sent = b'{"type": "sdk"}'
    body = FromServer(sent)
    shown = world.app.test_client().post(
        "/api/admin/keys",
        headers={"X-SDK-Key": world.key(world.project())},
        content_type="application/json",
        environ_overrides={
            "wsgi.input": body,
            "wsgi.input_terminated": True,
            "CONTENT_LENGTH": str(len(sent)),
        },
    )
    assert shown.status_code != 400
    assert body.times == 1


def test_a_form_in_chunks_is_411(world: World) -> None:
    shown = world.app.test_client().post(
        "/sign-in",
        data={"email": "a@b.example"},
        headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert shown.status_code == 411


@pytest.mark.parametrize("field", ["email", "password", "csrf_token"])
def test_a_form_with_a_file_in_place_of_a_text_is_415(world: World, field: str) -> None:
    form = {"email": "a@b.example", "password": "x", field: (io.BytesIO(b"."), "file")}
    assert world.app.test_client().post("/sign-in", data=form).status_code == 415


@pytest.mark.parametrize("path", ["/api//admin/experiments", "/v2//project/p/experiments"])
def test_a_doubled_slash_is_404_in_json_and_no_redirect(app: Flask, path: str) -> None:
    shown = app.test_client().get(path)
    assert (shown.status_code, shown.is_json) == (404, True)


@pytest.mark.parametrize("address", ["http://[", "//%E2%84%80.com", "http://\u2100.com"])
def test_a_broken_address_to_come_back_to_leads_to_plain_sign_in(app: Flask, address: str) -> None:
    client = app.test_client()
    headers = {"HX-Request": "true", "HX-Current-URL": address.encode().decode("latin-1")}
    assert client.get("/", headers=headers).status_code == 401
    assert client.get("/sign-in", query_string={"next": address}).status_code == 200


@on_both_databases
def test_a_key_that_a_key_minted_ends_with_it(world: World) -> None:
    client = world.app.test_client(use_cookies=False)
    parent = world.key(world.project())
    minted = client.post(
        "/api/admin/keys", json={"type": "admin"}, headers={"X-SDK-Key": parent}
    ).get_json()["key"]
    path = "/api/admin/experiments"
    assert client.get(path, headers={"X-SDK-Key": minted}).status_code == 200
    with world.app.app_context():
        oldest = db.session.scalars(select(ApiKey).order_by(ApiKey.id)).first()
        assert oldest
        access_changes.revoke_key(oldest.project_id, oldest.id, COMMAND_LINE)
    assert client.get(path, headers={"X-SDK-Key": minted}).status_code == 401


@on_postgresql
def test_connections_that_died_while_idle_are_replaced_and_nobody_notices(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "SECONDS_UNTRIED", 0)
    project = world.project()
    browser = world.browser(world.member(project, Role.VIEWER))
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    with world.app.app_context(), db.engine.connect() as first, db.engine.connect() as second:
        first.exec_driver_sql("SELECT 1")
        second.exec_driver_sql(others)
    assert browser.get(f"/projects/{project.key}").status_code == 200
