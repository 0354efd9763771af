"""Experiments that are not there, or somebody else's: 404, whatever the id looks like."""

import re
from contextlib import suppress

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import NotFound

from tests.api.asking import CALLERS, integers_path, names_path, with_key
from tests.conftest import on_both_databases
from tests.world import World

NO_TEST_IDS = [
    "0",
    "999999",
    "2147483648",
    "99999999999999999999",
    "9" * 4000,
    "-1",
    "+1",
    "1.0",
    "1e0",
    "0x1",
    "one",
    "exp_1",
    "%D9%A1",
    "%C2%B9",
    "%EF%BC%91",
    "1%20",
    "1%00",
    "%00",
    "%FF",
    "1;drop",
    "null",
]
NO_PUBLIC_IDS = [
    "1",
    "exp_",
    "exp_00000000000000000000000000",
    "EXP_1",
    "x" * 4000,
    "-1",
    "%D9%A1",
    "%00",
    "exp_%00",
    "%FF",
    "exp_%25",
    "99999999999999999999",
]


@on_both_databases
@pytest.mark.parametrize("test_id", [pytest.param(each, id=each[:24]) for each in NO_TEST_IDS])
def test_v2_knows_no_such_test_id(world: World, client: FlaskClient, test_id: str) -> None:
    project = world.project()
    world.experiment(project)
    path = f"/v2/project/{project.key}/experiment/{test_id}/status"
    answer = client.patch(path, json={"status": 1}, headers={"x-api-key": world.key(project)})
    assert answer.status_code == 404
    assert answer.json
    assert list(answer.json) == ["error"]


@on_both_databases
@pytest.mark.parametrize("public_id", [pytest.param(each, id=each[:24]) for each in NO_PUBLIC_IDS])
def test_admin_knows_no_such_id(world: World, client: FlaskClient, public_id: str) -> None:
    project = world.project()
    world.experiment(project)
    path = f"/api/admin/experiments/{public_id}/status"
    headers = {"X-SDK-Key": world.key(project)}
    answer = client.post(path, json={"status": "running"}, headers=headers)
    assert answer.json
    assert (answer.status_code, answer.json["code"]) == (404, "NOT_FOUND")
    assert list(answer.json) == ["error", "code", "detail"]


@pytest.mark.parametrize("caller", CALLERS)
def test_v2_knows_no_experiment_of_another_project(world: World, caller: str) -> None:
    project, other = world.project(), world.project()
    theirs = world.experiment(other)
    answer = CALLERS[caller](world, project)("PATCH", integers_path(project, theirs), {"status": 1})
    assert (answer.status_code, answer.json) == (404, {"error": "Experiment not found."})
    assert world.history(theirs) == []


@pytest.mark.parametrize("caller", CALLERS)
def test_admin_knows_no_experiment_of_another_project(world: World, caller: str) -> None:
    project, other = world.project(), world.project()
    theirs = world.experiment(other)
    ask = CALLERS[caller](world, project)
    answer = ask("POST", names_path(theirs), {"status": "running"})
    expected = {"error": "Not found", "code": "NOT_FOUND", "detail": "Experiment not found."}
    assert (answer.status_code, answer.json) == (404, expected)
    assert world.history(theirs) == []


@pytest.mark.parametrize("call", ["show", "clone"])
@pytest.mark.parametrize("caller", CALLERS)
def test_admin_neither_shows_nor_clones_an_experiment_of_another_project(
    world: World, caller: str, call: str
) -> None:
    project, other = world.project(), world.project()
    theirs = f"/api/admin/experiments/{world.experiment(other).public_id}"
    ask = CALLERS[caller](world, project)
    answer = ask("GET", theirs, None) if call == "show" else ask("POST", f"{theirs}/clone", {})
    assert answer.status_code == 404
    assert world.execute("SELECT count(*) FROM experiment") == [(1,)]


def test_another_projects_experiment_and_none_at_all_are_told_the_same(
    world: World, client: FlaskClient
) -> None:
    project, other = world.project(), world.project()
    theirs = world.experiment(other)
    headers = {"x-api-key": world.key(project)}
    answers = [
        client.patch(
            f"/v2/project/{project.key}/experiment/{test_id}/status", json={}, headers=headers
        )
        for test_id in (theirs.test_id, 999999)
    ]
    assert answers[0].data == answers[1].data
    assert answers[0].status_code == answers[1].status_code


@pytest.mark.parametrize("number", ["2147483648", "9" * 5000], ids=["2147483648", "long"])
def test_no_row_has_a_number_that_no_database_keeps(app: Flask, number: str) -> None:
    """Whichever the method: that of another rule at the same address would be answered with 405."""
    addresses = app.url_map.bind("localhost")
    numbered = [
        (each, method)
        for each in app.url_map.iter_rules()
        for method in each.methods or ()
        if "<number:" in each.rule
    ]
    assert len(numbered) > 20
    for rule, method in numbered:
        path = re.sub("<[^>]+>", "1", re.sub("<number:[^>]+>", number, rule.rule))
        # What else is in it may have to be one of some words.
        with suppress(NotFound):
            _, values = addresses.match(path, method)
            assert -1 in values.values()


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_program_is_told_that_there_is_no_such_row(world: World, method: str) -> None:
    ask, body = with_key(world, world.project()), {"description": ""} if method == "PATCH" else None
    assert ask(method, "/api/admin/webhooks/2147483648", body).status_code == 404
