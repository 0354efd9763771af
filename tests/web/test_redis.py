"""Rates that are counted in a Redis, which all processes share, and which may be away."""

import shutil
import socket
import subprocess
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from redis import Redis
from redis.backoff import ConstantBackoff
from redis.exceptions import ConnectionError as NoConnection
from redis.retry import Retry

from tests.conftest import MakeApp, missing
from tests.world import World

HOW_TO_GET_REDIS = "Redis is not installed: apt-get install redis-server"
SECONDS_TO_END = 5


@pytest.fixture
def redis(tmp_path: Path) -> Generator[tuple[str, Callable[[], object]]]:
    """A Redis: its address, and what ends it."""
    binary = shutil.which("redis-server")
    if binary is None:
        missing(HOW_TO_GET_REDIS)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ("--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(tmp_path))
    process = subprocess.Popen([str(binary), *options], stdout=subprocess.DEVNULL)

    def end() -> None:
        process.terminate()
        process.wait(SECONDS_TO_END)

    try:
        patient = Retry(ConstantBackoff(0.05), 100, (NoConnection,))
        Redis(port=port, retry=patient).ping()
        yield f"redis://127.0.0.1:{port}", end
    finally:
        end()


def asked(world: World, token: str, project_key: str) -> int:
    """The status of a read with this key."""
    path = f"/v2/project/{project_key}/experiments"
    return world.app.test_client().get(path, headers={"x-api-key": token}).status_code


def test_in_redis_processes_count_together_and_while_it_is_away_nobody_is_refused(
    make_app: MakeApp,
    redis: tuple[str, Callable[[], object]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    address, end = redis
    settings = {"RATE_LIMIT_STORAGE": address, "API_RATE_LIMIT": "2 per day"}
    one, other = World(make_app(**settings)), World(make_app(**settings))
    project = one.project()
    token = one.key(project)
    answers = [asked(each, token, project.key) for each in (one, other, one, other)]
    assert answers == [200, 200, 429, 429]
    end()
    assert {asked(each, token, project.key) for each in (one, other)} == {200}
    assert "rates are not counted" in caplog.text
