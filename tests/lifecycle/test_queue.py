"""The queue: joined, left, reordered, and served whenever there is a slot."""

from datetime import timedelta

import pytest

from app.accounts import api_keys
from app.core.errors import NotFound
from app.lifecycle import pending
from app.lifecycle.preconditions import unchanged_since
from app.lifecycle.queueing import queue
from app.lifecycle.refusals import Refused
from app.models import Actor, Door, Experiment, KeyType, Kind, Project, Role, Status, now
from app.tenancy import moves, plans
from app.tenancy.plans import Limit, PlanChange
from app.web import settings
from tests import audit
from tests.conftest import on_both_databases
from tests.contracts import Contract
from tests.world import COMMAND_LINE, QUEUE_UNTIL, World

DRAFT, RUNNING, STOPPED, ARCHIVED = Status.DRAFT, Status.RUNNING, Status.STOPPED, Status.ARCHIVED


def full(world: World) -> Project:
    """A project with one slot, which is taken."""
    project = world.project(limit=1)
    world.running(project, 1)
    return project


def move(world: World, experiment: Experiment, position: int) -> int:
    with world.app.app_context():
        place = queue.move(experiment.project_id, experiment.test_id, position, COMMAND_LINE)
        return place.position


def leave(world: World, experiment: Experiment) -> None:
    with world.app.app_context():
        queue.leave(experiment.project_id, experiment.test_id, COMMAND_LINE)


def serve(world: World, project: Project) -> None:
    with world.app.app_context():
        queue.serve(project.id)


def statuses(world: World, *experiments: Experiment) -> list[Status]:
    return [world.reload(each).status for each in experiments]


def test_without_a_free_slot_it_waits_behind_the_others(world: World) -> None:
    project = world.project(limit=1)
    first, second = world.experiment(project), world.experiment(project, STOPPED)
    world.running(project, 1)
    asked = [world.queue(each) for each in (first, second)]
    assert [(each.status, each.position) for each in asked] == [(DRAFT, 1), (STOPPED, 2)]
    assert world.line(project) == [first.test_id, second.test_id]
    (entry,) = world.entries(first)
    assert (entry.kind, entry.to_status) == (Kind.QUEUED, RUNNING)


def test_with_a_free_slot_it_starts_at_once(world: World) -> None:
    project = world.project(limit=1)
    draft = world.experiment(project)
    asked = world.queue(draft)
    (entry,) = world.entries(draft)
    assert (asked.status, asked.position, asked.entry_id) == (RUNNING, None, entry.id)
    assert world.history(draft) == [(DRAFT, RUNNING, Door.COMMAND_LINE)]
    assert world.line(project) == []


@on_both_databases
def test_asked_for_again_it_keeps_its_place_and_waits_for_who_asked_last(world: World) -> None:
    project = full(world)
    first, _ = world.queued(project, 2)
    colleague = world.person(world.member(project))
    again = world.queue(first, colleague)
    assert again.position == 1
    asked = "SELECT user_id FROM queued_start ORDER BY place"
    assert world.execute(asked) == [(colleague.user_id,), (None,)]


def test_asked_for_again_by_a_key_it_waits_anew_for_that_key_alone(world: World) -> None:
    project = full(world)
    first, second = world.queued(project, 2)
    with world.app.app_context():
        key = api_keys.mint(project.id, KeyType.ADMIN, "nightly", COMMAND_LINE).key.id
        asking = Actor(Door.NAMES, api_key_id=key)
        queue.join(project.id, first.test_id, asking, QUEUE_UNTIL + timedelta(days=9))
    waiting = world.execute("SELECT door, api_key_id, expires_at FROM queued_start ORDER BY place")
    assert [(row.door, row.api_key_id) for row in waiting] == [
        (Door.NAMES.value, key),
        (Door.COMMAND_LINE.value, None),
    ]
    assert waiting[0].expires_at > waiting[1].expires_at
    assert world.line(project) == [first.test_id, second.test_id]


@pytest.mark.parametrize("by_the_same", [True, False])
def test_asked_for_again_history_says_so_of_somebody_else_alone_and_pages_are_told(
    world: World, *, by_the_same: bool
) -> None:
    project = full(world)
    first, _ = world.queued(project, 2)
    before = world.execute("SELECT version FROM project")[0].version
    world.queue(first, COMMAND_LINE if by_the_same else world.person(world.member(project)))
    queued = [entry for entry in world.entries(first) if entry.kind is Kind.QUEUED]
    assert [entry.detail for entry in queued] == (
        [""] if by_the_same else ["", "Asked for again, by somebody else."]
    )
    assert world.execute("SELECT version FROM project")[0].version > before


