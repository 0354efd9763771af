"""The work that nobody presses a button for, done by the command and by no other way."""

import logging
import signal
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, text

from app import jobs
from app.database.engine import db
from app.database.rows.heartbeats import JOBS, Heart
from app.models import Experiment, Status, now
from tests import audit, servers
from tests.command_line import run
from tests.conftest import on_both_databases
from tests.watching import until
from tests.world import World

DRAFT, RUNNING, STOPPED = Status.DRAFT, Status.RUNNING, Status.STOPPED
HOUR = timedelta(hours=1)


def statuses(world: World, *experiments: Experiment) -> list[Status]:
    return [world.reload(each).status for each in experiments]


def let_all_be_due(world: World) -> None:
    world.execute("UPDATE scheduled_change SET at = :past", past=now() - HOUR / 2)


@on_both_databases
def test_once_everything_is_done_that_is_due_and_nothing_else(world: World) -> None:
    first, second = world.project(limit=1), world.project(limit=1)
    due, later = world.experiment(first), world.experiment(first)
    elsewhere = world.experiment(second)
    moment = now() + HOUR
    for each, at in ((due, moment), (later, moment + HOUR), (elsewhere, moment)):
        world.schedule(each, at)
    with world.app.app_context():
        jobs.once(moment)
    assert statuses(world, due, later, elsewhere) == [RUNNING, DRAFT, RUNNING]


def test_once_whoever_lost_the_right_leaves_the_queue(world: World) -> None:
    project = world.project(limit=0)
    draft, email = world.experiment(project), world.member(project)
    world.queue(draft, world.person(email))
    with world.app.app_context():
        jobs.once(now())
        assert world.line(project) == [draft.test_id]
        world.demote(project, email)
        jobs.once(now())
    assert world.line(project) == []


@on_both_databases
def test_a_slot_that_nobody_noticed_to_be_free_is_given_to_the_queue(world: World) -> None:
    project = world.project(limit=0)
    (waiting,) = world.queued(project, 1)
    world.execute("UPDATE plan SET experiments_running = 1")
    with world.app.app_context():
        jobs.once(now())
    assert statuses(world, waiting) == [RUNNING]


