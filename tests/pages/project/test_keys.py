"""A project's API keys, for its owners."""

from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from app.accounts import api_keys
from app.models import KeyType, Project, Role, Scope, now
from tests.pages.reading import errors, flashed, page
from tests.world import COMMAND_LINE, Browser, World


def owner(world: World, project: Project) -> Browser:
    return world.browser(world.member(project, Role.OWNER))


def minted(browser: Browser, project: Project, lifetime: str = "") -> str:
    path = f"/projects/{project.key}/keys"
    answer = browser.submit(path, name="deploys", type="admin", scopes="read", lifetime=lifetime)
    assert answer.status_code == 200
    return page(answer).the("input", id="token").attributes["value"]


def opens(world: World, project: Project, token: str) -> bool:
    path = f"/v2/project/{project.key}/experiments"
    answer = world.app.test_client().get(path, headers={"x-api-key": token})
    return answer.status_code == 200


def lines(browser: Browser, project: Project) -> list[list[str]]:
    found = page(browser.get(f"/projects/{project.key}/keys"))
    return [
        [cell.text for cell in (*row.every("th"), *row.every("td"))]
        for table in found.every("tbody")
        for row in table.every("tr")
    ]


def test_a_new_key_is_shown_once_and_works(world: World) -> None:
    project = world.project()
    browser = owner(world, project)
    token = minted(browser, project)
    assert opens(world, project, token)
    again = browser.get(f"/projects/{project.key}/keys").get_data(as_text=True)
    assert token not in again
    assert f"sdk_admin_…{token[-4:]}" in again


def test_the_answer_with_the_token_is_kept_by_nobody(world: World) -> None:
    project = world.project()
    answer = owner(world, project).submit(
        f"/projects/{project.key}/keys", name="k", type="admin", scopes="read", lifetime=""
    )
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("days", [30, 90, 365])
def test_a_key_expires_when_it_was_said_to(world: World, days: int) -> None:
    project = world.project()
    minted(owner(world, project), project, str(days))
    with world.app.app_context():
        (key,) = api_keys.listed(project.id)
    assert key.expires_at
    assert timedelta(days=days, minutes=-1) < key.expires_at - now() <= timedelta(days=days)


def test_the_list_tells_which_keys_work_and_when_they_were_used(world: World) -> None:
    project, other = world.project(), world.project()
    world.key(other)
    with world.app.app_context():
        for name, lifetime in (("old", timedelta(days=-1)), ("new", timedelta(days=1))):
            api_keys.mint(project.id, KeyType.ADMIN, name, COMMAND_LINE, lifetime)
    used = world.key(project, "used")
    opens(world, project, used)
    browser = owner(world, project)
    told = [
        (line[0].split()[0], line[2] == "never", line[3], line[4])
        for line in lines(browser, project)
    ]
    assert [(name, never) for name, never, *_ in told] == [
        ("used", False),
        ("new", True),
        ("old", True),
    ]
    states = [(state.split()[0], " ".join(action.split())) for *_, state, action in told]
    assert states == [("Works", "Rotate Revoke"), ("Works", "Rotate Revoke"), ("Expired", "")]


def test_a_revoked_key_opens_nothing_any_more_and_stays_listed(world: World) -> None:
    project = world.project()
    browser = owner(world, project)
    token = minted(browser, project)
    answer = browser.submit(f"/projects/{project.key}/keys/1/revoke")
    assert answer.status_code == 302
    assert not opens(world, project, token)
    assert lines(browser, project)[0][3].startswith("Revoked")
    assert flashed(browser.get(f"/projects/{project.key}/keys")) == []


def test_revoking_says_what_came_of_it(world: World) -> None:
    project = world.project()
    browser = owner(world, project)
    minted(browser, project)
    browser.submit(f"/projects/{project.key}/keys/1/revoke")
    told = flashed(browser.get(f"/projects/{project.key}/keys"))
    assert told == ["The key is revoked: from now on it is refused."]


@pytest.mark.parametrize("key_id", ["2", "99", "2147483647", "2147483648", "-1", "x", "9" * 30])
def test_a_key_of_another_project_is_404_and_goes_on(world: World, key_id: str) -> None:
    project, other = world.project(), world.project()
    browser = owner(world, project)
    minted(browser, project)
    theirs = world.key(other)
    assert browser.submit(f"/projects/{project.key}/keys/{key_id}/revoke").status_code == 404
    assert opens(world, other, theirs)


@pytest.mark.parametrize(
    ("fields", "at_fault"),
    [
        ({"name": ""}, {"name": "Give it a name."}),
        ({"name": "x" * 121}, {"name": "A name has at most 120 characters."}),
        ({"lifetime": "7"}, {"lifetime": "Not a valid choice."}),
    ],
)
def test_a_mistake_is_said_beside_its_field_and_mints_nothing(
    world: World, fields: dict[str, str], at_fault: dict[str, str]
) -> None:
    project = world.project()
    form = {"name": "deploys", "type": "admin", "scopes": "read", "lifetime": "", **fields}
    answer = owner(world, project).submit(f"/projects/{project.key}/keys", **form)
    assert (answer.status_code, errors(answer)) == (400, at_fault)
    assert world.execute("SELECT count(*) FROM api_key") == [(0,)]


def test_a_new_key_may_everything_unless_something_is_unticked(world: World) -> None:
    project = world.project()
    browser = owner(world, project)
    form = page(browser.get(f"/projects/{project.key}/keys"))
    ticks = form.every("input", name="scopes")
    assert [each.attributes["value"] for each in ticks] == [scope.value for scope in Scope]
    assert all("checked" in each.attributes for each in ticks)
    made(browser, project, *Scope)
    made(browser, project, Scope.PAUSE, Scope.READ)
    assert [line[1].split("may ")[1] for line in lines(browser, project)] == [
        "read, pause",
        "do everything",
    ]
    assert world.execute("SELECT scopes FROM api_key ORDER BY id") == [(None,), ("read pause",)]


