"""The hold of the queue, and everything stopped, as programs call them."""

import json
from typing import Any

from werkzeug.test import TestResponse

from app.models import Experiment, Role, Status
from tests.api.asking import with_key
from tests.contracts import Contract
from tests.world import World

HOLD = "/api/admin/queue/hold"
STOP = "/api/admin/experiments/stop-all"
DRAFT, RUNNING, STOPPED = Status.DRAFT, Status.RUNNING, Status.STOPPED


def document(answer: TestResponse) -> Any:  # noqa: ANN401
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.json


def statuses(world: World, *experiments: Experiment) -> list[Status]:
    return [world.reload(each).status for each in experiments]


def named(*experiments: Experiment) -> list[dict[str, str]]:
    return [{"id": each.public_id, "name": each.name} for each in experiments]


def test_a_hold_says_since_when_and_by_whom_and_what_would_start(world: World) -> None:
    project = world.project()
    draft, ask = world.experiment(project), with_key(world, project)
    assert document(ask("GET", HOLD, None)) == {"hold": None, "would_start": []}
    placed = document(ask("PUT", HOLD, {}))["hold"]
    assert (placed["person"], placed["api_key"]) == (None, "key")
    world.queue(draft)
    shown = document(ask("GET", HOLD, None))
    assert shown == {"hold": placed, "would_start": named(draft)}
    assert document(ask("GET", "/api/admin/queue", None))["hold"] == placed
    assert document(ask("PUT", HOLD, {}))["hold"] == placed


def test_whoever_queues_is_told_of_the_hold(world: World) -> None:
    project = world.project()
    draft, ask = world.experiment(project), with_key(world, project)
    placed = document(ask("PUT", HOLD, {}))["hold"]
    queued = document(ask("PUT", f"/api/admin/experiments/{draft.public_id}/queue", None))
    assert (queued["position"], queued["hold"]) == (1, placed)


def test_without_a_hold_it_is_said_who_lifted_the_latest(world: World) -> None:
    project = world.project()
    ask = with_key(world, project)
    ask("PUT", HOLD, {})
    ask("DELETE", HOLD, {})
    found = document(ask("GET", HOLD, None))
    assert found["hold"] is None
    assert (found["lifted"]["person"], found["lifted"]["api_key"]) == (None, "key")
    assert found["lifted"]["at"].endswith("Z")


def test_lifting_says_what_it_started(world: World) -> None:
    project = world.project()
    draft, ask = world.experiment(project), with_key(world, project)
    ask("PUT", HOLD, {})
    world.queue(draft)
    assert document(ask("DELETE", HOLD, {})) == {"hold": None, "started": named(draft)}
    assert statuses(world, draft) == [RUNNING]
    assert document(ask("DELETE", HOLD, {})) == {"hold": None, "started": []}


def test_everything_is_stopped_by_one_call_and_taken_back_by_what_it_answers(world: World) -> None:
    project = world.project(limit=2)
    older, newer = world.running(project, 2)
    (waiting,) = world.queued(project, 1)
    client, token = world.app.test_client(use_cookies=False), world.key(project)
    headers = {"Authorization": f"Bearer {token}"}
    stopped = document(client.post(STOP, headers=headers))
    assert stopped["paused"] == named(newer, older)
    assert stopped["hold"]["api_key"] == "key"
    assert statuses(world, older, newer, waiting) == [STOPPED, STOPPED, DRAFT]
    back = document(client.post(f"{STOP}/undo", json=stopped["undo"], headers=headers))
    assert statuses(world, older, newer, waiting) == [RUNNING, RUNNING, DRAFT]
    assert (back["is_lifted"], back["started"]) == (True, [])
    assert back["slots_after"]["running"] == 2
    assert [item["status"] for item in back["items"]] == ["running", "running"]
    assert document(client.get(HOLD, headers=headers))["hold"] is None


def test_history_keeps_why_everything_was_stopped(world: World) -> None:
    project = world.project()
    (running,) = world.running(project, 1)
    document(with_key(world, project)("POST", STOP, {"reason": "The checkout is broken"}))
    assert world.entries(running)[-1].reason == "The checkout is broken"


def test_a_hold_keeps_why_it_was_placed_and_history_does(world: World) -> None:
    ask = with_key(world, world.project())
    assert ask("PUT", HOLD, {"reason": "x" * 501}).status_code == 422
    assert ask("PUT", HOLD, {"reason": 7}).status_code == 422
    assert document(ask("GET", HOLD, None))["hold"] is None
    document(ask("PUT", HOLD, {"reason": "Freeze for the sale"}))
    # Whoever comes later holds nothing, and has nothing to say of it.
    document(ask("PUT", HOLD, {"reason": "Too late"}))
    assert document(ask("GET", HOLD, None))["hold"]["reason"] == "Freeze for the sale"
    (entry,) = document(ask("GET", "/api/admin/history", None))["history"]
    assert (entry["kind"], entry["reason"]) == ("queue held", "Freeze for the sale")


