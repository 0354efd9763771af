"""Rates that are counted in a Redis, which all processes share, and which may be away."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.conftest import MakeApp
from tests.redis_servers import RedisServer, redis_server
from tests.world import World


@pytest.fixture
def redis(tmp_path: Path) -> Generator[RedisServer]:
    """A Redis of the test's own."""
    with redis_server(tmp_path) as server:
        yield server


def asked(world: World, token: str, project_key: str) -> int:
    """The status of a read with this key."""
    path = f"/v2/project/{project_key}/experiments"
    return world.app.test_client().get(path, headers={"x-api-key": token}).status_code


def test_in_redis_processes_count_together_and_while_it_is_away_nobody_is_refused(
    make_app: MakeApp, redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    settings = {"RATE_LIMIT_STORAGE": redis.address, "API_RATE_LIMIT": "2 per day"}
    one, other = World(make_app(**settings)), World(make_app(**settings))
    project = one.project()
    token = one.key(project)
    answers = [asked(each, token, project.key) for each in (one, other, one, other)]
    assert answers == [200, 200, 429, 429]
    redis.end()
    assert {asked(each, token, project.key) for each in (one, other)} == {200}
    assert "rates are not counted" in caplog.text
