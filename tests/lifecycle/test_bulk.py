"""Many changes at once: as many as fit in the order given, or all or nothing, or only tried."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.errors import InvalidInput, NotFound
from app.database.unit_of_work import changing
from app.lifecycle import transitions
from app.lifecycle.many import bulk
from app.lifecycle.many.orders import BulkOutcome, Mode, Order
from app.lifecycle.preconditions import unchanged_since
from app.lifecycle.refusals import Reason, Refused
from app.lifecycle.slots import Slots
from app.models import Conclusion, Door, Experiment, Kind, Project, Status
from tests import audit
from tests.conftest import on_both_databases
from tests.contracts import Contract, wish
from tests.world import COMMAND_LINE, QUEUE_UNTIL, World

DRAFT, RUNNING, STOPPED, ARCHIVED = Status.DRAFT, Status.RUNNING, Status.STOPPED, Status.ARCHIVED
FIT, ALL = Mode.AS_MANY_AS_FIT, Mode.ALL_OR_NOTHING
TABLES = ("project", "experiment", "history", "queued_start", "scheduled_change", "run")


def order(experiments: list[Experiment], target: Status, mode: Mode = FIT) -> Order:
    return Order([each.test_id for each in experiments], target, mode)


def carry_out(world: World, project: Project, order: Order) -> BulkOutcome:
    with world.app.app_context():
        return bulk.carry_out(project.id, order, COMMAND_LINE)


def rehearse(world: World, project: Project, order: Order) -> BulkOutcome:
    with world.app.app_context():
        return bulk.dry_run(project.id, order, COMMAND_LINE)


def codes(came: BulkOutcome) -> list[str | None]:
    return [item.refusal.code if item.refusal else None for item in came.items]


def statuses(world: World, experiments: list[Experiment]) -> list[Status]:
    return [world.reload(each).status for each in experiments]


def held(slots: Slots | None) -> object:
    """The slots without the moments at which their holders began to run."""
    return slots and (slots.limit, slots.running, [each.name for each in slots.holders])


def each_of(came: BulkOutcome) -> list[object]:
    """Return what came of each, without the moment at which it did."""
    return [(item.experiment, item.after.status, item.refusal) for item in came.items]


def everything(world: World) -> list[object]:
    return [world.execute(f"SELECT * FROM {table} ORDER BY 1") for table in TABLES]  # noqa: S608


@on_both_databases
def test_as_many_start_as_fit_in_the_order_given(world: World, database_url: str) -> None:
    project = world.project(limit=2)
    first, second, third = (world.experiment(project) for _ in range(3))
    came = carry_out(world, project, order([third, first, second], RUNNING))
    assert codes(came) == [None, None, "PLAN_LIMIT"]
    assert came.done
    assert [item.experiment.test_id for item in came.refused] == [second.test_id]
    assert statuses(world, [first, second, third]) == [RUNNING, DRAFT, RUNNING]
    assert came.slots_before
    assert came.slots_after
    assert (came.slots_before.running, came.slots_after.running) == (0, 2)
    assert audit.read(database_url, project.id).breaks() == []


def test_each_that_went_is_one_entry_and_each_refused_is_too(world: World) -> None:
    project = world.project(limit=1)
    first, second = world.experiment(project), world.experiment(project)
    wanted = replace(order([first, second], RUNNING), reason="Launch day")
    carry_out(world, project, wanted)
    (went,), (refused,) = world.entries(first), world.entries(second)
    assert (went.kind, went.reason, went.door) == (Kind.CHANGED, "Launch day", Door.COMMAND_LINE)
    assert (refused.kind, refused.code, refused.times) == (Kind.REFUSED, "PLAN_LIMIT", 1)


@on_both_databases
def test_all_or_nothing_changes_nothing_when_one_is_refused_and_keeps_why(
    world: World, database_url: str
) -> None:
    project = world.project(limit=2)
    drafts = [world.experiment(project) for _ in range(3)]
    before = audit.read(database_url, project.id)
    came = carry_out(world, project, order(drafts, RUNNING, ALL))
    assert codes(came) == [None, None, "PLAN_LIMIT"]
    assert not came.done
    assert came.slots_after == came.slots_before
    assert statuses(world, drafts) == [DRAFT] * 3
    # Pages are told of the refusal.
    told = replace(before, version=before.version + 1, refusals=1)
    assert audit.read(database_url, project.id) == told
    kinds = [[each.kind for each in world.entries(draft)] for draft in drafts]
    assert kinds == [[], [], [Kind.REFUSED]]


def test_all_or_nothing_changes_all_when_all_may(world: World) -> None:
    project = world.project(limit=3)
    drafts = [world.experiment(project) for _ in range(3)]
    came = carry_out(world, project, order(drafts, RUNNING, ALL))
    assert (codes(came), came.done) == ([None] * 3, True)
    assert statuses(world, drafts) == [RUNNING] * 3


@on_both_databases
@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("target", Status)
def test_a_rehearsal_says_what_would_come_and_leaves_everything_as_it_was(
    world: World, mode: Mode, target: Status
) -> None:
    project = world.project(limit=3)
    mixed = [
        world.experiment(project, STOPPED),
        world.experiment(project),
        *world.running(project, 2),
        world.experiment(project, ARCHIVED),
    ]
    (running,) = world.running(project, 1)
    world.queued(project, 2)
    before = everything(world)
    wanted = order([*mixed, running], target, mode)
    foretold = rehearse(world, project, wanted)
    assert everything(world) == before
    came = carry_out(world, project, wanted)
    assert (each_of(came), came.done) == (each_of(foretold), foretold.done)
    assert came.slots_before == foretold.slots_before
    assert held(came.slots_after) == held(foretold.slots_after)


def test_pausing_gives_the_slots_to_the_queue(world: World) -> None:
    project = world.project(limit=2)
    running, waiting = world.running(project, 2), world.queued(project, 3)
    came = carry_out(world, project, order(running, STOPPED))
    assert came.slots_after
    assert came.slots_after.running == 2
    assert statuses(world, waiting) == [RUNNING, RUNNING, DRAFT]


@on_both_databases
def test_taken_back_the_queue_is_as_it_was(world: World) -> None:
    project = world.project(limit=2)
    running, waiting = world.running(project, 2), world.queued(project, 2)
    came = carry_out(world, project, order([*running, world.experiment(project)], STOPPED, ALL))
    assert not came.done
    assert statuses(world, [*running, *waiting]) == [RUNNING, RUNNING, DRAFT, DRAFT]
    assert world.line(project) == [each.test_id for each in waiting]


def test_many_are_paused_and_no_draft_is_shelved(world: World) -> None:
    project = world.project()
    draft, (running,) = world.experiment(project), world.running(project, 1)
    came = carry_out(world, project, order([draft, running], STOPPED))
    assert codes(came) == ["EXPERIMENT_NOT_RUNNING", None]
    assert [item.left_the_queue for item in came.items] == [False, False]
    assert statuses(world, [draft, running]) == [DRAFT, STOPPED]


def test_many_are_resumed_put_back_to_draft_and_archived(world: World) -> None:
    project = world.project(limit=5)
    stopped = [world.experiment(project, STOPPED) for _ in range(2)]
    for target in (RUNNING, STOPPED, DRAFT, ARCHIVED):
        assert codes(carry_out(world, project, order(stopped, target))) == [None, None]
        assert statuses(world, stopped) == [target, target]


def test_an_archived_one_among_many_is_refused_and_the_others_go(world: World) -> None:
    project = world.project()
    mixed = [world.experiment(project, ARCHIVED), world.experiment(project)]
    came = carry_out(world, project, order(mixed, RUNNING))
    assert codes(came) == ["EXPERIMENT_ARCHIVED_RESTART", None]
    assert statuses(world, mixed) == [ARCHIVED, RUNNING]


def test_what_runs_already_is_no_failure_of_a_start(world: World) -> None:
    project = world.project(limit=1)
    (running,) = world.running(project, 1)
    came = carry_out(world, project, order([running], RUNNING, ALL))
    assert (codes(came), came.done) == ([None], True)
    assert len(world.entries(running)) == 1


def test_one_that_is_named_twice_is_changed_once(world: World) -> None:
    project = world.project()
    draft = world.experiment(project)
    came = carry_out(world, project, order([draft, draft], ARCHIVED))
    assert codes(came) == [None]
    assert len(world.entries(draft)) == 1


@pytest.mark.parametrize("mode", Mode)
def test_one_of_another_project_changes_nothing_at_all(world: World, mode: Mode) -> None:
    project = world.project()
    ours, theirs = world.experiment(project), world.experiment(world.project())
    for attempt in (carry_out, rehearse):
        with pytest.raises(NotFound):
            attempt(world, project, order([ours, theirs], RUNNING, mode))
    assert statuses(world, [ours, theirs]) == [DRAFT, DRAFT]
    assert world.entries(ours) == []


@pytest.mark.parametrize("count", [0, 201])
def test_none_and_too_many_are_mistakes(world: World, count: int) -> None:
    project = world.project()
    wanted = Order(range(1, count + 1), RUNNING, FIT)
    for attempt in (carry_out, rehearse):
        with pytest.raises(InvalidInput) as mistake:
            attempt(world, project, wanted)
        assert mistake.value.field == "test_ids"


def test_two_hundred_at_once_are_few_enough(world: World) -> None:
    project = world.project()
    draft = world.experiment(project)
    wanted = Order([draft.test_id] * bulk.MOST_AT_ONCE, RUNNING, FIT)
    assert carry_out(world, project, wanted).done


def test_a_reason_that_cannot_be_kept_changes_none_of_them(world: World) -> None:
    project = world.project()
    drafts = [world.experiment(project) for _ in range(2)]
    with pytest.raises(InvalidInput):
        carry_out(world, project, replace(order(drafts, ARCHIVED), reason="x" * 501))
    assert statuses(world, drafts) == [DRAFT, DRAFT]


def test_a_reason_that_cannot_be_kept_is_a_mistake_where_all_are_so_already_too(
    world: World,
) -> None:
    project = world.project()
    live = world.running(project, 1)
    with pytest.raises(InvalidInput, match="control"):
        carry_out(world, project, replace(order(live, RUNNING), reason="\x84"))


@on_both_databases
def test_with_the_plan_unreadable_nothing_starts_and_pausing_still_works(world: World) -> None:
    project = world.project(limit=2)
    running, (waiting,) = world.running(project, 2), world.queued(project, 1)
    world.execute("ALTER TABLE plan RENAME TO gone")
    came = carry_out(world, project, order([waiting], RUNNING))
    assert (codes(came), came.slots_before, came.slots_after) == (["PLAN_UNREADABLE"], None, None)
    came = carry_out(world, project, order(running, STOPPED))
    assert (codes(came), came.slots_after) == ([None, None], None)
    assert statuses(world, [*running, waiting]) == [STOPPED, STOPPED, DRAFT]


@on_both_databases
def test_a_refused_start_takes_nothing_back_that_was_done_before_it(world: World) -> None:
    project = world.project(limit=2)
    (running,), draft = world.running(project, 1), world.experiment(project)
    pause, start = wish(STOPPED, Contract.NAMES), wish(RUNNING, Contract.NAMES)
    world.execute("ALTER TABLE plan RENAME TO gone")
    with world.app.app_context(), changing(project.id, COMMAND_LINE) as work:
        transitions.change_status(work, running.test_id, pause)
        with pytest.raises(Refused):
            transitions.change_status(work, draft.test_id, start)
    assert statuses(world, [running, draft]) == [STOPPED, DRAFT]


def test_many_are_archived_with_how_they_ended(world: World) -> None:
    project = world.project()
    paused = [world.experiment(project, STOPPED) for _ in range(2)]
    carry_out(world, project, replace(order(paused, ARCHIVED), conclusion=Conclusion.LOST))
    assert [world.entries(each)[-1].conclusion for each in paused] == ["lost", "lost"]
    started = replace(order([world.experiment(project)], RUNNING), conclusion=Conclusion.WON)
    with pytest.raises(InvalidInput):
        carry_out(world, project, started)


def test_of_many_what_never_ran_is_not_archived_as_lost(world: World) -> None:
    project = world.project()
    both = [world.experiment(project, STOPPED), world.experiment(project)]
    came = carry_out(world, project, replace(order(both, ARCHIVED), conclusion=Conclusion.LOST))
    assert [each.refusal and each.refusal.reason for each in came.items] == [None, "never_ran"]
    assert statuses(world, both) == [ARCHIVED, DRAFT]


@pytest.mark.parametrize(
    ("origins", "target", "way_back"),
    [
        ([RUNNING, RUNNING], STOPPED, RUNNING),
        ([STOPPED, STOPPED], RUNNING, STOPPED),
        ([STOPPED, STOPPED], DRAFT, STOPPED),
        ([RUNNING, STOPPED], STOPPED, RUNNING),
        ([STOPPED, DRAFT], RUNNING, None),
        ([DRAFT, DRAFT], RUNNING, None),
        ([STOPPED, DRAFT], ARCHIVED, None),
        ([ARCHIVED], RUNNING, None),
    ],
)
def test_many_go_back_together_to_where_all_that_changed_came_from(
    world: World, origins: list[Status], target: Status, way_back: Status | None
) -> None:
    project = world.project()
    experiments = [world.experiment(project, origin) for origin in origins]
    came = carry_out(world, project, order(experiments, target))
    assert came.way_back is way_back
    if way_back:
        carry_out(world, project, taking_back(came, way_back))
        assert statuses(world, experiments) == origins


@pytest.mark.parametrize("target", [RUNNING, DRAFT])
def test_a_change_of_many_taken_back_ships_again_what_it_has_ended(
    world: World, target: Status
) -> None:
    project = world.project()
    both = [world.experiment(project, STOPPED) for _ in range(2)]
    world.ship(both[0])
    came = carry_out(world, project, order(both, target))
    assert not world.reload(both[0]).is_shipped
    carry_out(world, project, taking_back(came, STOPPED))
    assert [world.reload(each).is_shipped for each in both] == [True, False]


def test_what_was_taken_back_as_a_whole_already_has_no_way_back(world: World) -> None:
    project = world.project(limit=1)
    paused = [world.experiment(project, STOPPED) for _ in range(2)]
    came = carry_out(world, project, order(paused, RUNNING, ALL))
    assert (came.changed, came.way_back) == ((), None)


@on_both_databases
def test_what_a_colleague_has_changed_since_is_not_taken_back(world: World) -> None:
    project = world.project()
    kept, changed = world.running(project, 2)
    came = carry_out(world, project, order([kept, changed], STOPPED))
    carry_out(world, project, order([changed], RUNNING))
    carry_out(world, project, order([changed], STOPPED))
    undone = carry_out(world, project, taking_back(came, RUNNING))
    assert codes(undone) == [None, "EXPERIMENT_CHANGED"]
    assert statuses(world, [kept, changed]) == [RUNNING, STOPPED]


def test_what_was_changed_since_it_was_seen_is_not_queued(world: World) -> None:
    project = world.project(limit=0)
    draft, changed = world.experiment(project), world.experiment(project)
    seen = {each.test_id: unchanged_since(each.changed_at) for each in (draft, changed)}
    carry_out(world, project, order([changed], ARCHIVED))
    with world.app.app_context():
        items = bulk.queue(project.id, list(seen), COMMAND_LINE, QUEUE_UNTIL, seen)
    assert [item.refusal and item.refusal.code for item in items] == [None, "EXPERIMENT_CHANGED"]
    assert world.line(project) == [draft.test_id]


def test_what_is_taken_back_without_saying_how_it_was_stays(world: World) -> None:
    project = world.project()
    drafts = [world.experiment(project) for _ in range(2)]
    seen = {drafts[0].test_id: unchanged_since(drafts[0].changed_at)}
    for partly in (seen, {}):
        with pytest.raises(InvalidInput):
            carry_out(
                world, project, replace(order(drafts, STOPPED), expected=partly, takes_back=True)
            )
    assert statuses(world, drafts) == [DRAFT] * 2


@pytest.mark.parametrize("beside", [True, False])
def test_a_draft_that_is_told_to_be_a_draft_leaves_the_queue(world: World, *, beside: bool) -> None:
    project = world.project(limit=1)
    paused = world.experiment(project, STOPPED)
    world.running(project, 1)
    (queued,) = world.queued(project, 1)
    told = [queued, paused] if beside else [queued]
    came = carry_out(world, project, order(told, DRAFT))
    assert [item.left_the_queue for item in came.items] == [True, False][: len(told)]
    assert world.line(project) == []
    assert world.entries(queued)[-1].detail == "It was told to be a draft."


def test_what_is_told_to_pause_does_not_start_in_a_slot_that_this_frees(world: World) -> None:
    project = world.project(limit=2)
    running = world.running(project, 2)
    told, other = world.queued(project, 2)
    came = carry_out(world, project, order([running[0], told], STOPPED))
    assert [item.left_the_queue for item in came.items] == [False, True]
    assert [taker.test_id for taker in came.takers] == [other.test_id]
    assert statuses(world, [running[0], told, other]) == [STOPPED, DRAFT, RUNNING]
    assert world.line(project) == []


def test_of_what_waited_and_is_archived_that_is_said_and_not_that_it_left_the_queue(
    world: World,
) -> None:
    project = world.project(limit=0)
    (waiting,) = world.queued(project, 1)
    (item,) = carry_out(world, project, order([waiting], ARCHIVED)).items
    assert (item.is_changed, item.left_the_queue) == (True, False)
    assert world.line(project) == []


def test_what_was_changed_meanwhile_is_told_so_and_stays_in_the_queue(world: World) -> None:
    project = world.project(limit=1)
    (running,) = world.running(project, 1)
    first, stale = world.queued(project, 2)
    expected = {stale.test_id: unchanged_since(stale.changed_at - timedelta(seconds=1))}
    wanted = replace(order([running, stale], STOPPED), expected=expected)
    came = carry_out(world, project, wanted)
    assert codes(came) == [None, "EXPERIMENT_CHANGED"]
    assert [item.left_the_queue for item in came.items] == [False, False]
    assert [taker.test_id for taker in came.takers] == [first.test_id]
    assert world.line(project) == [stale.test_id]


def test_over_the_limit_the_start_from_the_queue_names_the_pause_that_freed_its_slot(
    world: World,
) -> None:
    project = world.project(limit=3)
    running = world.running(project, 3)
    world.set_limit(project, 1)
    (waiting,) = world.queued(project, 1)
    came = carry_out(world, project, order(running, STOPPED))
    assert [taker.test_id for taker in came.takers] == [waiting.test_id]
    assert world.entries(waiting)[-1].cause_entry_id == came.items[-1].entry_id


@pytest.mark.parametrize("limit", [2, None])
def test_each_start_from_the_queue_names_the_pause_of_its_own(
    world: World, limit: int | None
) -> None:
    project = world.project(limit=2)
    running, waiting = world.running(project, 2), world.queued(project, 2)
    # The plan has no limit any more, and the queue has not been served since.
    world.execute("UPDATE plan SET experiments_running = :limit", limit=limit)
    came = carry_out(world, project, order(running, STOPPED))
    causes = [world.entries(each)[-1].cause_entry_id for each in waiting]
    assert causes == [item.entry_id for item in came.items]


def test_where_nothing_is_paused_what_waits_goes_on_waiting(world: World) -> None:
    project = world.project(limit=1)
    world.running(project, 1)
    (queued,) = world.queued(project, 1)
    came = carry_out(world, project, order([queued], STOPPED))
    assert codes(came) == ["EXPERIMENT_NOT_RUNNING"]
    assert world.line(project) == [queued.test_id]


def test_all_or_nothing_blames_no_slot_that_nobody_holds(world: World) -> None:
    project = world.project(limit=2)
    drafts = [world.experiment(project) for _ in range(3)]
    came = carry_out(world, project, order(drafts, RUNNING, ALL))
    (refused,) = came.refused
    assert refused.refusal
    assert refused.refusal.slots == came.slots_before
    assert refused.refusal.ways_out == ()
    assert (
        world.entries(drafts[2])[-1].detail
        == refused.refusal.sentence
        == ("3 experiments were to start together, all or none, and 2 slots are free.")
    )


@pytest.mark.parametrize(
    ("limit", "status", "reason"),
    [(2, ARCHIVED, Reason.ARCHIVED_RESTART), (1, DRAFT, Reason.AT_THE_LIMIT)],
)
def test_all_or_nothing_keeps_why_not_where_it_is_not_that_too_many_were_to_start(
    world: World, limit: int, status: Status, reason: Reason
) -> None:
    project = world.project(limit=limit)
    world.running(project, 1)
    (item,) = carry_out(
        world, project, order([world.experiment(project, status)], RUNNING, ALL)
    ).items
    assert item.refusal
    assert item.refusal.reason is reason


def taking_back(came: BulkOutcome, way_back: Status) -> Order:
    """The order that an undo gives right after: for what changed, as it was left."""
    expected = {
        item.experiment.test_id: unchanged_since(item.after.changed_at) for item in came.changed
    }
    return Order(list(expected), way_back, FIT, expected=expected, takes_back=True)


@on_both_databases
def test_many_are_queued_in_the_order_given_and_those_for_which_there_is_a_slot_start(
    world: World, database_url: str
) -> None:
    project = world.project(limit=1)
    first, second, third = (world.experiment(project) for _ in range(3))
    archived = world.experiment(project, ARCHIVED)
    chosen = [each.test_id for each in (third, archived, first, second, first)]
    with world.app.app_context():
        items = bulk.queue(project.id, chosen, COMMAND_LINE, QUEUE_UNTIL, {})
    assert [item.refusal and item.refusal.code for item in items] == [
        None,
        "EXPERIMENT_ARCHIVED_RESTART",
        None,
        None,
    ]
    assert statuses(world, [first, second, third]) == [DRAFT, DRAFT, RUNNING]
    assert world.line(project) == [first.test_id, second.test_id]
    assert world.entries(archived)[-1].kind is Kind.REFUSED
    assert audit.read(database_url, project.id).breaks() == []


def test_none_and_too_many_are_not_queued(world: World) -> None:
    project = world.project(limit=0)
    draft = world.experiment(project)
    with world.app.app_context():
        for chosen in ([], [draft.test_id] * (bulk.MOST_AT_ONCE + 1)):
            with pytest.raises(InvalidInput):
                bulk.queue(project.id, chosen, COMMAND_LINE, QUEUE_UNTIL, {})
    assert world.line(project) == []


def test_of_many_that_are_to_be_queued_none_is_where_one_is_not_the_projects(world: World) -> None:
    project = world.project(limit=0)
    draft, elsewhere = world.experiment(project), world.experiment(world.project())
    with world.app.app_context(), pytest.raises(NotFound):
        bulk.queue(project.id, [draft.test_id, elsewhere.test_id], COMMAND_LINE, QUEUE_UNTIL, {})
    assert world.line(project) == []


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("target", Status)
def test_what_is_as_asked_for_is_already_so_and_no_refusal(
    world: World, mode: Mode, target: Status
) -> None:
    project = world.project()
    there = world.experiment(project, target)
    before = len(world.entries(there))
    came = carry_out(world, project, order([there], target, mode))
    assert (codes(came), came.done) == ([None], True)
    assert [item.experiment.test_id for item in came.already] == [there.test_id]
    assert came.changed == ()
    assert len(world.entries(there)) == before


def test_a_draft_that_is_told_to_pause_is_refused_still(world: World) -> None:
    project = world.project()
    came = carry_out(world, project, order([world.experiment(project)], STOPPED))
    assert codes(came) == ["EXPERIMENT_NOT_RUNNING"]
    assert came.already == ()


@on_both_databases
def test_what_the_queue_took_is_swapped_back_in_one_step(world: World, database_url: str) -> None:
    project = world.project(limit=4)
    running, waiting = world.running(project, 4), world.queued(project, 3)
    came = carry_out(world, project, order(running, STOPPED))
    assert [taker.test_id for taker in came.takers] == [each.test_id for each in waiting]
    back = replace(
        order(running, RUNNING),
        expected={
            item.after.test_id: unchanged_since(item.after.changed_at) for item in came.changed
        },
        takes_back=True,
        in_place_of=dict(
            zip(
                [each.test_id for each in running], [each.test_id for each in waiting], strict=False
            )
        ),
    )
    again = carry_out(world, project, back)
    assert codes(again) == [None] * 4
    assert statuses(world, [*running, *waiting]) == [RUNNING] * 4 + [STOPPED] * 3
    swapped = world.entries(running[0])[-1]
    assert swapped.paused_test_id == waiting[0].test_id
    record = audit.read(database_url, project.id)
    assert (record.breaks(), record.most_running()) == ([], 4)


def swapping_back(running: list[Experiment], came: BulkOutcome) -> Order:
    """Return what the button in the panel of `came` asks for."""
    takers = [taker.test_id for taker in came.takers]
    return replace(
        order(running, RUNNING),
        expected={
            item.after.test_id: unchanged_since(item.after.changed_at) for item in came.changed
        },
        takes_back=True,
        in_place_of=dict(zip([each.test_id for each in running], takers, strict=False)),
    )


def test_what_is_swapped_back_takes_a_slot_that_somebody_has_freed_meanwhile(world: World) -> None:
    project = world.project(limit=2)
    running, waiting = world.running(project, 2), world.queued(project, 2)
    came = carry_out(world, project, order(running, STOPPED))
    world.move(waiting[0], STOPPED, Contract.NAMES)
    again = carry_out(world, project, swapping_back(running, came))
    assert codes(again) == [None, None]
    made_room = [item.swapped_for and item.swapped_for.test_id for item in again.items]
    assert made_room == [None, waiting[1].test_id]
    assert statuses(world, [*running, *waiting]) == [RUNNING, RUNNING, STOPPED, STOPPED]


def test_what_made_room_no_more_is_refused_by_the_limit_and_the_others_are_swapped_back(
    world: World,
) -> None:
    project = world.project(limit=2)
    running, waiting = world.running(project, 2), world.queued(project, 3)
    came = carry_out(world, project, order(running, STOPPED))
    world.move(waiting[0], STOPPED, Contract.NAMES)
    again = carry_out(world, project, swapping_back(running, came))
    assert codes(again) == ["PLAN_LIMIT", None]
    assert statuses(world, [*running, *waiting]) == [STOPPED, RUNNING, STOPPED, STOPPED, RUNNING]
