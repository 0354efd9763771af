"""What the page says after an action: done, with a way back, or refused, with the ways out."""

import json
from datetime import timedelta

import pytest

from app.models import Experiment, Project, Role, Status, now
from tests.api.asking import integers_path
from tests.contracts import Contract
from tests.pages.reading import Element, page
from tests.world import Browser, World


def outcome(browser: Browser, project: Project, experiment: Experiment, action: str) -> Element:
    path = f"/projects/{project.key}/experiments/{experiment.key}/outcome/{action}"
    answer = browser.get(path, HX_Request="true")
    assert answer.status_code == 200
    return page(answer).the("section")


def labels(found: Element) -> list[str]:
    return [button.text for button in found.every("button")]


@pytest.mark.parametrize(
    ("action", "arrived", "title", "undo"),
    [
        ("start", Status.RUNNING, "is live: visitors are being split.", None),
        (
            "pause",
            Status.STOPPED,
            "is paused: everybody sees the original, its data is kept.",
            {"status": 1},
        ),
        ("resume", Status.RUNNING, "is live again: visitors are being split.", {"status": 0}),
        ("redraft", Status.DRAFT, "is back in draft: nobody sees it.", {"status": 0}),
        ("shelve", Status.STOPPED, "is paused again.", {"status": 9}),
        ("archive", Status.ARCHIVED, "is archived: its data is kept.", None),
        ("discard", Status.ARCHIVED, "is discarded: it is under Archived now.", None),
    ],
)
def test_what_is_done_is_said_and_can_be_undone_where_it_can(
    world: World, action: str, arrived: Status, title: str, undo: dict[str, int] | None
) -> None:
    project = world.project()
    experiment = world.experiment(project, arrived, "Banner")
    browser = world.browser(world.member(project))
    found = outcome(browser, project, experiment, action)
    assert found.has({"class_": "done"})
    assert found.the("h2").text == f"“Banner” {title}"
    assert labels(found) == (["Undo", "Dismiss"] if undo else ["Dismiss"])
    if undo:
        button = found.every("button")[0]
        assert json.loads(button.attributes["hx-vals"]) == undo
        sent = browser.call("PATCH", button.attributes["hx-patch"], undo)
        assert sent.status_code == 200


def test_at_the_limit_the_refusal_names_the_limit_the_holders_and_the_ways_out(
    world: World,
) -> None:
    project = world.project(limit=2)
    draft = world.experiment(project, name="Third")
    world.experiment(project, Status.RUNNING, "First")
    world.experiment(project, Status.RUNNING, "Second")
    found = outcome(world.browser(world.member(project)), project, draft, "start")
    assert found.has({"class_": "refused"})
    assert found.the("h2").text == "“Third” is not started: both slots are taken"
    for sentence in (
        f"The Plan {project.plan_code} plan runs 2 experiments at once in this project",
        "“Second” (live since today) and “First” (live since today) hold them.",
        "Nothing has changed.",
    ):
        assert sentence in found.text
    swaps = ["Swap with “Second”", "Swap with “First”"]
    assert labels(found) == [*swaps, "Queue it", "Queue it and ask an admin", "Dismiss"]
    assert [link.attributes["href"] for link in found.every("a")] == [
        f"/projects/{project.key}/slots"
    ]


@pytest.mark.parametrize(
    ("limit", "running", "title", "holding", "way_out"),
    [
        (0, 0, "the plan has no slots", "", ""),
        (1, 1, "the slot is taken", "(live since today) holds it.", "Swap with"),
        (3, 3, "all 3 slots are taken", "hold them.", "Swap with"),
        (2, 3, "3 of 2 are live", "hold them.", "Pause “"),
        (7, 7, "all 7 slots are taken", "and 2 more hold them.", "Swap with"),
    ],
)
def test_the_refusal_counts_in_words(
    world: World, limit: int, running: int, title: str, holding: str, way_out: str
) -> None:
    project = world.project(limit=None)
    draft = world.experiment(project, name="Third")
    world.running(project, running)
    world.set_limit(project, limit)
    found = outcome(world.browser(world.member(project)), project, draft, "start")
    assert found.the("h2").text == f"“Third” is not started: {title}"
    assert holding in found.text
    *holders, queue, ask, dismiss = labels(found)
    assert (queue, ask, dismiss) == ("Queue it", "Queue it and ask an admin", "Dismiss")
    assert len(holders) == min(running, 5)
    assert all(label.startswith(way_out) for label in holders)


