"""Changes of status with all that follows: swaps, freed slots, stamps and notes."""

from datetime import timedelta

import pytest

from app.core.errors import Forbidden, InvalidInput, NotFound, Unauthenticated
from app.lifecycle import ChangeRequest, Mode, Order, Schedule, illegal_steps, subjects, transitions
from app.lifecycle.many import bulk
from app.lifecycle.preconditions import unchanged_since
from app.lifecycle.queueing import queue
from app.lifecycle.refusals import Refusal, Refused
from app.lifecycle.scheduling import schedules
from app.models import Actor, Conclusion, Door, Experiment, Kind, Status, now
from tests import audit
from tests.conftest import on_both_databases
from tests.contracts import Contract, wish
from tests.world import COMMAND_LINE, QUEUE_UNTIL, World

DRAFT, RUNNING, STOPPED, ARCHIVED = Status.DRAFT, Status.RUNNING, Status.STOPPED, Status.ARCHIVED
HOUR = timedelta(hours=1)


def refusal_of_a_swap(world: World, incoming: Experiment, holder: Experiment) -> Refusal:
    with pytest.raises(Refused) as refused:
        world.swap(incoming, holder)
    return refused.value.refusal


def statuses(world: World, *experiments: Experiment) -> list[Status]:
    return [world.reload(each).status for each in experiments]


def pause(world: World, experiment: Experiment) -> None:
    world.move(experiment, STOPPED, Contract.NAMES)


def ask(world: World, experiment: Experiment, wish: ChangeRequest) -> None:
    with world.app.app_context():
        transitions.transition(experiment.project_id, experiment.test_id, wish, COMMAND_LINE)


@on_both_databases
@pytest.mark.parametrize("origin", [DRAFT, STOPPED])
def test_a_swap_is_one_entry_that_names_both(
    world: World, origin: Status, database_url: str
) -> None:
    project = world.project(limit=1)
    incoming = world.experiment(project, origin)
    (holder,) = world.running(project, 1)
    kept = len(world.entries(holder)), len(world.entries(incoming))
    world.swap(incoming, holder)
    assert statuses(world, incoming, holder) == [RUNNING, STOPPED]
    assert (len(world.entries(holder)), len(world.entries(incoming))) == (kept[0], kept[1] + 1)
    entry = world.entries(incoming)[-1]
    assert entry.paused_test_id == holder.test_id
    assert (entry.kind, entry.from_status, entry.to_status) == (Kind.CHANGED, origin, RUNNING)
    assert audit.read(database_url, project.id).breaks() == []


def test_what_was_swapped_out_keeps_when_it_started_and_knows_when_it_stopped(
    world: World,
) -> None:
    project = world.project(limit=1)
    incoming = world.experiment(project)
    (holder,) = world.running(project, 1)
    world.swap(incoming, holder)
    paused, started = world.reload(holder), world.reload(incoming)
    assert paused.started_at == holder.started_at
    assert paused.stopped_at
    assert paused.stopped_at == started.started_at, "a swap is one moment"


@pytest.mark.parametrize("status", [DRAFT, STOPPED, ARCHIVED])
def test_what_runs_no_more_makes_no_room_and_the_swap_says_so(world: World, status: Status) -> None:
    project = world.project(limit=2)
    incoming, holder = world.experiment(project), world.experiment(project, status, name="Banner")
    refusal = refusal_of_a_swap(world, incoming, holder)
    assert refusal.code == "SWAP_NOT_RUNNING"
    assert "“Banner” is not running any more" in refusal.sentence
    assert statuses(world, incoming, holder) == [DRAFT, status]


@pytest.mark.parametrize(
    ("status", "code"),
    [(RUNNING, "INVALID_TRANSITION"), (ARCHIVED, "EXPERIMENT_ARCHIVED_RESTART")],
)
def test_what_may_not_start_pauses_nothing(world: World, status: Status, code: str) -> None:
    project = world.project(limit=2)
    incoming = world.experiment(project, status)
    (holder,) = world.running(project, 1)
    assert refusal_of_a_swap(world, incoming, holder).code == code
    assert statuses(world, incoming, holder) == [status, RUNNING]


