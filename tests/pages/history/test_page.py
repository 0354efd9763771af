"""The history as a page and as a file: told in words, filtered, folded, and taken back."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest

from app.experiments import creation, edits
from app.experiments.creation import Draft
from app.experiments.designs import Design, GoalUse
from app.experiments.edits import Edit
from app.experiments.texts import Texts
from app.lifecycle import ChangeRequest, Stopped, transitions
from app.lifecycle.holds import holding
from app.lifecycle.queueing import queue
from app.lifecycle.refusals import Refused
from app.lifecycle.scheduling import due_changes
from app.models import Actor, Conclusion, Door, Experiment, GoalRole, Project, Role, Status, now
from app.pages.common.time_zones import by_the_clock
from app.tenancy import moves, overrides, plans
from app.tenancy.overrides import Grant
from app.tenancy.plans import Limit, PlanChange
from tests.api.asking import integers_path, names_path, with_key
from tests.clock import set_polls_by_hand
from tests.contracts import Contract, wish
from tests.pages.reading import Element, page
from tests.world import COMMAND_LINE, QUEUE_UNTIL, TERMS, Browser, World, fingerprint


def shown(browser: Browser, project: Project, **query: str) -> Element:
    answer = browser.get(f"/projects/{project.key}/history?{urlencode(query)}")
    assert answer.status_code == 200
    return page(answer)


def told(found: Element) -> list[str]:
    """Each entry in words, newest first."""
    return [entry.the("div", class_="what").text for entry in found.every("li", class_="entry")]


def marketer(world: World, project: Project) -> Browser:
    return world.browser(world.member(project))


def change(world: World, experiment: Experiment, wish: ChangeRequest) -> None:
    with world.app.app_context():
        transitions.transition(experiment.project_id, experiment.test_id, wish, COMMAND_LINE)


def refuse(world: World, experiment: Experiment, actor: Actor = COMMAND_LINE) -> None:
    """Try to start it where the plan has no slot for it."""
    asked = wish(Status.RUNNING, Contract.INTEGERS)
    with world.app.app_context(), pytest.raises(Refused):
        transitions.transition(experiment.project_id, experiment.test_id, asked, actor)


def stop_everything(world: World, project: Project, actor: Actor) -> Stopped:
    with world.app.app_context():
        return holding.stop_everything(project.id, actor, "The shop is broken")


def undo_stop(world: World, project: Project, stopped: Stopped) -> None:
    with world.app.app_context():
        holding.undo_stop(project.id, COMMAND_LINE, stopped.undo, TERMS)


def test_each_entry_says_what_happened_to_what_by_whom_and_by_which_door(world: World) -> None:
    project = world.project(limit=1)
    banner = world.experiment(project, name="Banner")
    email = world.member(project)
    browser = world.browser(email)
    browser.call("PATCH", integers_path(project, banner), {"status": 1})
    ask = with_key(world, project)
    ask("POST", names_path(banner), {"status": "stopped", "reason": "It was too slow"})
    entries = shown(browser, project).every("li", class_="entry")
    assert [entry.the("div", class_="what").text for entry in entries] == [
        "Banner Live → Paused It was too slow",
        "Banner Draft → Live",
        "Banner Created",
    ]
    assert [entry.the("div", class_="who").text for entry in entries] == [
        "a key, “key” by /api/admin",
        "you in the browser",
        "the command line on the command line",
    ]
    link = entries[0].the("div", class_="what").the("a")
    assert link.attributes["href"] == f"/projects/{project.key}/experiments/banner"
    colleague = shown(marketer(world, project), project)
    assert email in colleague.every("li", class_="entry")[1].text


@pytest.mark.parametrize(
    ("conclusion", "word"),
    [("won", "Won"), ("lost", "Lost"), ("inconclusive", "Inconclusive"), ("unfinished", "Did not")],
)
def test_what_is_archived_says_how_it_ended_and_why(
    world: World, conclusion: str, word: str
) -> None:
    project = world.project()
    experiment = world.experiment(project, Status.STOPPED, "Banner")
    asked = wish(Status.ARCHIVED, Contract.NAMES, "Three days were enough", Conclusion(conclusion))
    change(world, experiment, asked)
    said = told(shown(marketer(world, project), project))[0]
    assert said.startswith(f"Banner Paused → Archived {word}")
    assert said.endswith("Three days were enough")


def test_a_swap_names_both(world: World) -> None:
    project = world.project(limit=1)
    outgoing = world.experiment(project, Status.RUNNING, "A")
    incoming = world.experiment(project, name="B")
    with world.app.app_context():
        transitions.swap(project.id, incoming.test_id, outgoing.test_id, COMMAND_LINE)
    browser = marketer(world, project)
    for experiment in (outgoing, incoming):
        (said, *_) = told(shown(browser, project, experiment=experiment.key))
        assert said == "Swapped: “B” started, “A” paused"


def test_the_queue_tells_who_came_left_and_was_moved(world: World) -> None:
    project = world.project(limit=1)
    world.experiment(project, Status.RUNNING)
    first, second = (world.experiment(project, name=name) for name in ("First", "Second"))
    with world.app.app_context():
        for experiment in (first, second):
            queue.join(project.id, experiment.test_id, COMMAND_LINE, QUEUE_UNTIL)
        queue.move(project.id, second.test_id, 1, COMMAND_LINE)
        queue.leave(project.id, second.test_id, COMMAND_LINE)
    assert told(shown(marketer(world, project), project, kind="waiting")) == [
        "Second Left the queue: taken out by hand.",
        "Second In the queue: moved to place 1.",
        "Second Queued",
        "First Queued",
    ]


def test_a_schedule_tells_what_was_set_and_taken_back(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project, name="Banner")
    browser = marketer(world, project)
    path = f"/api/admin/experiments/{experiment.public_id}/schedule"
    browser.call("PUT", path, {"start_at": "2027-03-01T09:00:00Z"}, X_Project_Id=project.key)
    browser.call("PUT", path, {"start_at": None}, X_Project_Id=project.key)
    assert told(shown(browser, project)) == [
        "Banner Scheduled start dropped: taken back by hand.",
        "Banner Start scheduled for 1 Mar 2027, 09:00",
        "Banner Created",
    ]


def test_what_the_queue_started_is_said_to_come_from_the_queue(world: World) -> None:
    project = world.project(limit=1)
    holder = world.experiment(project, Status.RUNNING)
    waiting = world.experiment(project)
    with world.app.app_context():
        queue.join(project.id, waiting.test_id, COMMAND_LINE, QUEUE_UNTIL)
    world.move(holder, Status.STOPPED, Contract.INTEGERS)
    entry = shown(marketer(world, project), project).every("li", class_="entry")[0]
    assert entry.the("div", class_="who").text == "the command line from the queue"


def test_refused_attempts_that_follow_each_other_are_folded_and_counted(world: World) -> None:
    project = world.project(limit=1)
    world.experiment(project, Status.RUNNING)
    banner = world.experiment(project, name="Banner")
    for door in (Door.COMMAND_LINE, Door.COMMAND_LINE, Door.COMMAND_LINE, Door.BROWSER):
        refuse(world, banner, Actor(door))
    folded = shown(marketer(world, project), project).the("li", class_="folded")
    assert folded.the("summary").text.startswith("4 refused attempts the latest")
    assert told(folded) == [
        "Banner Start refused: the plan had no slot free",
        "Banner Start refused 3 times: the plan had no slot free",
    ]
    assert "open" not in folded.the("details").attributes


def test_one_refused_attempt_alone_is_not_folded(world: World) -> None:
    project = world.project(limit=0)
    refuse(world, world.experiment(project))
    found = shown(marketer(world, project), project)
    assert found.every("details") == []
    assert "Start refused" in told(found)[0]


def test_the_address_filters_and_the_form_shows_by_what(world: World) -> None:
    project = world.project(limit=1)
    banner = world.experiment(project, Status.RUNNING, "Banner")
    other = world.experiment(project, name="Other")
    refuse(world, other)
    browser = marketer(world, project)
    browser.call("PATCH", integers_path(project, banner), {"status": 0})
    assert told(shown(browser, project, kind="changes")) == [
        "Banner Live → Paused",
        "Banner Draft → Live",
    ]
    assert told(shown(browser, project, door="browser")) == ["Banner Live → Paused"]
    found = shown(browser, project, kind="changes", door="command line", experiment="banner")
    assert told(found) == ["Draft → Live"]
    assert told(shown(browser, project, kind="edits")) == ["Other Created", "Banner Created"]
    selected = [option.text for option in found.every("option") if "selected" in option.attributes]
    assert selected == ["Changes", "On the command line"]
    assert found.the("input", type="hidden", name="experiment").attributes["value"] == "banner"
    assert "Nothing of this kind" in shown(browser, project, kind="waiting").text


def test_the_experiment_of_another_project_is_404(world: World) -> None:
    project, other = world.project(), world.project()
    theirs = world.experiment(other)
    browser = marketer(world, project)
    for path in ("history", "history.csv"):
        address = f"/projects/{project.key}/{path}?experiment={theirs.key}"
        assert browser.get(address).status_code == 404


def test_an_edit_tells_each_field_as_it_was_and_as_it_is(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project, name="Banner")
    browser = marketer(world, project)
    path = f"/projects/{project.key}/experiments/{experiment.key}/edit"
    form = {"name": "Red banner", "url": "https://shop.example/", "description": "Why\nand <how>"}
    browser.submit(path, **form, seen=fingerprint(experiment))
    assert told(shown(browser, project, kind="edits"))[0] == (
        "Red banner Edited Name “Banner” → “Red banner” Page none → “https://shop.example/” "
        "Description none → “Why and <how>”"
    )


def described(world: World, experiment: Experiment, text: str) -> None:
    wanted = Texts(experiment.name, description=text)
    seen = fingerprint(world.reload(experiment))
    with world.app.app_context():
        edits.edit(experiment.project_id, experiment.test_id, Edit(wanted, seen), COMMAND_LINE)


def test_long_texts_are_cut_to_where_they_differ(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project, name="Banner")
    described(world, experiment, f"Alike {'x' * 200} then one")
    described(world, experiment, f"Alike {'x' * 200} then other {'y' * 200}")
    ends, begins, _ = told(shown(marketer(world, project), project))
    xs = "x" * 13
    assert ends == f"Banner Edited Description “…{xs} then one” → “…{xs} then other {'y' * 94}…”"
    assert begins == f"Banner Edited Description none → “Alike {'x' * 113}…”"


def test_a_change_of_design_tells_its_parts_in_words(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project, name="Banner")
    world.goal(project, "order")
    halves = world.design(experiment)
    control, treatment = halves.variants
    shares = (replace(control, weight=2_000), replace(treatment, weight=8_000))
    world.redesign(
        experiment,
        Design(shares, 5_050, 14, 1_000, (GoalUse("order", GoalRole.PRIMARY),)),
    )
    values = tuple(replace(each, value={"colour": each.key * 9}) for each in shares)
    world.redesign(experiment, Design(values, 5_050, 14, 1_000))
    latest, first, _ = told(shown(marketer(world, project), project))
    assert first == (
        "Banner Edited Variants Control 50 %, Treatment 50 % → Control 20 %, Treatment 80 % "
        "Traffic 100 % → 50.5 % Runs at least 7 days → 14 days "
        "Each variant at least 500 visitors → 1,000 visitors Goals none → order (primary)"
    )
    cut = '{"colour": "%s…'
    assert latest == (
        "Banner Edited Variants Control (control): control, Treatment (treatment): treatment → "
        f"Control (control): {cut % ('control' * 9)[:27]}, "
        f"Treatment (treatment): {cut % ('treatment' * 9)[:27]} Goals order (primary) → none"
    )


def test_what_is_cloned_says_of_what(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project, name="Banner")
    browser = marketer(world, project)
    browser.submit(f"/projects/{project.key}/experiments/{experiment.key}/clone")
    found = shown(browser, project, kind="edits")
    assert told(found) == ["Banner (clone) Cloned from “Banner”", "Banner Created"]
    cloned, _ = found.every("li", class_="entry")
    assert cloned.the("div", class_="who").text == "you in the browser"


def waiting_behind_a_holder(world: World) -> tuple[Project, Experiment]:
    project = world.project(limit=1)
    holder = world.experiment(project, Status.RUNNING, "Holder")
    world.queue(world.experiment(project, name="Waiting"))
    return project, holder


def test_what_the_queue_started_says_who_freed_its_slot_by_which_pause(world: World) -> None:
    project, holder = waiting_behind_a_holder(world)
    email = world.member(project)
    world.browser(email).call("PATCH", integers_path(project, holder), {"status": 0})
    (started,) = told(shown(marketer(world, project), project, door="queue", kind="changes"))
    assert started == (f"Waiting Draft → Live Its slot was freed: “Holder” was paused by {email}")


def test_a_slot_that_a_schedule_freed_is_said_to_be_freed_by_schedule(world: World) -> None:
    project, holder = waiting_behind_a_holder(world)
    email = world.member(project)
    world.schedule(holder, stop_at=now() + timedelta(hours=1), actor=world.person(email))
    world.execute("UPDATE scheduled_change SET at = '2026-01-01 00:00:00.000000'")
    with world.app.app_context():
        due_changes.carry_out(project.id, now(), TERMS)
    (started,) = told(shown(marketer(world, project), project, door="queue"))
    assert started.endswith(f"freed: “Holder” was paused by {email}, by schedule")


def test_a_start_that_a_higher_limit_or_another_plan_brought_says_so(world: World) -> None:
    project, _ = waiting_behind_a_holder(world)
    admin = world.user(admin=True)
    with world.app.app_context():
        plans.change(project.plan_code, PlanChange("Larger", Limit(2)), world.person(admin))
    world.queue(world.experiment(project, name="Last"))
    larger = world.plan(limit=None)
    with world.app.app_context():
        moves.move([project.key], larger, COMMAND_LINE)
    assert told(shown(marketer(world, project), project, door="queue")) == [
        "Last Draft → Live The project was moved to another plan on the command line",
        f"Waiting Draft → Live The limit was raised by {admin}",
    ]


def test_a_start_that_the_end_of_another_limit_brought_says_whose_time_was_up(
    world: World,
) -> None:
    project, admin = world.project(limit=1), world.user(admin=True)
    with world.app.app_context():
        until = now() + timedelta(hours=1)
        overrides.give(project.key, Grant(0, until, "Calm"), world.person(admin))
    world.queue(world.experiment(project, name="Waiting"))
    with world.app.app_context():
        overrides.end(project.id, until)
    ended = "The limit of 0 ended, as its time was up."
    browser = world.browser(world.member(project, Role.OWNER))
    assert told(shown(browser, project, door="queue")) == [
        f"Waiting Draft → Live {ended} It was set by {admin}"
    ]
    assert table(browser, project)[0]["detail"] == ended
    trail = page(browser.get(f"/projects/{project.key}/audit?what=experiments"))
    assert ended in trail.text
    assert f"from the queue, at the end of a limit set by {admin}" in trail.text


def test_the_file_says_what_was_edited_scheduled_and_caused(world: World) -> None:
    project, holder = waiting_behind_a_holder(world)
    email = world.member(project)
    browser = world.browser(email)
    described(world, holder, "Why")
    world.schedule(holder, stop_at=datetime(2027, 3, 1, 9, tzinfo=UTC))
    browser.call("PATCH", integers_path(project, holder), {"status": 0})
    rows = table(browser, project)
    started, scheduled = rows[0], next(row for row in rows if row["kind"] == "scheduled")
    assert (started["cause"], started["cause_by"]) == ("freed slot", email)
    assert scheduled["scheduled_for"] == "2027-03-01T09:00:00+00:00"
    (edited,) = [row for row in rows if row["kind"] == "edited"]
    change = {"field": "description", "before": "", "after": "Why"}
    assert json.loads(edited["changes"]) == [change]


def test_fifty_entries_are_a_page_and_the_older_ones_are_on_the_next(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project, name="Banner")
    for step in [Status.RUNNING, Status.STOPPED] * 30:
        world.move(experiment, step, Contract.INTEGERS)
    browser = marketer(world, project)
    first = shown(browser, project, kind="changes")
    (older,) = first.the("nav", aria_label="Pages").every("a")
    assert older.text == "Older"
    second = page(browser.get(older.attributes["href"]))
    assert (len(told(first)), len(told(second))) == (50, 10)
    assert told(second)[-1] == "Banner Draft → Live"
    (newest,) = second.the("nav", aria_label="Pages").every("a")
    assert newest.text == "Back to the newest"
    assert "kind=changes" in newest.attributes["href"]


def test_a_project_in_which_nothing_has_happened_says_so(world: World) -> None:
    project = world.project()
    assert "Nothing has happened yet." in shown(marketer(world, project), project).text


UNDONE = [
    ((Status.RUNNING, Status.STOPPED), {"status": 1}),
    ((Status.RUNNING, Status.STOPPED, Status.RUNNING), {"status": 0}),
    ((Status.RUNNING, Status.STOPPED, Status.DRAFT), {}),
]


def undo_on(found: Element) -> Element:
    """The button of the newest entry, which is the only one in the history that has any."""
    newest, *older = found.the("ol", class_="history").every("li", class_="entry")
    assert [each for entry in older for each in entry.every("button")] == []
    ids = [each.attributes["id"] for each in found.all() if "id" in each.attributes]
    assert len(ids) == len(set(ids))
    button = newest.the("button")
    assert button.text == "Undo"
    assert set(button.attributes["aria-describedby"].split()) <= set(ids)
    return button


@pytest.mark.parametrize(("steps", "back"), UNDONE, ids=["pause", "resume", "back to draft"])
def test_the_latest_change_is_taken_back_from_both_pages(
    world: World, steps: tuple[Status, ...], back: dict[str, int]
) -> None:
    project = world.project()
    experiment = world.experiment(project)
    for step in steps:
        world.move(experiment, step, Contract.INTEGERS)
    browser = marketer(world, project)
    undos = [
        undo_on(page(browser.get(f"/projects/{project.key}/{path}")))
        for path in (f"experiments/{experiment.key}", "history")
    ]
    assert undos[0].attributes == undos[1].attributes
    button = undos[0]
    assert json.loads(button.attributes["hx-vals"]) == back
    headers = json.loads(button.attributes["hx-headers"])
    method = "PATCH" if back else "POST"
    address = button.attributes[f"hx-{method.lower()}"]
    answer = browser.call(method, address, back, **headers)
    assert answer.status_code == 200
    assert world.reload(experiment).status is steps[-2]


def test_a_swap_is_taken_back_by_the_swap_the_other_way_round(world: World) -> None:
    project = world.project(limit=1)
    outgoing = world.experiment(project, Status.RUNNING, "A")
    incoming = world.experiment(project, name="B")
    with world.app.app_context():
        transitions.swap(project.id, incoming.test_id, outgoing.test_id, COMMAND_LINE)
    browser = marketer(world, project)
    history = shown(browser, project).the("ol", class_="history")
    assert "Undo pauses “B”, which was a draft" in history.text
    (button,) = history.every("button")
    body = json.loads(button.attributes["hx-vals"])
    assert browser.call("POST", button.attributes["hx-post"], body).status_code == 200
    assert world.reload(outgoing).status is Status.RUNNING
    assert world.reload(incoming).status is Status.STOPPED


@pytest.mark.parametrize(
    ("status", "role"),
    [
        (Status.RUNNING, Role.MARKETER),
        (Status.ARCHIVED, Role.MARKETER),
        (Status.STOPPED, Role.VIEWER),
    ],
)
def test_what_nobody_may_take_back_has_no_button(world: World, status: Status, role: Role) -> None:
    project = world.project()
    world.experiment(project, status)
    found = shown(world.browser(world.member(project, role)), project)
    assert found.the("ol", class_="history").every("button") == []


def table(browser: Browser, project: Project, **query: str) -> list[dict[str, str]]:
    answer = browser.get(f"/projects/{project.key}/history.csv?{urlencode(query)}")
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    name = f"attachment; filename={project.key}-history.csv"
    assert answer.headers["Content-Disposition"] == name
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


def test_the_file_has_every_entry_with_everything_that_is_kept_of_it(world: World) -> None:
    project = world.project(limit=1)
    email = world.member(project)
    browser = world.browser(email)
    banner = world.experiment(project, name="Banner")
    rival = world.experiment(project, name="Rival")
    browser.call("PATCH", integers_path(project, banner), {"status": 1, "reason": "Spring\nis"})
    with_key(world, project)("PATCH", integers_path(project, rival), {"status": 1})
    refused, changed, *created = table(browser, project)
    assert changed.pop("at").endswith("+00:00")
    assert changed.pop("entry").isdecimal()
    assert changed == {
        "experiment_id": banner.public_id,
        "experiment_key": "banner",
        "experiment": "Banner",
        "kind": "changed",
        "from": "draft",
        "to": "running",
        "paused_experiment": "",
        "door": "browser",
        "person": email,
        "api_key": "",
        "reason": "Spring\nis",
        "outcome": "",
        "code": "",
        "detail": "",
        "times": "1",
        "scheduled_for": "",
        "changes": "",
        "cause": "request",
        "cause_by": "",
        "cause_entry": "",
        "held_since": "",
        "counts": "",
    }
    assert (refused["kind"], refused["code"], refused["api_key"]) == (
        "refused",
        "PLAN_LIMIT",
        "key",
    )
    assert [(row["kind"], row["experiment"], row["to"]) for row in created] == [
        ("created", "Rival", ""),
        ("created", "Banner", ""),
    ]
    assert [row["experiment"] for row in table(browser, project, kind="refused")] == ["Rival"]


def test_the_end_of_a_hold_says_how_many_it_started(world: World) -> None:
    project = world.project(limit=3)
    browser = world.browser(world.member(project))
    with world.app.app_context():
        held = holding.hold_queue(project.id, COMMAND_LINE)
    world.queued(project, 2)
    with world.app.app_context():
        holding.lift_hold(project.id, COMMAND_LINE, TERMS)
    since = by_the_clock(held.hold.since, ZoneInfo("UTC"))
    assert f"lifted: it was held since {since}, 2 experiments started" in (
        shown(browser, project).text
    )
    (ended,) = (row for row in table(browser, project) if row["kind"] == "hold lifted")
    assert ended["counts"] == '{"experiments": 2}'


def test_what_was_done_to_the_whole_project_stands_among_the_entries_in_words(
    world: World,
) -> None:
    project = world.project()
    world.experiment(project, Status.RUNNING, "Banner")
    email = world.member(project)
    stopped = stop_everything(world, project, world.person(email))
    undo_stop(world, project, stopped)
    browser = world.browser(email)
    entries = shown(browser, project).every("li", class_="entry")
    since = by_the_clock(stopped.held.hold.since, ZoneInfo("UTC"))
    assert [entry.the("div", class_="what").text for entry in entries] == [
        f"The whole project Hold of the queue lifted: it was held since {since}"
        " By the Undo of Stop everything",
        "Banner Paused → Live By the Undo of Stop everything",
        f"The whole project Stop everything of {since} undone: 1 experiment live again,"
        " the hold lifted",
        "Banner Live → Paused By Stop everything The shop is broken",
        "The whole project Queue held By Stop everything The shop is broken",
        "The whole project Everything stopped: 1 experiment paused, the queue held"
        " The shop is broken",
        "Banner Draft → Live",
        "Banner Created",
    ]
    assert [entry.the("div", class_="who").text for entry in entries[2:6]] == [
        "the command line on the command line",
        *["you in the browser"] * 3,
    ]
    assert len({entry.the("div", class_="what").attributes["id"] for entry in entries}) == 8
    holds = told(shown(browser, project, kind="project"))
    assert len(holds) == 4
    assert not any("Banner" in each for each in holds)
    assert len(told(shown(browser, project, experiment="banner"))) == 4


def test_a_stop_that_found_nothing_to_do_says_so(world: World) -> None:
    project = world.project()
    for _ in range(2):
        stop_everything(world, project, COMMAND_LINE)
    assert told(shown(marketer(world, project), project, kind="project")) == [
        "The whole project Everything stopped: nothing was live, the queue was held already"
        " The shop is broken",
        "The whole project Queue held By Stop everything The shop is broken",
        "The whole project Everything stopped: nothing was live, the queue held The shop is broken",
    ]


def test_the_file_says_who_held_the_queue_why_and_from_when_to_when(world: World) -> None:
    project = world.project()
    banner = world.experiment(project, Status.RUNNING, "Banner")
    email = world.member(project)
    stopped = stop_everything(world, project, world.person(email))
    undo_stop(world, project, stopped)
    browser = marketer(world, project)
    lifted, undone, held, all_stopped = table(browser, project, kind="project")
    since = stopped.held.hold.since.isoformat(timespec="seconds")
    assert (held["kind"], held["person"], held["reason"], held["held_since"]) == (
        "queue held",
        email,
        "The shop is broken",
        since,
    )
    assert (lifted["kind"], lifted["person"], lifted["held_since"]) == ("hold lifted", "", since)
    assert lifted["at"] >= since
    assert [row["cause_entry"] for row in (lifted, held)] == [undone["entry"], all_stopped["entry"]]
    assert (all_stopped["experiment"], all_stopped["counts"]) == ("", '{"experiments": 1}')
    _, paused, *_ = table(browser, project, experiment=banner.key)
    assert (paused["to"], paused["cause_entry"]) == ("stopped", all_stopped["entry"])


def test_the_file_goes_on_where_the_page_ends(world: World) -> None:
    project = world.project(limit=None)
    world.running(project, 60)
    browser = marketer(world, project)
    assert len(told(shown(browser, project))) == 50
    assert len(table(browser, project)) == 120


@pytest.mark.parametrize("name", ['=HYPERLINK("//evil")', "+1", "-2+3", "@SUM(A1)"])
def test_nothing_in_the_file_is_computed_by_a_spreadsheet(world: World, name: str) -> None:
    project = world.project()
    with world.app.app_context():
        made = creation.create(project.id, Draft(Texts(name)), COMMAND_LINE)
    change(world, made, wish(Status.RUNNING, Contract.INTEGERS, name))
    row, _ = table(marketer(world, project), project)
    assert (row["experiment"], row["reason"]) == (f"'{name}", f"'{name}")


def test_an_open_page_of_history_is_fetched_again_for_a_refused_attempt(world: World) -> None:
    project = world.project(limit=0)
    draft = world.experiment(project)
    browser = marketer(world, project)
    path = f"/projects/{project.key}/history"
    tag = browser.get(path, HX_Request="true").headers["ETag"]
    refuse(world, draft)
    set_polls_by_hand(world.app)
    answer = browser.get(path, HX_Request="true", If_None_Match=tag)
    assert answer.status_code == 200
    assert "Start refused" in page(answer).text
