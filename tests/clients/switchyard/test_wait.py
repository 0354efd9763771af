"""Waiting until an experiment is live, or has a verdict."""

import os
import signal
import subprocess
import sys

import pytest

from app.models import Project, Status
from tests.clients.switchyard.gateway import after, answered, between, lost, passed
from tests.clients.switchyard.job import Job
from tests.measured import noon, started
from tests.watching import until
from tests.world import World

OFTEN = ("--interval", "0.05")


def test_what_is_live_is_not_waited_for(world: World, project: Project, job: Job) -> None:
    live = world.experiment(project, Status.RUNNING)

    told = job.experiments("wait", live.key)

    assert (told.code, told.said) == (0, f"{live.public_id} is Live.\n")


def test_a_job_waits_until_an_experiment_is_live(world: World, project: Project, job: Job) -> None:
    draft = world.experiment(project)
    starts = after(lambda: world.start(draft))

    with between(job.address, [passed, passed, starts]) as gateway:
        told = job.at(gateway.address).experiments("wait", draft.key, *OFTEN, "--json")

    assert told.code == 0
    assert told.document["status"] == "running"
    assert len(gateway.asked) == 3


def test_a_wait_outlasts_a_server_that_is_away(world: World, project: Project, job: Job) -> None:
    live = world.experiment(project, Status.RUNNING)

    with between(job.address, [lost, answered(503), lost]) as gateway:
        told = job.at(gateway.address).experiments("wait", live.key, *OFTEN)

    assert told.code == 0


def test_a_wait_ends_when_its_time_is_up(world: World, project: Project, job: Job) -> None:
    draft = world.experiment(project)

    told = job.experiments("wait", draft.key, *OFTEN, "--timeout", "0.2", "--json")

    assert told.code == 6
    assert (told.document["code"], told.document["status"]) == ("TIMED_OUT", "draft")
    assert f"{draft.public_id} is Draft." in told.complained


def test_a_long_interval_is_cut_short_by_the_time_that_is_up(
    world: World, project: Project, job: Job
) -> None:
    draft = world.experiment(project)
    starts = after(lambda: world.start(draft))

    with between(job.address, [passed, starts]) as gateway:
        told = job.at(gateway.address).experiments(
            "wait", draft.key, "--interval", "3600", "--timeout", "3"
        )

    assert told.code == 0


def test_a_wait_that_ends_without_an_answer_says_so(job: Job) -> None:
    away = job.at("http://127.0.0.1:1")

    assert away.experiments("wait", "any", *OFTEN, "--timeout", "0.2").code == 4


@pytest.mark.parametrize("wanted", ["live", "verdict"])
def test_what_is_archived_is_not_waited_for(
    world: World, project: Project, job: Job, wanted: str
) -> None:
    archived = world.experiment(project, Status.ARCHIVED)

    told = job.experiments("wait", archived.key, "--for", wanted, "--json")

    assert told.code == 1
    assert told.document["code"] == "CANNOT_COME"


def test_what_is_not_there_is_not_waited_for(job: Job) -> None:
    assert job.experiments("wait", "no-such-key").code == 7


def test_a_job_waits_until_a_result_has_a_verdict(world: World, project: Project, job: Job) -> None:
    measured = started(world, project, name="Banner")

    def visitors_come() -> None:
        measured.come(0, 1000, noon(3), purchase=100)
        measured.come(1, 1000, noon(2), purchase=200)
        measured.look()

    with between(job.address, [passed, after(visitors_come)]) as gateway:
        told = job.at(gateway.address).experiments(
            "wait", measured.experiment.key, "--for", "verdict", *OFTEN
        )

    assert told.code == 0
    assert told.said.startswith("ship: ")


def test_a_result_that_cannot_be_trusted_is_no_verdict(
    world: World, project: Project, job: Job
) -> None:
    broken = started(world, project, name="Broken")
    broken.come(0, 1500, noon(3), purchase=120)
    broken.come(1, 1900, noon(3), purchase=190)

    told = job.experiments("wait", broken.experiment.key, "--for", "verdict", "--json")

    assert told.code == 1
    assert told.document["verdict"] == "invalid"


def test_a_job_that_is_interrupted_ends_as_commands_do(
    world: World, project: Project, job: Job
) -> None:
    draft = world.experiment(project)
    # A shell that runs the tests in the background has all of them ignore it.
    command = ["env", "--default-signal=INT", sys.executable, "-m", "switchyard"]
    command += ["experiments", "wait", draft.key]

    with between(job.address, []) as gateway:
        environment = {**os.environ, **job.at(gateway.address).environment}
        with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) as waiting:
            until(lambda: len(gateway.asked) > 0)
            waiting.send_signal(signal.SIGINT)
            _, complained = waiting.communicate(timeout=60)

    assert (waiting.returncode, complained) == (130, b"")
