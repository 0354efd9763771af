"""The hold of a project's queue, and what is overdue, as the pages say it."""

import json
from datetime import timedelta
from typing import Any

import pytest

from app.lifecycle.holds import holding
from app.models import Experiment, Project, Role, Status, now
from tests.contracts import Contract
from tests.pages.reading import Element, page
from tests.world import COMMAND_LINE, TERMS, Browser, World

PAGES = [
    "",
    "/slots",
    "/history",
    "/goals",
    "/install",
    "/keys",
    "/members",
    "/new-experiment",
    "/experiments/<key>",
    "/experiments/<key>/edit",
    "/experiments/<key>/design",
    "/experiments/<key>/schedule",
    "/experiments/<key>/result",
]


def hold(world: World, project: Project) -> None:
    with world.app.app_context():
        holding.hold_queue(project.id, COMMAND_LINE)


def text(browser: Browser, path: str, **headers: str) -> str:
    return page(browser.get(path, **headers)).text


def overdue(
    world: World,
    experiment: Experiment,
    status: Status = Status.RUNNING,
    since: timedelta = timedelta(minutes=5),
) -> None:
    """Have a change be due some minutes ago."""
    world.let_be_due(experiment, since, status)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_of_a_project_says_that_its_queue_is_held(
    shared_world: World, path: str
) -> None:
    project = shared_world.project()
    experiment = shared_world.experiment(project)
    browser = shared_world.browser(shared_world.member(project, Role.OWNER))
    address = f"/projects/{project.key}{path.replace('<key>', experiment.key)}"
    assert "The queue is held" not in text(browser, address)
    hold(shared_world, project)
    said = text(browser, address)
    assert "The queue is held since" in said
    assert "by the command line" in said
    assert "Lift the hold" in said


def test_an_open_page_that_asks_again_is_told_of_the_hold_too(shared_world: World) -> None:
    project = shared_world.project()
    browser = shared_world.browser(shared_world.member(project))
    hold(shared_world, project)
    answer = browser.get(f"/projects/{project.key}", HX_Request="true").get_data(as_text=True)
    assert 'hx-swap-oob="morph"' in answer
    assert "The queue is held" in answer


def test_a_viewer_is_told_of_a_hold_and_offered_no_end_of_it(shared_world: World) -> None:
    project = shared_world.project()
    browser = shared_world.browser(shared_world.member(project, Role.VIEWER))
    hold(shared_world, project)
    said = text(browser, f"/projects/{project.key}/slots")
    assert "The queue is held" in said
    assert "Lift the hold" not in said
    assert "Stop everything" not in said


NOTHING_TO_STOP = "Nothing is live, and the queue is held: there is nothing to stop."


def test_where_all_is_stopped_already_the_page_says_so_and_offers_no_stop(
    shared_world: World,
) -> None:
    project = shared_world.project()
    browser = shared_world.browser(shared_world.member(project))

    def stops() -> list[str]:
        slots = page(browser.get(f"/projects/{project.key}/slots"))
        return [each.text for each in slots.all() if each.attributes.get("id") == "stop-all"]

    # The queue could still start something.
    assert stops() == ["Stop everything"]
    hold(shared_world, project)
    assert stops() == [NOTHING_TO_STOP]
    shared_world.start(shared_world.experiment(project))
    assert stops() == ["Stop everything"]


def test_before_it_is_lifted_the_page_says_what_would_start_and_afterwards_what_did(
    shared_world: World,
) -> None:
    project = shared_world.project(limit=1)
    first, second = (
        shared_world.experiment(project, name=name) for name in ("First thing", "Second thing")
    )
    hold(shared_world, project)
    for each in (first, second):
        shared_world.queue(each)
    browser = shared_world.browser(shared_world.member(project))
    asked = page(browser.get(f"/projects/{project.key}/hold"))
    assert "1 starts at once" in asked.text
    assert "“First thing”" in asked.text
    assert "Second thing" not in asked.text
    assert shared_world.reload(first).status is Status.DRAFT
    answer = browser.submit(asked.the("main").the("form").attributes["action"])
    assert answer.status_code == 302
    told = text(browser, answer.headers["Location"])
    assert "The hold is lifted. “First thing” is live now." in told
    assert "The queue is held" not in told


