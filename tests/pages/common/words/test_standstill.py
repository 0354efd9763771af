"""Nobody does what is planned: admins are told what to start, members that it stands still."""

from datetime import timedelta

import pytest

from app.models import now
from tests.conftest import MakeApp
from tests.pages import reading
from tests.world import World

HOUR = timedelta(hours=1)
STANDSTILL = "starts, stops and rises of traffic do not happen"
MOVES_WHEN = "a queue moves only when somebody frees a slot or lifts its hold"


@pytest.mark.parametrize("path", ["/", "/admin/plans", "/admin/projects", "/admin/requests"])
def test_admins_are_told_since_when_the_jobs_are_away(world: World, path: str) -> None:
    at = now() - HOUR
    world.jobs_were_there(at)
    told = f"Since {at:%-d %b %Y, %H:%M} scheduled {STANDSTILL}"
    browser = world.browser(world.user(admin=True))
    assert told in browser.get(path).text
    world.jobs_were_there(now())
    assert STANDSTILL not in browser.get(path).text


def test_an_open_start_page_of_an_admin_notices_that_the_jobs_are_away(world: World) -> None:
    world.jobs_were_there(now())
    browser = world.browser(world.user(admin=True))
    version = browser.get("/").headers["ETag"]
    asking = {"HX_Request": "true", "If_None_Match": version}
    assert browser.get("/", **asking).status_code == 304
    world.jobs_were_there(now() - HOUR)
    assert STANDSTILL in browser.get("/", **asking).text


def test_where_they_never_ran_admins_are_told_that(world: World) -> None:
    page = world.browser(world.user(admin=True)).get("/admin/plans").text
    assert f"Scheduled {STANDSTILL}, and {MOVES_WHEN}: the jobs have not run" in page


def test_members_are_told_where_they_plan_something(world: World) -> None:
    project = world.project(limit=0)
    world.queued(project, 1)
    draft = world.experiment(project)
    browser = world.browser(world.member(project))
    pages = (
        f"/projects/{project.key}/slots",
        f"/projects/{project.key}/experiments/{draft.key}/schedule",
    )
    world.jobs_were_there(now() - HOUR)
    for page in pages:
        assert "an admin has to start the jobs" in browser.get(page).text
    world.jobs_were_there(now())
    for page in pages:
        assert STANDSTILL not in browser.get(page).text


@pytest.mark.parametrize(
    ("set_up", "command"),
    [
        ("", ".venv/bin/flask --app wsgi jobs"),
        ("systemd", "systemctl start switchyard-jobs"),
        ("containers", "docker compose --env-file settings.env up --detach jobs"),
    ],
)
def test_admins_are_told_the_command_that_works_in_their_set_up(
    make_app: MakeApp, set_up: str, command: str
) -> None:
    world = World(make_app(SET_UP=set_up))
    shown = reading.page(world.browser(world.user(admin=True)).get("/admin/plans"))
    assert f"Start them: {command}" in shown.text
