"""How a command ends: the exit code, and what is said of it."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from app.models import Project, Status, now
from switchyard.failures import ExitCode
from tests.clients.switchyard.gateway import answered, between
from tests.clients.switchyard.job import Job, run
from tests.contracts import Contract
from tests.servers import ROOT, Server
from tests.world import World

CLIENT = ROOT / "clients" / "switchyard"


@pytest.mark.parametrize(
    ("status", "command"),
    [
        (Status.RUNNING, "start"),
        (Status.STOPPED, "pause"),
        (Status.RUNNING, "resume"),
        (Status.ARCHIVED, "archive"),
        (Status.RUNNING, "queue"),
    ],
)
def test_what_is_so_already_is_done(
    world: World, project: Project, job: Job, status: Status, command: str
) -> None:
    experiment = world.experiment(project, status)
    before = len(world.entries(experiment))

    told = job.experiments(command, experiment.key, "--json")

    assert told.code == 0
    assert told.document["already"] is True
    assert told.document["id"] == experiment.public_id
    assert told.document["status"] == status
    assert len(world.history(experiment)) == before


def test_what_does_not_wait_has_left_the_queue_already(
    world: World, project: Project, job: Job
) -> None:
    draft = world.experiment(project)

    told = job.experiments("queue", draft.key, "--leave", "--json")

    assert (told.code, told.document["already"]) == (0, True)
    assert job.experiments("queue", "no-such-key", "--leave").code == 7


def test_a_swap_that_has_come_about_is_done(world: World, project: Project, job: Job) -> None:
    holder = world.experiment(project, Status.RUNNING)
    draft = world.experiment(project)
    job.experiments("swap", draft.key, "--pause", holder.key)

    again = job.experiments("swap", draft.key, "--pause", holder.key, "--json")

    assert again.code == 0
    assert again.document["already"] is True
    assert again.document["paused"] == holder.public_id


def test_a_swap_that_leaves_both_live_is_refused(world: World, project: Project, job: Job) -> None:
    first, second = world.running(project, 2)

    assert job.experiments("swap", first.key, "--pause", second.key).code == 1


def test_a_start_at_the_limit_says_who_holds_the_slots_and_what_can_be_done(
    world: World, project: Project, job: Job
) -> None:
    holders = world.running(project, 2)
    draft = world.experiment(project)

    refused = job.experiments("start", draft.key)

    assert (refused.code, refused.said) == (1, "")
    assert "runs 2 experiments at once in this project, and 2 are running." in refused.complained
    assert all(f"{each.public_id} {each.name}" in refused.complained for each in holders)
    assert f"switchyard experiments swap {draft.key} --pause ID" in refused.complained
    assert f"switchyard experiments queue {draft.key}" in refused.complained


def test_a_refusal_is_the_servers_json_where_json_is_wanted(
    world: World, project: Project, job: Job
) -> None:
    world.running(project, 2)
    draft = world.experiment(project)

    refused = job.experiments("start", draft.key, "--json")

    assert refused.code == 1
    assert refused.document["code"] == "PLAN_LIMIT"
    assert refused.document["refusal"]["limit"] == 2
    assert len(refused.document["refusal"]["holders"]) == 2


def test_a_plans_limit_is_asked_about_once(world: World, project: Project, job: Job) -> None:
    world.running(project, 2)
    draft = world.experiment(project)

    with between(job.address, []) as gateway:
        refused = job.at(gateway.address).experiments("start", draft.key)

    assert refused.code == 1
    assert len(gateway.asked) == 1


def test_what_is_paused_and_waits_in_the_queue_does_not_stand_still(
    world: World, project: Project, job: Job
) -> None:
    paused = world.experiment(project, Status.STOPPED)
    world.running(project, 2)
    world.queue(paused)

    refused = job.experiments("pause", paused.key)

    assert refused.code == 1
    assert f"switchyard experiments queue {paused.key} --leave" in refused.complained


def test_what_is_paused_and_shipped_or_starts_later_does_not_stand_still(
    world: World, project: Project, job: Job
) -> None:
    shipped, planned = (world.experiment(project, Status.STOPPED) for _ in range(2))
    world.schedule(planned, now() + timedelta(days=1))
    world.ship(shipped)

    for paused, way_out in ((shipped, "stop serving it"), (planned, "take its start back")):
        refused = job.experiments("pause", paused.key)
        assert refused.code == 1
        assert way_out in refused.complained


def test_what_has_changed_since_is_a_conflict_that_says_what(
    world: World, project: Project, job: Job
) -> None:
    draft = world.experiment(project)
    seen = job.experiments("show", draft.key, "--json").document["version"]
    world.start(draft)
    world.move(draft, Status.STOPPED, Contract.NAMES)

    conflict = job.experiments("resume", draft.key, "--if-version", str(seen))

    assert conflict.code == 3
    assert "from running to stopped by" in conflict.complained


def test_what_is_as_it_was_seen_is_started(world: World, project: Project, job: Job) -> None:
    draft = world.experiment(project)
    seen = job.experiments("show", draft.key, "--json").document["version"]

    assert job.experiments("start", draft.key, "--if-version", str(seen)).code == 0
    assert world.reload(draft).status is Status.RUNNING


def test_a_key_that_is_taken_is_a_conflict(world: World, project: Project, job: Job) -> None:
    taken = world.experiment(project).key

    assert job.experiments("create", "Another", "--key", taken).code == 3


def test_what_is_not_there_is_told_apart(job: Job) -> None:
    missing = job.experiments("start", "no-such-key", "--json")

    assert missing.code == 7
    assert missing.document["code"] == "NOT_FOUND"


def test_a_wrong_key_is_not_allowed_and_not_shown(running_server: Server) -> None:
    told = Job(running_server.address, "sdk_admin_wrong").experiments("list", "--json")

    assert told.code == 5
    assert "sdk_admin_wrong" not in told.said + told.complained


@pytest.mark.parametrize("command", [["start"], ["swap", "a"], ["start", ""], ["start", ".."]])
def test_what_says_too_little_is_wrong_usage(job: Job, command: list[str]) -> None:
    assert job.experiments(*command).code == 2


def test_what_the_server_does_not_understand_is_wrong_usage(job: Job) -> None:
    wrong = job.experiments("create", "Odd", "--design", "-", sent='{"trafic_allocation": 5}')

    assert wrong.code == 2
    assert "traffic_allocation" in wrong.complained


@pytest.mark.parametrize(
    "design", ["{", "[]", '{"traffic_allocation": NaN}', "[" * 100_000], ids=lambda each: each[:20]
)
def test_a_design_that_is_no_json_object_is_wrong_usage(job: Job, design: str) -> None:
    assert job.experiments("create", "Odd", "--design", "-", sent=design).code == 2


def test_nothing_is_asked_without_an_address_or_a_key() -> None:
    address = {"SWITCHYARD_URL": "http://127.0.0.1:1"}

    assert "SWITCHYARD_URL" in run("experiments", "list").complained
    assert "SWITCHYARD_KEY" in run("experiments", "list", environment=address).complained
    assert run("experiments", "list", environment=address).code == 2


@pytest.mark.parametrize("url", ["shop.test", "ftp://shop.test", "http://", "http://[::1"])
def test_what_is_no_address_is_wrong_usage(url: str) -> None:
    assert Job(url, "sdk_admin_key").experiments("list").code == 2


def test_an_address_with_a_password_is_wrong_usage_and_not_shown() -> None:
    told = Job("http://job:open-sesame@127.0.0.1:1", "sdk_admin_key").experiments("list")

    assert told.code == 2
    assert "open-sesame" not in told.said + told.complained


@pytest.mark.parametrize(
    "option",
    [("--timeout", "nan"), ("--interval", "nan"), ("--timeout", "-1"), ("--interval", "0")],
)
def test_what_is_no_number_of_seconds_is_wrong_usage(job: Job, option: tuple[str, str]) -> None:
    assert job.experiments("wait", "any", *option).code == 2


def test_nobody_retries_for_no_number_of_seconds(running_server: Server) -> None:
    job = Job(running_server.address, "sdk_admin_key", retry_for="nan")
    assert job.experiments("list").code == 2


@pytest.mark.parametrize("key", ["two words", "schlüssel", "a\x00b"])
def test_what_can_be_no_key_is_wrong_usage_and_not_shown(tmp_path: Path, key: str) -> None:
    file = tmp_path / "key"
    file.write_text(key)

    wrong = run("--url", "http://127.0.0.1:1", "--key-file", str(file), "experiments", "list")

    assert wrong.code == 2
    assert key not in wrong.complained


def test_the_key_may_be_in_a_file(job: Job, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{job.key}\n")

    assert run("--url", job.address, "--key-file", str(file), "experiments", "list").code == 0


def test_a_server_that_is_not_there_gives_no_answer(job: Job) -> None:
    told = job.at("http://127.0.0.1:1", retry_for="0.5").experiments("start", "any", "--json")

    assert told.code == 4
    assert told.document["code"] == "NO_ANSWER"
    assert job.key not in told.said + told.complained


@pytest.mark.parametrize("status", [200, 301, 404, 500])
def test_what_does_not_answer_as_switchyard_gives_no_answer(job: Job, status: int) -> None:
    with between(job.address, [answered(status, "<!doctype html>")]) as gateway:
        told = job.at(gateway.address).experiments("list")

    assert told.code == 4
    assert f"answered {status}" in told.complained
    assert len(gateway.asked) == 1


def test_the_help_and_the_readme_name_every_exit_code() -> None:
    readme = (CLIENT / "README.md").read_text()
    told = set(re.findall(r"^\| (\d+) \|", readme, re.M))

    assert told == {str(code.value) for code in ExitCode}
    assert {int(code) for code in told} - {130} == {
        int(code)
        for code in re.findall(r"\d+", run("--help").said.partition("Exit codes:")[2])
        if int(code) < 10
    }


def test_an_error_that_nobody_thought_of_is_no_refusal(job: Job) -> None:
    with between(job.address, [answered(200, "{}")]) as gateway:
        told = job.at(gateway.address).experiments("list", "--json")

    assert told.code == ExitCode.UNEXPECTED == 8
    assert told.document["code"] == "UNEXPECTED"
    assert "Traceback" in told.complained
