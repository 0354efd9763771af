"""Random walks through everything that changes statuses, against the rules written a second time.

After each step the database holds what the rules say: statuses, queue, slots and history. Each run
takes new walks; `WALKS=<number> make test` takes those again that a failure has named.
"""

import os
import secrets
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as walk
from sqlalchemy import Connection, text
from werkzeug.test import TestResponse

from app import jobs
from app.accounts import api_keys
from app.lifecycle import StartsChoice
from app.models import Experiment, Role, now
from app.tenancy import moves
from tests import audit
from tests.api.asking import integers_path, names_path, with_key
from tests.rules import ARCHIVED, DRAFT, INTEGERS, NAMES, RUNNING, STOPPED, Rules, Waiting
from tests.world import COMMAND_LINE, World

pytestmark = pytest.mark.long

CODES = {RUNNING: 1, STOPPED: 0, DRAFT: 9}
AT_FIRST = 7
AT_MOST = 8
MEMBER = "member"
HOLD = "/api/admin/queue/hold"
SHIPPED = (
    "SELECT test_id FROM experiment WHERE project_id = :id AND shipped_at = changed_at"
    " AND status = 'stopped'"
)
# What a queue changes is what the walks are there for.
LEAST_WITH_A_QUEUE = 0.3

experiments = some.integers(0, AT_MOST - 1)
callers = some.sampled_from(["member", "key", "key"])
limits = some.sampled_from([1, 1, 1, 1, 2, 2, 0, 3, None])
ends = some.sampled_from([StartsChoice.KEEP, StartsChoice.KEEP, StartsChoice.DROP])
seldom = some.sampled_from([False, False, False, True])
first_limits = some.sampled_from([1, 1, 2, 2, 3])
statuses = some.sampled_from([RUNNING, RUNNING, STOPPED, STOPPED, DRAFT, ARCHIVED])
hours = some.none() | some.integers(1, 6)


