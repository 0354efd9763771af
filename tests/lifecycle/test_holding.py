"""A held queue starts nothing by itself; everything stopped at once; both taken back."""

from datetime import timedelta

import pytest

from app.accounts import api_keys
from app.core.errors import Forbidden, InvalidInput, NotFound
from app.lifecycle.holds import hold_store, holding
from app.lifecycle.holds.holding import Held, Lifted, Restarted, Stopped
from app.lifecycle.queueing import forecasts, queue
from app.lifecycle.scheduling import due_changes
from app.lifecycle.scheduling.schedules import Schedule
from app.models import Actor, CauseKind, Door, Experiment, KeyType, Kind, Project, Role, Status, now
from tests import audit
from tests.conftest import on_both_databases
from tests.contracts import Contract
from tests.world import COMMAND_LINE, QUEUE_UNTIL, TERMS, World

DRAFT, RUNNING, STOPPED = Status.DRAFT, Status.RUNNING, Status.STOPPED
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def hold(world: World, project: Project, actor: Actor = COMMAND_LINE) -> Held:
    with world.app.app_context():
        return holding.hold_queue(project.id, actor)


def lift(world: World, project: Project, actor: Actor = COMMAND_LINE) -> Lifted:
    with world.app.app_context():
        return holding.lift_hold(project.id, actor, TERMS)


def would_start(world: World, project: Project) -> list[str]:
    with world.app.app_context():
        return [each.name for each in forecasts.of_lift(project.id, TERMS.late_start)]


def stop(world: World, project: Project, actor: Actor = COMMAND_LINE, reason: str = "") -> Stopped:
    with world.app.app_context():
        return holding.stop_everything(project.id, actor, reason)


def undo(world: World, project: Project, stopped: Stopped) -> Restarted:
    with world.app.app_context():
        return holding.undo_stop(project.id, COMMAND_LINE, stopped.undo, TERMS)


def serve(world: World, project: Project) -> list[int]:
    """Do what the jobs do for a queue; gives the projects that they would do it for again."""
    with world.app.app_context():
        queue.serve(project.id)
        return list(queue.project_ids_to_serve(now()))


def let_it_be_due(world: World, experiment: Experiment, since: timedelta) -> None:
    statement = "UPDATE scheduled_change SET at = :at WHERE test_id = :id"
    world.execute(statement, at=now() - since, id=experiment.test_id)


def statuses(world: World, *experiments: Experiment) -> list[Status]:
    return [world.reload(each).status for each in experiments]


@on_both_databases
def test_a_held_queue_gives_a_freed_slot_to_nobody(world: World) -> None:
    project = world.project(limit=1)
    (running,) = world.running(project, 1)
    (waiting,) = world.queued(project, 1)
    placed = hold(world, project)
    assert placed.is_new
    world.move(running, STOPPED, Contract.NAMES)
    assert serve(world, project) == []
    assert statuses(world, waiting) == [DRAFT]
    world.set_limit(project, 5)
    assert statuses(world, waiting) == [DRAFT]
    assert world.line(project) == [waiting.test_id]


def test_who_holds_what_is_held_already_changes_nothing(world: World) -> None:
    project = world.project()
    first = hold(world, project, world.person(world.member(project)))
    again = hold(world, project)
    assert (again.is_new, again.hold) == (False, first.hold)
    with world.app.app_context():
        assert hold_store.of_project(project.id) == first.hold


def test_open_pages_are_told_of_a_hold_and_of_its_end(world: World, database_url: str) -> None:
    project = world.project()
    world.experiment(project)
    before = audit.read(database_url, project.id).version
    hold(world, project)
    assert audit.read(database_url, project.id).version == before + 1
    lift(world, project)
    assert audit.read(database_url, project.id).version == before + 2


@on_both_databases
def test_lifted_it_starts_what_has_a_slot_and_history_says_who_lifted_it(world: World) -> None:
    project = world.project(limit=1)
    first, second = world.experiment(project), world.experiment(project)
    hold(world, project)
    assert [world.queue(each).position for each in (first, second)] == [1, 2]
    lifter = world.person(world.member(project))
    assert would_start(world, project) == [first.name]
    assert statuses(world, first) == [DRAFT]
    lifted = lift(world, project, lifter)
    assert [each.test_id for each in lifted.started] == [first.test_id]
    assert statuses(world, first, second) == [RUNNING, DRAFT]
    entry = world.entries(first)[-1]
    assert (entry.door, entry.cause) == (Door.QUEUE, CauseKind.HOLD_LIFTED)
    assert entry.cause_user_id == lifter.user_id
    (row,) = world.execute("SELECT lifted_at, lifted_by_user_id FROM queue_hold")
    assert row.lifted_at
    assert row.lifted_by_user_id == lifter.user_id