@pytest.mark.parametrize(
    ("status", "code"),
    [(RUNNING, "INVALID_TRANSITION"), (ARCHIVED, "EXPERIMENT_ARCHIVED_RESTART")],
)
def test_what_no_slot_would_start_does_not_wait_for_one(
    world: World, status: Status, code: str
) -> None:
    project = world.project(limit=1)
    experiment = world.experiment(project, status)
    with pytest.raises(Refused) as refused:
        world.queue(experiment)
    assert refused.value.refusal.code == code
    assert world.line(project) == []
    assert world.entries(experiment)[-1].kind is Kind.REFUSED


@on_both_databases
def test_with_the_plan_unreadable_it_waits_until_it_can_be_read(world: World) -> None:
    project = world.project(limit=1)
    draft = world.experiment(project)
    world.execute("ALTER TABLE plan RENAME TO gone")
    assert world.queue(draft).position == 1
    serve(world, project)
    assert world.line(project) == [draft.test_id]
    world.execute("ALTER TABLE gone RENAME TO plan")
    serve(world, project)
    assert statuses(world, draft) == [RUNNING]


def test_it_waits_as_long_as_the_setting_says(world: World) -> None:
    world.app.config["QUEUE_DAYS"] = 7
    project, before = full(world), now()
    draft = world.experiment(project)
    with world.app.app_context():
        queue.join(project.id, draft.test_id, COMMAND_LINE, settings.queue_until())
        (pending,) = queue.listed(project.id)
    assert timedelta(0) <= pending.expires_at - before - timedelta(days=7) < timedelta(minutes=1)


def test_taken_out_by_hand_it_waits_no_more_and_history_says_so(world: World) -> None:
    project = full(world)
    first, second = world.queued(project, 2)
    leave(world, first)
    assert world.line(project) == [second.test_id]
    assert [each.kind for each in world.entries(first)] == [Kind.QUEUED, Kind.UNQUEUED]
    assert world.entries(first)[-1].detail == "Taken out by hand."


def test_what_does_not_wait_can_neither_leave_nor_move(world: World) -> None:
    draft = world.experiment(full(world))
    with pytest.raises(NotFound):
        leave(world, draft)
    with pytest.raises(NotFound):
        move(world, draft, 1)
    assert world.entries(draft) == []


def test_nobody_moves_or_takes_out_what_waits_in_another_project(world: World) -> None:
    project, other = full(world), full(world)
    (theirs,) = world.queued(other, 1)
    with world.app.app_context():
        with pytest.raises(NotFound):
            queue.leave(project.id, theirs.test_id, COMMAND_LINE)
        with pytest.raises(NotFound):
            queue.move(project.id, theirs.test_id, 1, COMMAND_LINE)
        with pytest.raises(NotFound):
            queue.join(project.id, theirs.test_id, COMMAND_LINE, QUEUE_UNTIL)
    assert world.line(other) == [theirs.test_id]


@on_both_databases
@pytest.mark.parametrize(
    ("moved", "position", "order", "reached"),
    [
        (0, 2, [1, 0, 2], 2),
        (0, 3, [1, 2, 0], 3),
        (2, 1, [2, 0, 1], 1),
        (1, -5, [1, 0, 2], 1),
        (1, 0, [1, 0, 2], 1),
        (0, 10**30, [1, 2, 0], 3),
    ],
)
def test_moved_it_waits_at_that_position_or_the_nearest_that_there_is(
    world: World, moved: int, position: int, order: list[int], reached: int
) -> None:
    project = full(world)
    pending = world.queued(project, 3)
    assert move(world, pending[moved], position) == reached
    assert world.line(project) == [pending[each].test_id for each in order]
    assert world.entries(pending[moved])[-1].detail == f"Moved to place {reached}."


def test_moved_to_where_it_is_nothing_is_told(world: World) -> None:
    project = full(world)
    first, _ = world.queued(project, 2)
    assert move(world, first, 1) == 1
    assert len(world.entries(first)) == 1


