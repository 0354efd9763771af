"""Requests for more slots, as admins see and answer them."""

from datetime import timedelta

import pytest

from app.lifecycle import StartsChoice
from app.lifecycle.queueing import queue
from app.models import Experiment, Project, now
from app.tenancy import departures
from tests.pages.reading import Element, flashed, page
from tests.world import COMMAND_LINE, Browser, World


@pytest.fixture
def admin(world: World) -> Browser:
    """The browser of an admin who is a member of no project."""
    return world.browser(world.user(admin=True))


TOMORROW = f"{now() + timedelta(days=1):%Y-%m-%dT%H:%M}"


def ask(world: World, project: Project, experiment: Experiment, note: str = "") -> str:
    """Have somebody ask for a slot; gives their e-mail."""
    email = world.member(project)
    path = f"/api/admin/experiments/{experiment.public_id}/slot-request"
    assert world.browser(email).call("POST", path, {"note": note}).status_code == 200
    return email


def address(admin: Browser) -> str:
    """Return where the oldest request is answered."""
    return rows(admin)[0].the("a").attributes["href"]


def rows(admin: Browser) -> list[Element]:
    found = page(admin.get("/admin/requests"))
    return [row for body in found.every("tbody") for row in body.every("tr")]


def head(browser: Browser) -> list[str]:
    """The links at the top of every page."""
    return [each.text for each in page(browser.get("/")).the("nav", aria_label="Main").every("a")]


def test_a_request_says_who_wants_a_slot_for_what_and_what_the_plan_allows(
    world: World, admin: Browser
) -> None:
    project = world.project(limit=1)
    world.running(project, 1)
    email = ask(world, project, world.experiment(project, name="Banner"), "The fair")
    (row,) = rows(admin)
    for said in (project.name, "1 of 1 live", f"Plan {project.plan_code}", email, "Banner"):
        assert said in row.text
    assert "The fair" in row.text
    assert "The fair" in page(admin.get(address(admin))).text


def test_a_request_says_what_has_become_of_its_experiment(world: World, admin: Browser) -> None:
    project = world.project(limit=1)
    world.running(project, 1)
    banner = world.experiment(project, name="Banner")
    ask(world, project, banner)
    cell = lambda: rows(admin)[0].the("td", data_label="For").text  # noqa: E731
    assert cell() == "Banner Waits in the queue"
    with world.app.app_context():
        queue.leave(project.id, banner.test_id, COMMAND_LINE)
    assert cell() == "Banner Draft now, not in the queue"
    world.set_limit(project, 2)
    world.start(banner)
    assert cell() == "Banner Live now, not in the queue"


def test_the_oldest_request_comes_first_and_the_head_counts_them(
    world: World, admin: Browser
) -> None:
    assert "Requests" in head(admin)
    assert "Nobody waits" in page(admin.get("/admin/requests")).text
    project = world.project(limit=0)
    experiment = world.experiment(project)
    emails = [ask(world, project, experiment) for _ in range(2)]
    assert [each.text.count(email) for each, email in zip(rows(admin), emails, strict=True)] == [
        1,
        1,
    ]
    assert "Requests (2)" in head(admin)


def test_declined_it_is_closed_for_good_and_may_be_asked_again(
    world: World, admin: Browser
) -> None:
    project = world.project(limit=0)
    experiment = world.experiment(project)
    email = ask(world, project, experiment)
    sent = admin.submit(address(admin), way="decline", answer="No.", plan=project.plan_code)
    assert flashed(admin.get(sent.location)) == ["The request is declined."]
    assert rows(admin) == []
    (kept,) = world.execute("SELECT closed_at, closed_by_id FROM slot_request")
    assert kept.closed_at
    assert kept.closed_by_id
    path = f"/api/admin/experiments/{experiment.public_id}/slot-request"
    world.browser(email).call("POST", path, {})
    assert len(rows(admin)) == 1


