"""Swap, queue, schedule and asking for slots, as programs and pages call them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.lifecycle import Schedule
from app.models import Experiment, Project, Role, Status, now
from tests.api.asking import CALLERS, Ask, in_browser, in_the_contract, with_key
from tests.conftest import on_both_databases
from tests.world import World

DRAFT, RUNNING, STOPPED, ARCHIVED = Status.DRAFT, Status.RUNNING, Status.STOPPED, Status.ARCHIVED
NO_RISE = {"raise_at": None, "raise_to": None}
UNKNOWN = "exp_00000000000000000000000000"
CALLS: list[tuple[str, str, object]] = [
    ("POST", "swap", {"pause": UNKNOWN}),
    ("PUT", "queue", {}),
    ("PATCH", "queue", {"position": 1}),
    ("DELETE", "queue", {}),
    ("GET", "schedule", None),
    ("PUT", "schedule", {"start_at": None, "stop_at": None}),
    ("POST", "slot-request", {}),
]


def path(experiment: Experiment, end: str) -> str:
    return f"/api/admin/experiments/{experiment.public_id}/{end}"


def busy(world: World) -> tuple[Project, Experiment, Experiment]:
    """A project whose one slot is taken, the one who takes it, and a draft."""
    project = world.project(limit=1)
    return project, world.running(project, 1)[0], world.experiment(project)


def statuses(world: World, *experiments: Experiment) -> list[Status]:
    return [world.reload(each).status for each in experiments]


def code(answer: TestResponse) -> tuple[int, str]:
    assert answer.json
    return answer.status_code, answer.json["code"]


def document(answer: TestResponse) -> Any:  # noqa: ANN401
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.json


def waits(answer: TestResponse, draft: Experiment) -> tuple[int, int]:
    """The place of a draft in the queue and how many wait; until when, it has to say too."""
    said = document(answer)
    until = datetime.fromisoformat(said.pop("expires_at")) - now()
    assert timedelta(days=29, hours=23) < until <= timedelta(days=30)
    place = said.pop("position"), said.pop("length")
    assert said == {"id": draft.public_id, "status": "draft"}
    assert "History-Entry" not in answer.headers
    return place


@pytest.mark.parametrize("caller", CALLERS)
def test_a_swap_answers_with_both(world: World, caller: str) -> None:
    project, running, draft = busy(world)
    ask = CALLERS[caller](world, project)
    body = {"pause": running.public_id, "reason": "Season"}
    answer = ask("POST", path(draft, "swap"), body)
    assert document(answer) == {
        "id": draft.public_id,
        "status": "running",
        "paused": running.public_id,
    }
    assert answer.headers["HX-Trigger"] == "experiments-changed"
    assert statuses(world, running, draft) == [STOPPED, RUNNING]
    entry = world.entries(draft)[-1]
    assert (entry.reason, entry.door) == ("Season", "api" if caller == "key" else "browser")


def test_a_swap_with_what_runs_no_more_says_so(world: World) -> None:
    project, running, draft = busy(world)
    other = world.experiment(project)
    ask = with_key(world, project)
    answer = ask("POST", path(draft, "swap"), {"pause": other.public_id})
    assert code(answer) == (409, "SWAP_NOT_RUNNING")
    assert in_the_contract(answer) == {
        "error": "Nothing to swap with",
        "code": "SWAP_NOT_RUNNING",
        "detail": f"“{other.name}” is not running any more, so there is nothing to swap with. "
        "Nothing has been done.",
    }
    assert statuses(world, running, draft, other) == [RUNNING, DRAFT, DRAFT]


def test_a_swap_that_is_refused_says_so_as_a_start_would(world: World) -> None:
    project, running, _ = busy(world)
    ask = with_key(world, project)
    archived = world.experiment(project, ARCHIVED)
    body = {"pause": running.public_id}
    answer = ask("POST", path(archived, "swap"), body)
    assert code(answer) == (409, "EXPERIMENT_ARCHIVED_RESTART")
    answer = ask("POST", path(running, "swap"), body)
    assert code(answer) == (409, "INVALID_TRANSITION")
    assert statuses(world, running) == [RUNNING]


def test_the_swapped_one_is_of_the_same_project_or_not_found(world: World) -> None:
    project, running, draft = busy(world)
    _, theirs, _ = busy(world)
    for ask in (with_key(world, project), in_browser(world, project)):
        for pause in (theirs.public_id, UNKNOWN, "", "\0", str(running.test_id), "exp_'--"):
            answer = ask("POST", path(draft, "swap"), {"pause": pause})
            assert code(answer) == (404, "NOT_FOUND")
    assert statuses(world, running, theirs, draft) == [RUNNING, RUNNING, DRAFT]


@pytest.mark.parametrize(
    "more",
    [
        {"pause": 1},
        {"pause": None},
        {"pause": ["x"]},
        {"reason": "x" * 501},
        {"reason": ["Season"]},
        {"reason": 5},
        {"reason": "a\0b"},
    ],
)
def test_a_swap_whose_body_cannot_be_used_changes_nothing(
    world: World, more: dict[str, object]
) -> None:
    project, running, draft = busy(world)
    body = {"pause": running.public_id, **more}
    answer = with_key(world, project)("POST", path(draft, "swap"), body)
    assert code(answer) == (422, "VALIDATION")
    assert statuses(world, running, draft) == [RUNNING, DRAFT]


@pytest.mark.parametrize("caller", CALLERS)
def test_queued_it_says_at_which_position(world: World, caller: str) -> None:
    project, _, draft = busy(world)
    world.queued(project, 1)
    ask = CALLERS[caller](world, project)
    answer = ask("PUT", path(draft, "queue"), {})
    assert waits(answer, draft) == (2, 2)
    answer = ask("PATCH", path(draft, "queue"), {"position": 1})
    assert waits(answer, draft) == (1, 2)
    answer = ask("DELETE", path(draft, "queue"), {})
    assert document(answer) == {"id": draft.public_id, "status": "draft", "position": None}
    assert code(ask("DELETE", path(draft, "queue"), {})) == (404, "NOT_FOUND")


def test_with_a_free_slot_it_runs_at_once(world: World) -> None:
    project = world.project(limit=1)
    draft = world.experiment(project)
    answer = with_key(world, project)("PUT", path(draft, "queue"), {})
    (start,) = world.execute("SELECT id FROM history WHERE to_status = 'running'")
    assert answer.headers["History-Entry"] == str(start.id)
    assert document(answer) == {
        "id": draft.public_id,
        "status": "running",
        "position": None,
        "length": None,
        "expires_at": None,
    }


@pytest.mark.parametrize(
    ("status", "refused"),
    [(RUNNING, "INVALID_TRANSITION"), (ARCHIVED, "EXPERIMENT_ARCHIVED_RESTART")],
)
def test_what_no_slot_would_start_is_not_queued(world: World, status: Status, refused: str) -> None:
    project = world.project()
    experiment = world.experiment(project, status)
    answer = with_key(world, project)("PUT", path(experiment, "queue"), {})
    assert code(answer) == (409, refused)


@pytest.mark.parametrize("position", [1.0, 1.5, "1", True, None, [1], {}, "first"], ids=repr)
def test_a_position_is_a_whole_number(world: World, position: object) -> None:
    project, *_ = busy(world)
    first, second = world.queued(project, 2)
    ask = with_key(world, project)
    answer = ask("PATCH", path(second, "queue"), {"position": position})
    assert code(answer) == (422, "VALIDATION")
    assert world.line(project) == [first.test_id, second.test_id]


@on_both_databases
@pytest.mark.parametrize(
    ("position", "reached"), [(10**300, 2), (-(10**300), 1), (2**63, 2), (0, 1)]
)
def test_a_position_beyond_the_ends_is_the_end(world: World, position: int, reached: int) -> None:
    project, *_ = busy(world)
    first, _ = world.queued(project, 2)
    answer = with_key(world, project)("PATCH", path(first, "queue"), {"position": position})
    assert document(answer)["position"] == reached


@on_both_databases
def test_the_queue_is_listed_in_order_without_those_of_others(world: World) -> None:
    project, *_ = busy(world)
    other, *_ = busy(world)
    second, first = world.queued(project, 2)
    world.queued(other, 1)
    with_key(world, project)("PATCH", path(first, "queue"), {"position": 1})
    viewer = world.browser(world.member(project, Role.VIEWER))
    queue = document(viewer.get("/api/admin/queue", X_Project_Id=project.key))["queue"]
    assert [(each["id"], each["name"], each["position"]) for each in queue] == [
        (first.public_id, first.name, 1),
        (second.public_id, second.name, 2),
    ]
    queued_at, expires_at = (
        datetime.fromisoformat(queue[0][each]) for each in ("queued_at", "expires_at")
    )
    assert expires_at - queued_at > timedelta(days=29)


@pytest.mark.parametrize("caller", CALLERS)
def test_a_schedule_is_put_and_shown_with_its_forecast(world: World, caller: str) -> None:
    project, _, draft = busy(world)
    ask = CALLERS[caller](world, project)
    year = now().year + 1
    body = {"start_at": f"{year}-05-01T09:00:00+02:00", "stop_at": f"{year}-05-02T07:00:00Z"}
    expected = {
        "id": draft.public_id,
        "start_at": f"{year}-05-01T07:00:00.000Z",
        "stop_at": f"{year}-05-02T07:00:00.000Z",
        **NO_RISE,
        "forecast": {
            "starting": 1,
            "free": 0,
            "waiting": 0,
            "finds_a_slot": False,
            "is_held": False,
        },
    }
    assert document(ask("PUT", path(draft, "schedule"), body)) == expected
    client = world.app.test_client(use_cookies=False)
    headers = {"X-SDK-Key": world.key(project)}
    assert document(client.get(path(draft, "schedule"), headers=headers)) == expected
    taken_back = {"id": draft.public_id, "start_at": None, "stop_at": None, "forecast": None}
    taken_back |= NO_RISE
    assert document(ask("PUT", path(draft, "schedule"), {})) == expected
    nothing = {"start_at": None, "stop_at": None}
    assert document(ask("PUT", path(draft, "schedule"), nothing)) == taken_back


def test_a_stop_that_is_set_alone_leaves_the_start_that_was_set(world: World) -> None:
    project = world.project()
    draft, ask = world.experiment(project), with_key(world, project)
    start, stop = now() + timedelta(days=1), now() + timedelta(days=2)
    world.schedule(draft, start)
    document(ask("PUT", path(draft, "schedule"), {"stop_at": stop.isoformat()}))
    assert world.planned(draft) == Schedule(start, stop)
    document(ask("PUT", path(draft, "schedule"), {"start_at": None}))
    assert world.planned(draft) == Schedule(None, stop)


@pytest.mark.parametrize(
    "moment",
    [
        "tomorrow",
        "",
        True,
        ["2031-05-01T09:00:00Z"],
        {},
        "2031-13-01T09:00:00Z",
        "2031-05-01T09:00:00+99:00",
        "99999-01-01T00:00:00Z",
        "2020-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2031-05-01T09:00:00Z\0",
    ],
)
@pytest.mark.parametrize("field", ["start_at", "stop_at"])
def test_a_moment_that_is_none_or_out_of_reach_is_a_mistake(
    world: World, field: str, moment: object
) -> None:
    project, _, draft = busy(world)
    answer = with_key(world, project)("PUT", path(draft, "schedule"), {field: moment})
    assert code(answer) == (422, "VALIDATION")
    assert world.execute("SELECT * FROM scheduled_change") == []


@pytest.mark.parametrize("field", ["start_at", "stop_at"])
def test_a_moment_is_written_out_with_its_zone_and_is_no_number(world: World, field: str) -> None:
    project, _, draft = busy(world)
    ask, moment = with_key(world, project), now() + timedelta(days=1)
    naive, number = moment.replace(tzinfo=None).isoformat(), moment.timestamp()
    for wrong in (naive, moment.date().isoformat(), number, int(number), str(int(number))):
        assert code(ask("PUT", path(draft, "schedule"), {field: wrong})) == (422, "VALIDATION")
    assert world.execute("SELECT * FROM scheduled_change") == []


def test_what_cannot_be_scheduled_is_refused(world: World) -> None:
    project, running, _ = busy(world)
    ask = with_key(world, project)
    tomorrow = {"start_at": (now() + timedelta(days=1)).isoformat()}
    answer = ask("PUT", path(running, "schedule"), tomorrow)
    assert code(answer) == (409, "INVALID_TRANSITION")
    archived = world.experiment(project, ARCHIVED)
    answer = ask("PUT", path(archived, "schedule"), tomorrow)
    assert code(answer) == (409, "EXPERIMENT_ARCHIVED_RESTART")


def test_a_person_asks_for_a_slot_and_a_key_may_not(world: World) -> None:
    project, _, draft = busy(world)
    browser = in_browser(world, project)
    for _ in range(2):
        answer = browser("POST", path(draft, "slot-request"), {})
        assert waits(answer, draft) == (1, 1)
    answer = with_key(world, project)("POST", path(draft, "slot-request"), {})
    assert code(answer) == (403, "FORBIDDEN")
    assert world.execute("SELECT count(*) FROM slot_request") == [(1,)]


def stranger(world: World, _project: Project) -> Ask:
    return with_key(world, world.project())


def member_of_another(world: World, _project: Project) -> Ask:
    return in_browser(world, world.project())


@pytest.mark.parametrize("who", [stranger, member_of_another])
@pytest.mark.parametrize(("method", "end", "body"), CALLS)
def test_what_is_another_projects_is_not_found(
    world: World,
    who: Callable[[World, Project], Ask],
    method: str,
    end: str,
    body: object,
) -> None:
    project, _, draft = busy(world)
    world.queue(draft)
    assert code(who(world, project)(method, path(draft, end), body)) == (404, "NOT_FOUND")
    assert world.line(project) == [draft.test_id]


@pytest.mark.parametrize(("method", "end", "body"), CALLS)
def test_a_viewer_looks_and_changes_nothing(
    world: World, method: str, end: str, body: object
) -> None:
    project, _, draft = busy(world)
    world.queue(draft)
    viewer = world.browser(world.member(project, Role.VIEWER))
    answer = viewer.call(method, path(draft, end), body)
    assert answer.status_code == (200 if method == "GET" else 403)
    assert world.line(project) == [draft.test_id]
    assert world.execute("SELECT count(*) FROM slot_request") == [(0,)]


@pytest.mark.parametrize(("method", "end", "body"), [each for each in CALLS if each[0] != "GET"])
def test_a_browser_without_its_token_changes_nothing(
    world: World, method: str, end: str, body: object
) -> None:
    project, _, draft = busy(world)
    world.queue(draft)
    browser = world.browser(world.member(project))
    browser.csrf_token = ""
    assert browser.call(method, path(draft, end), body).status_code == 400
    assert world.line(project) == [draft.test_id]
