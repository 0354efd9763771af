"""A limited key: which operation takes which scope, and that a key without it changes nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from app.accounts import api_keys
from app.models import Experiment, KeyType, Project, Scope, Status, now
from tests import permissions
from tests.conftest import on_both_databases
from tests.world import COMMAND_LINE, World

ADMIN, ONE = "/api/admin", "/api/admin/experiments/<public_id>"
V2 = "/v2/project/<project_key>"
READ, WRITE, START, PAUSE, KEYS = Scope
TO_PAUSE = {READ, PAUSE}
BY_STATUS = {START, PAUSE, WRITE}
# What each operation takes: one of these, and of those that change a status the one that fits.
TAKES: Mapping[str, set[Scope]] = {
    f"PATCH {V2}/experiment/<test_id>/status": BY_STATUS,
    f"GET {V2}/experiment/<test_id>/result": {READ},
    f"GET {V2}/experiments": TO_PAUSE,
    f"GET {V2}/experiment/<test_id>/preview-urls": {READ},
    f"POST {V2}/create-experiment": {WRITE},
    f"GET {V2}/experiment/<test_id>": TO_PAUSE,
    f"PATCH {V2}/experiment/<test_id>": {WRITE},
    f"DELETE {V2}/experiment/<test_id>": {WRITE},
    f"POST {V2}/experiment/<test_id>/serve-winner": {START},
    f"POST {V2}/experiment/<test_id>/stop-serving": {PAUSE},
    f"GET {V2}/goals": {READ},
    f"POST {V2}/goal": {WRITE},
    f"GET {V2}/goal/<goal_profile_id>": {READ},
    f"PATCH {V2}/goal/<goal_profile_id>": {WRITE},
    f"DELETE {V2}/goal/<goal_profile_id>": {WRITE},
    f"GET {ADMIN}/experiments": TO_PAUSE,
    f"POST {ADMIN}/experiments": {WRITE},
    f"POST {ADMIN}/experiments/bulk": BY_STATUS,
    f"POST {ADMIN}/experiments/stop-all": {PAUSE},
    f"POST {ADMIN}/experiments/stop-all/undo": {START},
    f"GET {ONE}": TO_PAUSE,
    f"PATCH {ONE}": {WRITE},
    f"DELETE {ONE}": {WRITE},
    f"POST {ONE}/status": BY_STATUS,
    f"POST {ONE}/actions/<action>": BY_STATUS,
    f"POST {ONE}/traffic": {START},
    f"GET {ONE}/preview-urls": {READ},
    f"DELETE {ONE}/preview-urls": {WRITE},
    f"GET {ONE}/always-shown": {READ},
    f"PUT {ONE}/always-shown": {WRITE},
    f"GET {ONE}/reach": {READ},
    f"GET {ONE}/results": {READ},
    f"GET {ADMIN}/learnings": {READ},
    f"GET {ONE}/launch-check": {READ},
    f"POST {ONE}/clone": {WRITE},
    f"POST {ONE}/notes": {WRITE},
    f"POST {ONE}/exclusions": {WRITE},
    f"DELETE {ONE}/exclusions/<exclusion_id>": {WRITE},
    f"POST {ONE}/swap": {START},
    f"PUT {ONE}/queue": {START},
    f"PATCH {ONE}/queue": {START},
    f"DELETE {ONE}/queue": {PAUSE},
    f"POST {ONE}/slot-request": {START},
    f"GET {ONE}/schedule": TO_PAUSE,
    f"PUT {ONE}/schedule": {START, PAUSE},
    f"GET {ADMIN}/queue": TO_PAUSE,
    f"GET {ADMIN}/queue/hold": TO_PAUSE,
    f"PUT {ADMIN}/queue/hold": {PAUSE},
    f"DELETE {ADMIN}/queue/hold": {START},
    f"GET {ADMIN}/history": {READ},
    f"GET {ADMIN}/audit": {READ},
    f"GET {ADMIN}/goals": {READ},
    f"POST {ADMIN}/goals": {WRITE},
    f"GET {ADMIN}/goals/<goal_key>": {READ},
    f"PATCH {ADMIN}/goals/<goal_key>": {WRITE},
    f"DELETE {ADMIN}/goals/<goal_key>": {WRITE},
    f"GET {ADMIN}/audiences": {READ},
    f"POST {ADMIN}/audiences": {WRITE},
    f"GET {ADMIN}/audiences/<audience_key>": {READ},
    f"GET {ADMIN}/audiences/<audience_key>/reach": {READ},
    f"PATCH {ADMIN}/audiences/<audience_key>": {WRITE},
    f"DELETE {ADMIN}/audiences/<audience_key>": {WRITE},
    f"GET {ADMIN}/projects/current": {READ},
    f"PATCH {ADMIN}/projects/current": {WRITE},
    f"GET {ADMIN}/sites": {READ},
    f"PUT {ADMIN}/sites": {KEYS},
    f"GET {ADMIN}/members": {READ},
    # Who may make an owner may do everything.
    f"PUT {ADMIN}/members": set(),
    f"DELETE {ADMIN}/members/<member_email>": set(),
    f"GET {ADMIN}/webhooks": {READ},
    f"POST {ADMIN}/webhooks": set(),
    f"GET {ADMIN}/webhooks/<webhook_id>": {READ},
    f"PATCH {ADMIN}/webhooks/<webhook_id>": set(),
    f"DELETE {ADMIN}/webhooks/<webhook_id>": set(),
    f"POST {ADMIN}/webhooks/<webhook_id>/rotate": set(),
    f"POST {ADMIN}/webhooks/<webhook_id>/test": set(),
    f"GET {ADMIN}/webhooks/<webhook_id>/deliveries": {READ},
    f"POST {ADMIN}/webhooks/<webhook_id>/deliveries/<delivery_id>/redeliver": set(),
    f"GET {ADMIN}/keys": {KEYS},
    f"POST {ADMIN}/keys": {KEYS},
    f"POST {ADMIN}/keys/<key_id>/revoke": {KEYS},
    f"POST {ADMIN}/keys/<key_id>/rotate": {KEYS},
}


@dataclass
class Desk:
    """A full project: one experiment is live, one paused, one a draft, one waits in the queue."""

    world: World
    project: Project
    live: Experiment
    paused: Experiment
    draft: Experiment
    waiting: Experiment

    @classmethod
    def of(cls, world: World) -> "Desk":
        project = world.project(limit=1)
        paused, live = (
            world.experiment(project, each) for each in (Status.STOPPED, Status.RUNNING)
        )
        draft, waiting = world.experiment(project), world.experiment(project)
        world.queue(waiting)
        return cls(world, project, live, paused, draft, waiting)

    def key(self, *scopes: Scope) -> "Key":
        """A key with these scopes."""
        with self.world.app.app_context():
            minted = api_keys.mint(
                self.project.id, KeyType.ADMIN, "limited", COMMAND_LINE, scopes=scopes
            )
        return Key(self, minted.token)

    def changed(self) -> list[object]:
        """All that a key could change."""
        return [
            sorted(map(repr, self.world.execute(f"SELECT * FROM {table}")))  # noqa: S608
            for table in TABLES
        ]

    def status(self, experiment: Experiment) -> Status:
        return self.world.reload(experiment).status


TABLES = (
    "experiment",
    "history",
    "project_entry",
    "queued_start",
    "scheduled_change",
    "queue_hold",
    "goal",
    "run",
    "answered_request",
)


@dataclass
class Key:
    """A key that asks."""

    desk: Desk
    token: str

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> TestResponse:
        path = path.replace("<project_key>", self.desk.project.key)
        client = self.desk.world.app.test_client(use_cookies=False)
        sent = {"Authorization": f"Bearer {self.token}", **headers}
        return client.open(path, method=method, json=body, headers=sent)

    def status(self, experiment: Experiment, status: str) -> TestResponse:
        return self.ask("POST", f"{one(experiment)}/status", {"status": status})

    def code(self, experiment: Experiment, code: int) -> TestResponse:
        path = f"{V2}/experiment/{experiment.test_id}/status"
        return self.ask("PATCH", path, {"status": code})


def one(experiment: Experiment) -> str:
    return f"{ADMIN}/experiments/{experiment.public_id}"


def detail(answer: TestResponse) -> str:
    assert isinstance(answer.json, dict)
    return answer.json.get("detail") or answer.json["error"]


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk.of(world)


def test_every_operation_for_keys_is_in_the_table() -> None:
    names = {
        route.name
        for route in permissions.routes()
        if route.rule.startswith(("/v2/", f"{ADMIN}/")) and not route.is_of_admins
    }
    assert set(TAKES) == names


def test_no_key_at_all_does_what_is_for_admins(desk: Desk) -> None:
    with desk.world.app.app_context():
        key = Key(desk, desk.world.key(desk.project))
    before = desk.world.execute("SELECT * FROM plan"), desk.world.execute("SELECT * FROM project")
    for name in (route.name for route in permissions.routes() if route.is_of_admins):
        method, path = name.replace("<code>", str(desk.project.plan_code)).split(" ")
        answer = key.ask(method, path, None if method == "GET" else {"name": "Other"})
        assert answer.status_code == 403, name
        assert detail(answer) == "This is for admins, who are signed in: a key opens one project."
    assert before == (
        desk.world.execute("SELECT * FROM plan"),
        desk.world.execute("SELECT * FROM project"),
    )


@pytest.mark.parametrize("scope", Scope)
def test_a_key_with_one_scope_is_refused_all_that_takes_another(desk: Desk, scope: Scope) -> None:
    key, before = desk.key(scope), desk.changed()
    filled = {
        "<public_id>": desk.draft.public_id,
        "<test_id>": str(desk.draft.test_id),
        "<action>": "start",
        "<goal_key>": "none",
        "<goal_profile_id>": "1",
        "<member_email>": "none@example.test",
        "<key_id>": "1",
        "<webhook_id>": "1",
        "<delivery_id>": "1",
        "<exclusion_id>": "1",
    }
    for name, scopes in TAKES.items():
        method, path = name.split(" ")
        for each, value in filled.items():
            path = path.replace(each, value)
        answer = key.ask(method, path, None if method == "GET" else {"nothing": "known"})
        assert (answer.status_code == 403) is (scope not in scopes), name
        if answer.status_code == 403:
            assert f"; this key has {scope}." in detail(answer)
    # What a key that may write sends to /v2 is done, with the unknown member named.
    assert (desk.changed() == before) is (scope is not WRITE)


def test_who_lacks_a_scope_is_told_which_in_the_shape_of_the_contract(desk: Desk) -> None:
    key = desk.key(PAUSE, READ)
    sentence = "This takes the scope start; this key has read, pause."
    by_name = key.status(desk.draft, "running")
    assert (by_name.status_code, by_name.json) == (
        403,
        {"error": "Forbidden", "code": "FORBIDDEN", "detail": sentence},
    )
    by_code = key.code(desk.draft, 1)
    assert (by_code.status_code, by_code.json) == (403, {"error": sentence})
    several = desk.key(KEYS).status(desk.draft, "running")
    assert detail(several) == (
        "This takes one of the scopes write, start, pause; this key has keys."
    )


Attack = Callable[[Desk, Key], TestResponse]


def tomorrow(days: int = 1) -> str:
    return (now() + timedelta(days=days)).isoformat()


def scheduled(**moments: str | int | None) -> Attack:
    return lambda desk, key: key.ask("PUT", f"{one(desk.draft)}/schedule", moments)


def bulk(**members: object) -> Attack:
    def attack(desk: Desk, key: Key) -> TestResponse:
        body = {"ids": [desk.draft.public_id, desk.live.public_id], **members}
        return key.ask("POST", f"{ADMIN}/experiments/bulk", body)

    return attack


def lift(_desk: Desk, key: Key) -> TestResponse:
    assert key.ask("PUT", f"{ADMIN}/queue/hold").status_code == 200
    return key.ask("DELETE", f"{ADMIN}/queue/hold")


def undo(_desk: Desk, key: Key) -> TestResponse:
    stopped = key.ask("POST", f"{ADMIN}/experiments/stop-all")
    return key.ask("POST", f"{ADMIN}/experiments/stop-all/undo", (stopped.json or {})["undo"])


def postpone_a_stop(desk: Desk, key: Key) -> TestResponse:
    desk.world.schedule(desk.live, stop_at=now() + timedelta(days=1))
    return key.ask("PUT", f"{one(desk.live)}/schedule", {"stop_at": tomorrow(2)})


def take_back_a_stop(desk: Desk, key: Key) -> TestResponse:
    desk.world.schedule(desk.live, stop_at=now() + timedelta(days=1))
    return key.ask("PUT", f"{one(desk.live)}/schedule", {"stop_at": None})


def move_a_start(desk: Desk, key: Key) -> TestResponse:
    desk.world.schedule(desk.draft, now() + timedelta(days=2))
    return key.ask("PUT", f"{one(desk.draft)}/schedule", {"start_at": tomorrow()})


def create(status: int) -> Attack:
    body = {"test_name": "New", "url": "", "status": status}
    return lambda _desk, key: key.ask("POST", f"{V2}/create-experiment", body)


def take(name: str, action: str) -> Attack:
    return lambda desk, key: key.ask("POST", f"{one(getattr(desk, name))}/actions/{action}")


def swap(desk: Desk, key: Key) -> TestResponse:
    return key.ask("POST", f"{one(desk.draft)}/swap", {"pause": desk.live.public_id})


GOES_LIVE: dict[str, Attack] = {
    "start by name": lambda desk, key: key.status(desk.draft, "running"),
    "start by code": lambda desk, key: key.code(desk.draft, 1),
    "resume by code": lambda desk, key: key.code(desk.paused, 1),
    "what is live already": lambda desk, key: key.code(desk.live, 1),
    "start by action": take("draft", "start"),
    "resume by action": take("paused", "resume"),
    "created as live": create(1),
    "created as a draft": create(9),
    "change of many": bulk(status="running"),
    "all or nothing": bulk(status="running", mode="all_or_nothing"),
    "dry run of many": bulk(status="running", dry_run=True),
    "swap": swap,
    "queue": lambda desk, key: key.ask("PUT", f"{one(desk.draft)}/queue"),
    "be next in the queue": lambda desk, key: key.ask(
        "PATCH", f"{one(desk.waiting)}/queue", {"position": 1}
    ),
    "ask for a slot": lambda desk, key: key.ask("POST", f"{one(desk.draft)}/slot-request"),
    "schedule a start": scheduled(start_at=tomorrow()),
    "schedule both": scheduled(start_at=tomorrow(), stop_at=tomorrow(2)),
    "move a start": move_a_start,
    "postpone a stop": postpone_a_stop,
    "take back a stop": take_back_a_stop,
    "raise traffic": lambda desk, key: key.ask(
        "POST", f"{one(desk.live)}/traffic", {"traffic_allocation": 100}
    ),
    "schedule a rise": scheduled(raise_at=tomorrow(), raise_to=100),
    "lift the hold": lift,
    "undo Stop everything": undo,
    "mint a key that may": lambda _desk, key: key.ask("POST", f"{ADMIN}/keys", {"type": "admin"}),
}


@on_both_databases
@pytest.mark.parametrize("attack", GOES_LIVE)
def test_a_key_that_may_pause_makes_nothing_go_live_by_any_door(desk: Desk, attack: str) -> None:
    key = desk.key(PAUSE)
    answer = GOES_LIVE[attack](desk, key)
    assert answer.status_code == 403, answer.json
    assert "; this key has pause." in detail(answer)
    for each in (desk.draft, desk.paused, desk.waiting):
        assert desk.status(each) is not Status.RUNNING
    starts = "SELECT at FROM scheduled_change WHERE target = 'running'"
    assert len(desk.world.execute(starts)) == (attack == "move a start")
    assert desk.world.line(desk.project) == [desk.waiting.test_id]
    assert desk.world.execute("SELECT count(*) FROM experiment") == [(4,)]


def test_that_a_start_takes_a_scope_is_said_before_what_else_is_in_its_way(desk: Desk) -> None:
    answer = desk.key(PAUSE).ask("PUT", f"{one(desk.live)}/schedule", {"start_at": tomorrow()})
    assert answer.status_code == 403
    assert "; this key has pause." in detail(answer)


@pytest.mark.parametrize("attack", ["swap", "created as live"])
def test_what_takes_two_scopes_takes_both(desk: Desk, attack: str) -> None:
    key = desk.key(START)
    before = desk.changed()
    assert GOES_LIVE[attack](desk, key).status_code == 403
    assert desk.changed() == before
    desk.world.set_limit(desk.project, 5)
    assert GOES_LIVE[attack](desk, desk.key(START, PAUSE, WRITE)).status_code == 200


KEEPS_FROM_LIVE: dict[str, Attack] = {
    "pause by name": lambda desk, key: key.status(desk.live, "stopped"),
    "pause by code": lambda desk, key: key.code(desk.live, 0),
    "what is paused already": lambda desk, key: key.code(desk.paused, 0),
    "pause by action": take("live", "pause"),
    "stop everything": lambda _desk, key: key.ask("POST", f"{ADMIN}/experiments/stop-all"),
    "hold": lambda _desk, key: key.ask("PUT", f"{ADMIN}/queue/hold", {"reason": "Fire"}),
    "leave the queue": lambda desk, key: key.ask("DELETE", f"{one(desk.waiting)}/queue"),
    "schedule a stop": scheduled(stop_at=tomorrow()),
    "list": lambda _desk, key: key.ask("GET", f"{ADMIN}/experiments"),
    "list by code": lambda _desk, key: key.ask("GET", f"{V2}/experiments"),
    "show": lambda desk, key: key.ask("GET", one(desk.live)),
    "show the queue": lambda _desk, key: key.ask("GET", f"{ADMIN}/queue"),
    "show the hold": lambda _desk, key: key.ask("GET", f"{ADMIN}/queue/hold"),
}


@pytest.mark.parametrize("what", KEEPS_FROM_LIVE)
def test_a_key_that_may_pause_does_all_that_an_emergency_takes(desk: Desk, what: str) -> None:
    assert KEEPS_FROM_LIVE[what](desk, desk.key(PAUSE)).status_code == 200


def test_it_brings_a_stop_forward_and_takes_a_start_back(desk: Desk) -> None:
    key, later = desk.key(PAUSE), now() + timedelta(days=3)
    desk.world.schedule(desk.draft, later, later + timedelta(days=1))
    path = f"{one(desk.draft)}/schedule"
    answer = key.ask("PUT", path, {"start_at": None, "stop_at": tomorrow()})
    assert answer.status_code == 200
    assert desk.world.planned(desk.draft).start_at is None


def test_it_takes_what_waits_out_of_the_queue_by_code(desk: Desk) -> None:
    assert desk.key(PAUSE).code(desk.waiting, 0).status_code == 200
    assert desk.world.line(desk.project) == []


@pytest.mark.parametrize("what", ["pause by code", "stop everything", "hold", "leave the queue"])
@pytest.mark.parametrize("scope", [READ, WRITE, START, KEYS])
def test_a_key_of_another_scope_pauses_nothing(desk: Desk, scope: Scope, what: str) -> None:
    before = desk.changed()
    assert KEEPS_FROM_LIVE[what](desk, desk.key(scope)).status_code == 403
    assert desk.changed() == before


@pytest.mark.parametrize(
    ("name", "status", "scope"),
    [
        ("draft", "archived", WRITE),
        ("paused", "archived", WRITE),
        ("live", "stopped", PAUSE),
        ("draft", "running", START),
    ],
)
def test_each_status_takes_its_own_scope(desk: Desk, name: str, status: str, scope: Scope) -> None:
    desk.world.set_limit(desk.project, 5)
    experiment: Experiment = getattr(desk, name)
    before = desk.status(experiment)
    for other in set(Scope) - {scope}:
        assert desk.key(other).status(experiment, status).status_code == 403
    assert desk.status(experiment) is before
    assert desk.key(scope).status(experiment, status).status_code == 200
    assert desk.status(experiment) is Status(status)


def test_a_limited_key_makes_nobody_a_member_who_could_do_more(desk: Desk) -> None:
    key = desk.key(*Scope)
    body = {"email": desk.world.user(), "role": "owner"}
    answer = key.ask("PUT", f"{ADMIN}/members", body)
    assert (answer.status_code, detail(answer)) == (
        403,
        "This takes a key that is not limited; this key has read, write, start, pause, keys.",
    )
    unlimited = Key(desk, desk.world.key(desk.project))
    assert unlimited.ask("PUT", f"{ADMIN}/members", body).status_code == 200


def test_a_dry_run_takes_the_scope_of_the_change(desk: Desk) -> None:
    answer = desk.key(PAUSE).ask("POST", f"{one(desk.draft)}/actions/start?dry_run=true")
    assert answer.status_code == 403


def test_an_answer_that_is_kept_is_not_given_to_a_key_without_the_scope(desk: Desk) -> None:
    path, body = f"{one(desk.live)}/status", {"status": "stopped"}
    sent = {"Idempotency-Key": "once"}
    assert desk.key(PAUSE).ask("POST", path, body, **sent).status_code == 200
    assert desk.key(READ).ask("POST", path, body, **sent).status_code == 403


def test_a_limited_key_is_offered_what_it_may_take(desk: Desk) -> None:
    def offered(*scopes: Scope) -> list[str]:
        answer = desk.key(*scopes).ask("GET", one(desk.paused))
        assert answer.json
        return [each["action"] for each in answer.json["allowed_actions"]]

    assert offered(READ) == []
    assert offered(PAUSE) == []
    assert offered(READ, START) == ["resume"]
    assert offered(READ, WRITE) == ["redraft", "archive"]


def test_a_key_without_scopes_may_do_everything(desk: Desk) -> None:
    key = Key(desk, desk.world.key(desk.project))
    assert key.status(desk.live, "stopped").status_code == 200
    assert key.ask("POST", f"{ADMIN}/keys", {"type": "admin"}).status_code == 201