def test_an_admin_is_led_to_the_limit(world: World) -> None:
    project = world.project(limit=0)
    draft = world.experiment(project)
    email = world.member(project)
    world.execute("UPDATE user_account SET is_admin = TRUE")
    found = outcome(world.browser(email), project, draft, "start")
    links = [link.attributes["href"] for link in found.every("a")]
    assert links == [
        f"/projects/{project.key}/slots",
        f"/admin/plans/{project.plan_code}",
        f"/admin/projects/{project.key}",
    ]


@pytest.mark.parametrize(
    ("action", "status", "title", "ways_out"),
    [
        ("archive", Status.RUNNING, "is not archived: it is live now", []),
        ("start", Status.ARCHIVED, "is not started: it is archived now", ["Clone it"]),
        ("redraft", Status.RUNNING, "is not moved back to draft: it is live now", []),
        ("pause", Status.ARCHIVED, "is not paused: it is archived now", ["Clone it"]),
    ],
)
def test_a_change_that_a_colleague_overtook_is_explained(
    world: World, action: str, status: Status, title: str, ways_out: list[str]
) -> None:
    project = world.project()
    experiment = world.experiment(project, status, "Banner")
    found = outcome(world.browser(world.member(project)), project, experiment, action)
    assert found.the("h2").text == f"“Banner” {title}"
    assert "Nothing has changed." in found.text
    assert labels(found) == [*ways_out, "Dismiss"]


