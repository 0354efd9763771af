"""What the page says after an action: done, with a way back, or refused, with the ways out."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.experiments import designs
from app.models import Experiment, Project, Role, Status, now
from tests.api.asking import integers_path, names_path
from tests.contracts import Contract
from tests.pages.reading import Element, page
from tests.world import Browser, World

ARCHIVED = {"status": "archived"}


def press(
    browser: Browser, project: Project, experiment: Experiment, status: int, **headers: str
) -> TestResponse:
    """Press a button that asks for a status by its integer."""
    path = integers_path(project, experiment)
    return browser.call("PATCH", path, {"status": status}, **headers)


def start_button(
    browser: Browser, method: str, experiment: Experiment, end: str, body: object
) -> TestResponse:
    """Press a button for a way to start."""
    return browser.call(method, f"/api/admin/experiments/{experiment.public_id}/{end}", body)


def form_of(answer: TestResponse) -> dict[str, str | int]:
    """Return what the page's script sends of an answer."""
    return {
        "status": answer.status_code,
        "entry": answer.headers.get("History-Entry", ""),
        "reason": answer.headers.get("Refusal-Reason", ""),
        "was": answer.headers.get("Experiment-Status", ""),
        "body": answer.get_data(as_text=True),
    }


def sent(
    browser: Browser,
    project: Project,
    experiment: Experiment,
    action: str,
    form: dict[str, str | int],
) -> TestResponse:
    path = f"/projects/{project.key}/outcomes/{experiment.public_id}/{action}"
    headers = {"X-CSRFToken": browser.csrf_token, "HX-Request": "true"}
    return browser.client.post(path, data=form, headers=headers)


def outcome(
    browser: Browser,
    project: Project,
    experiment: Experiment,
    action: str,
    answer: TestResponse | None,
    **changed: str,
) -> Element:
    """The panel that tells an answer; None for one that was lost."""
    form = form_of(answer) if answer else {}
    told = sent(browser, project, experiment, action, form | changed)
    assert told.status_code == 200
    return page(told).the("section")


def picks(found: Element) -> list[str]:
    """Return what the panel lists as able to make room."""
    lists = found.every("div", class_="list")
    return [
        f"{each.the('strong').text} {each.the('small').text}"
        for listed in lists
        for each in (*listed.every("label"), *listed.every("p"))
    ]


def labels(found: Element) -> list[str]:
    return [button.text for button in found.every("button")]


@pytest.mark.parametrize(
    ("action", "steps", "wanted", "title", "undo"),
    [
        ("start", (), 1, "is live: visitors are being split.", None),
        (
            "pause",
            (Status.RUNNING,),
            0,
            "is paused: everybody sees the original, its data is kept.",
            {"status": 1},
        ),
        (
            "resume",
            (Status.RUNNING, Status.STOPPED),
            1,
            "is live again: visitors are being split.",
            {"status": 0},
        ),
        (
            "redraft",
            (Status.RUNNING, Status.STOPPED),
            9,
            "is back in draft: nobody sees it.",
            {},
        ),
        (
            "unredraft",
            (Status.RUNNING, Status.STOPPED, Status.DRAFT),
            0,
            "is paused again.",
            {"status": 9},
        ),
        (
            "archive",
            (Status.RUNNING, Status.STOPPED),
            None,
            "is archived: its data is kept.",
            None,
        ),
        ("discard", (), None, "is discarded: it is under Archived now.", None),
    ],
)
def test_what_is_done_is_said_and_can_be_undone_where_it_can(
    world: World,
    action: str,
    steps: tuple[Status, ...],
    wanted: int | None,
    title: str,
    undo: dict[str, int] | None,
) -> None:
    project = world.project(connected=True)
    experiment = world.experiment(project, name="Banner")
    for step in steps:
        world.move(experiment, step, Contract.INTEGERS)
    browser = world.browser(world.member(project))
    if wanted is None:
        answer = browser.call("POST", names_path(experiment), ARCHIVED)
    else:
        answer = press(browser, project, experiment, wanted)
    assert answer.status_code == 200
    found = outcome(browser, project, experiment, action, answer)
    assert found.has({"class_": "done"})
    assert found.the("h2").text == f"“Banner” {title}"
    assert "Since then" not in found.text
    asks_why = ["Keep the reason"] if action in {"pause", "discard"} else []
    assert labels(found) == [*(["Undo"] if undo is not None else []), "Dismiss", *asks_why]
    if undo is not None:
        sent = found.every("button")[0].attributes
        assert json.loads(sent["hx-vals"]) == undo
        method = "PATCH" if undo else "POST"
        taken_back = browser.call(method, sent[f"hx-{method.lower()}"], undo)
        assert taken_back.status_code == 200


