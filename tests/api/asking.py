"""Asking the JSON doors: as a program with a key, or as the page of a signed-in marketer."""

from collections.abc import Callable

from werkzeug.test import TestResponse

from app.models import Experiment, Project
from tests.world import World

Ask = Callable[[str, str, object], TestResponse]
"""Sends a JSON body: method, path, body."""


def with_key(world: World, project: Project) -> Ask:
    """As a program with a key of `project`."""
    client, token = world.app.test_client(use_cookies=False), world.key(project)

    def ask(method: str, path: str, body: object) -> TestResponse:
        headers = {"Authorization": f"Bearer {token}"}
        return client.open(path, method=method, json=body, headers=headers)

    return ask


def in_browser(world: World, project: Project) -> Ask:
    """As a marketer of `project` in a browser."""
    return world.browser(world.member(project)).call


CALLERS = {"key": with_key, "browser": in_browser}


def in_the_contract(answer: TestResponse) -> object:
    """The answer's JSON without what it says of a refusal beside the contract's own members."""
    assert isinstance(answer.json, dict)
    return {name: value for name, value in answer.json.items() if name != "refusal"}


def integers_path(project: Project, experiment: Experiment) -> str:
    """Return where the contract of integers takes a status."""
    return f"/v2/project/{project.key}/experiment/{experiment.test_id}/status"


def names_path(experiment: Experiment) -> str:
    """Return where the contract of names takes a status."""
    return f"/api/admin/experiments/{experiment.public_id}/status"