def test_what_a_colleague_did_first_is_said_to_be_theirs(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    colleague = world.member(project)
    world.browser(colleague).call("PATCH", integers_path(project, experiment), {"status": 1})
    found = outcome(world.browser(world.member(project)), project, experiment, "start")
    assert f"Changed by {colleague}, today at " in found.text


def test_a_request_that_got_lost_is_worth_another_press(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project, name="Banner")
    found = outcome(world.browser(world.member(project)), project, experiment, "start")
    assert found.the("h2").text == "“Banner” is not started"
    assert "press Start again" in found.text


@pytest.mark.parametrize("admin", ["FALSE", "TRUE"], ids=["a marketer", "an admin"])
def test_with_the_plan_unreadable_the_refusal_says_so(world: World, admin: str) -> None:
    project = world.project()
    experiment = world.experiment(project, name="Banner")
    browser = world.browser(world.member(project))
    world.execute(f"UPDATE user_account SET is_admin = {admin}")  # noqa: S608
    world.execute("ALTER TABLE plan RENAME TO gone")
    found = outcome(browser, project, experiment, "start")
    assert "its plan cannot be read just now" in found.the("h2").text


@pytest.mark.parametrize("action", ["explode", "", "START/", "start/now", "%00"])
def test_there_is_no_outcome_of_an_action_that_is_none(world: World, action: str) -> None:
    project = world.project()
    experiment = world.experiment(project)
    browser = world.browser(world.member(project))
    path = f"/projects/{project.key}/experiments/{experiment.key}/outcome/{action}"
    assert browser.get(path).status_code == 404


def test_somebody_who_may_only_look_now_is_told_so_and_offered_nothing(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    browser = world.browser(world.member(project, Role.VIEWER))
    path = f"/projects/{project.key}/experiments/{experiment.key}/outcome/start"
    html = browser.get(path).get_data(as_text=True)
    assert "Your role in this project is to look now." in html
    assert "hx-" not in html


def test_after_a_pause_it_is_said_who_of_the_queue_got_the_slot_and_offered_to_swap(
    world: World,
) -> None:
    project = world.project(limit=1)
    (running,) = world.running(project, 1)
    browser = world.browser(world.member(project))
    next_one = world.experiment(project, name="Next one")
    world.queue(next_one)
    browser.call("PATCH", integers_path(project, running), {"status": 0})
    found = outcome(browser, project, running, "pause")
    assert "Its slot went to the queue: “Next one” is live now." in found.text
    assert labels(found)[0] == "Swap with “Next one”"
    browser.call("PATCH", integers_path(project, next_one), {"status": 0})
    assert "Its slot" not in outcome(browser, project, next_one, "pause").text


def test_who_is_started_from_the_queue_later_did_not_get_the_slot_of_an_earlier_pause(
    world: World,
) -> None:
    project = world.project(limit=3)
    first, second, third = world.running(project, 3)
    world.set_limit(project, 1)
    world.queue(world.experiment(project, name="Next one"))
    browser = world.browser(world.member(project))
    for each in (first, second):
        browser.call("PATCH", integers_path(project, each), {"status": 0})
    browser.call("PATCH", integers_path(project, third), {"status": 0})
    assert labels(outcome(browser, project, first, "pause"))[0] == "Undo"
    assert labels(outcome(browser, project, third, "pause"))[0] == "Swap with “Next one”"


def test_what_is_queued_already_is_told_so_and_can_leave_the_queue(world: World) -> None:
    project = world.project(limit=1)
    world.running(project, 1)
    (draft,) = world.queued(project, 1)
    found = outcome(world.browser(world.member(project)), project, draft, "start")
    assert "Queued: it is next" in found.text
    assert "Leave the queue" in labels(found)
    assert "Queue it" not in labels(found)


def test_a_swap_that_comes_too_late_offers_the_start_where_a_slot_is_free(world: World) -> None:
    project = world.project(limit=1)
    (holder,) = world.running(project, 1)
    draft = world.experiment(project)
    world.move(holder, Status.STOPPED, Contract.INTEGERS)
    browser = world.browser(world.member(project))
    found = outcome(browser, project, draft, f"swap?holder={holder.key}")
    assert "there is nothing to swap with" in found.text
    assert labels(found) == ["Start", "Dismiss"]


def test_what_left_the_queue_and_is_scheduled_is_said_to_start_then(world: World) -> None:
    project = world.project(limit=0)
    draft = world.experiment(project)
    browser = world.browser(world.member(project))
    said = outcome(browser, project, draft, "unqueue").text
    assert "It starts only when somebody starts it." in said
    world.schedule(draft, now() + timedelta(days=1))
    assert "It starts as scheduled" in outcome(browser, project, draft, "unqueue").text


def test_a_reason_is_kept_for_the_change_that_the_panel_tells_of_and_no_other(
    world: World,
) -> None:
    project = world.project()
    (running,) = world.running(project, 1)
    browser = world.browser(world.member(project))
    browser.call("PATCH", integers_path(project, running), {"status": 0})
    form = outcome(browser, project, running, "pause").the("form", class_="reason")
    address = form.attributes["hx-post"]
    seen = form.the("input", name="seen").attributes["value"]
    assert browser.submit(address, seen=seen, reason="").status_code == 400
    browser.call("PATCH", integers_path(project, running), {"status": 1})
    assert browser.submit(address, seen=seen, reason="Too slow").status_code == 404
    browser.call("PATCH", integers_path(project, running), {"status": 0})
    again = outcome(browser, project, running, "pause").the("input", name="seen")
    kept = browser.submit(address, seen=again.attributes["value"], reason="Too slow")
    assert page(kept).the("p").text == "The reason is kept in the history."
    assert [each.reason for each in world.entries(running)] == ["", "", "", "Too slow"]