def test_who_lifts_a_hold_that_is_lifted_already_is_told_by_whom(world: World) -> None:
    project = world.project()
    lifter = world.person(world.member(project))
    held = hold(world, project).hold
    with world.app.app_context():
        assert holding.lift_hold(project.id, lifter, TERMS, held.id) == Lifted(held)
        again = holding.lift_hold(project.id, COMMAND_LINE, TERMS, held.id)
        latest = hold_store.last_end(project.id)
    assert again.earlier
    assert again.earlier.user_id == lifter.user_id
    assert again == Lifted(None, earlier=latest)


def test_the_latest_holds_say_who_placed_and_who_lifted_them(world: World) -> None:
    project = world.project()
    email = world.member(project)
    for number in range(hold_store.MOST_LISTED):
        stop(world, project, reason=f"Reason {number}")
        lift(world, project, world.person(email))
    hold(world, project, world.person(email))
    with world.app.app_context():
        now_open, *earlier = hold_store.latest(project.id)
    assert (now_open.hold.email, now_open.end) == (email, None)
    assert [each.hold.reason for each in earlier] == [
        "Reason 4",
        "Reason 3",
        "Reason 2",
        "Reason 1",
    ]
    ends = [(each.hold, each.end) for each in earlier if each.end]
    assert [(held.email, end.email) for held, end in ends] == [(None, email)] * 4
    assert all(end.at >= held.since for held, end in ends)


def test_what_is_not_held_is_lifted_for_nothing(world: World) -> None:
    project = world.project()
    assert lift(world, project) == Lifted(None)


def test_each_hold_tells_its_own_end_whatever_was_held_before_or_elsewhere(world: World) -> None:
    other, project = world.project(), world.project()
    with world.app.app_context():
        keys = [
            api_keys.mint(project.id, KeyType.ADMIN, name, COMMAND_LINE).key.id
            for name in ("holder", "lifter")
        ]
    holder, lifter = (Actor(Door.NAMES, api_key_id=key) for key in keys)
    email = world.member(project)
    first = hold(world, project, holder).hold
    lift(world, project, lifter)
    hold(world, project)
    lift(world, project, world.person(email))
    hold(world, other)
    lift(world, other)
    hold(world, project)
    with world.app.app_context():
        now_open, *ended = hold_store.latest(project.id)
        last = hold_store.last_end(project.id)
        asked = holding.lift_hold(project.id, COMMAND_LINE, TERMS, first.id)
        unknown = holding.lift_hold(project.id, COMMAND_LINE, TERMS, first.id + 100)
    assert now_open.end is None
    assert [(each.hold.api_key, each.end and each.end.api_key) for each in ended] == [
        (None, None),
        ("holder", "lifter"),
    ]
    assert ended[0].end
    assert (last, ended[0].end.email) == (ended[0].end, email)
    assert asked == Lifted(None, earlier=ended[1].end)
    assert unknown == Lifted(None)


@on_both_databases
def test_a_start_that_falls_due_waits_for_the_hold_to_be_lifted(world: World) -> None:
    project = world.project()
    draft, person = world.experiment(project), world.person(world.member(project))
    world.schedule(draft, now() + HOUR, actor=person)
    let_it_be_due(world, draft, 5 * MINUTE)
    hold(world, project)
    with world.app.app_context():
        assert list(due_changes.due_project_ids(now(), TERMS.late_start)) == []
        due_changes.carry_out(project.id, now(), TERMS)
    assert statuses(world, draft) == [DRAFT]
    assert world.planned(draft).start_at
    assert would_start(world, project) == [draft.name]
    lifted = lift(world, project)
    assert [each.test_id for each in lifted.started] == [draft.test_id]
    entry = world.entries(draft)[-1]
    assert (entry.door, entry.user_id) == (Door.SCHEDULE, person.user_id)
    assert entry.cause is CauseKind.HOLD_LIFTED
    assert entry.scheduled_for
    assert entry.scheduled_for < entry.at - 4 * MINUTE


