"""Answers that are lost on the way: what was asked for is done once."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.models import Project, Status
from tests.clients.switchyard.gateway import Fate, answered, between, each_lost_once, lost
from tests.clients.switchyard.job import Job, Ran
from tests.contracts import Contract
from tests.servers import ROOT, Server, serve
from tests.watching import until
from tests.world import World

EXAMPLE = ROOT / "clients" / "switchyard" / "examples" / "go-live.sh"
LIFE = (
    ("create", "Red", "--key", "red", "--tag", "shop"),
    ("create", "Green", "--key", "green"),
    ("create", "Blue", "--key", "blue"),
    ("start", "red"),
    ("start", "red"),
    ("start", "green", "--reason", "At nine."),
    ("start", "blue"),
    ("queue", "blue"),
    ("pause", "red"),
    ("swap", "red", "--pause", "green"),
    ("swap", "red", "--pause", "green"),
    ("pause", "blue"),
    ("resume", "green", "--if-version", "1"),
    ("resume", "green"),
    ("archive", "blue", "--outcome", "lost"),
    ("queue", "blue"),
    ("show", "no-such-key"),
    ("list",),
)


def test_a_job_that_loses_every_answer_once_ends_as_one_that_loses_none(
    world: World, running_server: Server
) -> None:
    calm, rough = world.project(limit=2), world.project(limit=2)
    job = Job(running_server.address, world.key(rough))
    with between(running_server.address, each_lost_once()) as gateway:
        told = lived(job.at(gateway.address))

    assert told == lived(Job(running_server.address, world.key(calm)))
    assert kept(world, rough) == kept(world, calm)
    assert gateway.asked[::2] == gateway.asked[1::2], "each was asked again, with the same key"


def lived(job: Job) -> list[Ran]:
    """Return what each command of a life of three experiments says, but for their ids."""
    return [without_ids(job.experiments(*command)) for command in LIFE]


def without_ids(ran: Ran) -> Ran:
    said, complained = (
        re.sub(r"exp_\w+|Plan \d+|\d\d:\d\d", "...", text) for text in (ran.said, ran.complained)
    )
    return Ran(ran.code, said, complained)


def kept(world: World, project: Project) -> list[tuple[object, ...]]:
    """All that history keeps of the experiments of a project, and what they are now.

    But for how often something was refused: a refusal that is lost is asked for anew.
    """
    return [
        tuple(row)
        for row in world.execute(
            "SELECT experiment.key, experiment.status, history.kind, history.from_status,"
            " history.to_status, history.door, history.reason"
            " FROM history JOIN experiment ON experiment.test_id = history.test_id"
            " WHERE history.project_id = :project ORDER BY history.id",
            project=project.id,
        )
    ]


@pytest.mark.parametrize(
    "fate",
    [
        lost,
        answered(502, "<html>"),
        answered(503, "<html>"),
        answered(504),
        answered(429, "slow down", Retry_After="0"),
    ],
)
def test_what_a_gateway_answers_in_place_of_the_server_is_asked_again(
    world: World, project: Project, job: Job, fate: Fate
) -> None:
    draft = world.experiment(project)

    with between(job.address, [fate, fate]) as gateway:
        started = job.at(gateway.address).experiments("start", draft.key)

    assert (started.code, started.complained) == (0, "")
    assert len(gateway.asked) == 3
    assert len({key for _, _, key in gateway.asked}) == 1
    assert [target for _, target, _ in world.history(draft)] == [Status.RUNNING]


def test_two_things_asked_for_have_two_keys(world: World, project: Project, job: Job) -> None:
    draft = world.experiment(project)

    with between(job.address, []) as gateway:
        job.at(gateway.address).experiments("start", draft.key)
        job.at(gateway.address).experiments("pause", draft.key)

    assert len({key for _, _, key in gateway.asked}) == 2


def test_a_job_gives_up_where_no_answer_comes(world: World, project: Project, job: Job) -> None:
    draft = world.experiment(project)

    with between(job.address, [lost] * 1000) as gateway:
        told = job.at(gateway.address, retry_for="1").experiments("start", draft.key)

    assert told.code == 4
    assert "may have been done" in told.complained
    assert len(gateway.asked) > 1


def test_a_limit_that_lasts_longer_than_the_job_has_patience_is_told_at_once(
    job: Job,
) -> None:
    with between(job.address, [answered(429, "{}", Retry_After="61")]) as gateway:
        told = job.at(gateway.address).experiments("list")

    assert told.code == 4
    assert len(gateway.asked) == 1


def test_a_rate_limit_is_waited_for(world: World, project: Project, tmp_path: Path) -> None:
    limited = {"API_RATE_LIMIT": "2 per second"}
    url = world.app.config["DATABASE_URL"]
    with serve(url, tmp_path, workers=1, environment=limited) as server:
        job = Job(server.address, world.key(project))
        with between(server.address, []) as gateway:
            told = [job.at(gateway.address).experiments("list").code for _ in range(5)]

    assert told == [0] * 5
    assert len(gateway.asked) > 5


@pytest.mark.parametrize("fates", [each_lost_once, list])
def test_the_example_goes_live_when_a_slot_frees(
    world: World, project: Project, job: Job, fates: Callable[[], Iterable[Fate]]
) -> None:
    holder, _ = world.running(project, 2)

    with between(job.address, fates()) as gateway, example(job.at(gateway.address)) as script:
        until(lambda: bool(world.line(project)))
        world.move(holder, Status.STOPPED, Contract.NAMES)
        said, complained = script.communicate(timeout=60)

    shown = job.experiments("show", "red-button", "--json").document
    assert script.returncode == 0, complained
    assert said.endswith(f"{shown['id']} is Live.\n")
    assert (shown["name"], shown["status"]) == ("Red button", "running")


def test_the_example_that_is_run_again_goes_on_where_it_was(
    world: World, project: Project, job: Job
) -> None:
    world.experiment(project, Status.RUNNING, "Red button")

    with example(job) as script:
        said, complained = script.communicate(timeout=60)

    assert script.returncode == 0, complained
    assert said.count("is Live already.") == 1


@contextmanager
def example(job: Job) -> Generator["subprocess.Popen[str]"]:
    """The example of the client, as it takes "Red button" live; it is ended with the test."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    script = subprocess.Popen(
        [EXAMPLE, "red-button", "Red button"],
        env={**os.environ, **job.environment, "PATH": path, "INTERVAL": "0.1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with script:
        try:
            yield script
        finally:
            script.kill()