def refused_start(world: World, project: Project, experiment: Experiment) -> Element:
    """The panel that tells a refused start."""
    browser = world.browser(world.member(project))
    answer = press(browser, project, experiment, 1)
    assert answer.status_code == 403
    return outcome(browser, project, experiment, "start", answer)


def test_at_the_limit_the_refusal_names_the_limit_the_holders_and_the_ways_out(
    world: World,
) -> None:
    project = world.project(limit=2)
    draft = world.experiment(project, name="Third")
    world.experiment(project, Status.RUNNING, "First")
    world.experiment(project, Status.RUNNING, "Second")
    found = refused_start(world, project, draft)
    assert found.has({"class_": "refused"})
    assert found.the("h2").text == "“Third” is not started: both slots are taken"
    for sentence in (
        f"The Plan {project.plan_code} plan allows 2 experiments live at once in this project, "
        "and 2 are live.",
        "Nothing has changed.",
    ):
        assert sentence in found.text
    assert picks(found) == ["First live since today", "Second live since today"]
    swaps = ["Swap with “First”", "Swap with “Second”"]
    assert labels(found) == ["Queue it", "Queue it and ask an admin", "Dismiss", *swaps]
    assert [link.attributes["href"] for link in found.every("a")] == [
        f"/projects/{project.key}/slots"
    ]


@pytest.mark.parametrize(
    ("limit", "running", "title", "surplus", "way_out"),
    [
        (0, 0, "the plan has no slots", "", ""),
        (1, 1, "the slot is taken", "", "Swap with"),
        (3, 3, "all 3 slots are taken", "", "Swap with"),
        (2, 3, "3 of 2 are live", "2 experiments have to be paused before this", "Pause “"),
        (7, 7, "all 7 slots are taken", "", "Swap with"),
    ],
)
def test_the_refusal_counts_in_words_and_lists_all_that_can_make_room(
    world: World, limit: int, running: int, title: str, surplus: str, way_out: str
) -> None:
    project = world.project(limit=None)
    draft = world.experiment(project, name="Third")
    world.running(project, running)
    world.set_limit(project, limit)
    found = refused_start(world, project, draft)
    assert found.the("h2").text == f"“Third” is not started: {title}"
    assert surplus in found.text
    assert ("have to be paused" in found.text) is bool(surplus)
    queue, ask, dismiss, *holders = labels(found)
    assert (queue, ask, dismiss) == ("Queue it", "Queue it and ask an admin", "Dismiss")
    assert len(holders) == running
    assert all(label.startswith(way_out) for label in holders)


def test_a_refusal_is_told_as_it_was_decided_however_things_are_since(world: World) -> None:
    project = world.project(limit=1)
    draft = world.experiment(project, name="Second")
    holder = world.experiment(project, Status.RUNNING, "First")
    browser = world.browser(world.member(project))
    answer = press(browser, project, draft, 1)
    world.move(holder, Status.STOPPED, Contract.INTEGERS)
    found = outcome(browser, project, draft, "start", answer)
    assert found.the("h2").text == "“Second” is not started: the slot is taken"
    assert "live at once in this project, and 1 is live." in found.text
    # There is nothing left to swap with.
    assert picks(found) == []
    assert labels(found) == ["Queue it", "Queue it and ask an admin", "Dismiss"]


