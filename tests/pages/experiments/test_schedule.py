"""The schedule's form: by the viewer's clock, and never over the head of somebody else."""

from datetime import UTC, datetime

import pytest

from app.core.errors import InvalidInput
from app.lifecycle.scheduling.schedules import Schedule
from app.models import Experiment, Project, Status, now
from app.pages.common.time_zones import moment_of
from tests.pages.reading import Element, page, refused
from tests.world import Browser, World

BERLIN = "Europe/Berlin"
START = datetime(now().year + 1, 3, 1, 10, 0, 45, tzinfo=UTC)
STOP = datetime(now().year + 1, 3, 9, tzinfo=UTC)
NO_MOMENT = "Give a day and a time, as 2026-06-03 09:00."
PAST, TOO_FAR = "This moment is past.", "This is more than two years ahead."
ORDER = "It would stop before it starts."


def path(project: Project, experiment: Experiment) -> str:
    return f"/projects/{project.key}/experiments/{experiment.key}/schedule"


def beside_fields(found: Element) -> tuple[str, str]:
    """Return what is said beside the start, and beside the stop."""
    said = {each.attributes["id"]: each.text for each in found.every("p", class_="error")}
    return said.get("start_at-error", ""), said.get("stop_at-error", "")


def drawn(browser: Browser, address: str) -> dict[str, str | int]:
    """Return what the form holds when it is opened."""
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
    assert "nothing of yours is saved yet" in page(answer).text
    assert "Saving again saves what the form says" in page(answer).text
    assert "As set now, it starts" in page(answer).text
    shown = page(answer).the("input", name="start_at").attributes["value"]
    assert shown == f"{START:%Y-%m-%dT%H:%M}", "what was left alone shows what is set now"
    assert world.planned(draft) == Schedule(START, STOP)


def test_a_schedule_that_is_sent_again_is_saved_as_at_first(world: World) -> None:
    project = world.project()
    draft = world.experiment(project)
    browser = world.browser(world.member(project))
    form = drawn(browser, path(project, draft)) | {"stop_at": f"{STOP:%Y-%m-%dT%H:%M}"}
    told = [browser.submit(path(project, draft), **form).status_code for _ in range(2)]
    assert (told, world.planned(draft)) == ([302, 302], Schedule(None, STOP))


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


@pytest.mark.parametrize(
    ("start", "stop", "wrong"),
    [
        ("soon", "2001-01-01T10:00", (NO_MOMENT, PAST)),
        ("2001-01-01T10:00", "later", (PAST, NO_MOMENT)),
        ("2001-01-01T10:00", "2001-01-02T10:00", (PAST, PAST)),
        ("2001-01-01T10:00", f"{now().year + 3}-01-01T10:00", (PAST, TOO_FAR)),
        (f"{STOP:%Y-%m-%dT%H:%M}", f"{START:%Y-%m-%dT%H:%M}", ("", ORDER)),
    ],
)
def test_all_that_is_wrong_with_a_schedule_is_said_at_once(
    world: World, start: str, stop: str, wrong: tuple[str, str]
) -> None:
    project = world.project()
    draft = world.experiment(project)
    browser = world.browser(world.member(project))
    answer = browser.submit(path(project, draft), start_at=start, stop_at=stop, time_zone="UTC")
    assert (answer.status_code, beside_fields(page(answer))) == (400, wrong)
    assert world.planned(draft) == Schedule(None, None)


def test_a_start_behind_the_stop_that_was_set_is_said_beside_the_stop(world: World) -> None:
    project = world.project()
    draft = world.experiment(project)
    world.schedule(draft, stop_at=START)
    browser = world.browser(world.member(project))
    form = drawn(browser, path(project, draft)) | {"start_at": f"{STOP:%Y-%m-%dT%H:%M}"}
    answer = browser.submit(path(project, draft), **form)
    assert beside_fields(page(answer)) == ("", ORDER)


def test_a_mistake_does_not_hide_that_a_colleague_has_set_something(world: World) -> None:
    project = world.project()
    draft = world.experiment(project)
    browser = world.browser(world.member(project))
    form = drawn(browser, path(project, draft)) | {"start_at": "2001-01-01T10:00"}
    world.schedule(draft, stop_at=STOP)
    answer = browser.submit(path(project, draft), **form)
    assert beside_fields(page(answer)) == (PAST, "")
    assert "Somebody has changed this schedule" in page(answer).text
    assert world.planned(draft) == Schedule(None, STOP)


def test_what_was_due_already_and_is_left_alone_is_no_mistake(world: World) -> None:
    project = world.project()
    draft = world.experiment(project)
    world.schedule(draft, START)
    world.execute("UPDATE scheduled_change SET at = '2026-01-02 10:00:00'")
    browser = world.browser(world.member(project))
    form = drawn(browser, path(project, draft)) | {"stop_at": f"{STOP:%Y-%m-%dT%H:%M}"}
    assert browser.submit(path(project, draft), **form).status_code == 302
    assert world.planned(draft).stop_at == STOP


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
