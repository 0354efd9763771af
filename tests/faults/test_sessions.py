"""Sessions that end, on a server of several processes: a copy of the cookie is nobody in any."""

import time
from collections.abc import Mapping
from pathlib import Path

from tests import patient
from tests.conftest import on_both_databases
from tests.servers import Server, serve
from tests.serving.named_workers import WORKER
from tests.world import World

WORKERS = 2
SECONDS_TO_FIND_ALL = 30
NAMED = "tests.serving.named_workers:app"


def from_each_process(server: Server, headers: Mapping[str, str]) -> dict[str, int]:
    """Return what each of the server's processes answers a browser that asks for its account."""
    answers: dict[str, int] = {}
    deadline = time.monotonic() + SECONDS_TO_FIND_ALL
    while len(answers) < WORKERS:
        assert time.monotonic() < deadline, f"only {list(answers)} answered"
        with patient.Client(base_url=server.address, headers=headers) as connection:
            answer = connection.get("/account")
            answers[answer.headers[WORKER]] = answer.status_code
    return answers


def submit(server: Server, path: str, headers: Mapping[str, str], **fields: str) -> None:
    form = {"csrf_token": headers["X-CSRFToken"], **fields}
    answer = patient.post(f"{server.address}{path}", data=form, headers=dict(headers))
    assert answer.status_code == 302


@on_both_databases
def test_a_copied_cookie_is_nobody_in_any_process_once_its_session_has_ended(
    world: World, database_url: str, tmp_path: Path
) -> None:
    email = world.user()
    with serve(database_url, tmp_path, workers=WORKERS, application=NAMED) as server:
        left, ended, here = (server.sign_in(email) for _ in range(3))
        assert set(from_each_process(server, left).values()) == {200}
        submit(server, "/sign-out", left)
        assert set(from_each_process(server, left).values()) == {302}
        submit(server, "/account/sessions/end-others", here)
        assert set(from_each_process(server, ended).values()) == {302}
        assert set(from_each_process(server, here).values()) == {200}