def test_what_can_make_room_is_listed_decided_first_then_oldest_with_its_verdict(
    world: World,
) -> None:
    project = world.project(limit=7)
    kinds = ("held_back", "undecided", "winner", "no_visitors", "original_wins", None, "mystery")
    tones = {"winner": "winner", "original_wins": "original"}
    for days, kind in enumerate(kinds):
        live = world.experiment(project, Status.RUNNING, f"For {days}")
        world.execute(
            "UPDATE experiment SET changed_at = :at, live_since = NULL WHERE test_id = :id",
            at=f"{now() - timedelta(days=days):%Y-%m-%d %H:%M:%S.%f}",
            id=live.test_id,
        )
        if kind:
            world.execute(
                "INSERT INTO standing (test_id, kind, tone, sentence, needs_attention, read_at)"
                " VALUES (:id, :kind, :tone, '', FALSE, :at)",
                id=live.test_id,
                kind=kind,
                tone=tones.get(kind, "open"),
                at=f"{now():%Y-%m-%d %H:%M:%S.%f}",
            )
    found = refused_start(world, project, world.experiment(project, name="New"))
    assert picks(found) == [
        "For 4 The original wins, live for 4 days",
        "For 2 Winner, live for 2 days",
        "For 6 live for 6 days",
        "For 5 live for 5 days",
        "For 3 No visitors, live for 3 days",
        "For 1 Undecided, live for 1 day",
        "For 0 Too early, live since today",
    ]
    shown = [each for each in found.every("div", class_="choices") if "hidden" in each.attributes]
    assert len(shown) == len(kinds) - 1


def test_a_holder_can_be_paused_from_the_refusal(world: World) -> None:
    project = world.project(limit=None)
    draft = world.experiment(project)
    holder, _ = world.running(project, 2)
    world.set_limit(project, 1)
    browser = world.browser(world.member(project))
    found = outcome(browser, project, draft, "start", press(browser, project, draft, 1))
    (pause,) = [each for each in found.every("button") if each.text == f"Pause “{holder.name}”"]
    body, headers = (json.loads(pause.attributes[name]) for name in ("hx-vals", "hx-headers"))
    answer = browser.call("PATCH", pause.attributes["hx-patch"], body, **headers)
    assert answer.status_code == 200
    assert world.reload(holder).status is Status.STOPPED


def test_an_admin_is_led_to_the_limit(world: World) -> None:
    project = world.project(limit=0)
    draft = world.experiment(project)
    email = world.member(project)
    world.execute("UPDATE user_account SET is_admin = TRUE")
    browser = world.browser(email)
    found = outcome(browser, project, draft, "start", press(browser, project, draft, 1))
    links = [link.attributes["href"] for link in found.every("a")]
    assert links == [
        f"/projects/{project.key}/slots",
        f"/admin/plans/{project.plan_code}",
        f"/admin/projects/{project.key}",
    ]


@pytest.mark.parametrize(
    ("action", "status", "title", "sentence", "ways_out"),
    [
        (
            "archive",
            Status.RUNNING,
            "is not archived: it is live now",
            "A live experiment is not archived: pause it first.",
            [],
        ),
        (
            "discard",
            Status.ARCHIVED,
            "is not discarded: it is archived now",
            "An archived experiment stays archived: to go on, clone it.",
            ["Clone it"],
        ),
        (
            "redraft",
            Status.RUNNING,
            "is not moved back to draft: it is live now",
            "A live experiment does not go back to draft: pause it first.",
            [],
        ),
        ("pause", Status.DRAFT, "is not paused: it is draft now", "Only a live experiment", []),
    ],
)
def test_a_change_that_a_colleague_overtook_is_explained(
    world: World, action: str, status: Status, title: str, sentence: str, ways_out: list[str]
) -> None:
    project = world.project()
    experiment = world.experiment(project, status, "Banner")
    browser = world.browser(world.member(project))
    names = {"archive": ARCHIVED, "discard": ARCHIVED, "pause": {"status": "stopped"}}
    if action in names:
        answer = browser.call("POST", names_path(experiment), names[action])
    else:
        answer = press(browser, project, experiment, 9)
    found = outcome(browser, project, experiment, action, answer)
    assert found.the("h2").text == f"“Banner” {title}"
    assert sentence in found.text
    assert "Nothing has changed." in found.text
    assert labels(found) == [*ways_out, "Dismiss"]