def made(browser: Browser, project: Project, *scopes: Scope, kind: str = "admin") -> TestResponse:
    """Create a key with these ticked."""
    fields = {"name": "deploys", "type": kind, "scopes": [*scopes], "lifetime": ""}
    data = {"csrf_token": browser.csrf_token, **fields}
    return browser.client.post(f"/projects/{project.key}/keys", data=data)


def test_an_admin_key_that_may_nothing_is_asked_about(world: World) -> None:
    project = world.project()
    answer = made(owner(world, project), project)
    assert (answer.status_code, errors(answer)) == (400, {"scopes": "Tick at least one."})
    assert world.execute("SELECT count(*) FROM api_key") == [(0,)]


def test_the_ticks_say_nothing_of_a_key_for_a_site(world: World) -> None:
    project = world.project()
    browser = owner(world, project)
    assert made(browser, project, kind="client").status_code == 200
    assert "may" not in lines(browser, project)[0][1]


def test_the_list_tells_who_made_each_key(world: World) -> None:
    project = world.project()
    email = world.member(project, Role.OWNER)
    browser, colleague = world.browser(email), owner(world, project)
    world.key(project)
    token = minted(browser, project)
    world.execute("UPDATE api_key SET scopes = NULL")
    world.app.test_client().post(
        "/api/admin/keys",
        json={"type": "admin", "name": "child"},
        headers={"Authorization": f"Bearer {token}"},
    )
    told = [line[0].split(" by ")[1:] for line in lines(browser, project)]
    assert told == [["a key, “deploys”"], ["you"], []]
    assert lines(colleague, project)[1][0].endswith(f"by {email}")


@pytest.mark.parametrize(
    ("role", "told"),
    [
        (Role.MARKETER, "no more than who made it: marketer"),
        (None, "Opens nothing who made it has left"),
    ],
)
def test_the_list_tells_what_has_become_of_who_made_a_key(
    world: World, role: Role | None, told: str
) -> None:
    project = world.project()
    browser, email = owner(world, project), world.member(project, Role.OWNER)
    minted(world.browser(email), project)
    if role:
        world.give_role(project, email, role)
    else:
        world.remove(project, email)
    assert lines(browser, project)[0][3].endswith(told)


@pytest.mark.parametrize(("hours", "works"), [(0, False), (24, True)])
def test_a_rotated_key_is_shown_once_and_the_one_before_ends_as_was_said(
    world: World, hours: int, *, works: bool
) -> None:
    project = world.project()
    browser = owner(world, project)
    token = minted(browser, project)
    path = f"/projects/{project.key}/keys/1/rotate"
    assert page(browser.get(path)).the("h1").text == "Rotate the key “deploys”"
    answer = browser.submit(path, overlap=hours)
    assert page(answer).the("h2", id="minted-title").text == "The key “deploys” is rotated"
    new = page(answer).the("input", id="token").attributes["value"]
    assert "no-store" in answer.headers["Cache-Control"]
    assert (opens(world, project, token), opens(world, project, new)) == (works, True)
    assert new not in browser.get(f"/projects/{project.key}/keys").get_data(as_text=True)
    now_and_before = lines(browser, project)
    assert now_and_before[0][4].split() == ["Rotate", "Revoke"]
    assert now_and_before[1][3].startswith("Rotated, works until" if works else "Rotated")
    assert now_and_before[1][4] == ("Revoke" if works else "")


@pytest.mark.parametrize(("hours", "says_so"), [(0, False), (24, True)])
def test_the_question_before_a_revocation_names_the_old_token_while_it_works(
    world: World, hours: int, *, says_so: bool
) -> None:
    project = world.project()
    browser = owner(world, project)
    minted(browser, project)
    keys = f"/projects/{project.key}/keys"
    browser.submit(f"{keys}/1/rotate", overlap=hours)
    shown = page(browser.get(keys))
    asked = shown.the("form", action=f"{keys}/2/revoke").attributes["data-consequence"]
    assert ("those that still use the old token" in asked) == says_so


def test_a_rotation_that_is_sent_twice_happens_once(world: World) -> None:
    project = world.project()
    browser = owner(world, project)
    minted(browser, project)
    path = f"/projects/{project.key}/keys/1/rotate"
    browser.submit(path, overlap=24, request_id="abc")
    again = page(browser.submit(path, overlap=24, request_id="abc"))
    assert again.the("h2", id="minted-title").text == (
        "The key “deploys” was rotated when this was first sent"
    )
    assert world.execute("SELECT count(*) FROM api_key") == [(2,)]


def test_a_key_that_was_rotated_already_is_not_rotated_again(world: World) -> None:
    project = world.project()
    browser = owner(world, project)
    minted(browser, project)
    path = f"/projects/{project.key}/keys/1/rotate"
    browser.submit(path, overlap=24)
    answer = browser.submit(path, overlap=24)
    told = "This key was rotated already: rotate the one that took its place."
    assert (answer.status_code, errors(answer)) == (400, {"": told})


def test_a_key_of_another_project_is_not_rotated(world: World) -> None:
    project = world.project()
    world.key(world.project())
    browser = owner(world, project)
    path = f"/projects/{project.key}/keys/1/rotate"
    assert (browser.get(path).status_code, browser.submit(path).status_code) == (404, 404)
