"""What a transition writes: moments, one history row, the project's version, no more."""

from datetime import datetime, timedelta

import pytest

from app.accounts import api_keys
from app.core.errors import NotFound
from app.lifecycle import transitions
from app.lifecycle.refusals import Refused
from app.models import Actor, Door, Experiment, KeyType, Project, Status, now
from app.tenancy import moves
from tests.conftest import on_both_databases
from tests.contracts import Contract, wish
from tests.world import COMMAND_LINE, World

DRAFT, RUNNING, STOPPED, ARCHIVED = Status.DRAFT, Status.RUNNING, Status.STOPPED, Status.ARCHIVED


def move(world: World, experiment: Experiment, *targets: Status) -> list[Experiment]:
    """The experiment after each of these transitions."""
    moved = []
    for target in targets:
        contract = Contract.NAMES if target is ARCHIVED else Contract.INTEGERS
        with world.app.app_context():
            project_id, test_id = experiment.project_id, experiment.test_id
            transitions.transition(project_id, test_id, wish(target, contract), COMMAND_LINE)
        moved.append(world.reload(experiment))
    return moved


def version(world: World, project: Project) -> int:
    (row,) = world.execute("SELECT version FROM project WHERE id = :id", id=project.id)
    return row.version


def nonce(world: World, project: Project) -> str:
    (row,) = world.execute("SELECT nonce FROM project WHERE id = :id", id=project.id)
    return row.nonce


def test_a_draft_has_neither_started_nor_stopped(world: World) -> None:
    draft = world.experiment(world.project())
    assert (draft.started_at, draft.stopped_at) == (None, None)


def test_a_start_sets_when_it_started(world: World) -> None:
    before = now()
    (running,) = move(world, world.experiment(world.project()), RUNNING)
    assert running.started_at
    assert before <= running.started_at <= now()
    assert running.stopped_at is None


def test_a_pause_sets_when_it_stopped_and_keeps_when_it_started(world: World) -> None:
    running, stopped = move(world, world.experiment(world.project()), RUNNING, STOPPED)
    assert stopped.started_at == running.started_at
    assert stopped.stopped_at
    assert running.started_at
    assert running.started_at < stopped.stopped_at <= now()


def test_a_resume_keeps_when_it_started_and_clears_when_it_stopped(world: World) -> None:
    running, _, resumed = move(world, world.experiment(world.project()), RUNNING, STOPPED, RUNNING)
    assert resumed.started_at == running.started_at
    assert resumed.stopped_at is None


def test_back_to_draft_clears_both(world: World) -> None:
    *_, redrafted = move(world, world.experiment(world.project()), RUNNING, STOPPED, DRAFT)
    assert (redrafted.started_at, redrafted.stopped_at) == (None, None)


def test_taken_back_from_draft_it_started_when_its_run_did(world: World) -> None:
    running, *_, back = move(
        world, world.experiment(world.project()), RUNNING, STOPPED, DRAFT, STOPPED
    )
    assert back.started_at == running.started_at


def test_started_again_from_draft_it_started_anew(world: World) -> None:
    running, *_, again = move(
        world, world.experiment(world.project()), RUNNING, STOPPED, DRAFT, RUNNING
    )
    assert running.started_at
    assert again.started_at
    assert again.started_at > running.started_at


def test_a_shelved_draft_has_stopped_and_never_started(world: World) -> None:
    (shelved,) = move(world, world.experiment(world.project()), STOPPED)
    assert shelved.started_at is None
    assert shelved.stopped_at


def test_a_shelved_draft_starts_when_it_first_runs(world: World) -> None:
    _, running = move(world, world.experiment(world.project()), STOPPED, RUNNING)
    assert running.started_at
    assert running.stopped_at is None


def test_archiving_keeps_when_it_started_and_clears_when_it_stopped(world: World) -> None:
    running, _, archived = move(
        world, world.experiment(world.project()), RUNNING, STOPPED, ARCHIVED
    )
    assert archived.started_at == running.started_at
    assert archived.stopped_at is None


def test_a_discarded_draft_never_started(world: World) -> None:
    (discarded,) = move(world, world.experiment(world.project()), ARCHIVED)
    assert (discarded.started_at, discarded.stopped_at) == (None, None)


@on_both_databases
def test_every_moment_of_one_change_is_the_same(world: World) -> None:
    (running,) = move(world, world.experiment(world.project()), RUNNING)
    assert running.started_at == running.changed_at == running.updated_at
    assert running.created_at < running.changed_at


@on_both_databases
def test_a_pause_that_is_taken_back_at_once_goes_on_with_what_was_live(world: World) -> None:
    experiment = world.experiment(world.project())
    started, paused, resumed = move(world, experiment, RUNNING, STOPPED, RUNNING)
    assert started.since == started.changed_at
    assert paused.since == paused.changed_at
    assert resumed.changed_at > paused.changed_at
    assert resumed.since == started.since