@pytest.mark.parametrize("way", ["override", "plan"])
def test_what_granting_starts_is_asked_about_and_then_told(
    world: World, admin: Browser, way: str
) -> None:
    project, larger = world.project(limit=0), world.plan(limit=1)
    ask(world, project, world.experiment(project, name="Banner"))
    form: dict[str, str | int] = {
        "way": way,
        "plan": larger,
        "experiments_running": 1,
        "until": TOMORROW,
        "time_zone": "UTC",
    }
    path = address(admin)
    asked = page(admin.submit(path, **form))
    assert "1 experiment starts from the queue at once" in asked.text
    token = asked.the("input", name="agreed").attributes["value"]
    (told,) = flashed(admin.get(admin.submit(path, **form, agreed=token).location))
    assert told.startswith("The request is granted. 1 experiment went live from the queue")
    assert rows(admin) == []


def test_without_its_token_or_an_answer_a_request_stays_open(world: World, admin: Browser) -> None:
    project = world.project(limit=0)
    ask(world, project, world.experiment(project))
    form: dict[str, str | int] = {"way": "decline", "plan": project.plan_code}
    assert "Say why not" in page(admin.submit(address(admin), **form)).text
    path, admin.csrf_token = address(admin), ""
    assert admin.submit(path, **form, answer="No.").status_code == 400
    assert len(rows(admin)) == 1


def test_a_request_of_who_is_deactivated_is_not_said_to_be_answered(
    world: World, admin: Browser
) -> None:
    project = world.project(limit=0)
    email = ask(world, project, world.experiment(project))
    path = address(admin)
    with world.app.app_context():
        departures.deactivate(world.person(email).user_id or 0, COMMAND_LINE, StartsChoice.DROP)
    closed = admin.get(path)
    assert closed.status_code == 409
    assert "whoever asked is deactivated" in page(closed).text


def test_a_request_that_there_is_not_is_404(admin: Browser) -> None:
    for number in ("1", "2147483648", "x"):
        assert admin.get(f"/admin/requests/{number}").status_code == 404


def test_who_is_no_admin_neither_sees_nor_answers_requests(world: World) -> None:
    project = world.project(limit=0)
    browser = world.browser(ask(world, project, world.experiment(project)))
    assert browser.get("/admin/requests").status_code == 403
    (request,) = world.execute("SELECT id FROM slot_request")
    assert (
        browser.submit(f"/admin/requests/{request.id}", way="decline", answer="No.").status_code
        == 403
    )
    assert head(browser) == ["Projects"]
    assert world.execute("SELECT closed_at FROM slot_request") == [(None,)]


def test_fifty_are_listed_and_it_is_said_that_there_are_more(world: World, admin: Browser) -> None:
    project = world.project(limit=0)
    experiment = world.experiment(project)
    for _ in range(51):
        world.user()
    world.execute(
        "INSERT INTO slot_request (project_id, user_id, test_id, asked_at)"
        " SELECT :project, id, :test_id, '2026-01-01' FROM user_account",
        project=project.id,
        test_id=experiment.test_id,
    )
    found = page(admin.get("/admin/requests"))
    assert len(found.the("tbody").every("tr")) == 50
    assert "These are the oldest 50; there are more." in found.text


@pytest.mark.parametrize(("is_first", "told"), [(True, "live now"), (False, "in the queue still")])
def test_whoever_asked_is_told_what_granting_has_brought_for_theirs(
    world: World, admin: Browser, *, is_first: bool, told: str
) -> None:
    project, larger = world.project(limit=0), world.plan(limit=1)
    if not is_first:
        world.queue(world.experiment(project, name="Before it"))
    email = ask(world, project, world.experiment(project, name="Banner"))
    path, form = address(admin), {"way": "plan", "plan": larger}
    token = page(admin.submit(path, **form)).the("input", name="agreed").attributes["value"]
    admin.submit(path, **form, agreed=token)
    answer = page(world.browser(email).get("/")).the("section", class_="done")
    assert f"It {'is' if is_first else 'waits'} {told}" in answer.text