def test_what_somebody_has_done_already_is_told_as_that(shared_world: World) -> None:
    project = shared_world.project()
    browser = shared_world.browser(shared_world.member(project))
    path = f"/projects/{project.key}/hold"
    for address, words in (
        (path, "The queue is held since"),
        (path, "Nothing had to change: the queue was held already."),
        (f"{path}/0/lift", "That hold was lifted already."),
    ):
        answer = browser.submit(address)
        told = text(browser, answer.headers["Location"])
        assert words in told
        assert told.count("The queue is held") == 1
    # A colleague's newer hold stays: nobody has seen what its end would start.
    assert "The queue is held" in text(browser, f"/projects/{project.key}")


def test_everything_is_taken_back_by_a_form_of_three_numbers(shared_world: World) -> None:
    project = shared_world.project(limit=3)
    running = shared_world.running(project, 3)
    browser = shared_world.browser(shared_world.member(project))
    panel = page(browser.submit(f"/projects/{project.key}/stop-all", reason="Broken")).the(
        "section"
    )
    assert "Everything is stopped: 3 experiments are paused" in panel.text
    (undo,) = panel.every("button", id="undo-stop")
    fields = {each.attributes["name"]: each.attributes["value"] for each in panel.every("input")}
    assert set(fields) == {"hold", "first", "last"}
    told = page(browser.press(undo.attributes["hx-post"], **fields)).text
    assert "3 experiments are live again, the hold is lifted." in told
    assert [shared_world.reload(each).status for each in running] == [Status.RUNNING] * 3


def test_where_nothing_is_live_no_word_is_lost_on_pausing_or_resuming(shared_world: World) -> None:
    project = shared_world.project()
    browser = shared_world.browser(shared_world.member(project))
    (button,) = page(browser.get(f"/projects/{project.key}/slots")).every("button", id="stop-all")
    assert button.attributes["data-consequence"] == (
        "Nothing is live. The queue will be held: nothing starts by itself until somebody lifts "
        "the hold."
    )
    panel = page(browser.submit(f"/projects/{project.key}/stop-all")).the("section")
    assert panel.text.startswith(
        "Nothing was live, and the queue is held. Nothing starts by itself until"
    )
    fields = {each.attributes["name"]: each.attributes["value"] for each in panel.every("input")}
    undo = f"/projects/{project.key}/stop-all/undo"
    assert page(browser.press(undo, **fields)).the("h2").text == "The hold is lifted."
    assert page(browser.press(undo, **fields)).the("h2").text == "Nothing is left to undo."
    told = text(browser, f"/projects/{project.key}/history")
    assert "undone: the hold lifted" in told
    assert "0 experiments" not in told


def test_what_is_to_be_stopped_is_said_as_what_will_be(shared_world: World) -> None:
    project = shared_world.project()
    shared_world.running(project, 2)
    browser = shared_world.browser(shared_world.member(project))
    (button,) = page(browser.get(f"/projects/{project.key}")).every("button", id="stop-all")
    said = button.attributes["data-consequence"]
    assert said.startswith("2 experiments are live and will be paused: every visitor sees the")


def test_what_the_plan_keeps_from_going_back_may_wait_in_the_queue(shared_world: World) -> None:
    project = shared_world.project(limit=2)
    shared_world.running(project, 2)
    browser = shared_world.browser(shared_world.member(project))
    panel = page(browser.submit(f"/projects/{project.key}/stop-all")).the("section")
    fields = {each.attributes["name"]: each.attributes["value"] for each in panel.every("input")}
    shared_world.running(project, 1)
    told = page(browser.press(f"/projects/{project.key}/stop-all/undo", **fields))
    assert "1 experiment is live again, 1 refused, the hold is lifted." in told.text
    assert "Queue 1: start when a slot frees" in [each.text for each in told.every("button")]