def test_an_experiment_is_not_swapped_with_itself(world: World) -> None:
    (running,) = world.running(world.project(limit=1), 1)
    assert refusal_of_a_swap(world, running, running).code == "INVALID_TRANSITION"
    assert statuses(world, running) == [RUNNING]


def test_over_the_limit_a_swap_is_refused_with_the_slots_as_they_are(world: World) -> None:
    project = world.project(limit=3)
    incoming, (holder, *_) = world.experiment(project), world.running(project, 3)
    world.set_limit(project, 2)
    refusal = refusal_of_a_swap(world, incoming, holder)
    assert refusal.code == "PLAN_LIMIT"
    assert refusal.sentence.endswith("and 3 are running.")
    assert refusal.slots
    assert (refusal.slots.running, len(refusal.slots.holders)) == (3, 3)
    assert statuses(world, incoming, holder) == [DRAFT, RUNNING]


@on_both_databases
def test_with_the_plan_unreadable_a_swap_pauses_nothing(world: World) -> None:
    project = world.project(limit=1)
    incoming, (holder,) = world.experiment(project), world.running(project, 1)
    world.execute("ALTER TABLE plan RENAME TO gone")
    assert refusal_of_a_swap(world, incoming, holder).code == "PLAN_UNREADABLE"
    assert statuses(world, incoming, holder) == [DRAFT, RUNNING]


@on_both_databases
def test_a_refused_swap_is_in_the_history_of_what_was_to_start(world: World) -> None:
    project = world.project()
    incoming, holder = world.experiment(project), world.experiment(project, STOPPED)
    kept = world.entries(holder)
    refusal = refusal_of_a_swap(world, incoming, holder)
    (entry,) = world.entries(incoming)
    assert (entry.kind, entry.from_status, entry.to_status) == (Kind.REFUSED, DRAFT, RUNNING)
    assert (entry.code, entry.detail) == (refusal.code, refusal.sentence)
    assert len(world.entries(holder)) == len(kept)


def test_a_refusal_is_kept_with_the_status_that_was_refused_whatever_came_since(
    world: World,
) -> None:
    project = world.project()
    draft = world.experiment(project)
    with world.app.app_context():
        seen = subjects.find(project.id, draft.test_id)
        assert seen
        world.start(draft)
        refused = (draft.test_id, STOPPED, illegal_steps.refused(seen, STOPPED, (RUNNING,)))
        transitions.enter_refusals(project.id, COMMAND_LINE, [refused])
    entry = world.entries(draft)[-1]
    assert (entry.kind, entry.from_status, entry.to_status) == (Kind.REFUSED, DRAFT, STOPPED)


@on_both_databases
def test_a_refusal_is_kept_of_whose_right_has_ended_since(world: World) -> None:
    project = world.project()
    draft, actor = world.experiment(project), world.person(world.member(project))
    world.execute("DELETE FROM membership")
    with world.app.app_context():
        seen = subjects.find(project.id, draft.test_id)
        assert seen
        refusals = [
            (test_id, STOPPED, illegal_steps.refused(seen, STOPPED, (RUNNING,)))
            for test_id in (0, draft.test_id)
        ]
        transitions.enter_refusals(project.id, actor, refusals)
    (entry,) = world.entries(draft)
    assert (entry.kind, entry.user_id) == (Kind.REFUSED, actor.user_id)


def test_a_swap_knows_no_experiment_of_another_project(world: World) -> None:
    project = world.project(limit=1)
    incoming, (holder,) = world.experiment(project), world.running(project, 1)
    theirs, (running_there,) = world.experiment(other := world.project()), world.running(other, 1)
    with world.app.app_context():
        for pair in [
            (theirs.test_id, holder.test_id),
            (incoming.test_id, running_there.test_id),
        ]:
            with pytest.raises(NotFound):
                transitions.swap(project.id, *pair, COMMAND_LINE)
    assert statuses(world, incoming, holder, theirs, running_there) == [
        DRAFT,
        RUNNING,
        DRAFT,
        RUNNING,
    ]