def test_a_start_that_is_too_late_when_the_hold_is_lifted_asks(world: World) -> None:
    project = world.project()
    draft = world.experiment(project)
    world.schedule(draft, now() + HOUR)
    let_it_be_due(world, draft, 2 * HOUR)
    hold(world, project)
    assert lift(world, project).started == ()
    assert statuses(world, draft) == [DRAFT]
    assert world.planned(draft).start_at
    assert world.entries(draft)[-1].cause is CauseKind.LAPSED


def test_the_queue_comes_before_what_fell_due_meanwhile(world: World) -> None:
    project = world.project(limit=1)
    due, queued = world.experiment(project), world.experiment(project)
    world.schedule(due, now() + HOUR)
    let_it_be_due(world, due, MINUTE)
    hold(world, project)
    world.queue(queued)
    lift(world, project)
    assert statuses(world, due, queued) == [DRAFT, RUNNING]
    assert world.line(project) == [due.test_id]


def test_a_stop_goes_on_while_the_queue_is_held(world: World) -> None:
    project = world.project(limit=1)
    (running,), (waiting,) = world.running(project, 1), world.queued(project, 1)
    world.schedule(running, stop_at=now() + HOUR)
    hold(world, project)
    with world.app.app_context():
        due_changes.carry_out(project.id, now() + HOUR, TERMS)
    assert statuses(world, running, waiting) == [STOPPED, DRAFT]


def test_people_start_by_hand_while_the_queue_is_held(world: World) -> None:
    project = world.project()
    draft = world.experiment(project)
    hold(world, project)
    world.start(draft)
    assert statuses(world, draft) == [RUNNING]


def test_the_time_of_a_hold_is_no_time_in_the_queue(world: World) -> None:
    project = world.project(limit=0)
    (waiting,) = world.queued(project, 1)
    hold(world, project)
    world.execute("UPDATE queue_hold SET held_at = :past", past=now() - 40 * 24 * HOUR)
    world.execute(
        "UPDATE queued_start SET queued_at = :queued, expires_at = :expires",
        queued=now() - 50 * 24 * HOUR,
        expires=now() - 20 * 24 * HOUR,
    )
    assert serve(world, project) == []
    assert world.line(project) == [waiting.test_id]
    lift(world, project)
    assert world.line(project) == [waiting.test_id]
    (row,) = world.execute("SELECT expires_at FROM queued_start")
    assert str(row.expires_at)[:10] == str(now() + 20 * 24 * HOUR)[:10]


def test_each_waits_on_after_a_hold_for_what_it_had_left_itself(world: World) -> None:
    project = world.project(limit=0)
    first, _ = world.queued(project, 2)
    world.execute(
        "UPDATE queued_start SET expires_at = :sooner WHERE test_id = :id",
        sooner=now() + HOUR,
        id=first.test_id,
    )
    hold(world, project)
    lift(world, project)
    sooner, later = world.execute("SELECT expires_at FROM queued_start ORDER BY place")
    assert sooner.expires_at < later.expires_at


def test_who_may_change_nothing_any_more_leaves_a_held_queue_too(world: World) -> None:
    project = world.project(limit=0)
    draft, email = world.experiment(project), world.member(project)
    world.queue(draft, world.person(email))
    hold(world, project)
    world.execute("UPDATE membership SET role = 'viewer'")
    serve(world, project)
    assert world.line(project) == []


def test_whose_right_has_ended_meanwhile_holds_lifts_and_stops_nothing(world: World) -> None:
    project = world.project()
    (running,) = world.running(project, 1)
    placed, person = hold(world, project), world.person(world.member(project))
    world.execute("UPDATE membership SET role = 'viewer'")
    for change in (hold, lift, stop):
        with pytest.raises(Forbidden):
            change(world, project, person)
    assert statuses(world, running) == [RUNNING]
    with world.app.app_context():
        assert hold_store.of_project(project.id) == placed.hold


def test_where_nothing_runs_a_stop_and_its_undo_need_the_right_too(world: World) -> None:
    project = world.project()
    person, stopped = world.person(world.member(project)), stop(world, project)
    world.execute("UPDATE membership SET role = 'viewer'")
    with world.app.app_context(), pytest.raises(Forbidden):
        holding.undo_stop(project.id, person, stopped.undo, TERMS)
    assert lift(world, project).hold == stopped.held.hold
    with pytest.raises(Forbidden):
        stop(world, project, person)
    assert lift(world, project) == Lifted(None)


