"""A request that carries an id is carried out once, however often it is sent."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask

from app import jobs, lifecycle
from app.core.errors import IdTaken, InvalidInput
from app.database.rows import answered_requests
from app.database.rows.answered_requests import Outcome, RequestId, once
from app.experiments import creation
from app.experiments.creation import Draft
from app.experiments.texts import Texts
from app.lifecycle import Mode, Order, Refused
from app.models import Experiment, Project, Status, now
from tests.conftest import on_both_databases
from tests.contracts import Contract, wish
from tests.world import COMMAND_LINE, World

REQUEST = RequestId("user:7", "abc", "as it was asked")


def creating(project: Project, name: str = "Banner") -> Callable[[], Experiment]:
    return lambda: creation.create(project.id, Draft(Texts(name)), COMMAND_LINE)


def create_once(
    project: Project, request: RequestId = REQUEST, name: str = "Banner"
) -> Outcome[Experiment]:
    return once(request, creating(project, name), lambda made: {"key": made.key})


def keys(world: World) -> list[str]:
    return [row.key for row in world.execute("SELECT key FROM experiment ORDER BY test_id")]


def taken(world: World) -> list[str]:
    return [row.request_id for row in world.execute("SELECT request_id FROM answered_request")]


@on_both_databases
def test_the_second_of_two_has_the_answer_of_the_first(world: World) -> None:
    project = world.project()
    with world.app.app_context():
        first, second = create_once(project), create_once(project)
    assert first.made is not None
    assert first.made.key == "banner"
    assert (second.made, second.answer) == (None, {"key": "banner"})
    assert keys(world) == ["banner"]


@on_both_databases
def test_two_at_the_same_moment_are_one(app: Flask, world: World) -> None:
    project = world.project()
    clients = 8
    together = threading.Barrier(clients)

    def send(_number: int) -> object:
        with app.app_context():
            together.wait(30)
            return create_once(project).answer

    with ThreadPoolExecutor(clients) as pool:
        answers = list(pool.map(send, range(clients)))
    assert answers == [{"key": "banner"}] * clients
    assert keys(world) == ["banner"]


@on_both_databases
def test_whoever_waited_for_one_that_failed_carries_it_out(app: Flask, world: World) -> None:
    project = world.project()
    has_begun, may_fail = threading.Event(), threading.Event()

    def fail() -> Experiment:
        has_begun.set()
        assert may_fail.wait(30)
        raise ZeroDivisionError

    def first() -> None:
        with app.app_context(), pytest.raises(ZeroDivisionError):
            once(REQUEST, fail, lambda _: None)

    def second() -> object:
        assert has_begun.wait(30)
        with app.app_context():
            may_fail.set()
            return create_once(project).answer

    with ThreadPoolExecutor(2) as pool:
        failed, made = pool.submit(first), pool.submit(second)
        failed.result()
        assert made.result() == {"key": "banner"}
    assert keys(world) == ["banner"]


def test_an_id_that_was_sent_with_something_else_is_refused(world: World) -> None:
    project = world.project()
    other = RequestId(REQUEST.caller, REQUEST.id, "something else")
    with world.app.app_context():
        create_once(project)
        with pytest.raises(IdTaken):
            create_once(project, other, "Other")
    assert keys(world) == ["banner"]


def test_the_same_id_of_somebody_else_is_another(world: World) -> None:
    project = world.project()
    with world.app.app_context():
        create_once(project)
        create_once(project, RequestId("key:7", REQUEST.id, REQUEST.fingerprint))
    assert keys(world) == ["banner", "banner-2"]


@on_both_databases
def test_what_is_refused_is_not_kept_but_stays_in_history(world: World) -> None:
    project = world.project(limit=0)
    experiment = world.experiment(project)

    def start() -> object:
        asked = wish(Status.RUNNING, Contract.INTEGERS)
        return lifecycle.transition(project.id, experiment.test_id, asked, COMMAND_LINE)

    with world.app.app_context():
        with pytest.raises(Refused):
            once(REQUEST, start, lambda _: None)
        assert [entry.code for entry in world.entries(experiment)] == ["PLAN_LIMIT"]
        assert taken(world) == []
        world.set_limit(project, 1)
        once(REQUEST, start, lambda _: "started")
    assert world.reload(experiment).status is Status.RUNNING


@on_both_databases
def test_what_fails_after_it_was_done_is_not_done(world: World) -> None:
    project = world.project()

    def fail(_made: Experiment) -> object:
        raise ZeroDivisionError

    with world.app.app_context():
        with pytest.raises(ZeroDivisionError):
            once(REQUEST, creating(project), fail)
        assert (keys(world), taken(world)) == ([], [])
        create_once(project)
    assert keys(world) == ["banner"]


@on_both_databases
def test_a_part_that_is_given_up_takes_back_itself_alone(world: World) -> None:
    project = world.project(limit=1)
    drafts = [world.experiment(project) for _ in range(2)]

    def all_or_nothing() -> bool:
        order = Order([each.test_id for each in drafts], Status.RUNNING, Mode.ALL_OR_NOTHING)
        return lifecycle.change_many(project.id, order, COMMAND_LINE).done

    with world.app.app_context():
        assert once(REQUEST, all_or_nothing, lambda done: done).answer is False
    assert [world.reload(each).status for each in drafts] == [Status.DRAFT] * 2
    assert taken(world) == ["abc"]


def test_what_is_decided_within_is_decided_on_what_was_done_before_in_it(world: World) -> None:
    project = world.project(limit=1)

    def create_and_start() -> int:
        made = creating(project)()
        asked = wish(Status.RUNNING, Contract.INTEGERS)
        lifecycle.transition(project.id, made.test_id, asked, COMMAND_LINE)
        slots = lifecycle.slots_of(project.id)
        return slots.running if slots else 0

    with world.app.app_context():
        assert once(REQUEST, create_and_start, int).answer == 1


@pytest.mark.parametrize("text", ["", "x" * 256, "a\nb"])
def test_an_id_that_cannot_be_kept_is_said_to_be_none(world: World, text: str) -> None:
    project = world.project()
    with world.app.app_context(), pytest.raises(InvalidInput, match="1 to 255"):
        create_once(project, RequestId("user:7", text, ""))
    assert keys(world) == []


def test_an_id_is_forgotten_after_a_day(world: World) -> None:
    project = world.project()
    with world.app.app_context():
        create_once(project)
        jobs.once(now() + answered_requests.KEPT_FOR - timedelta(minutes=1))
        assert taken(world) == ["abc"]
        jobs.once(now() + answered_requests.KEPT_FOR + timedelta(minutes=1))
        assert taken(world) == []


def test_a_fingerprint_tells_what_is_asked_for_apart() -> None:
    assert answered_requests.fingerprint("a", "bc") == answered_requests.fingerprint("a", "bc")
    assert answered_requests.fingerprint("a", "bc") != answered_requests.fingerprint("ab", "c")
