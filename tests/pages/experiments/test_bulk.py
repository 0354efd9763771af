"""Many at once in the page: the question tells what would change, and only that."""

from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from app.core.version_tokens import token_of, token_of_version
from app.models import Experiment, Project, Role, Status, now
from tests.pages.reading import Element, page
from tests.world import World


def ask(
    world: World, project: Project, end: str, *chosen: Experiment, **fields: str | list[str]
) -> TestResponse:
    browser = world.browser(world.member(project))
    data = {
        "csrf_token": browser.csrf_token,
        "ids": [each.public_id for each in chosen],
        "status": "running",
        **fields,
    }
    return browser.client.post(f"/projects/{project.key}/bulk{end}", data=data)


def test_what_is_live_already_is_not_said_to_start(world: World) -> None:
    project = world.project(limit=1)
    live = world.experiment(project, Status.RUNNING, "Live one")
    found = page(ask(world, project, "/preview", live))
    assert "None of them can be live now." in found.text
    assert "1 is live already: nothing changes there." in found.text
    assert [each.text for each in found.every("button")] == ["Cancel"]


def test_a_way_to_change_many_that_there_is_not_changes_nothing(world: World) -> None:
    project = world.project()
    draft = world.experiment(project)
    assert ask(world, project, "", draft, mode="all_or_nothin").status_code == 400
    assert world.reload(draft).status is Status.DRAFT


def test_a_status_that_there_is_not_changes_nothing(world: World) -> None:
    project = world.project()
    draft = world.experiment(project)
    assert ask(world, project, "/preview", draft, status="gone").status_code == 400
    assert world.history(draft) == []


def test_where_nothing_fits_the_question_offers_the_queue(world: World) -> None:
    project = world.project(limit=1)
    world.experiment(project, Status.RUNNING)
    drafts = [world.experiment(project) for _ in range(2)]
    found = page(ask(world, project, "/preview", *drafts))
    labels = ["Cancel", "Queue 2: start when a slot frees"]
    assert [each.text for each in found.every("button")] == labels
    answer = ask(world, project, "/queue", *drafts)
    assert answer.headers["HX-Trigger"] == "experiments-changed"
    panel = page(answer).the("section")
    assert panel.the("h2").text == "2 are queued."
    assert panel.attributes["data-remaining"] == ""
    assert world.line(project) == [each.test_id for each in drafts]


def test_the_question_before_archiving_asks_how_they_ended_and_keeps_it(world: World) -> None:
    project = world.project()
    paused = world.experiment(project, Status.STOPPED)
    question = page(ask(world, project, "/preview", paused, status="archived"))
    endings = question.the("fieldset", class_="endings").every("input", type="radio")
    assert [each.attributes["value"] for each in endings] == [
        "won",
        "lost",
        "inconclusive",
        "unfinished",
    ]
    assert page(ask(world, project, "/preview", paused)).every("fieldset", class_="endings") == []
    refused = ask(world, project, "", paused, status="archived", outcome="glorious")
    assert refused.status_code == 400
    assert world.reload(paused).status is Status.STOPPED
    ask(world, project, "", paused, status="archived", outcome="won")
    assert world.entries(paused)[-1].conclusion == "won"


def test_the_question_before_archiving_asks_nothing_of_what_never_ran(world: World) -> None:
    project = world.project()
    question = page(ask(world, project, "/preview", world.experiment(project), status="archived"))
    assert question.every("fieldset", class_="endings") == []


def test_an_outcome_that_was_decided_stays_and_is_told(world: World) -> None:
    project = world.project()
    decided, other = (world.experiment(project, Status.STOPPED) for _ in range(2))
    world.ship(decided)
    chosen = {"status": "archived", "outcome": "lost"}
    panel = page(ask(world, project, "", decided, other, **chosen)).the("section")
    assert f"“{decided.name}” keeps the outcome that was decided: Won." in panel.text
    assert [world.reload(each).conclusion for each in (decided, other)] == ["won", "lost"]


def test_what_cannot_wait_either_is_said_and_stays_selected(world: World) -> None:
    project = world.project(limit=0)
    archived, draft = world.experiment(project, Status.ARCHIVED), world.experiment(project)
    panel = page(ask(world, project, "/queue", archived, draft)).the("section")
    assert panel.the("h2").text == "1 is queued, 1 is refused."
    assert panel.attributes["data-remaining"] == archived.public_id
    assert [each.text for each in panel.every("button")] == ["Dismiss"]


@pytest.mark.parametrize("end", ["", "/queue", "/undo"])
def test_what_was_changed_since_the_question_is_left_alone_and_said(world: World, end: str) -> None:
    project = world.project()
    paused, changed = (world.experiment(project, Status.STOPPED, name) for name in "AB")
    seen = [token_of(each.changed_at) for each in (paused, changed)]
    ask(world, project, "", changed, status="draft")
    panel = page(ask(world, project, end, paused, changed, seen=seen)).the("section")
    assert "“B” is refused: it was changed before you pressed" in panel.text
    assert world.reload(paused).status is Status.RUNNING
    assert world.reload(changed).status is Status.DRAFT


def test_the_question_keeps_how_each_was_that_it_asks_about(world: World) -> None:
    project = world.project()
    drafts = [world.experiment(project) for _ in range(2)]
    running = world.running(project, 1)
    start = page(ask(world, project, "/preview", *drafts))
    assert seen_in(start) == [token_of_version(each.version) for each in drafts]
    # A pause is not held up by what a colleague has written meanwhile.
    pause = page(ask(world, project, "/preview", *running, status="stopped"))
    assert seen_in(pause) == [token_of(each.changed_at) for each in running]