@pytest.mark.parametrize(
    ("action", "wanted", "title"),
    [
        ("start", 1, "“Banner” is not started: it is archived now"),
        ("pause", 0, "“Banner” is not paused: it is archived now"),
        ("redraft", 9, "“Banner” is not moved back to draft: it is archived now"),
    ],
)
def test_what_is_archived_is_told_so_although_the_door_hides_it(
    world: World, action: str, wanted: int, title: str
) -> None:
    project = world.project()
    experiment = world.experiment(project, Status.ARCHIVED, "Banner")
    browser = world.browser(world.member(project))
    answer = press(browser, project, experiment, wanted)
    assert answer.status_code == 404
    found = outcome(browser, project, experiment, action, answer)
    assert found.the("h2").text == title
    assert "to go on, clone it." in found.text
    assert labels(found) == ["Clone it", "Dismiss"]


def test_what_is_so_already_had_not_to_change_and_says_who_did_it(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project, name="Banner")
    colleague = world.member(project)
    press(world.browser(colleague), project, experiment, 1)
    browser = world.browser(world.member(project))
    answer = press(browser, project, experiment, 1)
    assert answer.status_code == 200
    found = outcome(browser, project, experiment, "start", answer)
    assert found.the("h2").text == "“Banner” was live already: nothing had to change"
    assert f"It was set live by {colleague} today at " in found.text
    assert labels(found) == ["Dismiss"]


def test_what_was_done_is_told_as_done_although_a_colleague_has_changed_it_since(
    world: World,
) -> None:
    project = world.project()
    experiment = world.experiment(project, name="Banner")
    browser = world.browser(world.member(project))
    answer = press(browser, project, experiment, 1)
    colleague = world.member(project)
    press(world.browser(colleague), project, experiment, 0)
    found = outcome(browser, project, experiment, "start", answer)
    assert found.has({"class_": "done"})
    assert found.the("h2").text == "“Banner” was changed: Start went through"
    assert f"Since then: it was paused by {colleague} today at " in found.text
    assert labels(found) == ["Dismiss"]


def test_a_lost_answer_is_told_as_lost_with_how_it_is_now_and_what_can_be_done(
    world: World,
) -> None:
    project = world.project()
    experiment = world.experiment(project, Status.STOPPED, "Banner")
    browser = world.browser(world.member(project))
    found = outcome(browser, project, experiment, "pause", None)
    assert found.has({"class_": "refused"})
    assert found.the("h2").text == "The answer to what you pressed was lost"
    assert "This is how “Banner” is now: It was paused by the command line today at " in found.text
    assert labels(found) == ["Resume", "Back to draft", "Archive", "Dismiss"]


def refusal(code: str = "PLAN_LIMIT", **members: object) -> str:
    return json.dumps({"refusal": {"code": code, "ways_out": []} | members})


@pytest.mark.parametrize(
    "changed",
    [
        {"status": ""},
        {"status": "x"},
        {"status": "-200"},
        {"status": "9" * 30},
        {"entry": "x"},
        {"entry": "0"},
        {"entry": "9" * 30},
        {"entry": "2147483647"},
        {"body": ""},
        {"body": "<h1>Bad gateway</h1>"},
        {"body": "[]"},
        {"body": "null"},
        {"body": "\0"},
        {"body": "[" * 5000},
        {"status": "403", "body": refusal("NO_SUCH_CODE")},
        {"status": "403", "body": refusal(ways_out=["fly"])},
        {"body": '{"expires_at": "0001-01-01T00:00:00+14:00"}'},
        {"status": "403", "body": refusal(plan="Plan", limit=-1)},
        {"status": "403", "body": refusal(plan="Plan", limit=10**30)},
    ],
)
@pytest.mark.parametrize("action", ["start", "queue"])
def test_an_answer_that_cannot_be_understood_is_told_as_lost(
    world: World, action: str, changed: dict[str, str]
) -> None:
    project = world.project()
    experiment = world.experiment(project, name="Banner")
    browser = world.browser(world.member(project))
    answer = press(browser, project, experiment, 1)
    found = outcome(browser, project, experiment, action, answer, **changed)
    assert found.the("h2").text == "The answer to what you pressed was lost"
    assert "This is how “Banner” is now: It was set live by you today at " in found.text


