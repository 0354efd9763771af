"""Actions by their own names, and what a reader may do next."""

from datetime import timedelta
from typing import Any

import pytest

from app.api.moments import written
from app.models import Role, Status, now
from tests.api.asking import with_key
from tests.conftest import on_both_databases
from tests.world import World

API = "/api/admin/experiments"
EDGES = [
    (Status.DRAFT, "start", Status.RUNNING),
    (Status.RUNNING, "pause", Status.STOPPED),
    (Status.STOPPED, "resume", Status.RUNNING),
    (Status.STOPPED, "redraft", Status.DRAFT),
    (Status.STOPPED, "archive", Status.ARCHIVED),
    (Status.DRAFT, "discard", Status.ARCHIVED),
    (Status.DRAFT, "unredraft", Status.STOPPED),
]


@pytest.mark.parametrize(("origin", "action", "target"), EDGES)
def test_each_action_leads_from_its_one_status(
    world: World, origin: Status, action: str, target: Status
) -> None:
    project = world.project(limit=None)
    ask = with_key(world, project)
    for status in Status:
        experiment = world.experiment(project, status)
        answer = ask("POST", f"{API}/{experiment.public_id}/actions/{action}", {"reason": "Why"})
        if status is origin:
            assert answer.json == {
                "id": experiment.public_id,
                "action": action,
                "status": target.value,
            }
            assert world.entries(experiment)[-1].reason == "Why"
        else:
            assert answer.status_code == 409
            assert world.reload(experiment).status is status


@pytest.mark.parametrize("action", ["stop-serving", "reopen"])
def test_what_is_taken_back_twice_changes_nothing_but_for_what_is_archived(
    world: World, action: str
) -> None:
    project = world.project()
    ask, paused = with_key(world, project), world.experiment(project, Status.STOPPED)
    path = f"{API}/{paused.public_id}/actions"
    ask("POST", f"{path}/ship", {"variant": "treatment"})
    told = [ask("POST", f"{path}/{action}", {}) for _ in range(2)]
    assert [(each.status_code, "History-Entry" in each.headers) for each in told] == [
        (200, True),
        (200, False),
    ]
    assert told[1].headers["ETag"] == told[0].headers["ETag"]
    ask("POST", f"{path}/archive", {"outcome": "unfinished"})
    assert ask("POST", f"{path}/{action}", {}).status_code == 409


def test_it_needs_no_body_and_an_unknown_action_names_those_that_there_are(world: World) -> None:
    project = world.project()
    draft, token = world.experiment(project), world.key(project)
    client = world.app.test_client(use_cookies=False)
    headers = {"X-SDK-Key": token}
    unknown: Any = client.post(f"{API}/{draft.public_id}/actions/stop", headers=headers).json
    assert unknown["detail"] == (
        "An action is one of start, pause, resume, redraft, archive, discard, unredraft, ship, "
        "conclude, stop-serving, reopen."
    )
    started = client.post(f"{API}/{draft.public_id}/actions/start", headers=headers)
    assert (started.status_code, world.reload(draft).status) == (200, Status.RUNNING)
    paused = client.post(f"{API}/{draft.public_id}/actions/pause", data="null", headers=headers)
    assert (paused.status_code, world.reload(draft).status) == (200, Status.STOPPED)


def test_a_reader_is_told_what_may_be_done_and_why_not(world: World) -> None:
    project = world.project(limit=1)
    paused = world.experiment(project, Status.STOPPED)
    (running,) = world.running(project, 1)
    read: Any = with_key(world, project)("GET", f"{API}/{paused.public_id}", None).json
    resume, *others = read["allowed_actions"]
    assert others == [
        {"action": "redraft", "allowed": True},
        {"action": "archive", "allowed": True},
        {"action": "ship", "allowed": True},
        {"action": "conclude", "allowed": True},
    ]
    assert (resume["action"], resume["allowed"]) == ("resume", False)
    assert resume["refusal"]["code"] == "PLAN_LIMIT"
    assert [holder["id"] for holder in resume["refusal"]["holders"]] == [running.public_id]


def test_who_may_change_nothing_has_no_actions(world: World) -> None:
    project = world.project()
    draft = world.experiment(project)
    viewer = world.browser(world.member(project, Role.VIEWER))
    read: Any = viewer.call("GET", f"{API}/{draft.public_id}", None).json
    assert read["allowed_actions"] == []


def test_one_and_a_list_say_what_happens_by_itself(world: World) -> None:
    project = world.project(limit=0)
    first, second = world.queued(project, 2)
    plain = world.experiment(project)
    ask, moment = with_key(world, project), written(now() + timedelta(days=30))
    put = ask("PUT", f"{API}/{second.public_id}/schedule", {"stop_at": moment})
    assert put.status_code == 200
    listed: Any = ask("GET", API, None).json
    by_id = {each["id"]: each for each in listed["data"]}
    told = [
        (by_id[each.public_id]["queue_position"], by_id[each.public_id]["schedule"])
        for each in (first, second, plain)
    ]
    set_for_it = {"start_at": None, "stop_at": moment, "raise_at": None, "raise_to": None}
    assert told == [(1, None), (2, set_for_it), (None, None)]
    read: Any = ask("GET", f"{API}/{second.public_id}", None).json
    assert (read["queue_position"], read["schedule"]["stop_at"]) == (2, moment)


@on_both_databases
def test_an_experiment_is_named_by_its_id_or_its_key(world: World) -> None:
    project, other = world.project(limit=1), world.project()
    (holder,) = world.running(project, 1)
    draft = world.experiment(project, name="Banner")
    world.experiment(other, name="Elsewhere")
    ask = with_key(world, project)
    swapped = ask("POST", f"{API}/banner/swap", {"pause": holder.key})
    assert swapped.json == {
        "id": draft.public_id,
        "status": "running",
        "paused": holder.public_id,
    }
    paused = ask("POST", f"{API}/banner/status", {"status": "stopped"})
    assert paused.json == {"id": draft.public_id, "status": "stopped"}
    many = ask("POST", f"{API}/bulk", {"ids": ["banner", holder.public_id], "status": "draft"})
    assert [item["id"] for item in (many.json or {})["items"]] == [
        draft.public_id,
        holder.public_id,
    ]
    entries = ask("GET", "/api/admin/history?experiment=banner", None)
    assert {each["experiment"]["key"] for each in (entries.json or {})["history"]} == {"banner"}
    for unknown in ("elsewhere", "Banner", "exp_banner", "%00"):
        assert ask("GET", f"{API}/{unknown}", None).status_code == 404
