"""Starts and stops at a moment: set, carried out once however late, or told why not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from app.core.errors import InvalidInput, NotFound
from app.lifecycle.refusals import Refused
from app.lifecycle.scheduling import due_changes, schedules
from app.lifecycle.scheduling.schedules import Schedule
from app.models import CauseKind, Door, Experiment, Kind, Project, Status, now
from tests import audit
from tests.conftest import on_both_databases
from tests.contracts import Contract
from tests.world import COMMAND_LINE, TERMS, World

DRAFT, RUNNING, STOPPED, ARCHIVED = Status.DRAFT, Status.RUNNING, Status.STOPPED, Status.ARCHIVED
HOUR = timedelta(hours=1)


@pytest.fixture
def noon() -> datetime:
    """Some moment of tomorrow, to the second."""
    return now().replace(microsecond=0) + timedelta(days=1)


def after(moment: datetime, wait: timedelta | None) -> datetime | None:
    return None if wait is None else moment + wait


def carry_out(world: World, project: Project, moment: datetime) -> None:
    with world.app.app_context():
        due_changes.carry_out(project.id, moment, TERMS)


def due(world: World, moment: datetime) -> list[int]:
    with world.app.app_context():
        return list(due_changes.due_project_ids(moment, TERMS.late_start))


def statuses(world: World, *experiments: Experiment) -> list[Status]:
    return [world.reload(each).status for each in experiments]


def last(world: World, experiment: Experiment) -> tuple[Kind, Door, str]:
    entry = world.entries(experiment)[-1]
    return entry.kind, entry.door, entry.detail


@on_both_databases
def test_what_is_set_is_kept_and_history_says_when_in_utc(world: World) -> None:
    project = world.project()
    draft = world.experiment(project)
    start = datetime(now().year + 1, 3, 1, 1, 30, tzinfo=timezone(timedelta(hours=5)))
    world.schedule(draft, start, start + HOUR)
    assert world.planned(draft) == Schedule(start, start + HOUR)
    kept = world.planned(draft).start_at
    assert kept
    assert kept.tzinfo is UTC
    first, second = world.entries(draft)
    assert [each.kind for each in (first, second)] == [Kind.SCHEDULED] * 2
    assert (first.to_status, second.to_status) == (RUNNING, STOPPED)
    assert first.detail == f"{start.year}-02-28 20:30 UTC"


@on_both_databases
def test_at_its_moment_it_starts_and_later_stops(
    world: World, noon: datetime, database_url: str
) -> None:
    project = world.project()
    draft = world.experiment(project)
    world.schedule(draft, noon, noon + HOUR)
    carry_out(world, project, noon - timedelta(microseconds=1))
    assert statuses(world, draft) == [DRAFT]
    carry_out(world, project, noon)
    assert statuses(world, draft) == [RUNNING]
    carry_out(world, project, noon + HOUR)
    assert world.history(draft) == [
        (DRAFT, RUNNING, Door.SCHEDULE),
        (RUNNING, STOPPED, Door.SCHEDULE),
    ]
    assert audit.read(database_url, project.id).breaks() == []


@on_both_databases
def test_a_start_that_is_too_late_waits_and_history_says_so_once(
    world: World, noon: datetime
) -> None:
    project = world.project()
    draft = world.experiment(project)
    world.schedule(draft, noon)
    moment = noon + HOUR + timedelta(seconds=1)
    assert due(world, moment) == [project.id]
    for _ in range(3):
        carry_out(world, project, moment)
    assert due(world, moment + HOUR) == []
    assert statuses(world, draft) == [DRAFT]
    assert world.planned(draft) == Schedule(noon, None)
    _, told = world.entries(draft)
    assert (told.kind, told.door, told.cause) == (Kind.SCHEDULED, Door.SCHEDULE, CauseKind.LAPSED)
    assert told.scheduled_for == noon


def test_a_start_that_waits_for_somebody_is_started_by_hand(world: World, noon: datetime) -> None:
    project = world.project()
    draft = world.experiment(project)
    world.schedule(draft, noon)
    carry_out(world, project, noon + 2 * HOUR)
    world.start(draft)
    assert (statuses(world, draft), world.planned(draft)) == ([RUNNING], Schedule(None, None))


def test_a_start_that_is_a_little_late_happens_and_keeps_when_it_was_due(
    world: World, noon: datetime
) -> None:
    project = world.project()
    draft = world.experiment(project)
    world.schedule(draft, noon)
    carry_out(world, project, noon + HOUR)
    assert statuses(world, draft) == [RUNNING]
    assert world.entries(draft)[-1].scheduled_for == noon


def test_a_stop_happens_once_however_late_it_is(world: World, noon: datetime) -> None:
    project = world.project()
    running = world.experiment(project, RUNNING)
    world.schedule(running, stop_at=noon)
    for _ in range(3):
        carry_out(world, project, noon + 100 * HOUR)
    assert [each[1] for each in world.history(running)] == [RUNNING, STOPPED]
    assert world.planned(running) == Schedule(None, None)
    assert world.entries(running)[-1].scheduled_for == noon


def test_a_start_whose_stop_has_passed_waits_for_nobody(world: World, noon: datetime) -> None:
    project = world.project()
    draft = world.experiment(project)
    world.schedule(draft, noon, noon + HOUR)
    carry_out(world, project, noon + 100 * HOUR)
    assert statuses(world, draft) == [DRAFT]
    assert world.planned(draft) == Schedule(None, None)
    assert last(world, draft) == (
        Kind.UNSCHEDULED,
        Door.SCHEDULE,
        "Its stop came before it was started.",
    )


def test_what_somebody_else_has_set_is_theirs_when_it_happens(world: World, noon: datetime) -> None:
    project = world.project()
    draft, person = world.experiment(project), world.person(world.member(project))
    world.schedule(draft, noon, actor=person)
    carry_out(world, project, noon)
    entry = world.entries(draft)[-1]
    assert (entry.door, entry.user_id) == (Door.SCHEDULE, person.user_id)


def test_without_a_slot_at_its_moment_it_waits_for_one(world: World, noon: datetime) -> None:
    project = world.project(limit=1)
    (running,), draft = world.running(project, 1), world.experiment(project)
    person = world.person(world.member(project))
    world.schedule(draft, noon, actor=person)
    carry_out(world, project, noon)
    assert world.line(project) == [draft.test_id]
    assert last(world, draft)[:2] == (Kind.QUEUED, Door.SCHEDULE)
    world.move(running, STOPPED, Contract.NAMES)
    assert statuses(world, draft) == [RUNNING]
    assert world.reload(draft).user_id == person.user_id


def test_stops_of_the_same_moment_make_room_for_its_starts(world: World, noon: datetime) -> None:
    project = world.project(limit=1)
    draft, (running,) = world.experiment(project), world.running(project, 1)
    world.schedule(draft, noon)
    world.schedule(running, stop_at=noon)
    carry_out(world, project, noon)
    assert statuses(world, draft, running) == [RUNNING, STOPPED]
    assert world.history(draft) == [(DRAFT, RUNNING, Door.SCHEDULE)]


def test_an_earlier_start_comes_before_a_later_one_whatever_their_numbers(
    world: World, noon: datetime
) -> None:
    project = world.project(limit=1)
    second, first = world.experiment(project), world.experiment(project)
    world.schedule(second, noon + HOUR)
    world.schedule(first, noon)
    carry_out(world, project, noon + HOUR)
    assert statuses(world, first, second) == [RUNNING, DRAFT]
    assert world.line(project) == [second.test_id]


def test_a_stop_of_the_same_moment_goes_to_who_waits_before_who_starts_then(
    world: World, noon: datetime
) -> None:
    project = world.project(limit=1)
    (running,), draft = world.running(project, 1), world.experiment(project)
    (waiting,) = world.queued(project, 1)
    world.schedule(draft, noon)
    world.schedule(running, stop_at=noon)
    carry_out(world, project, noon)
    assert statuses(world, waiting, draft) == [RUNNING, DRAFT]
    assert world.line(project) == [draft.test_id]


def test_a_start_that_the_queue_was_faster_with_is_not_told_to_have_failed(
    world: World, noon: datetime
) -> None:
    project = world.project(limit=1)
    (running,), (waiting,) = world.running(project, 1), world.queued(project, 1)
    world.schedule(running, stop_at=noon)
    world.schedule(waiting, noon)
    carry_out(world, project, noon)
    assert statuses(world, waiting) == [RUNNING]
    kinds = [each.kind for each in world.entries(waiting)]
    assert kinds == [Kind.QUEUED, Kind.SCHEDULED, Kind.CHANGED]


def test_of_who_has_lost_the_right_nothing_starts_and_history_says_why(
    world: World, noon: datetime
) -> None:
    project = world.project()
    experiment = world.experiment(project)
    email = world.member(project)
    world.schedule(experiment, noon, actor=world.person(email))
    world.demote(project, email)
    carry_out(world, project, noon)
    assert statuses(world, experiment) == [experiment.status]
    why = "Whoever asked for it may not change experiments here any more."
    assert last(world, experiment) == (Kind.UNSCHEDULED, Door.SCHEDULE, why)
    assert world.planned(experiment) == Schedule(None, None)


def test_a_stop_of_what_does_not_run_is_dropped_and_shelves_no_draft(
    world: World, noon: datetime
) -> None:
    project = world.project()
    draft = world.experiment(project)
    world.schedule(draft, stop_at=noon)
    carry_out(world, project, noon)
    assert statuses(world, draft) == [DRAFT]
    why = "Only a running experiment is stopped; this one is draft."
    assert last(world, draft) == (Kind.UNSCHEDULED, Door.SCHEDULE, why)


@on_both_databases
def test_with_the_plan_unreadable_stops_are_kept_and_starts_wait(
    world: World, noon: datetime, database_url: str
) -> None:
    project = world.project(limit=2)
    running, draft = world.running(project, 2), world.experiment(project)
    (waiting,) = world.queued(project, 1)
    world.schedule(draft, noon)
    world.schedule(running[0], stop_at=noon - HOUR)
    world.schedule(running[1], stop_at=noon + HOUR)
    world.execute("ALTER TABLE plan RENAME TO gone")
    carry_out(world, project, noon + HOUR)
    assert statuses(world, *running, draft) == [STOPPED, STOPPED, DRAFT]
    assert world.line(project) == [waiting.test_id, draft.test_id]
    assert due(world, noon + HOUR) == []
    assert audit.read(database_url, project.id).breaks() == []


@on_both_databases
def test_what_is_as_it_was_stays_with_its_author_and_untold(world: World, noon: datetime) -> None:
    project = world.project()
    draft, first = world.experiment(project), world.person(world.member(project))
    world.schedule(draft, noon, noon + HOUR, first)
    world.schedule(draft, noon, noon + 2 * HOUR, world.person(world.member(project)))
    rows = world.execute("SELECT target, user_id FROM scheduled_change ORDER BY target")
    assert rows[0] == ("running", first.user_id)
    assert rows[1].user_id not in (None, first.user_id)
    assert len(world.entries(draft)) == 3


def test_what_is_left_out_is_taken_back_and_history_says_so(world: World, noon: datetime) -> None:
    draft = world.experiment(world.project())
    world.schedule(draft, noon, noon + HOUR)
    world.schedule(draft, stop_at=noon + HOUR)
    assert world.planned(draft) == Schedule(None, noon + HOUR)
    assert last(world, draft) == (Kind.UNSCHEDULED, Door.COMMAND_LINE, "Taken back by hand.")


@pytest.mark.parametrize(
    ("start", "stop", "field"),
    [
        (-timedelta(microseconds=1), None, "start_at"),
        (None, -timedelta(seconds=1), "stop_at"),
        (timedelta(days=731), None, "start_at"),
        (None, timedelta(days=731), "stop_at"),
        (2 * HOUR, HOUR, "stop_at"),
        (HOUR, HOUR, "stop_at"),
    ],
)
def test_a_moment_that_cannot_be_is_a_mistake_and_changes_nothing(
    world: World, start: timedelta | None, stop: timedelta | None, field: str
) -> None:
    draft = world.experiment(world.project())
    before = Schedule(now() + 30 * HOUR, now() + 50 * HOUR)
    world.schedule(draft, before.start_at, before.stop_at)
    moment = now()
    with pytest.raises(InvalidInput) as mistake:
        world.schedule(draft, after(moment, start), after(moment, stop))
    assert mistake.value.field == field
    assert world.planned(draft) == before
    assert len(world.entries(draft)) == 2


@pytest.mark.parametrize(
    ("status", "start", "stop", "code"),
    [
        (ARCHIVED, HOUR, None, "EXPERIMENT_ARCHIVED_RESTART"),
        (ARCHIVED, None, HOUR, "EXPERIMENT_ARCHIVED_RESTART"),
        (RUNNING, HOUR, None, "INVALID_TRANSITION"),
    ],
)
def test_what_will_never_be_possible_is_not_scheduled(
    world: World, status: Status, start: timedelta | None, stop: timedelta | None, code: str
) -> None:
    experiment = world.experiment(world.project(), status)
    with pytest.raises(Refused) as refused:
        world.schedule(experiment, after(now(), start), after(now(), stop))
    assert refused.value.refusal.code == code
    assert world.planned(experiment) == Schedule(None, None)


def test_nobody_schedules_what_is_another_projects(world: World, noon: datetime) -> None:
    project, theirs = world.project(), world.experiment(world.project())
    with world.app.app_context(), pytest.raises(NotFound):
        schedules.put(project.id, theirs.test_id, lambda _: Schedule(noon, None), COMMAND_LINE)
    assert world.planned(theirs) == Schedule(None, None)


def test_a_stop_belongs_to_the_run_it_was_set_for(world: World, noon: datetime) -> None:
    project = world.project()
    running = world.experiment(project, RUNNING)
    world.schedule(running, stop_at=noon)
    world.move(running, STOPPED, Contract.NAMES)
    world.start(running)
    assert world.planned(running) == Schedule(None, noon)
    world.move(running, STOPPED, Contract.NAMES)
    world.move(running, DRAFT, Contract.INTEGERS)
    assert world.planned(running) == Schedule(None, None)
    dropped = world.entries(running)[-1]
    assert (dropped.kind, dropped.to_status) == (Kind.UNSCHEDULED, STOPPED)
    assert dropped.detail == "It was told to be a draft."


def test_a_stop_set_for_a_draft_is_the_one_of_its_next_run(world: World, noon: datetime) -> None:
    draft = world.experiment(world.project())
    world.schedule(draft, stop_at=noon)
    world.start(draft)
    assert world.planned(draft) == Schedule(None, noon)


def test_what_is_set_is_changed_as_it_is_then(world: World, noon: datetime) -> None:
    draft = world.experiment(world.project())
    world.schedule(draft, noon)
    with world.app.app_context():
        schedules.put(
            draft.project_id,
            draft.test_id,
            lambda kept: replace(kept, stop_at=noon + HOUR),
            COMMAND_LINE,
        )
    assert world.planned(draft) == Schedule(noon, noon + HOUR)


def test_a_pause_by_hand_leaves_what_is_set_for_later(world: World, noon: datetime) -> None:
    project = world.project()
    running = world.experiment(project, RUNNING)
    world.schedule(running, stop_at=noon)
    world.move(running, STOPPED, Contract.NAMES)
    assert world.planned(running) == Schedule(None, noon)


@on_both_databases
def test_the_projects_in_which_something_is_due_are_known_once_each(
    world: World, noon: datetime
) -> None:
    first, second, third = (world.project() for _ in range(3))
    for project, at in ((first, noon), (first, noon), (second, noon + HOUR), (third, noon)):
        world.schedule(world.experiment(project), at)
    assert due(world, noon) == [first.id, third.id]
    assert due(world, noon - HOUR) == []


def test_one_project_is_carried_out_and_no_other(world: World, noon: datetime) -> None:
    project, other = world.project(), world.project()
    here, there = world.experiment(project), world.experiment(other)
    for each in (here, there):
        world.schedule(each, noon)
    carry_out(world, project, noon)
    assert statuses(world, here, there) == [RUNNING, DRAFT]


@on_both_databases
def test_the_list_has_the_nearest_first_with_names_and_authors(
    world: World, noon: datetime
) -> None:
    project = world.project()
    late, soon = world.experiment(project), world.experiment(project)
    email = world.member(project)
    world.schedule(late, noon + HOUR)
    world.schedule(soon, noon, noon + 2 * HOUR, world.person(email))
    with world.app.app_context():
        found = schedules.listed(project.id)
        assert [(each.experiment.name, each.target) for each in found] == [
            (soon.name, RUNNING),
            (late.name, RUNNING),
            (soon.name, STOPPED),
        ]
        assert found[0].user
        assert found[0].user.email == email


@on_both_databases
def test_a_start_that_still_waits_when_its_stop_comes_waits_no_more(
    world: World, database_url: str
) -> None:
    project = world.project(limit=1)
    world.running(project, 1)
    draft = world.experiment(project)
    world.schedule(draft, now() + HOUR, now() + 2 * HOUR)
    with world.app.app_context():
        due_changes.carry_out(project.id, now() + HOUR, TERMS)
    assert world.line(project) == [draft.test_id]
    with world.app.app_context():
        due_changes.carry_out(project.id, now() + 2 * HOUR, TERMS)
    assert world.line(project) == []
    last = world.entries(draft)[-1]
    assert (last.kind, last.detail) == (Kind.UNQUEUED, "Its stop came before a slot did.")
    world.set_limit(project, 2)
    assert world.reload(draft).status is Status.DRAFT
    assert audit.read(database_url, project.id).breaks() == []


def test_history_says_of_a_stop_that_its_experiment_was_paused_already(world: World) -> None:
    project = world.project()
    (running,) = world.running(project, 1)
    world.schedule(running, stop_at=now() + HOUR)
    world.move(running, Status.STOPPED, Contract.NAMES)
    before = len(world.entries(running))
    for _ in range(2):
        with world.app.app_context():
            due_changes.carry_out(project.id, now() + HOUR, TERMS)
    (told,) = world.entries(running)[before:]
    assert (told.kind, told.from_status, told.to_status) == (Kind.UNSCHEDULED, STOPPED, STOPPED)
    assert (told.door, told.cause) == (Door.SCHEDULE, CauseKind.SCHEDULE)
    assert told.detail == "It fell due when the experiment was paused already."
    assert world.planned(running) == Schedule(None, None)


def test_archiving_takes_back_what_was_scheduled_and_history_says_so(world: World) -> None:
    draft = world.experiment(world.project())
    world.schedule(draft, now() + HOUR, now() + 2 * HOUR)
    world.archive(draft)
    dropped = [
        (each.to_status, each.detail)
        for each in world.entries(draft)
        if each.kind is Kind.UNSCHEDULED
    ]
    assert dropped == [
        (Status.RUNNING, "It was archived."),
        (Status.STOPPED, "It was archived."),
    ]