def test_after_a_move_and_a_leave_the_next_to_join_is_last(world: World) -> None:
    project = full(world)
    first, second, third = world.queued(project, 3)
    move(world, third, 1)
    leave(world, first)
    (fourth,) = world.queued(project, 1)
    assert world.line(project) == [third.test_id, second.test_id, fourth.test_id]


@on_both_databases
def test_a_higher_limit_starts_as_many_as_it_brings_in_every_project_of_the_plan(
    world: World, database_url: str
) -> None:
    project, other = full(world), full(world)
    with world.app.app_context():
        moves.move([other.key], project.plan_code, COMMAND_LINE)
    pending, elsewhere = world.queued(project, 3), world.queued(other, 1)
    world.set_limit(project, 3)
    assert statuses(world, *pending) == [RUNNING, RUNNING, DRAFT]
    assert statuses(world, *elsewhere) == [RUNNING]
    assert world.line(project) == [pending[2].test_id]
    assert audit.read(database_url, project.id).breaks() == []


def test_no_limit_at_all_starts_everything(world: World) -> None:
    project = full(world)
    pending = world.queued(project, 3)
    world.set_limit(project, None)
    assert statuses(world, *pending) == [RUNNING] * 3


@on_both_databases
def test_a_plan_that_is_put_by_the_command_line_fills_its_slots_too(world: World) -> None:
    project = full(world)
    pending = world.queued(project, 2)
    with world.app.app_context():
        plans.put(project.plan_code, PlanChange("Bigger", Limit(2)), COMMAND_LINE)
    assert statuses(world, *pending) == [RUNNING, DRAFT]


def test_another_plan_starts_as_many_as_it_brings(world: World) -> None:
    project = full(world)
    pending = world.queued(project, 2)
    code = world.plan(limit=2)
    with world.app.app_context():
        moves.move([project.key], code, COMMAND_LINE)
    assert statuses(world, *pending) == [RUNNING, DRAFT]


def test_a_lower_limit_starts_and_stops_nothing(world: World) -> None:
    project = full(world)
    pending = world.queued(project, 1)
    world.set_limit(project, 0)
    assert statuses(world, *pending) == [DRAFT]
    assert world.line(project) == [pending[0].test_id]


def test_one_slot_is_not_given_to_a_start_by_hand_while_somebody_waits_for_it(
    world: World,
) -> None:
    project = world.project(limit=1)
    (running,), (pending,) = world.running(project, 1), world.queued(project, 1)
    world.move(running, STOPPED, Contract.NAMES)
    with pytest.raises(Refused):
        world.start(running)
    assert statuses(world, running, pending) == [STOPPED, RUNNING]


@on_both_databases
def test_served_it_drops_wherever_they_stand_who_may_not_start_any_more(world: World) -> None:
    project = full(world)
    first, theirs = world.experiment(project), world.experiment(project)
    email = world.member(project)
    world.queue(first)
    world.queue(theirs, world.person(email))
    (late,) = world.queued(project, 1)
    world.execute(
        "UPDATE queued_start SET expires_at = :now WHERE test_id = :id", now=now(), id=late.test_id
    )
    world.demote(project, email)
    serve(world, project)
    assert world.line(project) == [first.test_id]
    assert [world.entries(each)[-1].kind for each in (theirs, late)] == [Kind.UNQUEUED] * 2


@pytest.mark.parametrize("ending", ["revoked", "expired"])
def test_a_key_that_has_ended_starts_nothing_from_the_queue(world: World, ending: str) -> None:
    project = full(world)
    draft = world.experiment(project)
    with world.app.app_context():
        key_id = api_keys.mint(project.id, KeyType.ADMIN, "key", COMMAND_LINE).key.id
    world.queue(draft, Actor(Door.NAMES, api_key_id=key_id))
    column = {"revoked": "revoked_at", "expired": "expires_at"}[ending]
    world.execute(f"UPDATE api_key SET {column} = :now", now=now())  # noqa: S608
    world.set_limit(project, 5)
    assert statuses(world, draft) == [DRAFT]
    assert world.line(project) == []


def test_a_member_who_has_left_the_project_starts_nothing_from_the_queue(world: World) -> None:
    project = full(world)
    draft, email = world.experiment(project), world.member(project)
    world.queue(draft, world.person(email))
    world.execute("DELETE FROM membership")
    world.set_limit(project, 5)
    assert statuses(world, draft) == [DRAFT]
    assert world.line(project) == []