@pytest.mark.parametrize("reason", ["", "made_up", "design_closed", "at_the_limit", "not_all_fit"])
@pytest.mark.parametrize("was", ["", "gone", "draft"])
@pytest.mark.parametrize("action", ["start", "queue", "move", "unqueue", "ask"])
def test_a_refusal_whose_reason_is_not_known_is_told_as_not_done(
    world: World, action: str, reason: str, was: str
) -> None:
    project = world.project()
    experiment = world.experiment(project, name="Banner")
    browser = world.browser(world.member(project))
    form: dict[str, Any] = {"status": 409, "reason": reason, "was": was, "body": refusal()}
    told = sent(browser, project, experiment, action, form)
    assert told.status_code == 200
    found = page(told).the("section")
    assert found.has({"class_": "refused"})
    assert found.the("h2").text.startswith("“Banner” is not ")


@pytest.mark.parametrize("action", ["start", "queue", "ask", "swap"])
def test_the_entry_of_anything_else_is_never_told(world: World, action: str) -> None:
    project, elsewhere = world.project(), world.project()
    browser = world.browser(world.member(project))
    experiment = world.experiment(project, name="Banner")
    answer = press(browser, project, experiment, 1)
    theirs = world.experiment(elsewhere, Status.STOPPED, "Secret")
    other = world.experiment(project, Status.STOPPED, "Other")
    created = world.execute("SELECT id FROM history WHERE kind = 'created'")
    entries = [each.id for each in (*world.entries(theirs), *world.entries(other), *created)]
    holder = f"?holder={other.public_id}" if action == "swap" else ""
    for entry in entries:
        found = outcome(browser, project, experiment, f"{action}{holder}", answer, entry=str(entry))
        assert found.the("h2").text == "The answer to what you pressed was lost"
        assert "Secret" not in found.text
        assert "Other" not in found.text


def test_what_failed_for_another_reason_says_which(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project, name="Banner")
    browser = world.browser(world.member(project))
    body = {"status": 1, "reason": "x" * 501}
    answer = browser.call("PATCH", integers_path(project, experiment), body)
    assert answer.json
    found = outcome(browser, project, experiment, "start", answer)
    assert found.the("h2").text == "“Banner” is not started"
    assert answer.json["error"] in found.text


def test_a_button_pressed_on_what_has_changed_offers_what_can_be_done_now(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project, Status.RUNNING, "Banner")
    browser = world.browser(world.member(project))
    listed = page(browser.get(f"/projects/{project.key}"))
    pause = listed.the("button", id=f"pause-{experiment.test_id}")
    headers = json.loads(pause.attributes["hx-headers"])
    world.move(experiment, Status.STOPPED, Contract.INTEGERS)
    answer = press(browser, project, experiment, 0, **headers)
    found = outcome(browser, project, experiment, "pause", answer)
    assert found.the("h2").text == "“Banner” was changed before you pressed"
    assert "It was paused by the command line today at " in found.text
    assert labels(found) == ["Resume", "Back to draft", "Archive", "Dismiss"]


def pressed_as_drawn(
    world: World, experiment: Experiment, project: Project, action: str, status: int
) -> tuple[Browser, Callable[[], TestResponse]]:
    """A marketer's browser whose page is drawn, and what presses its button as it stands there."""
    browser = world.browser(world.member(project))
    listed = page(browser.get(f"/projects/{project.key}"))
    drawn = listed.the("button", id=f"{action}-{experiment.test_id}").attributes["hx-headers"]
    headers = json.loads(drawn or "")
    return browser, lambda: press(browser, project, experiment, status, **headers)


def test_a_start_of_what_a_colleague_has_designed_anew_says_what_has_changed(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project, name="Banner")
    world.redesign(experiment, replace(designs.DEFAULT, traffic_allocation=500))
    browser, start = pressed_as_drawn(world, experiment, project, "start", 1)
    world.redesign(experiment, designs.DEFAULT)
    answer = start()
    assert answer.status_code == 412
    found = outcome(browser, project, experiment, "start", answer)
    assert found.the("h2").text == "“Banner” was changed before you pressed"
    assert "It was edited by the command line today at " in found.text
    assert "Traffic: 5 % → 100 %." in found.text
    assert "more before that" not in found.text
    assert labels(found) == ["Start", "Discard", "Dismiss"]
    assert world.reload(experiment).status is Status.DRAFT


