"""Traffic that rises, for programs: at once, by schedule, and nowhere else."""

from datetime import timedelta
from typing import Any

import pytest

from app.api.moments import written
from app.models import AnnouncementKind, Status, now
from tests.api.asking import with_key
from tests.conftest import on_both_databases
from tests.world import World

API = "/api/admin/experiments"
NOON = (now() + timedelta(days=1)).replace(microsecond=0)


@on_both_databases
def test_it_is_raised_once_and_told_with_its_entry(world: World) -> None:
    project = world.project()
    live, call = world.partly_live(project), world.browser(world.member(project)).call
    path = f"{API}/{live.public_id}"
    seen = call("GET", path, None).headers["ETag"]
    body = {"traffic_allocation": 50, "reason": "All is well."}
    answer = call("POST", f"{path}/traffic", body, If_Match=seen)
    assert answer.json == {
        "id": live.public_id,
        "status": "running",
        "previous_traffic_allocation": 5,
        "traffic_allocation": 50,
    }
    entry = world.entries(live)[-1]
    assert (answer.headers["History-Entry"], entry.reason) == (str(entry.id), "All is well.")
    again: Any = call("POST", f"{path}/traffic", {"traffic_allocation": 60}, If_Match=seen)
    assert (again.status_code, again.json["code"]) == (412, "EXPERIMENT_CHANGED")


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (5, 409, "TRAFFIC_NOT_HIGHER"),
        (0, 409, "TRAFFIC_NOT_HIGHER"),
        (100.01, 422, "VALIDATION"),
        (33.333, 422, "VALIDATION"),
        ("50", 422, "VALIDATION"),
        (None, 422, "VALIDATION"),
    ],
)
def test_what_is_no_rise_is_refused(world: World, sent: object, status: int, code: str) -> None:
    project = world.project()
    live = world.partly_live(project)
    path = f"{API}/{live.public_id}/traffic"
    answer: Any = with_key(world, project)("POST", path, {"traffic_allocation": sent})
    assert (answer.status_code, answer.json["code"]) == (status, code)


def test_the_design_of_what_is_live_stays_fixed_at_the_other_doors(world: World) -> None:
    project = world.project()
    live, ask = world.partly_live(project), with_key(world, project)
    by_name = ask("PATCH", f"{API}/{live.public_id}", {"traffic_allocation": 50})
    by_integer = ask(
        "PATCH",
        f"/v2/project/{project.key}/experiment/{live.test_id}",
        {"configuration": {"traffic_allocation": 50}},
    )
    assert (by_name.status_code, by_integer.status_code) == (409, 400)
    assert world.execute("SELECT * FROM traffic_rise") == []


def test_a_rise_is_set_shown_and_taken_back_beside_start_and_stop(world: World) -> None:
    project = world.project()
    live, ask = world.partly_live(project), with_key(world, project)
    path = f"{API}/{live.public_id}"
    rise = {"raise_at": written(NOON), "raise_to": 50}
    put: Any = ask("PUT", f"{path}/schedule", rise).json
    shown: Any = ask("GET", path, None).json
    assert rise.items() <= put.items()
    assert rise.items() <= shown["schedule"].items()
    lower: Any = ask("PUT", f"{path}/schedule", {"raise_to": 4}).json
    assert lower["code"] == "TRAFFIC_NOT_HIGHER"
    taken_back: Any = ask("PUT", f"{path}/schedule", {"raise_at": None}).json
    assert (taken_back["raise_at"], taken_back["raise_to"]) == (None, None)


def test_who_listens_is_told(world: World) -> None:
    project = world.project()
    live = world.partly_live(project)
    webhook = {"url": "https://hooks.example/", "kinds": ["experiment_changed"]}
    ask = with_key(world, project)
    assert ask("POST", "/api/admin/webhooks", webhook).status_code == 201
    world.raise_traffic(live, 5_000)
    (told,) = world.execute("SELECT kind, data FROM outbox_entry")
    assert told.kind == AnnouncementKind.EXPERIMENT_CHANGED
    assert '"traffic_raised"' in told.data
    assert world.reload(live).status is Status.RUNNING