@on_both_databases
def test_one_project_that_fails_keeps_no_other_from_its_work_and_is_tried_again(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    broken, whole = world.experiment(world.project()), world.experiment(world.project())
    for each in (broken, whole):
        world.schedule(each, now() + HOUR)
    with world.app.app_context():
        stop_working(world, broken)
        with caplog.at_level(logging.ERROR):
            jobs.once(now() + HOUR)
        assert f"schedules of project {broken.project_id}: not done" in caplog.text
        assert statuses(world, broken, whole) == [DRAFT, RUNNING]
        work_again(world)
        jobs.once(now() + HOUR)
    assert statuses(world, broken, whole) == [RUNNING, RUNNING]


class Turns(threading.Event):
    """Set when there have been so many turns, one right after the other."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.left = number

    def wait(self, timeout: float | None = None) -> bool:
        """Count a turn, whatever was to be waited after it."""
        self.left -= 1
        if not self.left:
            self.set()
        return super().wait(0 if timeout else timeout)


def test_what_fails_at_each_turn_is_logged_with_its_traceback_once(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    broken = world.experiment(world.project())
    world.schedule(broken, now() + HOUR)
    let_all_be_due(world)
    with world.app.app_context(), caplog.at_level(logging.ERROR):
        stop_working(world, broken)
        jobs.run(Turns(3))
    assert [record.getMessage() for record in caplog.records if record.exc_info] == [
        f"schedules of project {broken.project_id}: not done, to be tried again"
    ]
    assert statuses(world, broken) == [DRAFT]


def stop_working(world: World, experiment: Experiment) -> None:
    """No status of this experiment can be changed any more."""
    condition = f"test_id <> {experiment.test_id} OR status <> 'running'"
    if world.app.config["SQLALCHEMY_DATABASE_URI"].startswith("postgresql"):
        world.execute(f"ALTER TABLE experiment ADD CONSTRAINT broken CHECK ({condition})")
        return
    world.execute(
        "CREATE TRIGGER broken BEFORE UPDATE ON experiment"
        f" WHEN NEW.test_id = {experiment.test_id} AND NEW.status = 'running'"
        " BEGIN SELECT raise(ABORT, 'broken'); END"
    )


def work_again(world: World) -> None:
    if world.app.config["SQLALCHEMY_DATABASE_URI"].startswith("postgresql"):
        world.execute("ALTER TABLE experiment DROP CONSTRAINT broken")
    else:
        world.execute("DROP TRIGGER broken")


def test_the_command_does_it_once_and_prints_nothing(world: World) -> None:
    draft = world.experiment(world.project())
    world.schedule(draft, now() + HOUR)
    let_all_be_due(world)
    result = run(world, "jobs", "--once")
    assert (result.exit_code, result.output) == (0, "")
    assert statuses(world, draft) == [RUNNING]


def test_what_the_command_could_not_do_once_it_says_and_fails(world: World) -> None:
    broken, whole = world.experiment(world.project()), world.experiment(world.project())
    for each in (broken, whole):
        world.schedule(each, now() + HOUR)
    let_all_be_due(world)
    with world.app.app_context():
        stop_working(world, broken)
    result = run(world, "jobs", "--once")
    assert result.exit_code == 1
    left = f"schedules of project {broken.project_id}"
    assert f"Error: Not done, and still due: {left}." in result.stderr
    assert statuses(world, broken, whole) == [DRAFT, RUNNING]


def test_told_to_stop_before_it_began_it_does_nothing(world: World) -> None:
    draft = world.experiment(world.project())
    world.schedule(draft, now() + HOUR)
    let_all_be_due(world)
    stopped = threading.Event()
    stopped.set()
    with world.app.app_context():
        jobs.run(stopped)
    assert statuses(world, draft) == [DRAFT]


@on_both_databases
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_the_process_goes_on_until_it_is_told_to_end(
    world: World, database_url: str, tmp_path: Path, ending: signal.Signals
) -> None:
    drafts = [world.experiment(world.project()) for _ in range(2)]
    with servers.jobs(database_url, tmp_path) as worker:
        for draft in drafts:
            world.schedule(draft, now() + HOUR)
            let_all_be_due(world)
            until(lambda draft=draft: statuses(world, draft) == [RUNNING])
        worker.process.send_signal(ending)
        assert worker.process.wait(servers.SECONDS_TO_END) == 0


def test_what_is_due_when_the_process_ends_is_left_whole_for_the_next(
    world: World, database_url: str, tmp_path: Path
) -> None:
    drafts = [world.experiment(world.project()) for _ in range(3)]
    for draft in drafts:
        world.schedule(draft, now() + HOUR)
    with servers.jobs(database_url, tmp_path) as worker, audit.connect(database_url) as writer:
        # Whatever the process is at waits for this.
        writer.exec_driver_sql("BEGIN IMMEDIATE")
        writer.execute(text("UPDATE scheduled_change SET at = :past"), {"past": now() - HOUR / 2})
        worker.process.terminate()
        writer.exec_driver_sql("COMMIT")
        assert worker.process.wait(servers.SECONDS_TO_END) == 0
    assert statuses(world, *drafts) == [DRAFT] * 3
    with world.app.app_context():
        jobs.once(now())
    assert [len(world.history(draft)) for draft in drafts] == [1, 1, 1]


def test_once_it_is_told_to_end_nothing_more_is_begun(world: World) -> None:
    drafts = [world.experiment(world.project()) for _ in range(3)]
    for draft in drafts:
        world.schedule(draft, now() + HOUR)
    stopped = threading.Event()
    with world.app.app_context():
        event.listen(db.engine, "commit", lambda _: stopped.set(), once=True)
        jobs.Turn(now() + HOUR, Heart(JOBS), stopped, {}).do_all()
    assert statuses(world, *drafts) == [DRAFT] * 3