def test_that_a_lowered_limit_lets_an_undo_bring_back_only_some_is_said_before_and_after(
    shared_world: World,
) -> None:
    project = shared_world.project(limit=3)
    shared_world.running(project, 3)
    shared_world.set_limit(project, 2)
    browser = shared_world.browser(shared_world.member(project))
    (button,) = page(browser.get(f"/projects/{project.key}")).every("button", id="stop-all")
    said = "The plan allows 2 at once: Undo can bring 2 of 3 back."
    assert said in button.attributes["data-consequence"]
    assert said in page(browser.submit(f"/projects/{project.key}/stop-all")).text


def test_what_may_wait_waits_for_the_hold_that_an_undo_has_left(shared_world: World) -> None:
    project = shared_world.project(limit=1)
    shared_world.running(project, 1)
    hold(shared_world, project)
    browser = shared_world.browser(shared_world.member(project))
    panel = page(browser.submit(f"/projects/{project.key}/stop-all")).the("section")
    fields = {each.attributes["name"]: each.attributes["value"] for each in panel.every("input")}
    shared_world.running(project, 1)
    told = page(browser.press(f"/projects/{project.key}/stop-all/undo", **fields))
    assert "Queue 1: start when the hold is lifted" in [each.text for each in told.every("button")]


@pytest.mark.parametrize("name", ["hold", "first", "last"])
@pytest.mark.parametrize("written", ["abc", "-1", "99999999999"])
def test_an_undo_of_what_is_no_number_takes_nothing_back(
    shared_world: World, name: str, written: str
) -> None:
    project = shared_world.project()
    (paused,) = shared_world.running(project, 1)
    browser = shared_world.browser(shared_world.member(project))
    panel = page(browser.submit(f"/projects/{project.key}/stop-all")).the("section")
    fields = {each.attributes["name"]: each.attributes["value"] for each in panel.every("input")}
    address = f"/projects/{project.key}/stop-all/undo"
    assert browser.press(address, **{**fields, name: written}).status_code == 404
    assert shared_world.reload(paused).status is Status.STOPPED


def undo_in_history(browser: Browser, project: Project) -> list[Element]:
    shown = page(browser.get(f"/projects/{project.key}/history"))
    return shown.every("button", hx_post=f"/projects/{project.key}/stop-all/undo")


def undo_of_the_hold(browser: Browser, project: Project) -> Element:
    action = f"/projects/{project.key}/stop-all/undo"
    return page(browser.get(f"/projects/{project.key}/hold")).the("form", action=action)


def fields_of(form: Element) -> dict[str, str]:
    fields = {each.attributes["name"]: each.attributes["value"] for each in form.every("input")}
    return {name: value for name, value in fields.items() if name != "csrf_token"}


def test_the_page_that_lifts_the_hold_says_what_stays_paused_and_offers_the_undo(
    shared_world: World,
) -> None:
    project = shared_world.project(limit=2)
    running = [
        shared_world.experiment(project, Status.RUNNING, name) for name in ("First", "Second")
    ]
    waiting = shared_world.experiment(project, name="Waiting")
    shared_world.queue(waiting)
    browser = shared_world.browser(shared_world.member(project))
    browser.press(f"/projects/{project.key}/stop-all")
    said = text(browser, f"/projects/{project.key}/hold")
    assert "1 starts at once , as things are now: “Waiting”" in said
    assert "These stay paused: “Second”, “First”. That was done by Stop everything" in said
    assert "Undo resumes 2 experiments; then it lifts the hold." in said
    form = undo_of_the_hold(browser, project)
    answer = browser.submit(form.attributes["action"], **fields_of(form))
    assert answer.status_code == 302
    told = text(browser, answer.headers["Location"])
    assert "2 experiments are live again, the hold is lifted." in told
    assert "The queue is held" not in told
    assert [shared_world.reload(each).status for each in running] == [Status.RUNNING] * 2
    assert shared_world.reload(waiting).status is Status.DRAFT


def test_the_page_that_lifts_the_hold_says_nothing_of_what_starts_or_was_changed_since(
    shared_world: World,
) -> None:
    project = shared_world.project(limit=3)
    names = ("Ended", "Queued", "Left alone")
    ended, queued, _ = (shared_world.experiment(project, Status.RUNNING, name) for name in names)
    browser = shared_world.browser(shared_world.member(project))
    browser.press(f"/projects/{project.key}/stop-all")
    shared_world.archive(ended)
    shared_world.queue(queued)
    said = text(browser, f"/projects/{project.key}/hold")
    assert "1 starts at once , as things are now: “Queued”" in said
    assert "This stays paused: “Left alone”." in said
    assert "Ended" not in said


