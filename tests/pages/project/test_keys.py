"""A project's API keys, for its owners."""

from datetime import timedelta

import pytest

from app.accounts import api_keys
from app.models import KeyType, Project, Role, now
from tests.pages.reading import errors, flashed, page
from tests.world import COMMAND_LINE, Browser, World


def owner(world: World, project: Project) -> Browser:
    return world.browser(world.member(project, Role.OWNER))


def minted(browser: Browser, project: Project, lifetime: str = "") -> str:
    answer = browser.submit(
        f"/projects/{project.key}/keys", name="deploys", type="admin", lifetime=lifetime
    )
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
        f"/projects/{project.key}/keys", name="k", type="admin", lifetime=""
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
    states = [(state.split()[0], action) for *_, state, action in told]
    assert states == [("Works", "Revoke"), ("Works", "Revoke"), ("Expired", "")]


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
    form = {"name": "deploys", "type": "admin", "lifetime": "", **fields}
    answer = owner(world, project).submit(f"/projects/{project.key}/keys", **form)
    assert (answer.status_code, errors(answer)) == (400, at_fault)
    assert world.execute("SELECT count(*) FROM api_key") == [(0,)]