def test_many_changes_since_are_told_newest_first_and_the_rest_counted(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project, name="Banner")
    browser, start = pressed_as_drawn(world, experiment, project, "start", 1)
    for days in range(8, 13):
        world.redesign(experiment, replace(designs.DEFAULT, minimum_days=days))
    found = outcome(browser, project, experiment, "start", start())
    told = [text for text in found.text.split("It was edited") if "Runs at least" in text]
    assert ["11 days → 12 days" in told[0], "10 days → 11 days" in told[1]] == [True, True]
    assert len(told) == 3
    assert "And 2 more before that." in found.text


def test_a_pause_is_not_held_up_by_what_a_colleague_has_written(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project, Status.RUNNING)
    browser, pause = pressed_as_drawn(world, experiment, project, "pause", 0)
    path = f"/api/admin/experiments/{experiment.public_id}"
    assert browser.call("PATCH", path, {"name": "Without the typo"}).status_code == 200
    assert pause().status_code == 200
    assert world.reload(experiment).status is Status.STOPPED


@pytest.mark.parametrize("admin", ["FALSE", "TRUE"], ids=["a marketer", "an admin"])
def test_with_the_plan_unreadable_the_refusal_says_so(world: World, admin: str) -> None:
    project = world.project()
    experiment = world.experiment(project, name="Banner")
    browser = world.browser(world.member(project))
    world.execute(f"UPDATE user_account SET is_admin = {admin}")  # noqa: S608
    world.execute("ALTER TABLE plan RENAME TO gone")
    answer = press(browser, project, experiment, 1)
    found = outcome(browser, project, experiment, "start", answer)
    assert "its plan cannot be read just now" in found.the("h2").text


@pytest.mark.parametrize("action", ["explode", "", "START", "START/", "start/now", "%00"])
def test_there_is_no_outcome_of_an_action_that_is_none(world: World, action: str) -> None:
    project = world.project()
    experiment = world.experiment(project)
    browser = world.browser(world.member(project))
    assert sent(browser, project, experiment, action, {}).status_code == 404


def test_an_outcome_is_told_to_members_with_the_token_of_their_session_alone(
    world: World,
) -> None:
    project, other = world.project(), world.project()
    experiment = world.experiment(project)
    browser = world.browser(world.member(project))
    assert sent(browser, other, experiment, "start", {}).status_code == 404
    theirs = world.experiment(other)
    assert sent(browser, project, theirs, "start", {}).status_code == 404
    browser.csrf_token = "guessed"
    assert sent(browser, project, experiment, "start", {}).status_code == 400