@pytest.mark.parametrize(("pause", "goes_on"), [(59, True), (61, False)])
def test_a_longer_pause_ends_what_was_live(world: World, pause: int, *, goes_on: bool) -> None:
    experiment = world.experiment(world.project())
    started, _ = move(world, experiment, RUNNING, STOPPED)
    past = now() - timedelta(seconds=pause)
    world.execute("UPDATE experiment SET changed_at = :past, stopped_at = :past", past=past)
    (resumed,) = move(world, experiment, RUNNING)
    assert (resumed.since == started.since) is goes_on
    assert (resumed.since == resumed.changed_at) is not goes_on


def test_a_new_run_is_live_since_it_began(world: World) -> None:
    experiment = world.experiment(world.project())
    *_, again = move(world, experiment, RUNNING, STOPPED, DRAFT, RUNNING)
    assert again.since == again.changed_at


@on_both_databases
def test_each_accepted_transition_is_one_row_in_order(world: World) -> None:
    experiment = world.experiment(world.project())
    move(world, experiment, RUNNING, STOPPED, RUNNING, STOPPED, DRAFT, STOPPED, ARCHIVED)
    steps = [(origin.value, target.value) for origin, target, _ in world.history(experiment)]
    assert steps == [
        ("draft", "running"),
        ("running", "stopped"),
        ("stopped", "running"),
        ("running", "stopped"),
        ("stopped", "draft"),
        ("draft", "stopped"),
        ("stopped", "archived"),
    ]


@on_both_databases
def test_a_refused_transition_writes_nothing_but_that_it_was_refused(world: World) -> None:
    project = world.project()
    archived = world.experiment(project, ARCHIVED)
    row, at = world.execute("SELECT * FROM experiment"), version(world, project)
    with pytest.raises(Refused):
        move(world, archived, ARCHIVED)
    assert world.execute("SELECT * FROM experiment") == row
    assert len(world.history(archived)) == 1
    assert [each.kind for each in world.entries(archived)] == ["changed", "refused"]
    assert version(world, project) == at + 1, "open pages are told of it"


@on_both_databases
def test_every_accepted_transition_bumps_its_own_projects_version(world: World) -> None:
    project, other = world.project(), world.project()
    experiment = world.experiment(project)
    before, elsewhere = version(world, project), version(world, other)
    move(world, experiment, RUNNING, STOPPED)
    assert version(world, project) == before + 2
    assert version(world, other) == elsewhere


@on_both_databases
def test_every_version_has_a_nonce_of_its_own(world: World) -> None:
    project = world.project()
    nonces = [nonce(world, project)]
    experiment = world.experiment(project)
    nonces.append(nonce(world, project))
    for target in (RUNNING, STOPPED, RUNNING):
        move(world, experiment, target)
        nonces.append(nonce(world, project))
    world.set_limit(project, 7)
    nonces.append(nonce(world, project))
    with world.app.app_context():
        moves.move([project.key], world.plan(), COMMAND_LINE)
    nonces.append(nonce(world, project))
    world.member(project)
    nonces.append(nonce(world, project))
    assert len(set(nonces)) == 8
    assert {len(each) for each in nonces} == {16}


@on_both_databases
def test_a_transition_touches_no_other_experiment(world: World) -> None:
    project = world.project()
    moved, other = world.experiment(project), world.experiment(project)
    rows = f"SELECT * FROM experiment WHERE test_id = {other.test_id}"  # noqa: S608
    before = world.execute(rows)
    move(world, moved, RUNNING)
    assert world.execute(rows) == before


def test_an_experiment_of_another_project_is_not_found(world: World) -> None:
    project, other = world.project(), world.project()
    theirs = world.experiment(other)
    with world.app.app_context(), pytest.raises(NotFound):
        transitions.transition(
            project.id, theirs.test_id, wish(RUNNING, Contract.INTEGERS), COMMAND_LINE
        )
    assert world.reload(theirs).status is DRAFT


def test_an_experiment_says_who_changed_its_status_last(world: World) -> None:
    project = world.project()
    experiment, person = world.experiment(project), world.person(world.member(project))
    with world.app.app_context():
        key = api_keys.mint(project.id, KeyType.ADMIN, "nightly", COMMAND_LINE).key.id
    authors: list[tuple[int | None, int | None]] = []
    for actor in (person, Actor(Door.NAMES, api_key_id=key)):
        target = RUNNING if actor == person else STOPPED
        with world.app.app_context():
            asked = wish(target, Contract.NAMES)
            transitions.transition(project.id, experiment.test_id, asked, actor)
        changed = world.reload(experiment)
        authors.append((changed.user_id, changed.api_key_id))
    assert authors == [(person.user_id, None), (None, key)]


def test_the_command_line_is_nobody_by_name(world: World) -> None:
    experiment = world.experiment(world.project())
    with world.app.app_context():
        transitions.transition(
            experiment.project_id,
            experiment.test_id,
            wish(RUNNING, Contract.NAMES),
            Actor(Door.COMMAND_LINE),
        )
    rows = world.execute("SELECT door, user_id, api_key_id FROM history WHERE kind = 'changed'")
    assert rows == [("command line", None, None)]


@on_both_databases
def test_moments_come_back_aware_and_in_utc(world: World) -> None:
    running = world.experiment(world.project(), RUNNING)
    moments: list[datetime | None] = [running.created_at, running.changed_at, running.started_at]
    assert all(moment and moment.tzname() == "UTC" for moment in moments)