@on_both_databases
def test_a_queue_is_served_where_a_slot_or_somebodys_end_calls_for_it(world: World) -> None:
    waiting, theirs, by_key, lapsed, over, unlimited, viewed, revoked, expired = (
        full(world) for _ in range(9)
    )
    for project in (waiting, lapsed, over, unlimited):
        world.queued(project, 2)
    email, _ = world.member(theirs), world.member(viewed)
    for project in (theirs, viewed):
        world.give_role(project, email, Role.MARKETER)
        world.queue(world.experiment(project), world.person(email))
    for project in (by_key, revoked, expired):
        with world.app.app_context():
            key_id = api_keys.mint(project.id, KeyType.ADMIN, "key", COMMAND_LINE).key.id
        world.queue(world.experiment(project), Actor(Door.NAMES, api_key_id=key_id))
    expire = "UPDATE queued_start SET expires_at = :past WHERE project_id = :project"
    world.execute(expire, past=now() - timedelta(days=1), project=lapsed.id)
    limit = "UPDATE plan SET experiments_running = :limit WHERE code = :code"
    world.execute(limit, limit=9, code=over.plan_code)
    world.execute(limit, limit=None, code=unlimited.plan_code)
    moment, day = now(), timedelta(days=1)
    for project, column, at in (
        (by_key, "expires_at", moment + day),
        (revoked, "revoked_at", moment - day),
        (expired, "expires_at", moment - day),
    ):
        end = f"UPDATE api_key SET {column} = :at WHERE project_id = :project"  # noqa: S608
        world.execute(end, at=at, project=project.id)
    world.demote(viewed, email)
    with world.app.app_context():
        found = queue.project_ids_to_serve(moment)
    called_for = (lapsed, over, unlimited, viewed, revoked, expired)
    assert found == [project.id for project in called_for]


@on_both_databases
def test_the_list_names_who_waits_and_who_asked(world: World) -> None:
    project = full(world)
    draft, email = world.experiment(project), world.member(project)
    world.queue(draft, world.person(email))
    with world.app.app_context():
        (pending,) = queue.listed(project.id)
        assert pending.experiment.name == draft.name
        assert pending.user
        assert pending.user.email == email


@on_both_databases
def test_the_queue_is_full_at_two_hundred_and_says_so(world: World) -> None:
    project = full(world)
    world.crowd(project, pending.MOST_WAITING)
    # Written past the services: two hundred units of work are slow.
    world.execute(
        "INSERT INTO queued_start (test_id, project_id, place, door, queued_at, expires_at)"
        " SELECT test_id, project_id, test_id, 'browser', :at, '2099-01-01'"
        " FROM experiment WHERE status = 'draft'",
        at=now(),
    )
    late = world.experiment(project)
    with pytest.raises(Refused) as caught:
        world.queue(late)
    assert caught.value.refusal.code == "QUEUE_FULL"
    assert late.test_id not in world.line(project)
    assert [each.kind for each in world.entries(late)] == [Kind.REFUSED]
    world.set_limit(project, 2)
    assert world.queue(late).position == pending.MOST_WAITING


def test_asked_for_again_by_somebody_else_it_keeps_its_place_and_history_says_who(
    world: World,
) -> None:
    project = full(world)
    first, second = world.queued(project, 2)
    person = world.person(world.member(project))
    for _ in range(2):
        assert world.queue(first, person).position == 1
    entries = world.entries(first)
    assert [(each.kind, each.user_id) for each in entries] == [
        (Kind.QUEUED, None),
        (Kind.QUEUED, person.user_id),
    ]
    assert world.line(project) == [first.test_id, second.test_id]


def test_what_has_changed_since_somebody_looked_is_not_queued(world: World) -> None:
    project = full(world)
    experiment = world.experiment(project)
    seen = unchanged_since(experiment.changed_at)
    world.move(experiment, STOPPED, Contract.INTEGERS)
    with world.app.app_context(), pytest.raises(Refused) as caught:
        queue.join(project.id, experiment.test_id, COMMAND_LINE, QUEUE_UNTIL, seen)
    assert caught.value.refusal.code == "EXPERIMENT_CHANGED"
    assert world.line(project) == []
