"""Who may call the JSON doors: keys in every header form, sessions with their CSRF token."""

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.models import Project, Role, Status
from tests.api.asking import integers_path, names_path
from tests.world import World

V2_ERROR = {"error": "Invalid or missing API key."}
ADMIN_ERROR = {
    "error": "Unauthorized",
    "code": "UNAUTHORIZED",
    "detail": "Invalid or missing API key.",
}

GOOD_FOR_V2 = {
    "Bearer": {"Authorization": "Bearer {token}"},
    "bearer in small letters": {"Authorization": "bearer {token}"},
    "BEARER in capitals": {"Authorization": "BEARER {token}"},
    "Bearer and more spaces": {"Authorization": "Bearer   {token} "},
    "x-api-key": {"x-api-key": "{token}"},
    "X-API-KEY": {"X-API-KEY": "{token}"},
    "api-key": {"api-key": "{token}"},
    "x-api-key beside another scheme": {"Authorization": "Basic dTpw", "x-api-key": "{token}"},
    "x-api-key beside an empty Bearer": {"Authorization": "Bearer", "x-api-key": "{token}"},
}
BAD_FOR_V2 = {
    "no header": {},
    "no scheme": {"Authorization": "{token}"},
    "Basic": {"Authorization": "Basic {token}"},
    "Token": {"Authorization": "Token {token}"},
    "Bearer without a space": {"Authorization": "Bearer{token}"},
    "empty Bearer": {"Authorization": "Bearer "},
    "empty x-api-key": {"x-api-key": ""},
    "the other contract's header": {"X-SDK-Key": "{token}"},
    "unknown token": {"x-api-key": "sdk_admin_0000"},
    "a character short": {"x-api-key": "{short}"},
    "a character long": {"x-api-key": "{token}0"},
    "in capitals": {"x-api-key": "{capitals}"},
    "the project's own key": {"x-api-key": "{project}"},
    "the hash that the database keeps": {"x-api-key": "{hash}"},
    "latin-1": {"x-api-key": "clé"},
    "SQL": {"x-api-key": "' OR 1=1 --"},
    "unknown Bearer before a good key": {"Authorization": "Bearer no", "x-api-key": "{token}"},
}


def filled(headers: dict[str, str], world: World, project: Project) -> dict[str, str]:
    token = world.key(project)
    words = {
        "token": token,
        "short": token[:-1],
        "capitals": token.upper(),
        "project": project.key,
        "hash": world.execute("SELECT token_hash FROM api_key")[0].token_hash,
    }
    return {name: value.format(**words) for name, value in headers.items()}


def start(
    client: FlaskClient, project: Project, world: World, headers: dict[str, str]
) -> TestResponse:
    path = integers_path(project, world.experiment(project))
    return client.patch(path, json={"status": 1}, headers=headers)


@pytest.mark.parametrize("headers", GOOD_FOR_V2.values(), ids=GOOD_FOR_V2)
def test_v2_takes_a_key_in_each_of_its_headers(
    world: World, client: FlaskClient, headers: dict[str, str]
) -> None:
    project = world.project()
    answer = start(client, project, world, filled(headers, world, project))
    assert answer.status_code == 200


@pytest.mark.parametrize("headers", BAD_FOR_V2.values(), ids=BAD_FOR_V2)
def test_v2_answers_401_without_a_good_key(
    world: World, client: FlaskClient, headers: dict[str, str]
) -> None:
    project = world.project()
    answer = start(client, project, world, filled(headers, world, project))
    assert (answer.status_code, answer.json) == (401, V2_ERROR)
    assert world.execute("SELECT count(*) FROM history WHERE kind <> 'created'") == [(0,)]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"Authorization": "Bearer {token}"}, 200, id="Bearer"),
        pytest.param({"Authorization": "bearer {token}"}, 200, id="bearer in small letters"),
        pytest.param({"X-SDK-Key": "{token}"}, 200, id="X-SDK-Key"),
        pytest.param({"x-sdk-key": "{token}"}, 200, id="x-sdk-key"),
        pytest.param({"x-api-key": "{token}"}, 401, id="the other contract's header"),
        pytest.param({"X-SDK-Key": "sdk_admin_0"}, 401, id="unknown token"),
        pytest.param({"Authorization": "Bearer no", "X-SDK-Key": "{token}"}, 401, id="two keys"),
        pytest.param({}, 401, id="no header"),
    ],
)
def test_admin_takes_a_key_in_its_own_headers(
    world: World, client: FlaskClient, headers: dict[str, str], status: int
) -> None:
    project = world.project()
    experiment = world.experiment(project)
    sent = filled(headers, world, project)
    answer = client.post(names_path(experiment), json={"status": "running"}, headers=sent)
    done = {"id": experiment.public_id, "status": "running"}
    assert (answer.status_code, answer.json) == (status, done if status == 200 else ADMIN_ERROR)


def test_v2_answers_401_to_another_projects_key(world: World, client: FlaskClient) -> None:
    project, other = world.project(), world.project()
    answer = start(client, project, world, {"x-api-key": world.key(other)})
    assert (answer.status_code, answer.json) == (401, V2_ERROR)


@pytest.mark.parametrize(
    ("named", "status"),
    [("own", 200), ("other", 403), ("none such", 403), ("", 200)],
    ids=["the key's own", "another", "unknown", "left empty"],
)
def test_x_project_id_has_to_be_the_keys_project(
    world: World, client: FlaskClient, named: str, status: int
) -> None:
    own, other = world.project(), world.project()
    headers = {
        "X-SDK-Key": world.key(own),
        "X-Project-Id": {"own": own.key, "other": other.key}.get(named, named),
    }
    path = names_path(world.experiment(own))
    answer = client.post(path, json={"status": "running"}, headers=headers)
    assert answer.json
    assert (answer.status_code, answer.json.get("code")) == (
        status,
        "FORBIDDEN" if status == 403 else None,
    )


