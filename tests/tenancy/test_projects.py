"""Projects renamed, retired where nothing goes on in them, and brought back."""

from datetime import timedelta

import pytest

from app.accounts import api_keys
from app.core.errors import InvalidInput
from app.lifecycle import RefusalCode, Refused
from app.models import KeyType, Project, Role, Status, now
from app.tenancy import project_lists, projects
from app.tenancy.project_lists import View
from tests.conftest import on_both_databases
from tests.pages.reading import page
from tests.world import COMMAND_LINE, World


def retire(world: World, project: Project) -> None:
    with world.app.app_context():
        projects.retire(project.key, COMMAND_LINE)


def test_a_renamed_project_keeps_its_key_and_takes_its_place_among_names(world: World) -> None:
    first, second = world.project(), world.project()
    with world.app.app_context():
        projects.rename(first.key, "Zebra", COMMAND_LINE)
        projects.rename(second.key, "Äpfel", COMMAND_LINE)
        assert [(each.key, each.name) for each in project_lists.listed(View()).projects] == [
            (second.key, "Äpfel"),
            (first.key, "Zebra"),
        ]
        with pytest.raises(InvalidInput):
            projects.rename(first.key, " ", COMMAND_LINE)


@on_both_databases
@pytest.mark.parametrize("what", ["live", "queued", "scheduled"])
def test_a_project_in_which_something_goes_on_is_not_retired(world: World, what: str) -> None:
    project = world.project(limit=1 if what == "live" else 0)
    match what:
        case "live":
            world.experiment(project, Status.RUNNING)
        case "queued":
            world.queued(project, 1)
        case _:
            world.schedule(world.experiment(project), start_at=now() + timedelta(days=1))
    with world.app.app_context():
        with pytest.raises(InvalidInput) as error:
            projects.retire(project.key, COMMAND_LINE)
        assert what in str(error.value)
        assert projects.by_key(project.key).retired_at is None


@on_both_databases
def test_a_retired_project_is_in_no_list_and_no_key_opens_it_until_it_is_back(
    world: World,
) -> None:
    project = world.project()
    experiment = world.experiment(project)
    member, admin = world.member(project, Role.OWNER), world.user(admin=True)
    headers = {"X-SDK-Key": world.key(project)}
    with world.app.app_context():
        serving = api_keys.mint(project.id, KeyType.SERVER, "shop", COMMAND_LINE).token
    client, browser = world.app.test_client(), world.browser(member)
    paths = [
        f"/projects/{project.key}",
        f"/projects/{project.key}/experiments/{experiment.key}",
        f"/projects/{project.key}/history",
    ]

    def opened() -> set[int]:
        """Return what the project's keys get."""
        flags = client.post(
            "/ofrep/v1/evaluate/flags",
            json={"context": {"targetingKey": "a"}},
            headers={"X-API-Key": serving},
        )
        return {
            client.get("/api/admin/experiments", headers=headers).status_code,
            flags.status_code,
        }

    retire(world, project)
    assert opened() == {401}
    for path in paths:
        answer = browser.get(path)
        assert answer.status_code == 403
        assert page(answer).the("h1").text == "Retired"
        assert f"“{project.name}” is retired" in page(answer).the("main").text
    assert project.name not in page(browser.get("/")).the("main").text
    shown = page(world.browser(admin).get("/admin/projects")).the("main").text
    assert shown.index("Retired projects") < shown.index(project.name)
    with world.app.app_context():
        projects.bring_back(project.key, COMMAND_LINE)
    assert client.get("/api/admin/experiments", headers=headers).status_code == 200
    assert [browser.get(path).status_code for path in paths] == [200, 200, 200]


@on_both_databases
def test_a_start_that_was_let_in_before_finds_no_slot_in_a_retired_project(world: World) -> None:
    project = world.project(limit=None)
    experiment = world.experiment(project)
    retire(world, project)
    with pytest.raises(Refused) as refused:
        world.start(experiment)
    assert refused.value.refusal.code is RefusalCode.PLAN_LIMIT
    assert world.reload(experiment).status is Status.DRAFT


def test_a_page_that_is_open_is_told_by_its_next_poll(world: World) -> None:
    project = world.project()
    browser = world.browser(world.member(project))
    path = f"/projects/{project.key}"
    tag = browser.get(path).headers["ETag"]
    retire(world, project)
    assert browser.get(path, HX_Request="true", If_None_Match=tag).status_code in {304, 403}
    assert browser.get(path, HX_Request="true").status_code == 403


def test_an_admin_who_makes_a_project_is_led_to_it_as_its_owner(world: World) -> None:
    admin = world.browser(world.user(admin=True))
    form: dict[str, str | int] = {"name": "Shop", "plan": world.plan()}
    answer = admin.submit("/admin/projects/new", **form, is_mine="y")
    assert answer.headers["Location"].startswith("/projects/shop-")
    assert admin.get(answer.headers["Location"]).status_code == 200
    answer = admin.submit("/admin/projects/new", **form)
    assert answer.headers["Location"].startswith("/admin/projects/shop-")


def test_an_admin_renames_retires_and_brings_back(world: World) -> None:
    project = world.project()
    admin = world.browser(world.user(admin=True))
    address = f"/admin/projects/{project.key}"
    assert admin.submit(f"{address}/name", name=" ").status_code == 400
    assert admin.submit(f"{address}/name", name="Shop").headers["Location"] == address
    assert page(admin.get(address)).the("h1").text == "Shop"
    admin.submit(f"{address}/retire")
    assert "Retired since" in page(admin.get(address)).the("main").text
    admin.submit(f"{address}/back")
    assert "Retired since" not in page(admin.get(address)).the("main").text
    running = world.experiment(project, Status.RUNNING)
    admin.submit(f"{address}/retire")
    assert "Something is live in it" in page(admin.get(address)).the("main").text
    assert world.reload(running).status is Status.RUNNING


def test_a_list_of_retired_projects_that_is_cut_says_how_many_are_left_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(project_lists, "MOST_RETIRED", 1)
    admin = world.browser(world.user(admin=True))
    for _ in range(3):
        with world.app.app_context():
            projects.retire(world.project().key, COMMAND_LINE)
    assert "left out: 2 projects" in page(admin.get("/admin/projects")).text