def test_a_hold_without_a_stop_leads_to_no_undo(shared_world: World) -> None:
    project = shared_world.project()
    shared_world.running(project, 1)
    browser = shared_world.browser(shared_world.member(project))
    browser.press(f"/projects/{project.key}/stop-all")
    with shared_world.app.app_context():
        holding.lift_hold(project.id, COMMAND_LINE, TERMS)
    hold(shared_world, project)
    said = page(browser.get(f"/projects/{project.key}/hold")).the("main").text
    assert "paused" not in said
    assert "Undo" not in said


def test_each_stop_of_one_hold_is_named_and_undone_by_itself(shared_world: World) -> None:
    project = shared_world.project()
    first, second = (
        shared_world.experiment(project, Status.RUNNING, name) for name in ("First", "Second")
    )
    browser = shared_world.browser(shared_world.member(project))
    browser.press(f"/projects/{project.key}/stop-all")
    shared_world.move(second, Status.RUNNING, Contract.INTEGERS)
    browser.press(f"/projects/{project.key}/stop-all")
    said = text(browser, f"/projects/{project.key}/hold")
    assert "These stay paused: “Second”, “First”." in said
    assert "Undo resumes 1 experiment. Undo Stop everything" in said
    assert "Undo resumes 1 experiment; then it lifts the hold. The queue" in said
    again, before = undo_in_history(browser, project)
    assert "hold" not in json.loads(again.attributes["hx-vals"])
    browser.press(before.attributes["hx-post"], **json.loads(before.attributes["hx-vals"]))
    assert shared_world.reload(first).status is Status.RUNNING
    assert shared_world.reload(second).status is Status.STOPPED


def test_what_an_undo_from_the_page_of_the_hold_refuses_is_told_with_why(
    shared_world: World,
) -> None:
    project = shared_world.project(limit=1)
    shared_world.experiment(project, Status.RUNNING, "Too late")
    browser = shared_world.browser(shared_world.member(project))
    browser.press(f"/projects/{project.key}/stop-all")
    form = undo_of_the_hold(browser, project)
    shared_world.running(project, 1)
    answer = browser.submit(form.attributes["action"], **fields_of(form))
    told = text(browser, answer.headers["Location"])
    assert "0 experiments are live again, 1 refused, the hold is lifted." in told
    assert "“Too late” is refused: the slot is taken." in told


def test_an_undo_from_a_page_that_was_open_for_too_long_changes_nothing(
    shared_world: World,
) -> None:
    project = shared_world.project()
    (running,) = shared_world.running(project, 1)
    browser = shared_world.browser(shared_world.member(project))
    browser.press(f"/projects/{project.key}/stop-all")
    form = undo_of_the_hold(browser, project)
    outdated = {**fields_of(form), "csrf_token": "another"}
    answer = browser.client.post(form.attributes["action"], data=outdated)
    assert "Nothing has changed: try again." in text(browser, answer.headers["Location"])
    assert shared_world.reload(running).status is Status.STOPPED


def test_history_offers_the_undo_of_a_stop_as_long_as_something_is_left_of_it(
    shared_world: World,
) -> None:
    project = shared_world.project()
    first, second = shared_world.running(project, 2)
    member = shared_world.browser(shared_world.member(project))
    viewer = shared_world.browser(shared_world.member(project, Role.VIEWER))
    member.press(f"/projects/{project.key}/stop-all")
    assert len(undo_in_history(member, project)) == 1
    assert undo_in_history(viewer, project) == []
    both = "As far as slots are free, Undo resumes 2 experiments; then it lifts the hold."
    assert both in text(member, f"/projects/{project.key}/history")
    with shared_world.app.app_context():
        holding.lift_hold(project.id, COMMAND_LINE, TERMS)
    shared_world.move(first, Status.RUNNING, Contract.INTEGERS)
    (undo,) = undo_in_history(member, project)
    said = text(member, f"/projects/{project.key}/history")
    assert "As far as slots are free, Undo resumes 1 experiment." in said
    fields = json.loads(undo.attributes["hx-vals"])
    told = page(member.press(undo.attributes["hx-post"], **fields)).text
    assert "1 experiment is live again." in told
    assert shared_world.reload(second).status is Status.RUNNING
    assert undo_in_history(member, project) == []