def test_a_swap_gives_the_slot_to_its_own_and_not_to_the_queue(world: World) -> None:
    project = world.project(limit=1)
    (holder,), (first, second) = world.running(project, 1), world.queued(project, 2)
    world.swap(second, holder)
    assert statuses(world, holder, first, second) == [STOPPED, DRAFT, RUNNING]
    assert world.line(project) == [first.test_id]


def test_what_is_swapped_in_is_not_started_at_its_moment_too(world: World) -> None:
    project = world.project(limit=1)
    incoming, (holder,) = world.experiment(project), world.running(project, 1)
    stop_at = now() + 2 * HOUR
    world.schedule(incoming, now() + HOUR, stop_at)
    world.swap(incoming, holder)
    left = world.planned(incoming)
    assert (left.start_at, left.stop_at) == (None, stop_at)


def test_a_reason_goes_with_a_swap_and_one_that_cannot_be_kept_swaps_nothing(
    world: World,
) -> None:
    project = world.project(limit=1)
    incoming, (holder,) = world.experiment(project), world.running(project, 1)
    pair = (incoming.test_id, holder.test_id)
    with world.app.app_context():
        with pytest.raises(InvalidInput):
            transitions.swap(project.id, *pair, COMMAND_LINE, "x" * 501)
        assert statuses(world, incoming, holder) == [DRAFT, RUNNING]
        transitions.swap(project.id, *pair, COMMAND_LINE, " New season \n")
    assert world.entries(incoming)[-1].reason == "New season"


def test_a_swap_back_is_a_swap(world: World, database_url: str) -> None:
    project = world.project(limit=1)
    incoming, (holder,) = world.experiment(project), world.running(project, 1)
    world.swap(incoming, holder)
    world.swap(holder, incoming)
    assert statuses(world, incoming, holder) == [STOPPED, RUNNING]
    assert audit.read(database_url, project.id).breaks() == []


@on_both_databases
def test_a_pause_gives_the_slot_to_the_next_in_the_queue(world: World, database_url: str) -> None:
    project = world.project(limit=2)
    running, (first, second, third) = world.running(project, 2), world.queued(project, 3)
    pause(world, running[0])
    assert statuses(world, first, second, third) == [RUNNING, DRAFT, DRAFT]
    pause(world, running[1])
    assert statuses(world, first, second, third) == [RUNNING, RUNNING, DRAFT]
    assert world.history(first) == [(DRAFT, RUNNING, Door.QUEUE)]
    assert world.line(project) == [third.test_id]
    assert audit.read(database_url, project.id).breaks() == []


def test_a_start_from_the_queue_is_by_who_queued_it(world: World) -> None:
    project = world.project(limit=1)
    (running,), waiting = world.running(project, 1), world.experiment(project)
    person = world.person(world.member(project))
    world.queue(waiting, person)
    pause(world, running)
    entry = world.entries(waiting)[-1]
    assert (entry.door, entry.user_id, entry.api_key_id) == (Door.QUEUE, person.user_id, None)
    assert world.reload(waiting).user_id == person.user_id


def test_a_pause_over_the_limit_starts_nothing(world: World) -> None:
    project = world.project(limit=3)
    running, (waiting,) = world.running(project, 3), world.queued(project, 1)
    world.set_limit(project, 1)
    for each, status in zip(running, [DRAFT, DRAFT, RUNNING], strict=True):
        pause(world, each)
        assert statuses(world, waiting) == [status]


def test_who_may_not_start_any_more_is_passed_over_and_history_says_why(world: World) -> None:
    project = world.project(limit=1)
    (running,), theirs, next_one = (
        world.running(project, 1),
        world.experiment(project),
        world.experiment(project),
    )
    email = world.member(project)
    world.queue(theirs, world.person(email))
    world.queue(next_one)
    world.demote(project, email)
    pause(world, running)
    assert statuses(world, theirs, next_one) == [DRAFT, RUNNING]
    assert world.line(project) == []
    entry = world.entries(theirs)[-1]
    assert (entry.kind, entry.door) == (Kind.UNQUEUED, Door.QUEUE)
    assert entry.detail == "Whoever asked for it may not change experiments here any more."