def test_where_nothing_runs_the_hold_keeps_why(world: World) -> None:
    ask = with_key(world, world.project())
    document(ask("POST", STOP, {"reason": "The checkout is broken"}))
    assert document(ask("GET", HOLD, None))["hold"]["reason"] == "The checkout is broken"


def test_the_slots_after_an_undo_count_what_the_lifted_hold_let_start(world: World) -> None:
    project = world.project(limit=2)
    world.running(project, 1)
    ask = with_key(world, project)
    stopped = document(ask("POST", STOP, None))
    (waiting,) = world.queued(project, 1)
    back = document(ask("POST", f"{STOP}/undo", stopped["undo"]))
    assert (back["started"], back["slots_after"]["running"]) == (named(waiting), 2)


def test_what_is_shipped_goes_on_unless_it_is_to_be_stopped_too(world: World) -> None:
    project = world.project(limit=1)
    (experiment,) = world.running(project, 1)
    world.ship(experiment)
    ask = with_key(world, project)
    stopped = document(ask("POST", STOP, None))
    assert (stopped["shipped"], stopped["unserved"]) == (named(experiment), [])
    stopped = document(ask("POST", STOP, {"stop_serving": True}))
    assert (stopped["shipped"], stopped["unserved"]) == ([], named(experiment))
    back = document(ask("POST", f"{STOP}/undo", stopped["undo"]))
    assert back["served"] == named(experiment)
    assert world.reload(experiment).is_shipped


def test_an_undo_has_to_be_of_the_project_and_in_shape(world: World) -> None:
    project, other = world.project(), world.project()
    (theirs,) = world.running(other, 1)
    ask = with_key(world, project)
    stopped = document(with_key(world, other)("POST", STOP, None))
    assert ask("POST", f"{STOP}/undo", stopped["undo"]).status_code == 404
    assert statuses(world, theirs) == [STOPPED]
    for entries in ("all", [1], [1, 2**31]):
        assert ask("POST", f"{STOP}/undo", {"entries": entries}).status_code == 422
    # What is not understood is not taken for nothing to do.
    for body in ({"undo": stopped["undo"]}, {"hold": 2**70}, {"entry": [1, 2]}):
        assert ask("POST", f"{STOP}/undo", body).status_code == 422


def test_an_undo_that_takes_in_somebody_elses_pause_is_refused_and_says_so(world: World) -> None:
    project = world.project(limit=2)
    first, second = world.running(project, 2)
    world.move(first, STOPPED, Contract.NAMES)
    theirs, ask = world.entries(first)[-1].id, with_key(world, project)
    stopped = document(ask("POST", STOP, None))
    taken = {**stopped["undo"], "entries": [theirs, stopped["undo"]["entries"][1]]}
    answer = ask("POST", f"{STOP}/undo", taken)
    assert answer.status_code == 404
    assert answer.json
    assert answer.json["detail"] == (
        "No Stop everything of this project has done exactly this, so nothing is taken back."
    )
    assert statuses(world, first, second) == [STOPPED, STOPPED]
    assert document(ask("GET", HOLD, None))["hold"]
    document(ask("POST", f"{STOP}/undo", stopped["undo"]))
    assert statuses(world, first, second) == [STOPPED, RUNNING]


def test_a_thousand_are_stopped_and_taken_back_by_a_short_body(world: World) -> None:
    project = world.project(limit=None)
    world.live_crowd(project, 1_000)
    ask = with_key(world, project)
    stopped = document(ask("POST", STOP, None))
    assert len(stopped["paused"]) == 1_000
    assert len(json.dumps(stopped["undo"])) < 100
    back = document(ask("POST", f"{STOP}/undo", stopped["undo"]))
    assert {item["status"] for item in back["items"]} == {"running"}
    assert (len(back["items"]), back["is_lifted"]) == (1_000, True)
    assert back["slots_after"]["running"] == 1_000


def test_a_viewer_looks_at_a_hold_and_changes_none(world: World) -> None:
    project = world.project()
    browser = world.browser(world.member(project, Role.VIEWER))
    headers = {"X_Project_Id": project.key}
    assert browser.get(HOLD, **headers).status_code == 200
    with_key(world, project)("PUT", HOLD, {})
    assert browser.get(HOLD, **headers).status_code == 200
    for method, path in (("PUT", HOLD), ("DELETE", HOLD), ("POST", STOP)):
        assert browser.call(method, path, {}, **headers).status_code == 403
