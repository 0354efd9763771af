"""What is done to a whole project has an entry of its own, and what belongs to it names that."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Row

from app.core.errors import Forbidden, NotFound
from app.experiments import history
from app.experiments.history_places import Filters
from app.lifecycle.holds import holding, stops
from app.lifecycle.holds.holding import Restarted, Stopped
from app.lifecycle.holds.stops import StillPaused, StopLeft, StopUndo
from app.models import (
    Actor,
    Door,
    Experiment,
    Kind,
    Project,
    ProjectEntry,
    ProjectKind,
    Status,
    now,
)
from tests.conftest import on_both_databases
from tests.contracts import Contract
from tests.world import COMMAND_LINE, TERMS, World

DRAFT, RUNNING, STOPPED = Status.DRAFT, Status.RUNNING, Status.STOPPED
HELD, LIFTED = ProjectKind.QUEUE_HELD, ProjectKind.HOLD_LIFTED
EVERYTHING_STOPPED, UNDONE = ProjectKind.EVERYTHING_STOPPED, ProjectKind.STOP_UNDONE


def hold(world: World, project: Project, actor: Actor = COMMAND_LINE) -> int:
    with world.app.app_context():
        return holding.hold_queue(project.id, actor).hold.id


def lift(world: World, project: Project, actor: Actor = COMMAND_LINE) -> None:
    with world.app.app_context():
        holding.lift_hold(project.id, actor, TERMS)


def stop(world: World, project: Project, actor: Actor = COMMAND_LINE, reason: str = "") -> Stopped:
    with world.app.app_context():
        return holding.stop_everything(project.id, actor, reason)


def undo(world: World, project: Project, what: StopUndo, actor: Actor = COMMAND_LINE) -> Restarted:
    with world.app.app_context():
        return holding.undo_stop(project.id, actor, what, TERMS)


def entries(world: World, project: Project) -> list[ProjectEntry]:
    """The entries of the project itself, oldest first."""
    with world.app.app_context():
        page = history.listed(project.id, Filters(kinds=tuple(ProjectKind)))
    found = [entry for entry in page.entries if isinstance(entry, ProjectEntry)]
    assert len(found) == len(page.entries)
    return found[::-1]


def kinds(world: World, project: Project) -> list[ProjectKind]:
    return [entry.kind for entry in entries(world, project)]


def belonging(world: World, entry: ProjectEntry) -> Sequence[Row[Any]]:
    """Return each entry of the experiments that belongs to one of the project, and to which."""
    return world.execute(
        "SELECT test_id, to_status FROM history WHERE cause_project_entry_id = :entry ORDER BY id",
        entry=entry.id,
    )


@on_both_databases
def test_a_hold_and_its_end_are_entries_that_say_by_whom_and_of_which_hold(world: World) -> None:
    project, other = world.project(limit=1), world.project()
    first = world.experiment(project)
    holder, lifter = (world.person(world.member(project)) for _ in range(2))
    hold_id = hold(world, project, holder)
    world.queue(first)
    lift(world, project, lifter)
    held, lifted = entries(world, project)
    assert (held.kind, held.user_id, held.door, held.hold_id) == (
        HELD,
        holder.user_id,
        holder.door,
        hold_id,
    )
    assert (lifted.kind, lifted.user_id, lifted.hold_id) == (LIFTED, lifter.user_id, hold_id)
    assert lifted.counts == {"experiments": 1}
    assert lifted.hold
    assert lifted.at >= held.at >= lifted.hold.held_at
    assert belonging(world, lifted) == [(first.test_id, "running")]
    assert entries(world, other) == []


def test_what_is_held_or_lifted_already_is_no_entry(world: World) -> None:
    project = world.project()
    lift(world, project)
    hold(world, project)
    hold(world, project)
    assert kinds(world, project) == [HELD]


@on_both_databases
def test_that_everything_was_stopped_is_an_entry_and_the_cause_of_each_pause(world: World) -> None:
    project = world.project(limit=3)
    older, newer = world.running(project, 2)
    for status in (STOPPED, RUNNING):
        world.move(older, status, Contract.INTEGERS)
    world.schedule(older, stop_at=now() + timedelta(hours=1))
    person = world.person(world.member(project))
    stopped = stop(world, project, person, "The shop is broken")
    entry, held = entries(world, project)
    assert (entry.kind, entry.user_id, entry.reason) == (
        EVERYTHING_STOPPED,
        person.user_id,
        "The shop is broken",
    )
    assert (entry.counts, entry.hold_id) == ({"experiments": 2}, stopped.held.hold.id)
    assert (held.kind, held.reason, held.cause_entry_id) == (HELD, "The shop is broken", entry.id)
    assert belonging(world, entry) == [(older.test_id, "stopped"), (newer.test_id, "stopped")]


@on_both_databases
def test_the_undo_is_an_entry_that_names_the_stop_and_causes_what_it_resumes(world: World) -> None:
    project = world.project(limit=2)
    older, newer = world.running(project, 2)
    stopped = stop(world, project)
    person = world.person(world.member(project))
    undo(world, project, stopped.undo, person)
    stop_entry, _, undone, lifted = entries(world, project)
    assert (undone.kind, undone.user_id, undone.cause_entry_id) == (
        UNDONE,
        person.user_id,
        stop_entry.id,
    )
    assert (undone.counts, undone.hold_id) == ({"experiments": 2}, stopped.held.hold.id)
    assert (lifted.kind, lifted.cause_entry_id) == (LIFTED, undone.id)
    assert belonging(world, undone) == [(newer.test_id, "running"), (older.test_id, "running")]


def still_paused(*experiments: Experiment) -> tuple[StillPaused, ...]:
    return tuple(StillPaused(each.test_id, each.name) for each in experiments)


@on_both_databases
def test_what_is_left_of_a_stop_is_what_is_still_as_it_left_it(world: World) -> None:
    project, other = world.project(limit=None), world.project()
    by_hand, older, changed, newer = world.running(project, 4)
    world.move(by_hand, STOPPED, Contract.INTEGERS)
    stopped = stop(world, project)
    world.start(changed)
    (entry,) = [each for each in entries(world, project) if each.kind is EVERYTHING_STOPPED]
    hold = stopped.held.hold
    with world.app.app_context():
        (left,) = stops.left_of(project.id, [entry.id]).values()
        under = stops.left_under(project.id, hold)
        of_another = stops.left_of(other.id, [entry.id])
    assert left == StopLeft(entry.at, stopped.undo, still_paused(newer, older), is_held=True)
    assert under == (left,)
    assert of_another == {}
    undo(world, project, left.undo)
    with world.app.app_context():
        assert stops.left_of(project.id, [entry.id]) == {}
        assert stops.left_under(project.id, hold) == ()


@on_both_databases
def test_each_stop_under_a_hold_is_left_for_itself_the_newest_first(world: World) -> None:
    project = world.project(limit=None)
    world.running(project, 1)
    stop(world, project)
    lift(world, project)
    (first,) = world.running(project, 1)
    placing = stop(world, project)
    (second,) = world.running(project, 1)
    later = stop(world, project)
    _, at, later_at = (each for each in entries(world, project) if each.kind is EVERYTHING_STOPPED)
    left = (
        StopLeft(later_at.at, later.undo, still_paused(second), is_held=False),
        StopLeft(at.at, placing.undo, still_paused(first), is_held=True),
    )
    with world.app.app_context():
        assert stops.left_under(project.id, placing.held.hold) == left
        assert stops.left_of(project.id, [later_at.id]) == {later_at.id: left[0]}


def test_an_undo_that_finds_nothing_left_is_no_entry(world: World) -> None:
    project = world.project()
    world.running(project, 1)
    stopped = stop(world, project)
    undo(world, project, stopped.undo)
    before = kinds(world, project)
    again = undo(world, project, stopped.undo)
    assert again.outcome.changed == again.outcome.refused == ()
    assert undo(world, project, StopUndo()).outcome.items == ()
    assert kinds(world, project) == before == [EVERYTHING_STOPPED, HELD, UNDONE, LIFTED]


def test_an_undo_after_others_have_gone_on_is_no_entry(world: World) -> None:
    project = world.project(limit=None)
    archived, paused_again = world.running(project, 2)
    stopped = stop(world, project)
    lift(world, project)
    world.archive(archived)
    for status in (RUNNING, STOPPED):
        world.move(paused_again, status, Contract.INTEGERS)
    hold(world, project)
    outcome = undo(world, project, stopped.undo).outcome
    assert (outcome.changed, len(outcome.refused)) == ((), 2)
    undo(world, project, stopped.undo)
    assert kinds(world, project).count(UNDONE) == 0


def test_who_may_not_any_more_leaves_no_entry(world: World) -> None:
    project = world.project()
    world.running(project, 1)
    person = world.person(world.member(project))
    world.execute("UPDATE membership SET role = 'viewer'")
    for change in (hold, lift, stop):
        with pytest.raises(Forbidden):
            change(world, project, person)
    assert entries(world, project) == []


def resumed(world: World, *experiments: Experiment) -> list[bool]:
    return [world.reload(each).status is RUNNING for each in experiments]


@on_both_databases
def test_an_undo_may_not_take_in_the_pauses_of_somebody_else(world: World) -> None:
    project = world.project(limit=4)
    before, first, second, after = world.running(project, 4)
    world.move(before, STOPPED, Contract.NAMES)
    theirs = world.entries(before)[-1].id
    world.move(after, STOPPED, Contract.NAMES)
    stopped = stop(world, project)
    world.start(after)
    world.move(after, STOPPED, Contract.NAMES)
    latest = world.entries(after)[-1].id
    hold_id, begin, end = stopped.held.hold.id, *ends_of(stopped)
    for ends in [(theirs, latest), (theirs, end), (begin, latest), (theirs, theirs), (end, begin)]:
        with pytest.raises(NotFound, match="nothing is taken back"):
            undo(world, project, StopUndo(hold_id, *ends))
    # Nor a part of it, of which nobody could be told what became of the rest.
    for ends in [(begin, begin), (begin, None)]:
        with pytest.raises(NotFound):
            undo(world, project, StopUndo(hold_id, *ends))
    assert resumed(world, before, first, second, after) == [False] * 4
    assert kinds(world, project) == [EVERYTHING_STOPPED, HELD]
    undo(world, project, stopped.undo)
    assert resumed(world, before, first, second, after) == [False, True, True, False]


def ends_of(stopped: Stopped) -> tuple[int, int]:
    first, last = stopped.undo.first_entry_id, stopped.undo.last_entry_id
    assert first
    assert last
    return first, last


def test_an_undo_may_not_join_what_two_stops_have_paused(world: World) -> None:
    project = world.project(limit=2)
    first, _ = world.running(project, 2)
    earlier = stop(world, project)
    world.start(first)
    later = stop(world, project)
    with pytest.raises(NotFound):
        undo(world, project, StopUndo(None, ends_of(earlier)[0], ends_of(later)[1]))
    assert resumed(world, first) == [False]


def test_an_undo_lifts_no_hold_but_the_one_that_the_stop_has_placed(world: World) -> None:
    project = world.project()
    (running,) = world.running(project, 1)
    hold_id = hold(world, project)
    stopped = stop(world, project)
    for what in (StopUndo(hold_id), StopUndo(hold_id, *ends_of(stopped))):
        with pytest.raises(NotFound):
            undo(world, project, what)
    assert resumed(world, running) == [False]
    assert kinds(world, project) == [HELD, EVERYTHING_STOPPED]


def test_a_stop_of_nothing_is_taken_back_by_its_hold_alone(world: World) -> None:
    project = world.project()
    undo(world, project, stop(world, project).undo)
    stopped = stop(world, project)
    assert stopped.undo == StopUndo(stopped.held.hold.id)
    with world.app.app_context():
        (left,) = stops.left_under(project.id, stopped.held.hold)
    assert (left.undo, left.paused, left.is_held) == (stopped.undo, (), True)
    assert undo(world, project, stopped.undo).lifted.hold == stopped.held.hold
    assert kinds(world, project) == [EVERYTHING_STOPPED, HELD, UNDONE, LIFTED] * 2


def test_the_hold_or_the_pauses_of_a_stop_are_taken_back_alone(world: World) -> None:
    project = world.project()
    (running,) = world.running(project, 1)
    stopped = stop(world, project)
    lifted = undo(world, project, StopUndo(stopped.undo.hold_id)).lifted
    assert (lifted.hold, resumed(world, running)) == (stopped.held.hold, [False])
    undo(world, project, StopUndo(None, *ends_of(stopped)))
    assert resumed(world, running) == [True]


def test_of_two_stops_whose_holds_were_lifted_each_is_taken_back_by_itself(world: World) -> None:
    project = world.project(limit=None)
    (first,) = world.running(project, 1)
    earlier = stop(world, project)
    lift(world, project)
    (second,) = world.running(project, 1)
    later = stop(world, project)
    lift(world, project)
    world.start(second)
    undo(world, project, later.undo)
    assert kinds(world, project).count(UNDONE) == 0
    undo(world, project, earlier.undo)
    assert resumed(world, first, second) == [True, True]
    assert kinds(world, project).count(UNDONE) == 1


def test_an_undo_lifts_the_hold_where_everything_runs_again_already(world: World) -> None:
    project = world.project()
    (running,) = world.running(project, 1)
    stopped = stop(world, project)
    world.start(running)
    assert undo(world, project, stopped.undo).lifted.hold == stopped.held.hold
    assert kinds(world, project) == [EVERYTHING_STOPPED, HELD, UNDONE, LIFTED]


@on_both_databases
@pytest.mark.parametrize("at_once", [1, 2, 3, 50])
def test_entries_of_the_project_and_of_its_experiments_are_paged_as_one_history(
    world: World, at_once: int
) -> None:
    project = world.project()
    hold(world, project)
    lift(world, project)
    banner = world.experiment(project, name="Banner")
    world.start(banner)
    stop(world, project)
    lift(world, project)
    hold(world, world.project())
    found: list[str] = []
    before = None
    with world.app.app_context():
        while True:
            page = history.listed(project.id, before=before, limit=at_once)
            found += [entry.kind.value for entry in page.entries]
            if page.next_before is None:
                break
            before = history.read_place(str(page.next_before))
            assert before == page.next_before
    assert found == [
        LIFTED,
        Kind.CHANGED,
        HELD,
        EVERYTHING_STOPPED,
        Kind.CHANGED,
        Kind.CREATED,
        LIFTED,
        HELD,
    ]


def test_entries_of_the_project_are_filtered_by_door_and_kind(world: World) -> None:
    project = world.project()
    banner = world.experiment(project, RUNNING)
    person = Actor(Door.BROWSER, world.person(world.member(project)).user_id)
    hold(world, project, person)
    lift(world, project)
    with world.app.app_context():
        by_door = history.listed(project.id, Filters(door=Door.BROWSER)).entries
        by_kind = history.listed(project.id, Filters(kinds=(Kind.CHANGED, LIFTED))).entries
        of_one = history.listed(project.id, Filters(banner.test_id)).entries
        neither = history.listed(project.id, Filters(banner.test_id, (LIFTED,))).entries
    assert [entry.kind for entry in by_door] == [HELD]
    assert [entry.kind for entry in by_kind] == [LIFTED, Kind.CHANGED]
    assert [entry.kind for entry in of_one] == [Kind.CHANGED, Kind.CREATED]
    assert neither == ()


@pytest.mark.parametrize("text", ["", "x", "1.", ".1", "1.2.3", "-1", "1.x"])
def test_what_says_no_place_in_history_is_none(text: str) -> None:
    assert history.read_place(text) is None
