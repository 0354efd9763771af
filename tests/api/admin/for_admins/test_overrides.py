"""Another limit for one project, by admins who are signed in."""

from datetime import timedelta

from app.models import Role, Status, now
from tests.world import World

TOMORROW = (now() + timedelta(days=1)).isoformat()
BODY = {"experiments_running": 1, "until": TOMORROW, "reason": "A fair"}


def test_an_admin_tries_gives_reads_and_takes_back_another_limit(world: World) -> None:
    project, admin = world.project(limit=0), world.browser(world.user(admin=True))
    (waiting,) = world.queued(project, 1)
    path = f"/api/admin/projects/{project.key}/override"
    started = [{"test_id": waiting.test_id, "name": waiting.name, "project": project.key}]

    tried = admin.call("PUT", f"{path}?dry_run=true", BODY).get_json()
    assert tried["started"] == started
    assert world.reload(waiting).status is Status.DRAFT

    given = admin.call("PUT", path, BODY).get_json()
    assert given["started"] == started
    assert world.reload(waiting).status is Status.RUNNING
    slots = admin.get(path).get_json()["slots"]
    assert (slots["limit"], slots["override"]["reason"]) == (1, "A fair")
    assert slots["override"]["limit_after"] == 0

    taken = admin.call("DELETE", path, {}).get_json()
    assert (taken["slots"]["limit"], taken["slots"]["override"]) == (0, None)


def test_a_limit_that_is_another_by_now_is_neither_changed_nor_taken_back(world: World) -> None:
    project, admin = world.project(limit=0), world.browser(world.user(admin=True))
    path = f"/api/admin/projects/{project.key}/override"
    without = admin.get(path).headers["ETag"]
    given = admin.call("PUT", path, BODY, If_Match=without)
    assert given.status_code == 200
    assert admin.get(path).headers["ETag"] == given.headers["ETag"] != without
    for method, body in (("PUT", BODY | {"experiments_running": 9}), ("DELETE", {})):
        late = admin.call(method, path, body, If_Match=without)
        assert (late.status_code, late.get_json()["code"]) == (412, "CHANGED")
    assert admin.get(path).get_json()["slots"]["limit"] == 1
    taken = admin.call("DELETE", path, {}, If_Match=given.headers["ETag"])
    assert (taken.status_code, taken.headers["ETag"]) == (200, without)


def test_its_end_is_bound_to_what_a_dry_run_has_told_of_it(world: World) -> None:
    project, admin = world.project(limit=1), world.browser(world.user(admin=True))
    path = f"/api/admin/projects/{project.key}/override"
    admin.call("PUT", path, BODY | {"experiments_running": 0})
    world.queued(project, 1)
    tried = admin.call("DELETE", f"{path}?dry_run=true", {}).get_json()
    assert len(tried["started"]) == 1
    refused = admin.call("DELETE", path, {"agreed": ""})
    assert (refused.status_code, refused.get_json()["code"]) == (409, "CONFLICT")
    done = admin.call("DELETE", path, {"agreed": tried["agreement"]}).get_json()
    assert done["slots"]["override"] is None


def test_a_refusal_says_until_when_the_limit_is_what_it_is(world: World) -> None:
    project, admin = world.project(limit=5), world.browser(world.user(admin=True))
    path = f"/api/admin/projects/{project.key}/override"
    admin.call("PUT", path, BODY | {"experiments_running": 0})
    draft = world.experiment(project)
    browser = world.browser(world.member(project, Role.MARKETER))
    address = f"/api/admin/experiments/{draft.public_id}/status"
    refusal = browser.call("POST", address, {"status": "running"}).get_json()["refusal"]
    assert (refusal["limit"], refusal["limit_after"]) == (0, 5)
    assert refusal["limit_until"][:10] == TOMORROW[:10]


def test_what_cannot_be_is_told_by_its_member(world: World) -> None:
    project, admin = world.project(), world.browser(world.user(admin=True))
    path = f"/api/admin/projects/{project.key}/override"
    for wrong in ({"experiments_running": -1}, {"until": "2026-01-01T00:00:00Z"}, {"reason": " "}):
        answer = admin.call("PUT", path, BODY | wrong)
        assert (answer.status_code, answer.get_json()["code"]) == (422, "VALIDATION")
