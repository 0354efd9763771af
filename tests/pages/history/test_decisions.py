"""Decisions in history and on the pages that ask about them: in words, and with their undo."""

import json

from app.core.version_tokens import token_of, token_of_version
from app.models import Project, Status
from tests.pages.reading import Element, page, read
from tests.world import Browser, World


def history_of(browser: Browser, project: Project) -> list[Element]:
    return page(browser.get(f"/projects/{project.key}/history")).every("li", class_="entry")


def test_history_says_what_was_shipped_and_its_undo_ships_it_again(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project, Status.RUNNING, "Banner")
    browser = world.browser(world.member(project))
    actions = f"/api/admin/experiments/{experiment.public_id}/actions"
    headers = {"X_Project_Id": project.key}
    browser.call("POST", f"{actions}/ship", {"variant": "treatment", "reason": "Sells"}, **headers)
    browser.call("POST", f"{actions}/stop-serving", {}, **headers)
    stopped, shipped, *_ = history_of(browser, project)
    assert "Shipped “Treatment” to everybody: Live → Paused Won Sells" in shipped.text
    assert "“Treatment” served to everybody no more" in stopped.text
    assert not shipped.every("button")
    undo = stopped.the("button").attributes
    assert undo["hx-post"] == f"{actions}/ship"
    assert json.loads(undo["hx-vals"]) == {"variant": "treatment", "outcome": "won"}
    browser.call("POST", undo["hx-post"], json.loads(undo["hx-vals"]), **headers)
    assert world.reload(experiment).is_shipped


def test_history_says_what_a_resume_has_ended(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project, Status.RUNNING, "Banner")
    world.ship(experiment)
    browser = world.browser(world.member(project))
    path = f"/v2/project/{project.key}/experiment/{experiment.test_id}/status"
    answer = browser.call("PATCH", path, {"status": 1})
    resumed, *_ = history_of(browser, project)
    assert "“Treatment” served to everybody no more: Paused → Live" in resumed.text
    told = browser.press(
        f"/projects/{project.key}/outcomes/{experiment.public_id}/resume",
        status=200,
        entry=answer.headers["History-Entry"],
        body=answer.get_data(as_text=True),
    ).get_data(as_text=True)
    assert "“Treatment” was shipped, and is not any more." in told
    undo = read(told).every("button")[0].attributes
    assert undo["hx-post"].endswith("/actions/ship")


def test_why_serving_was_stopped_is_kept_with_it(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project, Status.RUNNING, "Banner")
    world.ship(experiment)
    browser = world.browser(world.member(project))
    path = f"/api/admin/experiments/{experiment.public_id}/actions/stop-serving"
    browser.call("POST", path, {}, X_Project_Id=project.key)
    seen = token_of(world.reload(experiment).changed_at)
    form = {"reason": "It is built in.", "seen": seen}
    answer = browser.press(f"/projects/{project.key}/experiments/banner/reason", **form)
    assert answer.status_code == 200
    assert world.entries(experiment)[-1].reason == "It is built in."


def test_who_presses_too_late_is_told_what_was_decided_meanwhile(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project, Status.STOPPED, "Banner")
    browser = world.browser(world.member(project))
    path = f"/v2/project/{project.key}/experiment/{experiment.test_id}/status"
    seen = f'"{token_of_version(experiment.version)}"'
    world.ship(experiment)
    answer = browser.call("PATCH", path, {"status": 1}, If_Match=seen)
    assert answer.status_code == 412
    told = browser.press(
        f"/projects/{project.key}/outcomes/{experiment.public_id}/resume",
        status=412,
        reason="changed_meanwhile",
        body=answer.get_data(as_text=True),
    ).get_data(as_text=True)
    assert "It was shipped to everybody by the command line" in told
    assert "One variant was shipped to everybody by the command line" in answer.get_data(
        as_text=True
    )


def test_stop_everything_names_what_is_shipped_and_asks(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project, Status.RUNNING, "Banner")
    world.ship(experiment)
    browser = world.browser(world.member(project))
    found = page(browser.get(f"/projects/{project.key}"))
    assert found.the("button", id="stop-all").attributes["data-details"] == "stop-serving-too"
    assert (
        "“Banner” (everybody sees Treatment)" in found.the("template", id="stop-serving-too").text
    )
    stop = f"/projects/{project.key}/stop-all"
    told = browser.press(stop).get_data(as_text=True)
    assert "What is shipped goes on: of “Banner” everybody sees “Treatment”." in told
    assert world.reload(experiment).is_shipped
    told = browser.press(stop, stop_serving="yes").get_data(as_text=True)
    assert "“Banner” is served no more." in told
    assert not world.reload(experiment).is_shipped
    assert not page(browser.get(f"/projects/{project.key}")).every("button", id="stop-all")


def test_many_are_archived_after_a_question_that_says_what_is_served_no_more(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project, Status.RUNNING, "Banner")
    world.ship(experiment)
    browser = world.browser(world.member(project))
    form = {"ids": experiment.public_id, "status": "archived"}
    asked = read(browser.press(f"/projects/{project.key}/bulk/preview", **form).text)
    assert "Of “Banner” everybody saw “Treatment”, and nobody does any more." in asked.text
    assert not asked.every("input", name="outcome")