def test_where_nothing_was_live_the_undo_in_history_lifts_the_hold(shared_world: World) -> None:
    project = shared_world.project()
    browser = shared_world.browser(shared_world.member(project))
    browser.press(f"/projects/{project.key}/stop-all")
    assert "Undo lifts the hold." in text(browser, f"/projects/{project.key}/history")
    (undo,) = undo_in_history(browser, project)
    fields = json.loads(undo.attributes["hx-vals"])
    told = page(browser.press(undo.attributes["hx-post"], **fields)).text
    assert told.startswith("The hold is lifted.")
    assert undo_in_history(browser, project) == []


def test_slots_and_queue_lists_who_held_the_queue_and_why_and_who_lifted_it(
    shared_world: World,
) -> None:
    project = shared_world.project()
    email, colleague = shared_world.member(project), shared_world.member(project)
    path = f"/projects/{project.key}"
    assert "Holds" not in text(shared_world.browser(email), f"{path}/slots")
    shared_world.browser(email).submit(f"{path}/stop-all", reason="Broken checkout")
    assert "Broken checkout Not yet" in text(shared_world.browser(email), f"{path}/slots")
    with shared_world.app.app_context():
        holding.lift_hold(project.id, shared_world.person(colleague), TERMS)
    said = page(shared_world.browser(email).get(f"{path}/slots"))
    (held,) = said.every("td", **{"data-label": "Lifted"})
    assert held.text.endswith(f"by {colleague}")
    (author,) = said.every("td", **{"data-label": "By"})
    assert author.text == "you"


def test_what_is_overdue_is_said_on_the_row_the_slots_page_and_the_start_page(
    shared_world: World,
) -> None:
    project = shared_world.project()
    late, stop = (shared_world.experiment(project, name=name) for name in ("Late", "Over"))
    shared_world.start(stop)
    shared_world.schedule(late, now() + timedelta(hours=1))
    shared_world.schedule(stop, stop_at=now() + timedelta(hours=1))
    email = shared_world.member(project)
    browser, path = shared_world.browser(email), f"/projects/{project.key}"
    assert "Overdue" not in text(browser, path)
    tag = browser.get(path).headers["ETag"]
    overdue(shared_world, late)
    overdue(shared_world, stop, Status.STOPPED)
    # Time alone has passed: nobody has moved the project's version on.
    poll = browser.get(path, HX_Request="true", If_None_Match=tag)
    assert poll.status_code == 200
    rows = page(browser.get(path))
    start, stop_ = sorted(each.text for each in rows.every("small", class_="overdue"))
    assert start.startswith("Overdue: was to start ")
    assert start.endswith(" UTC. Start it now, or drop its start")
    assert stop_.startswith("Overdue: was to stop ")
    said = text(browser, f"{path}/slots")
    assert "overdue for 5 minutes" in said
    assert "Drop the start" in said
    found = page(browser.get("/")).the("ul", class_="attention").text
    assert "Late in" in found
    assert "overdue: was to start" in found
    assert "Over in" in found


def test_a_start_that_waits_for_a_hold_is_said_to_be_held(shared_world: World) -> None:
    project = shared_world.project()
    draft = shared_world.experiment(project, name="Held back")
    shared_world.schedule(draft, now() + timedelta(hours=1))
    overdue(shared_world, draft)
    hold(shared_world, project)
    browser = shared_world.browser(shared_world.member(project))
    assert "Held: was to start" in text(browser, f"/projects/{project.key}")
    assert "held: was to start" in text(browser, "/")


