"""The schedule's form: by the viewer's clock, and never over the head of somebody else."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from app.core.errors import InvalidInput
from app.lifecycle.schedules import Schedule
from app.models import Experiment, Project, Status, now
from app.pages.common.time_zones import moment_of
from tests.pages.reading import page, refused
from tests.world import Browser, World

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(now().year + 1, 3, 1, 10, 0, 45, tzinfo=UTC)
STOP = datetime(now().year + 1, 3, 9, tzinfo=UTC)


def path(project: Project, experiment: Experiment) -> str:
    return f"/projects/{project.key}/experiments/{experiment.key}/schedule"


def drawn(browser: Browser, address: str) -> dict[str, str | int]:
    """What the form holds when it is opened."""
    fields = page(browser.get(address)).the("form", class_="card").every("input")
    names = {"start_at", "stop_at", "seen", "time_zone"}
    return {
        each.attributes["name"]: each.attributes.get("value", "")
        for each in fields
        if each.attributes.get("name") in names
    }


def test_saved_as_it_was_drawn_nothing_moves_not_even_the_seconds(world: World) -> None:
    project = world.project()
    draft = world.experiment(project)
    world.schedule(draft, START)
    browser = world.browser(world.member(project))
    form = drawn(browser, path(project, draft)) | {"stop_at": f"{STOP:%Y-%m-%dT%H:%M}"}
    assert browser.submit(path(project, draft), **form).status_code == 302
    assert world.planned(draft) == Schedule(START, STOP)


def test_what_a_colleague_has_set_meanwhile_is_not_written_over(world: World) -> None:
    project = world.project()
    draft = world.experiment(project)
    browser = world.browser(world.member(project))
    form = drawn(browser, path(project, draft))
    world.schedule(draft, START, STOP)
    answer = browser.submit(path(project, draft), **form)
    assert answer.status_code == 400
    assert "Somebody has changed this schedule" in page(answer).text
    assert "As set now, it starts" in page(answer).text
    shown = page(answer).the("input", name="start_at").attributes["value"]
    assert shown == f"{START:%Y-%m-%dT%H:%M}", "what was left alone shows what is set now"
    assert world.planned(draft) == Schedule(START, STOP)


def test_the_hour_that_the_clocks_skip_is_refused_and_another_named() -> None:
    with pytest.raises(InvalidInput, match="There is no 02:30 in Europe/Berlin") as refused:
        moment_of("2027-03-28T02:30", BERLIN, "start_at")
    assert "Take 03:30." in str(refused.value)


def test_of_the_hour_that_the_clocks_repeat_it_is_the_first() -> None:
    moment = moment_of("2027-10-31T02:30", BERLIN, "start_at")
    assert moment == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize("text", ["soon", "2027-13-01T10:00", "2027-01-01", "9999-12-31T23:59x"])
def test_what_is_no_moment_is_said_beside_its_field(world: World, text: str) -> None:
    project = world.project()
    draft = world.experiment(project)
    browser = world.browser(world.member(project))
    answer = browser.submit(path(project, draft), start_at=text, stop_at="")
    assert answer.status_code == 400
    assert world.planned(draft) == Schedule(None, None)


def test_the_schedule_of_what_is_archived_leads_back_and_says_why(world: World) -> None:
    project = world.project()
    archived = world.experiment(project, Status.ARCHIVED)
    browser = world.browser(world.member(project))
    answer = browser.get(path(project, archived))
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        f"/projects/{project.key}/experiments/{archived.key}",
    )
    assert refused(browser.get(answer.headers["Location"])) == [
        "An archived experiment is never started again: to go on, clone it."
    ]