def seen_in(question: Element) -> list[str]:
    return [each.attributes["value"] or "" for each in question.every("input", name="seen")]


def test_stamps_that_are_not_one_each_change_nothing(world: World) -> None:
    project = world.project()
    drafts = [world.experiment(project) for _ in range(2)]
    seen = [token_of(drafts[0].changed_at)]
    assert ask(world, project, "", *drafts, seen=seen).status_code == 400
    assert {world.reload(each).status for each in drafts} == {Status.DRAFT}


def test_a_pause_says_first_and_afterwards_who_leaves_the_queue_and_who_starts(
    world: World,
) -> None:
    project = world.project(limit=1)
    live = world.experiment(project, Status.RUNNING, "Live one")
    told, other = (world.experiment(project, name=name) for name in ("Told", "Other"))
    world.queue(told)
    world.queue(other)
    for end in ("/preview", ""):
        found = page(ask(world, project, end, live, told, status="stopped"))
        assert "“Told” leaves the queue." in found.text
        assert "“Other” starts from the queue." in found.text
        assert "refused" not in found.text


def test_it_is_said_of_which_draft_the_start_is_dropped_beside_others(world: World) -> None:
    project = world.project()
    paused, draft = world.experiment(project, Status.STOPPED), world.experiment(project, name="Set")
    world.schedule(draft, start_at=now() + timedelta(days=1))
    for end in ("/preview", ""):
        found = page(ask(world, project, end, paused, draft, status="draft"))
        assert "“Set” does not start by itself any more" in found.text


def test_what_mostly_went_well_is_not_told_as_a_refusal(world: World) -> None:
    project = world.project()
    archived = world.experiment(project, Status.ARCHIVED)
    drafts = [world.experiment(project) for _ in range(2)]
    panel = page(ask(world, project, "", archived, *drafts)).the("section")
    assert panel.the("h2").text == "2 of 3 are live, 1 refused."
    assert panel.attributes["class"] == "panel done"
    again = page(ask(world, project, "", archived, *drafts, status="draft")).the("section")
    assert again.attributes["class"] == "panel refused"


def test_all_or_nothing_says_how_many_slots_are_free(world: World) -> None:
    project = world.project(limit=1)
    drafts = [world.experiment(project) for _ in range(2)]
    panel = page(ask(world, project, "", *drafts, mode="all_or_nothing")).the("section")
    assert "is refused: only 1 slot is free" in panel.text
    assert [each.text for each in panel.every("button")] == ["Dismiss"]


@pytest.mark.parametrize("role", [Role.VIEWER, None])
def test_who_may_not_start_may_not_queue_many(world: World, role: Role | None) -> None:
    project = world.project(limit=0)
    draft = world.experiment(project)
    browser = world.browser(world.member(project, role) if role else world.user())
    path = f"/projects/{project.key}/bulk/queue"
    refused = browser.submit(path, ids=draft.public_id)
    assert refused.status_code == (403 if role else 404)
    marketer = world.browser(world.member(project))
    marketer.csrf_token = "of another session"
    assert marketer.submit(path, ids=draft.public_id).status_code == 400
    assert world.line(project) == []


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"status": 200, "body": '{"position": 1, "length": 1}'},
        {"status": 412, "body": '{"refusal": {"code": "EXPERIMENT_CHANGED", "ways_out": []}}'},
        {"status": 403, "body": '{"refusal": {"code": "PLAN_LIMIT", "ways_out": ["queue"]}}'},
    ],
    ids=["lost", "done", "changed meanwhile", "refused"],
)
@pytest.mark.parametrize("what", ["start", "swap", "queue", "move", "unqueue", "ask"])
def test_a_viewer_is_offered_no_button_by_any_outcome(
    world: World, what: str, answer: dict[str, str | int]
) -> None:
    project = world.project(limit=0)
    draft = world.experiment(project)
    world.queue(draft)
    viewer = world.browser(world.member(project, Role.VIEWER))
    holder = f"?holder={draft.public_id}" if what == "swap" else ""
    path = f"/projects/{project.key}/outcomes/{draft.public_id}/{what}{holder}"
    told = page(viewer.submit(path, **answer))
    assert [each.text for each in told.every("button")] == ["Dismiss"]


def test_what_is_paused_already_is_told_as_that_and_nothing_is_red(world: World) -> None:
    project = world.project(limit=2)
    live = world.experiment(project, Status.RUNNING)
    paused = world.experiment(project, Status.STOPPED)
    panel = page(ask(world, project, "", live, paused, status="stopped")).the("section")
    assert panel.text.startswith("1 of 2 is paused, 1 already.")
    assert panel.has({"class_": "done"})
    assert panel.attributes["data-remaining"] == ""


def test_what_the_queue_took_of_many_is_offered_back_as_a_swap(world: World) -> None:
    project = world.project(limit=2)
    live, waiting = world.running(project, 2), world.queued(project, 2)
    panel = page(ask(world, project, "", *live, status="stopped")).the("section")
    for each in waiting:
        assert f"“{each.name}” starts from the queue." in panel.text
    assert [each.text for each in panel.every("button")] == ["Swap back", "Dismiss"]
    fields: dict[str, str | list[str]] = {
        name: [each.attributes["value"] for each in panel.every("input", name=name)]
        for name in ("ids", "seen", "holders")
    }
    back = ask(world, project, "/undo", **fields)
    told = page(back).text
    assert "2 experiments are live." in told
    for each, holder in zip(live, waiting, strict=True):
        assert f"“{holder.name}” is paused: it made room for “{each.name}”." in told
    statuses = [world.reload(each).status for each in (*live, *waiting)]
    assert statuses == [Status.RUNNING] * 2 + [Status.STOPPED] * 2