class Walk(RuleBasedStateMachine):
    """One project, a member and a key in it, and a clock that runs ahead of the real one."""

    def __init__(self, world: World, outside: Connection, calls: "Counter[bool]") -> None:
        super().__init__()
        self.world, self.outside, self.calls = world, outside, calls

    @initialize(limit=first_limits)
    def begin(self, limit: int) -> None:
        """Begin full, with a queue."""
        self.project = self.world.project(limit)
        self.expected = Rules(limit)
        self.experiments: list[Experiment] = []
        for _ in range(AT_FIRST):
            self.create()
        self.email = self.world.member(self.project)
        self.browser = self.world.browser(self.email)
        self.noon, self.clock, self.keys = now(), 0, 0
        self.key = with_key(self.world, self.project)
        for number in range(limit + 3):
            self.join_queue(number, "member" if number % 2 else "key")

    @rule()
    def create(self) -> None:
        if len(self.experiments) < AT_MOST:
            self.experiments.append(self.world.experiment(self.project))
            self.expected.statuses.append(DRAFT)

    @rule(which=experiments, status=statuses, who=callers)
    def ask_by_integer(self, which: int, status: str, who: str) -> None:
        if status in CODES:
            path = integers_path(self.project, self.one(which))
            answer = self.call(who, "PATCH", path, {"status": CODES[status]})
            self.check(answer, who, partial(self.expected.ask, self.nth(which), status, INTEGERS))

    @rule(which=experiments, status=statuses, who=callers)
    def ask_by_name(self, which: int, status: str, who: str) -> None:
        answer = self.call(who, "POST", names_path(self.one(which)), {"status": status})
        self.check(answer, who, partial(self.expected.ask, self.nth(which), status, NAMES))

    @rule(which=experiments, who=callers)
    def ship(self, which: int, who: str) -> None:
        answer = self.call(who, "POST", self.path(which, "actions/ship"), {"variant": "treatment"})
        self.check(answer, who, partial(self.expected.ship, self.nth(which)))

    @rule(which=experiments, who=callers)
    def stop_serving(self, which: int, who: str) -> None:
        answer = self.call(who, "POST", self.path(which, "actions/stop-serving"), {})
        self.check(answer, who, partial(self.expected.stop_serving, self.nth(which)))

    @rule(which=experiments, holder=experiments, who=callers)
    def swap(self, which: int, holder: int, who: str) -> None:
        body = {"pause": self.one(holder).public_id}
        answer = self.call(who, "POST", self.path(which, "swap"), body)
        self.check(answer, who, partial(self.expected.swap, self.nth(which), self.nth(holder)))

    @rule(which=experiments, who=callers)
    def join_queue(self, which: int, who: str) -> None:
        answer = self.call(who, "PUT", self.path(which, "queue"), {})
        asked = partial(self.expected.join, self.nth(which), self.name(who))
        self.check(answer, who, asked)

    @rule(first=experiments, who=callers)
    def queue_several(self, first: int, who: str) -> None:
        for which in range(first, first + 3):
            self.join_queue(which, who)

    @rule(which=experiments, who=callers)
    def leave_queue(self, which: int, who: str) -> None:
        answer = self.call(who, "DELETE", self.path(which, "queue"), {})
        self.check(answer, who, partial(self.expected.leave, self.nth(which)))

    @rule(which=experiments, position=some.integers(-1, 9), who=callers)
    def move_in_queue(self, which: int, position: int, who: str) -> None:
        answer = self.call(who, "PATCH", self.path(which, "queue"), {"position": position})
        self.check(answer, who, partial(self.expected.move, self.nth(which), position))

    @rule(which=experiments, start=hours, stop=hours, who=callers)
    def schedule(self, which: int, start: int | None, stop: int | None, who: str) -> None:
        moments = {RUNNING: self.later(start), STOPPED: self.later(stop)}
        body = {"start_at": self.written(start), "stop_at": self.written(stop)}
        answer = self.call(who, "PUT", self.path(which, "schedule"), body)
        asked = partial(self.expected.plan, self.nth(which), moments, self.name(who))
        self.check(answer, who, asked)

    @rule(who=callers, really=seldom)
    def hold_the_queue(self, who: str, *, really: bool) -> None:
        if really:
            self.check(self.call(who, "PUT", HOLD, {}), who, self.expected.hold)

    @rule(who=callers)
    def lift_the_hold(self, who: str) -> None:
        foreseen: Any = self.call(who, "GET", HOLD, None).json
        answer = self.call(who, "DELETE", HOLD, {})
        self.check(answer, who, self.expected.lift)
        done: Any = answer.json
        if "started" in done:
            assert done["started"] == foreseen["would_start"]

    @rule(who=callers, really=seldom)
    def stop_everything(self, who: str, *, really: bool) -> None:
        if really:
            answer = self.call(who, "POST", "/api/admin/experiments/stop-all", {})
            self.check(answer, who, self.expected.stop_all)

    @rule(passed=some.integers(0, 4))
    def let_time_pass(self, passed: int) -> None:
        self.clock += passed
        self.run_jobs()
        self.expected.pass_time(self.clock)

    @rule(which=experiments)
    def let_the_time_in_the_queue_be_up(self, which: int) -> None:
        values = {"past": now() - timedelta(days=1), "test_id": self.one(which).test_id}
        self.world.execute(
            "UPDATE queued_start SET expires_at = :past WHERE test_id = :test_id", **values
        )
        self.expected.queue = [
            Waiting(each.number, each.who, each.is_too_late or each.number == self.nth(which))
            for each in self.expected.queue
        ]

    @rule(
        which=some.lists(experiments, min_size=1, max_size=6),
        status=statuses,
        who=callers,
        all_or_none=some.booleans(),
        dry=some.booleans(),
    )
    def change_many(
        self, which: list[int], status: str, who: str, *, all_or_none: bool, dry: bool
    ) -> None:
        body = {
            "ids": [self.one(each).public_id for each in which],
            "status": status,
            "mode": "all_or_nothing" if all_or_none else "as_many_as_fit",
            "dry_run": dry,
        }
        answer = self.call(who, "POST", "/api/admin/experiments/bulk", body)
        if self.name(who) in self.expected.gone:
            assert answer.status_code in {401, 403}
            return
        kept = self.expected.copy() if dry else self.expected
        went = self.expected.many(map(self.nth, which), status, all_or_none=all_or_none)
        is_for_nothing = not any(went) or (all_or_none and not all(went))
        expected = 200 if all(went) else 409 if is_for_nothing else 207
        assert answer.status_code == expected, answer.get_data(as_text=True)
        came: Any = answer.json
        assert ["refusal" not in item for item in came["items"]] == went
        assert came["done"] == (not is_for_nothing)
        slots = {"limit": self.expected.limit, "running": self.expected.running}
        assert came["slots_after"] == slots
        self.expected = kept

    @rule(limit=limits)
    def change_the_limit(self, limit: int | None) -> None:
        self.world.set_limit(self.project, limit)
        self.expected.set_limit(limit)

    @rule(limit=limits)
    def change_the_plan(self, limit: int | None) -> None:
        code = self.world.plan(limit)
        with self.world.app.app_context():
            moves.move([self.project.key], code, COMMAND_LINE)
        self.project.plan_code = code
        self.expected.set_limit(limit)

    @rule(role=some.sampled_from([Role.VIEWER, Role.MARKETER, Role.MARKETER]), starts=ends)
    def give_the_member_another_role(self, role: Role, starts: StartsChoice) -> None:
        self.world.give_role(self.project, self.email, role, starts=starts)
        self.expected.gone -= {MEMBER}
        if role is Role.VIEWER:
            self.expected.end_access(MEMBER, keeps=starts is StartsChoice.KEEP)

    @rule(really=seldom, starts=ends)
    def take_another_key(self, *, really: bool, starts: StartsChoice) -> None:
        """Whatever the old one has queued may be dropped: seldom, or nothing waits for long."""
        if not really:
            return
        with self.world.app.app_context():
            keys = api_keys.listed(self.project.id)
        for key in keys:
            self.world.revoke(self.project, key.id, starts=starts)
        self.expected.end_access(self.name("key"), keeps=starts is StartsChoice.KEEP)
        self.keys += 1
        self.key = with_key(self.world, self.project)

    @invariant()
    def everything_is_as_the_rules_say(self) -> None:
        record = audit.read_on(self.outside, self.project.id)
        assert [
            record.statuses[each.test_id] for each in self.experiments
        ] == self.expected.statuses
        assert record.breaks() == []
        assert self.kept(
            "SELECT test_id FROM queued_start WHERE project_id = :id ORDER BY place"
        ) == [(self.experiments[each].test_id,) for each in self.expected.order]
        assert sorted(self.kept(SHIPPED)) == sorted(
            (self.experiments[each].test_id,) for each in self.expected.shipped
        )
        assert sorted(
            self.kept("SELECT test_id, target FROM scheduled_change WHERE project_id = :id")
        ) == sorted(
            (self.experiments[number].test_id, target) for number, target in self.expected.schedule
        )
        counted = "SELECT coalesce(sum(times), 0) FROM history WHERE project_id = :id AND kind = "
        assert self.kept(f"{counted} 'changed'") == [(self.expected.changes,)]
        assert self.kept(f"{counted} 'refused'") == [(self.expected.refusals,)]

    def check(self, answer: TestResponse, who: str, asked: Callable[[], bool]) -> None:
        """The answer is yes where the rules say so, of somebody who may ask."""
        if self.name(who) in self.expected.gone:
            assert answer.status_code in {401, 403}
        else:
            assert (answer.status_code == 200) == asked(), answer.get_data(as_text=True)
            assert answer.status_code < 500

    def call(self, who: str, method: str, path: str, body: object) -> TestResponse:
        self.calls[bool(self.expected.queue)] += 1
        if who == "key":
            return self.key(method, path, body)
        return self.browser.call(method, path, body, X_Project_Id=self.project.key)

    def name(self, who: str) -> str:
        """Each key is somebody else."""
        return f"key {self.keys}" if who == "key" else MEMBER

    def nth(self, which: int) -> int:
        return which % len(self.experiments)

    def one(self, which: int) -> Experiment:
        return self.experiments[self.nth(which)]

    def path(self, which: int, end: str) -> str:
        return f"/api/admin/experiments/{self.one(which).public_id}/{end}"

    def later(self, ahead: int | None) -> int | None:
        return None if ahead is None else self.clock + ahead

    def written(self, ahead: int | None) -> str | None:
        moment = self.later(ahead)
        return None if moment is None else self.moment(moment).isoformat()

    def moment(self, clock: int) -> datetime:
        return self.noon + timedelta(hours=clock)

    def run_jobs(self) -> None:
        with self.world.app.app_context():
            jobs.once(self.moment(self.clock))

    def kept(self, statement: str) -> list[Any]:
        found = self.outside.execute(text(statement), {"id": self.project.id})
        return [tuple(row) for row in found]


@pytest.mark.parametrize(
    ("database_url", "examples"),
    [
        pytest.param("sqlite", 24, id="sqlite"),
        pytest.param("postgresql", 6, id="postgresql"),
        pytest.param("sqlite", 1_000, id="sqlite for long", marks=pytest.mark.soak),
        pytest.param("postgresql", 1_000, id="postgresql for long", marks=pytest.mark.soak),
    ],
    indirect=["database_url"],
)
def test_whatever_is_done_statuses_queue_slots_and_history_are_as_the_rules_say(
    world: World, database_url: str, examples: int
) -> None:
    number = int(os.environ.get("WALKS") or secrets.randbelow(10**9))
    print(f"To take these walks again: WALKS={number}")  # noqa: T201
    calls: Counter[bool] = Counter()
    with audit.connect(database_url) as outside:
        walk(
            seed(number)(cast("type[Walk]", partial(Walk, world, outside, calls))),
            settings=settings(
                max_examples=examples,
                stateful_step_count=40,
                deadline=None,
                database=None,
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
            ),
        )
    assert calls[True] / calls.total() >= LEAST_WITH_A_QUEUE, calls
