"""How often a key, a person, an address and an account may ask; not the plan's limit."""

import pytest
from limits import parse
from werkzeug.test import TestResponse

from app.models import Project
from tests.api.asking import integers_path, names_path
from tests.conftest import MakeApp
from tests.world import World

EXPERIMENTS = "/api/admin/experiments"


@pytest.fixture
def limited(make_app: MakeApp) -> World:
    """A world in which the API may be asked twice a minute."""
    return World(make_app(API_RATE_LIMIT="2 per minute"))


def listed(world: World, project: Project, token: str) -> TestResponse:
    path = f"/v2/project/{project.key}/experiments"
    return world.app.test_client().get(path, headers={"x-api-key": token})


def test_v2_says_429_and_when_to_come_back(limited: World) -> None:
    project = limited.project()
    token = limited.key(project)
    answers = [listed(limited, project, token) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json == {"error": "Rate limit: 2 per 1 minute."}
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 60


def test_admin_says_429_rate_limited_and_when_to_come_back(limited: World) -> None:
    client, headers = limited.app.test_client(), {"X-SDK-Key": limited.key(limited.project())}
    answers = [client.get(EXPERIMENTS, headers=headers) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    expected = {
        "error": "Too many requests",
        "code": "RATE_LIMITED",
        "detail": "Rate limit: 2 per 1 minute.",
    }
    assert answers[2].json == expected
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 60


def test_the_rate_limit_and_the_plans_limit_are_told_apart(limited: World) -> None:
    project = limited.project(limit=0)
    path, headers = names_path(limited.experiment(project)), {"X-SDK-Key": limited.key(project)}
    client = limited.app.test_client()
    answers = [client.post(path, json={"status": "running"}, headers=headers) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 429]
    codes = [answer.json["code"] for answer in answers if answer.json]
    assert codes == ["PLAN_LIMIT", "PLAN_LIMIT", "RATE_LIMITED"]
    assert ["Retry-After" in answer.headers for answer in answers] == [False, False, True]
    policies = [answer.headers.get("RateLimit-Policy") for answer in answers]
    assert policies == [None, None, '"requests";q=2;w=60']
    wait = answers[2].headers["Retry-After"]
    assert answers[2].headers["RateLimit"] == f'"requests";r=0;t={wait}'


def test_a_limited_request_changes_nothing(limited: World) -> None:
    project = limited.project()
    experiment, headers = limited.experiment(project), {"x-api-key": limited.key(project)}
    client, path = limited.app.test_client(), integers_path(project, experiment)
    for status in (1, 0, 1):
        client.patch(path, json={"status": status}, headers=headers)
    assert len(limited.history(experiment)) == 2
    assert limited.reload(experiment).status.value == "stopped"


def test_each_key_has_a_limit_of_its_own(limited: World) -> None:
    project = limited.project()
    first, second = limited.key(project), limited.key(project)
    for _ in range(3):
        listed(limited, project, first)
    assert listed(limited, project, first).status_code == 429
    assert listed(limited, project, second).status_code == 200


def test_both_contracts_count_against_one_limit(limited: World) -> None:
    project = limited.project()
    token = limited.key(project)
    for _ in range(2):
        listed(limited, project, token)
    answer = limited.app.test_client().get(EXPERIMENTS, headers={"X-SDK-Key": token})
    assert answer.status_code == 429


def test_guessing_keys_is_limited_by_address(limited: World) -> None:
    project = limited.project()
    answers = [listed(limited, project, f"sdk_admin_{n}").status_code for n in range(3)]
    assert answers == [401, 401, 429]
    assert listed(limited, project, limited.key(project)).status_code == 200


def test_each_person_has_a_limit_of_their_own(limited: World) -> None:
    project = limited.project()
    path = f"/v2/project/{project.key}/experiments"
    first, second = (limited.browser(limited.member(project)) for _ in range(2))
    assert [first.get(path).status_code for _ in range(3)] == [200, 200, 429]
    assert second.get(path).status_code == 200


def test_pages_are_not_counted(limited: World) -> None:
    browser = limited.browser(limited.user())
    assert [browser.get("/").status_code for _ in range(5)] == [200] * 5


def test_by_default_no_honest_client_meets_the_limit(world: World) -> None:
    assert world.app.config["API_RATE_LIMIT"] == parse("6000 per minute")