def test_somebody_who_may_only_look_now_is_told_so_and_offered_nothing(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    browser = world.browser(world.member(project, Role.VIEWER))
    answer = press(browser, project, experiment, 1)
    assert answer.status_code == 403
    told = sent(browser, project, experiment, "start", form_of(answer))
    html = told.get_data(as_text=True)
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
    freed = press(browser, project, running, 0)
    found = outcome(browser, project, running, "pause", freed)
    assert "Its slot went to the queue: “Next one” is live now." in found.text
    assert labels(found)[0] == "Swap with “Next one”"
    paused = press(browser, project, next_one, 0)
    assert "Its slot" not in outcome(browser, project, next_one, "pause", paused).text
    later = outcome(browser, project, running, "pause", freed)
    assert "Its slot went to the queue: “Next one” was started." in later.text
    assert labels(later)[0] == "Undo"


def test_who_is_started_from_the_queue_later_did_not_get_the_slot_of_an_earlier_pause(
    world: World,
) -> None:
    project = world.project(limit=3)
    first, second, third = world.running(project, 3)
    world.set_limit(project, 1)
    world.queue(world.experiment(project, name="Next one"))
    browser = world.browser(world.member(project))
    answers = [press(browser, project, each, 0) for each in (first, second, third)]
    assert labels(outcome(browser, project, first, "pause", answers[0]))[0] == "Dismiss"
    assert labels(outcome(browser, project, second, "pause", answers[1]))[0] == "Dismiss"
    freed = outcome(browser, project, third, "pause", answers[2])
    assert labels(freed)[0] == "Swap with “Next one”"


def test_what_leaves_the_queue_by_going_back_to_draft_is_told_so(world: World) -> None:
    project = world.project(limit=1)
    world.running(project, 1)
    paused = world.experiment(project, Status.DRAFT, "Banner")
    world.execute("UPDATE plan SET experiments_running = 2")
    for status in (Status.RUNNING, Status.STOPPED):
        world.move(paused, status, Contract.INTEGERS)
    world.execute("UPDATE plan SET experiments_running = 1")
    world.queue(paused)
    browser = world.browser(world.member(project))
    answer = press(browser, project, world.reload(paused), 9)
    found = outcome(browser, project, paused, "redraft", answer)
    assert found.the("h2").text == "“Banner” is back in draft: nobody sees it."
    assert "It left the queue." in found.text


def test_a_lost_answer_of_what_waits_says_where_it_waits_and_how_it_leaves(world: World) -> None:
    project = world.project(limit=1)
    world.running(project, 1)
    (draft,) = world.queued(project, 1)
    browser = world.browser(world.member(project))
    found = outcome(browser, project, draft, "queue", None)
    assert "Queued: it is next." in found.text
    assert "Leave the queue" in labels(found)


def test_what_is_queued_already_is_told_so_and_can_leave_the_queue(world: World) -> None:
    project = world.project(limit=1)
    world.running(project, 1)
    (draft,) = world.queued(project, 1)
    found = refused_start(world, project, draft)
    assert "Queued: it is next" in found.text
    assert "Leave the queue" in labels(found)
    assert "Queue it" not in labels(found)


def test_what_is_queued_or_moved_says_its_place_and_how_long_it_waits(world: World) -> None:
    project = world.project(limit=0)
    world.queued(project, 2)
    draft = world.experiment(project, name="Banner")
    browser = world.browser(world.member(project))
    answer = start_button(browser, "PUT", draft, "queue", {})
    found = outcome(browser, project, draft, "queue", answer)
    title = "“Banner” is queued: 2 experiments before it, 3 in the queue."
    assert found.the("h2").text == title
    assert "It waits until " in found.text
    assert labels(found) == ["Leave the queue", "Dismiss"]
    moved = start_button(browser, "PATCH", draft, "queue", {"position": 1, "seen_at": 3})
    found = outcome(browser, project, draft, "move", moved)
    assert found.the("h2").text == "“Banner” is queued: it is next."
    assert "It waits until " in found.text
    late = start_button(browser, "PATCH", draft, "queue", {"position": 2, "seen_at": 3})
    found = outcome(browser, project, draft, "move", late)
    assert found.the("h2").text == "“Banner” is not moved"
    assert "The queue was changed after you looked." in found.text


PAUSED_BY_UNDO = "Undo pauses “Second”, which was a draft: from there it can go back to draft."


def test_a_swap_names_both_and_is_taken_back_by_the_swap_the_other_way_round(
    world: World,
) -> None:
    project = world.project(limit=1)
    holder = world.experiment(project, Status.RUNNING, "First")
    draft = world.experiment(project, name="Second")
    browser = world.browser(world.member(project))
    answer = start_button(browser, "POST", draft, "swap", {"pause": holder.public_id})
    action = f"swap?holder={holder.public_id}"
    found = outcome(browser, project, draft, action, answer)
    assert found.the("h2").text == "“Second” is live, “First” is paused."
    assert "Visitors of “First” see the original; its data is kept." in found.text
    assert PAUSED_BY_UNDO in found.text
    assert labels(found) == ["Undo", "Dismiss", "Keep the reason"]
    back = found.every("button")[0].attributes
    assert browser.call("POST", back["hx-post"], json.loads(back["hx-vals"])).status_code == 200
    later = outcome(browser, project, draft, action, answer)
    assert later.the("h2").text == "“Second” is live, “First” is paused."
    assert "Since then: it was paused by you today at " in later.text
    assert labels(later) == ["Dismiss"]


def test_the_undo_of_a_swap_says_nothing_of_what_was_paused_before(world: World) -> None:
    project = world.project(limit=1)
    paused = world.experiment(project, Status.STOPPED, "Second")
    holder = world.experiment(project, Status.RUNNING, "First")
    browser = world.browser(world.member(project))
    answer = start_button(browser, "POST", paused, "swap", {"pause": holder.public_id})
    found = outcome(browser, project, paused, f"swap?holder={holder.public_id}", answer)
    assert "Undo" in labels(found)
    assert "Undo pauses" not in found.text


def test_a_swap_that_comes_too_late_offers_the_start_where_a_slot_is_free(world: World) -> None:
    project = world.project(limit=1)
    (holder,) = world.running(project, 1)
    draft = world.experiment(project)
    world.move(holder, Status.STOPPED, Contract.INTEGERS)
    browser = world.browser(world.member(project))
    answer = start_button(browser, "POST", draft, "swap", {"pause": holder.public_id})
    found = outcome(browser, project, draft, f"swap?holder={holder.public_id}", answer)
    said = f"“{holder.name}” was paused when you pressed, so there is nothing to swap with."
    assert f"{said} It was paused by the command line today at " in found.text
    assert labels(found) == ["Start", "Dismiss"]


def test_what_left_the_queue_and_is_scheduled_is_said_to_start_then(world: World) -> None:
    project = world.project(limit=0)
    (draft,) = world.queued(project, 1)
    browser = world.browser(world.member(project))
    answer = start_button(browser, "DELETE", draft, "queue", {})
    said = outcome(browser, project, draft, "unqueue", answer).text
    assert "It starts only when somebody starts it." in said
    world.schedule(draft, now() + timedelta(days=1))
    assert "It starts as scheduled" in outcome(browser, project, draft, "unqueue", answer).text


def test_what_the_queue_has_started_before_it_could_leave_says_so(world: World) -> None:
    project = world.project(limit=0)
    (draft,) = world.queued(project, 1)
    world.set_limit(project, 1)
    browser = world.browser(world.member(project))
    answer = start_button(browser, "DELETE", draft, "queue", {})
    found = outcome(browser, project, draft, "unqueue", answer)
    assert "It is not in the queue. It was set live by the command line today at " in found.text


def test_a_request_for_a_slot_says_that_the_admins_see_it_and_where_the_start_waits(
    world: World,
) -> None:
    project = world.project(limit=0)
    draft = world.experiment(project, name="Banner")
    browser = world.browser(world.member(project))
    answer = start_button(browser, "POST", draft, "slot-request", {})
    found = outcome(browser, project, draft, "ask", answer)
    assert found.the("h2").text == "“Banner” is queued: it is next."
    assert "The admins see your request for a slot, sent today at " in found.text


def test_a_request_for_a_slot_with_a_full_queue_says_both(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.lifecycle.pending.MOST_WAITING", 1)
    project = world.project(limit=0)
    world.queued(project, 1)
    draft = world.experiment(project, name="Banner")
    browser = world.browser(world.member(project))
    answer = start_button(browser, "POST", draft, "slot-request", {})
    found = outcome(browser, project, draft, "ask", answer)
    assert found.has({"class_": "refused"})
    assert found.the("h2").text == "“Banner” is not queued: the queue is full"
    assert "The admins see your request for a slot, sent today at " in found.text
    assert "Take out what need not wait any more, or try again later." in found.text


def test_a_reason_is_kept_for_the_change_that_the_panel_tells_of_and_no_other(
    world: World,
) -> None:
    project = world.project()
    (running,) = world.running(project, 1)
    browser = world.browser(world.member(project))
    answer = press(browser, project, running, 0)
    form = outcome(browser, project, running, "pause", answer).the("form", class_="reason")
    address = form.attributes["hx-post"]
    seen = form.the("input", name="seen").attributes["value"]
    assert browser.submit(address, seen=seen, reason="").status_code == 400
    press(browser, project, running, 1)
    assert browser.submit(address, seen=seen, reason="Too slow").status_code == 404
    answer = press(browser, project, running, 0)
    again = outcome(browser, project, running, "pause", answer).the("input", name="seen")
    kept = browser.submit(address, seen=again.attributes["value"], reason="Too slow")
    assert page(kept).the("p").text == "The reason is kept in the history."
    assert [each.reason for each in world.entries(running)] == ["", "", "", "Too slow"]


def test_a_start_that_is_queued_meanwhile_is_said_to_wait_for_the_hold(
    world: World,
) -> None:
    project = world.project()
    draft = world.experiment(project)
    browser = world.browser(world.member(project))
    browser.call("PUT", "/api/admin/queue/hold", {}, X_Project_Id=project.key)
    answer = browser.call("PUT", f"/api/admin/experiments/{draft.public_id}/queue", {})
    told = outcome(browser, project, draft, "queue", answer).text
    assert "The queue is held: it starts by itself when the hold is lifted" in told
    assert "at the longest" not in told