def test_a_queue_with_a_free_slot_that_nobody_serves_is_overdue(shared_world: World) -> None:
    project = shared_world.project(limit=0)
    shared_world.queued(project, 1)
    browser = shared_world.browser(shared_world.member(project))
    path = f"/projects/{project.key}/slots"
    shared_world.execute(
        "UPDATE queued_start SET queued_at = :past WHERE project_id = :id",
        past=now() - timedelta(minutes=5),
        id=project.id,
    )
    assert "nobody serves the queue" not in text(browser, path)
    listed = f"/projects/{project.key}"
    assert "Queued: it is next" in text(browser, listed)
    assert page(browser.get(listed)).every("small", class_="overdue") == []
    # Past the application, which would give the slot away at once.
    raised = "UPDATE plan SET experiments_running = 1 WHERE code = :code"
    shared_world.execute(raised, code=project.plan_code)
    assert "nobody serves the queue" in text(browser, path)
    said = page(browser.get(listed)).every("small", class_="overdue")
    assert [each.text for each in said] == ["Overdue: it is next, a slot is free"]


def test_history_says_how_late_a_start_was(shared_world: World) -> None:
    project = shared_world.project()
    draft = shared_world.experiment(project)
    shared_world.schedule(draft, now() + timedelta(hours=1))
    overdue(shared_world, draft)
    shared_world.carry_out(project)
    browser = shared_world.browser(shared_world.member(project))
    said = text(browser, f"/projects/{project.key}/history")
    assert "5 minutes late: it was due" in said


def test_history_says_once_that_a_start_came_too_late(shared_world: World) -> None:
    project = shared_world.project()
    draft = shared_world.experiment(project)
    shared_world.schedule(draft, now() + timedelta(hours=1))
    overdue(shared_world, draft, since=timedelta(hours=3))
    for _ in range(2):
        shared_world.carry_out(project)
    browser = shared_world.browser(shared_world.member(project))
    said = text(browser, f"/projects/{project.key}/history")
    assert said.count("too late to start by itself") == 1


def test_nothing_promises_a_start_while_the_queue_is_held(shared_world: World) -> None:
    project = shared_world.project(limit=1)
    draft = shared_world.experiment(project, name="Later thing")
    (running,) = shared_world.running(project, 1)
    queued = shared_world.experiment(project)
    shared_world.schedule(draft, now() + timedelta(days=3))
    browser = shared_world.browser(shared_world.member(project))
    shared_world.queue(queued)
    schedule = f"/projects/{project.key}/experiments/{draft.key}/schedule"
    rows = f"/projects/{project.key}"
    assert "starts on" in text(browser, schedule)
    assert "if the hold is lifted by then" not in text(browser, rows)
    assert "its slot goes to the next in the queue" in text(browser, rows)
    hold(shared_world, project)
    said = text(browser, schedule)
    assert "it does not start on" in said
    assert "where that comes more than 1 hour after its moment" in said
    assert "starts when a slot frees" not in said
    said = text(browser, rows)
    assert "if the hold is lifted by then" in said
    assert "its slot goes to the next in the queue" not in said
    shared_world.move(running, Status.STOPPED, Contract.NAMES)
    assert shared_world.line(project) == [queued.test_id]


def test_many_that_are_queued_while_it_is_held_are_told_when_they_start(
    shared_world: World,
) -> None:
    project = shared_world.project(limit=1)
    shared_world.running(project, 1)
    drafts = [shared_world.experiment(project) for _ in range(2)]
    browser = shared_world.browser(shared_world.member(project))
    hold(shared_world, project)
    chosen: dict[str, Any] = {"ids": [each.public_id for each in drafts], "status": "running"}
    question = page(browser.submit(f"/projects/{project.key}/bulk/preview", **chosen))
    assert "Queue 2: start when the hold is lifted" in question.text
    told = page(browser.submit(f"/projects/{project.key}/bulk/queue", **chosen)).text
    assert "2 are queued." in told
    assert "they start by themselves when the hold is lifted and a slot is free" in told


def test_who_lifts_what_a_colleague_has_lifted_is_told_so(shared_world: World) -> None:
    project = shared_world.project()
    first, second = (shared_world.browser(shared_world.member(project)) for _ in range(2))
    hold(shared_world, project)
    asked = page(first.get(f"/projects/{project.key}/hold"))
    address = asked.the("main").the("form").attributes["action"]
    second.submit(address)
    answer = first.submit(address)
    assert "That hold was lifted already, " in text(first, answer.headers["Location"])