@on_both_databases
def test_everything_is_stopped_and_nothing_starts_by_it(world: World, database_url: str) -> None:
    project = world.project(limit=3)
    running, waiting = world.running(project, 3), world.queued(project, 2)
    draft, theirs = world.experiment(project), world.running(world.project(), 1)
    person = world.person(world.member(project))
    stopped = stop(world, project, person, "The shop is broken")
    assert {item.after.test_id for item in stopped.outcome.changed} == {
        each.test_id for each in running
    }
    assert stopped.held.is_new
    assert stopped.outcome.takers == ()
    assert statuses(world, *running, *waiting, draft) == [STOPPED] * 3 + [DRAFT] * 3
    assert statuses(world, *theirs) == [RUNNING]
    assert [each.test_id for each in waiting] == world.line(project)
    for each in running:
        entry = world.entries(each)[-1]
        assert (entry.reason, entry.user_id) == ("The shop is broken", person.user_id)
    assert audit.read(database_url, project.id).breaks() == []


def test_nothing_is_stopped_for_a_reason_that_cannot_be_kept(world: World) -> None:
    project, idle = world.project(), world.project()
    running = world.running(project, 1)
    for each in (project, idle):
        with pytest.raises(InvalidInput):
            stop(world, each, reason="x" * 501)
    assert statuses(world, *running) == [RUNNING]
    with world.app.app_context():
        assert hold_store.of_project(project.id) is None


@on_both_databases
def test_one_undo_resumes_what_was_stopped_and_lifts_the_hold(world: World) -> None:
    project = world.project(limit=2)
    running, waiting = world.running(project, 2), world.queued(project, 1)
    paused_before = world.experiment(world.project(), STOPPED)
    restarted = undo(world, project, stop(world, project))
    assert statuses(world, *running) == [RUNNING, RUNNING]
    assert statuses(world, *waiting, paused_before) == [DRAFT, STOPPED]
    assert (len(restarted.outcome.changed), restarted.outcome.refused) == (2, ())
    assert restarted.lifted.hold
    with world.app.app_context():
        assert hold_store.of_project(project.id) is None


def test_the_undo_leaves_what_somebody_has_changed_since_and_says_so(world: World) -> None:
    project = world.project(limit=2)
    first, second = world.running(project, 2)
    stopped = stop(world, project)
    world.move(first, DRAFT, Contract.INTEGERS)
    restarted = undo(world, project, stopped)
    assert statuses(world, first, second) == [DRAFT, RUNNING]
    (refused,) = restarted.outcome.refused
    assert refused.experiment.test_id == first.test_id
    entry = world.entries(first)[-1]
    assert (entry.kind, entry.to_status) == (Kind.REFUSED, RUNNING)


def test_the_undo_leaves_a_hold_that_was_there_before(world: World) -> None:
    project = world.project()
    world.running(project, 1)
    before = hold(world, project)
    stopped = stop(world, project)
    assert not stopped.held.is_new
    assert undo(world, project, stopped).lifted == Lifted(None)
    with world.app.app_context():
        assert hold_store.of_project(project.id) == before.hold


def test_the_undo_leaves_a_hold_that_was_placed_anew(world: World) -> None:
    project = world.project()
    world.running(project, 1)
    stopped = stop(world, project)
    lift(world, project)
    anew = hold(world, project)
    assert undo(world, project, stopped).lifted == Lifted(None)
    with world.app.app_context():
        assert hold_store.of_project(project.id) == anew.hold


def test_a_second_stop_under_a_hold_is_undone_by_itself(world: World) -> None:
    project = world.project(limit=2)
    first, second = world.running(project, 2)
    stop(world, project)
    world.start(first)
    again = stop(world, project)
    assert (again.undo.hold_id, len(again.outcome.changed)) == (None, 1)
    undo(world, project, again)
    assert statuses(world, first, second) == [RUNNING, STOPPED]


def test_nobody_undoes_a_stop_in_another_project(world: World) -> None:
    project, other = world.project(), world.project()
    world.running(other, 1)
    stopped = stop(world, other)
    with pytest.raises(NotFound):
        undo(world, project, stopped)


def test_a_queued_start_asked_for_while_it_is_held_waits(world: World) -> None:
    project = world.project(limit=5)
    draft, email = world.experiment(project), world.member(project, Role.MARKETER)
    hold(world, project)
    with world.app.app_context():
        asked = queue.join(project.id, draft.test_id, world.person(email), QUEUE_UNTIL)
    assert (asked.status, asked.position) == (DRAFT, 1)
    assert world.planned(draft) == Schedule(None, None)
