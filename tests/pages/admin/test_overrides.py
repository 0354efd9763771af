"""Another limit for one project, on the admins' pages."""

from datetime import timedelta

import pytest

from app.models import Project, Role, Status, now
from tests.pages.reading import flashed, page
from tests.world import Browser, World

TOMORROW = f"{now() + timedelta(days=1):%Y-%m-%dT%H:%M}"
FORM: dict[str, str | int] = {
    "experiments_running": 1,
    "until": TOMORROW,
    "time_zone": "Europe/Berlin",
    "reason": "A fair",
}


@pytest.fixture
def admin(world: World) -> Browser:
    """The browser of an admin who is a member of no project."""
    return world.browser(world.user(admin=True))


def address(project: Project) -> str:
    return f"/admin/projects/{project.key}/limit"


def test_what_another_limit_starts_is_asked_about_and_then_told(
    world: World, admin: Browser
) -> None:
    project = world.project(limit=0)
    (waiting,) = world.queued(project, 1)
    asked = page(admin.submit(address(project), **FORM))
    assert "1 experiment starts from the queue at once" in asked.text
    token = asked.the("input", name="agreed").attributes["value"]
    assert world.reload(waiting).status is Status.DRAFT
    given = admin.submit(address(project), **FORM, agreed=token)
    (told,) = flashed(admin.get(given.headers["Location"]))
    assert f"1 experiment went live from the queue: “{waiting.name}”" in told


def test_it_is_by_the_clock_of_the_zone_and_shown_wherever_the_limit_is(
    world: World, admin: Browser
) -> None:
    project = world.project(limit=5)
    admin.submit(address(project), **FORM)
    (row,) = world.execute("SELECT until FROM plan_override")
    assert str(row.until)[:16].replace(" ", "T") < TOMORROW, "it is earlier in UTC than in Berlin"
    owner = world.browser(world.member(project, Role.OWNER))
    path = f"/projects/{project.key}"
    for seen in (admin.get("/admin/projects"), owner.get("/"), owner.get(path)):
        assert "1 until" in page(seen).text
        assert "then 5" in page(seen).text
    for seen in (admin.get(f"/admin/projects/{project.key}"), owner.get(f"{path}/slots")):
        assert "A fair" in page(seen).text


def test_a_form_opened_before_a_colleague_gave_another_is_told_of_that_one(
    world: World, admin: Browser
) -> None:
    project = world.project(limit=5)
    seen = page(admin.get(address(project))).the("input", name="seen").attributes["value"]
    admin.submit(address(project), **{**FORM, "experiments_running": 7})
    overtaken = page(admin.submit(address(project), **FORM, seen=seen))
    assert "It is 7 until" in overtaken.text
    seen = overtaken.the("input", name="seen").attributes["value"]
    assert admin.submit(address(project), **FORM, seen=seen).status_code == 302


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"until": ""}, "Say until when."),
        ({"until": "2026-01-01T09:00"}, "This moment is past."),
        ({"reason": ""}, "Say why."),
        ({"experiments_running": -1}, "A limit is a whole number"),
    ],
)
def test_a_mistake_is_said_beside_its_field(
    world: World, admin: Browser, wrong: dict[str, str | int], said: str
) -> None:
    answer = admin.submit(address(world.project()), **{**FORM, **wrong})
    assert answer.status_code == 400
    assert said in page(answer).text


def test_taken_back_what_that_starts_is_asked_about_first(world: World, admin: Browser) -> None:
    project = world.project(limit=1)
    admin.submit(address(project), **{**FORM, "experiments_running": 0})
    (waiting,) = world.queued(project, 1)
    asked = page(admin.submit(f"{address(project)}/take-back"))
    token = asked.the("input", name="agreed").attributes["value"]
    admin.submit(f"{address(project)}/take-back", agreed=token)
    (told,) = flashed(admin.get(f"/admin/projects/{project.key}"))
    assert told.startswith("The limit of the plan counts again.")
    assert world.reload(waiting).status is Status.RUNNING