def test_a_session_does_not_help_a_bad_key(world: World) -> None:
    project = world.project()
    browser = world.browser(world.member(project))
    path = integers_path(project, world.experiment(project))
    assert browser.call("PATCH", path, {"status": 1}, x_api_key="wrong").status_code == 401


def test_with_a_key_a_session_needs_no_csrf_token(world: World) -> None:
    project = world.project()
    browser = world.browser(world.member(project, Role.VIEWER))
    browser.csrf_token = ""
    path = integers_path(project, world.experiment(project))
    answer = browser.call("PATCH", path, {"status": 1}, x_api_key=world.key(project))
    assert answer.status_code == 200


@pytest.mark.parametrize("token", ["", "wrong"], ids=["missing", "wrong"])
def test_v2_refuses_a_session_without_its_csrf_token(world: World, token: str) -> None:
    project = world.project()
    experiment = world.experiment(project)
    browser = world.browser(world.member(project))
    browser.csrf_token = token
    answer = browser.call("PATCH", integers_path(project, experiment), {"status": 1})
    assert answer.status_code == 400
    assert answer.json
    assert list(answer.json) == ["error"]
    assert "CSRF" in answer.json["error"]
    assert world.reload(experiment).status is Status.DRAFT


@pytest.mark.parametrize("token", ["", "wrong"], ids=["missing", "wrong"])
def test_admin_refuses_a_session_without_its_csrf_token(world: World, token: str) -> None:
    project = world.project()
    experiment = world.experiment(project)
    browser = world.browser(world.member(project))
    browser.csrf_token = token
    answer = browser.call("POST", names_path(experiment), {"status": "running"})
    assert answer.status_code == 400
    assert answer.json
    assert list(answer.json) == ["error", "code", "detail"]
    assert answer.json["code"] == "BAD_REQUEST"
    assert "CSRF" in answer.json["detail"]
    assert world.reload(experiment).status is Status.DRAFT


def test_another_sessions_csrf_token_does_not_do(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    mine, theirs = (world.browser(world.member(project)) for _ in range(2))
    mine.csrf_token = theirs.csrf_token
    answer = mine.call("PATCH", integers_path(project, experiment), {"status": 1})
    assert answer.status_code == 400
    assert world.reload(experiment).status is Status.DRAFT


def test_reading_with_a_session_needs_no_csrf_token(world: World) -> None:
    project = world.project()
    browser = world.browser(world.member(project, Role.VIEWER))
    assert browser.get(f"/v2/project/{project.key}/experiments").status_code == 200


@pytest.mark.parametrize(
    ("role", "status"), [(Role.VIEWER, 403), (Role.MARKETER, 200), (Role.OWNER, 200)]
)
def test_a_viewer_changes_nothing(world: World, role: Role, status: int) -> None:
    project = world.project()
    experiment = world.experiment(project)
    browser = world.browser(world.member(project, role))
    by_integers = browser.call("PATCH", integers_path(project, experiment), {"status": 1})
    by_names = browser.call("POST", names_path(experiment), {"status": "stopped"})
    assert (by_integers.status_code, by_names.status_code) == (status, status)
    assert len(world.history(experiment)) == (2 if status == 200 else 0)


@pytest.mark.parametrize("admin", [False, True], ids=["somebody", "an admin"])
def test_to_a_non_member_the_project_does_not_exist(world: World, admin: bool) -> None:  # noqa: FBT001
    project = world.project()
    experiment = world.experiment(project)
    stranger = world.browser(world.user(admin=admin))
    by_integers = stranger.call("PATCH", integers_path(project, experiment), {"status": 1})
    by_names = stranger.call("POST", names_path(experiment), {"status": "running"})
    assert (by_integers.status_code, by_names.status_code) == (404, 404)
    assert world.history(experiment) == []


@pytest.mark.parametrize("signed_in_once", [False, True], ids=["never signed in", "signed out"])
def test_signed_out_htmx_gets_json_and_is_led_to_the_sign_in_page(
    world: World,
    signed_in_once: bool,  # noqa: FBT001
) -> None:
    project = world.project()
    browser = world.browser(world.member(project) if signed_in_once else None)
    browser.submit("/sign-out")
    path = integers_path(project, world.experiment(project))
    shown = f"http://localhost/projects/{project.key}?status=draft"
    answer = browser.call("PATCH", path, {"status": 1}, HX_Request="true", HX_Current_URL=shown)
    assert (answer.status_code, answer.json) == (401, V2_ERROR)
    following = f"/sign-in?next=/projects/{project.key}?status%3Ddraft&lost=1"
    assert answer.headers["HX-Redirect"] == following


def test_whoever_has_no_key_is_told_what_kind_is_wanted(world: World, client: FlaskClient) -> None:
    project = world.project()
    asked = [
        client.get(f"/v2/project/{project.key}/experiments"),
        client.get("/api/admin/experiments"),
        client.post("/ofrep/v1/evaluate/flags", json={"context": {"targetingKey": "a"}}),
        client.post("/collect", json={"events": []}),
    ]
    wanted = 'Bearer realm="Switchyard"'
    assert [(each.status_code, each.headers.get("WWW-Authenticate")) for each in asked] == [
        (401, wanted)
    ] * len(asked)