def test_what_has_waited_too_long_is_passed_over_and_history_says_why(world: World) -> None:
    project = world.project(limit=1)
    (running,), (late, next_one) = world.running(project, 1), world.queued(project, 2)
    world.execute(
        "UPDATE queued_start SET expires_at = :past WHERE test_id = :id",
        past=now(),
        id=late.test_id,
    )
    pause(world, running)
    assert statuses(world, late, next_one) == [DRAFT, RUNNING]
    assert world.entries(late)[-1].detail == "No slot was free before its time in the queue was up."


@on_both_databases
def test_with_the_plan_unreadable_a_pause_is_kept_and_the_queue_goes_on_waiting(
    world: World,
) -> None:
    project = world.project(limit=1)
    (running,), (waiting,) = world.running(project, 1), world.queued(project, 1)
    world.execute("ALTER TABLE plan RENAME TO gone")
    pause(world, running)
    assert statuses(world, running, waiting) == [STOPPED, DRAFT]
    assert world.line(project) == [waiting.test_id]


@pytest.mark.parametrize(
    ("target", "contract"),
    [(RUNNING, Contract.NAMES), (RUNNING, Contract.INTEGERS), (ARCHIVED, Contract.NAMES)],
)
def test_what_starts_or_is_archived_waits_no_more(
    world: World, target: Status, contract: Contract
) -> None:
    project = world.project(limit=1)
    (running,), (waiting,) = world.running(project, 1), world.queued(project, 1)
    world.schedule(waiting, now() + HOUR, now() + 2 * HOUR)
    if target is RUNNING:
        # A slot that nobody has noticed to be free.
        world.execute("UPDATE plan SET experiments_running = 2")
    world.move(waiting, target, contract)
    assert world.line(project) == []
    left = world.planned(waiting)
    assert (left.start_at, left.stop_at is None) == (None, target is ARCHIVED)
    assert statuses(world, running, waiting) == [RUNNING, target]


@pytest.mark.parametrize(
    ("target", "why"),
    [(STOPPED, "It was told to pause."), (DRAFT, "It was told to be a draft.")],
)
@pytest.mark.parametrize("present", [STOPPED, DRAFT])
def test_what_is_told_to_stand_still_does_not_start_by_itself_and_history_says_why(
    world: World, present: Status, target: Status, why: str
) -> None:
    project = world.project(limit=1)
    waiting = world.experiment(project, present)
    world.running(project, 1)
    world.queue(waiting)
    world.schedule(waiting, now() + HOUR, now() + 2 * HOUR)
    world.move(waiting, target, Contract.INTEGERS)
    assert world.line(project) == []
    assert world.planned(waiting).start_at is None
    # The stop is dropped with the run that it was set for, and for no other reason.
    ends_run = (present, target) == (STOPPED, DRAFT)
    assert (world.planned(waiting).stop_at is None) is ends_run
    dropped = [each for each in world.entries(waiting) if each.detail == why]
    assert [(each.kind, each.to_status) for each in dropped] == [
        (Kind.UNQUEUED, None),
        (Kind.UNSCHEDULED, RUNNING),
        *([(Kind.UNSCHEDULED, STOPPED)] if ends_run else []),
    ]


@on_both_databases
@pytest.mark.parametrize("contract", Contract)
@pytest.mark.parametrize("target", [RUNNING, ARCHIVED, STOPPED, DRAFT])
def test_who_looked_before_the_last_change_is_told_so_and_changes_nothing(
    world: World, contract: Contract, target: Status
) -> None:
    experiment = world.experiment(world.project(), RUNNING)
    seen = experiment.changed_at - timedelta(microseconds=1)
    with pytest.raises(Refused) as refused:
        ask(world, experiment, wish(target, contract, expected=seen))
    assert refused.value.refusal.code == "EXPERIMENT_CHANGED"
    assert "from draft to running by the command line at" in refused.value.refusal.sentence
    assert world.reload(experiment).changed_at == experiment.changed_at
    assert [each.kind for each in world.entries(experiment)] == [Kind.CHANGED, Kind.REFUSED]


def test_what_has_changed_since_somebody_looked_is_not_swapped_in(world: World) -> None:
    project = world.project(limit=1)
    incoming, (holder,) = world.experiment(project), world.running(project, 1)
    pair, seen = (
        (incoming.test_id, holder.test_id),
        unchanged_since(incoming.changed_at - HOUR),
    )
    with world.app.app_context(), pytest.raises(Refused) as refused:
        transitions.swap(project.id, *pair, COMMAND_LINE, expected=seen)
    assert refused.value.refusal.code == "EXPERIMENT_CHANGED"
    assert statuses(world, incoming, holder) == [DRAFT, RUNNING]


@on_both_databases
def test_who_looked_after_the_last_change_has_their_way(world: World) -> None:
    experiment = world.experiment(world.project(), RUNNING)
    ask(world, experiment, wish(STOPPED, Contract.NAMES, expected=experiment.changed_at))
    assert statuses(world, experiment) == [STOPPED]


@pytest.mark.parametrize("conclusion", Conclusion)
def test_an_outcome_is_kept_with_archiving(world: World, conclusion: Conclusion) -> None:
    experiment = world.experiment(world.project(), STOPPED)
    ask(world, experiment, wish(ARCHIVED, Contract.NAMES, "It did.", conclusion))
    entry = world.entries(experiment)[-1]
    assert (entry.reason, entry.conclusion) == ("It did.", conclusion)


@pytest.mark.parametrize("status", [DRAFT, RUNNING])
@pytest.mark.parametrize("limit", [0, 5])
@pytest.mark.parametrize(
    "note", [{"conclusion": Conclusion.WON}, {"reason": "x" * 501}, {"reason": "a\x00b"}]
)
def test_a_note_that_cannot_be_kept_is_a_mistake_before_the_edge_and_the_limit(
    world: World, status: Status, limit: int, note: dict[str, str | Conclusion]
) -> None:
    project = world.project()
    experiment = world.experiment(project, status)
    world.set_limit(project, limit)
    entries = len(world.entries(experiment))
    asked = wish(RUNNING, Contract.INTEGERS, **note)  # pyright: ignore[reportArgumentType]
    with pytest.raises(InvalidInput):
        ask(world, experiment, asked)
    assert statuses(world, experiment) == [status]
    assert len(world.entries(experiment)) == entries


def test_undo_is_the_inverse_edge_and_reserves_nothing(world: World) -> None:
    project = world.project(limit=1)
    running, other = world.running(project, 1)[0], world.experiment(project)
    pause(world, running)
    world.start(other)
    with pytest.raises(Refused) as refused:
        world.start(running)
    assert refused.value.refusal.code == "PLAN_LIMIT"
    pause(world, other)
    world.start(running)
    assert statuses(world, running, other) == [RUNNING, STOPPED]


ENDS = {
    "removed": ("DELETE FROM membership", NotFound),
    "demoted": ("UPDATE membership SET role = 'viewer'", Forbidden),
    "revoked": ("UPDATE api_key SET revoked_at = '2026-01-01 00:00:00'", Unauthenticated),
    "expired": ("UPDATE api_key SET expires_at = '2026-01-01 00:00:00'", Unauthenticated),
}


@on_both_databases
@pytest.mark.parametrize("ending", ENDS)
def test_whose_right_ended_while_the_request_waited_for_the_lock_changes_nothing(
    world: World, ending: str
) -> None:
    project = world.project()
    draft, other = world.experiment(project), world.experiment(project)
    world.key(project)
    actor = world.person(world.member(project))
    if ending in {"revoked", "expired"}:
        actor = Actor(Door.NAMES, api_key_id=world.execute("SELECT id FROM api_key")[0].id)
    end, error = ENDS[ending]
    world.execute(end)
    order = Order([draft.test_id, other.test_id], RUNNING, Mode.AS_MANY_AS_FIT)
    wants = (
        lambda: transitions.transition(
            project.id, draft.test_id, wish(RUNNING, Contract.NAMES), actor
        ),
        lambda: bulk.carry_out(project.id, order, actor),
        lambda: queue.join(project.id, draft.test_id, actor, QUEUE_UNTIL),
        lambda: schedules.put(
            project.id, draft.test_id, lambda _: Schedule(now() + timedelta(hours=1), None), actor
        ),
    )
    for want in wants:
        with world.app.app_context(), pytest.raises(error):
            want()
    assert statuses(world, draft, other) == [DRAFT, DRAFT]
    assert world.entries(draft) == []
