"""The README's commands do what it says, run as a reader would run them."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests import databases
from tests.conftest import missing
from tests.watching import until

ROOT = Path(__file__).parents[2]
COMMANDS = [
    " ".join(command.replace("\\\n", " ").split())
    for block in re.findall(r"^ *```sh\n(.*?)^ *```", (ROOT / "README.md").read_text(), re.M | re.S)
    for command in re.split(r"(?<!\\)\n", block)
    if command.strip()
]
IN_CI = {"make install", "make lint", "make test", "make bench"}
TOUR = [command for command in COMMANDS if "$KEY" in command]
VISITING = [command for command in COMMANDS if "$CLIENT_KEY" in command]
TRAFFIC = [command for command in COMMANDS if "demo-traffic" in command]
OPERATING = [
    command
    for command in COMMANDS
    if " --app wsgi " in command and not re.search("upgrade|demo-traffic|jobs", command)
]
PRODUCTION = [
    command
    for command in COMMANDS
    if command.startswith("export") or re.search("upgrade|gunicorn|jobs", command)
]
DEMO = ".venv/bin/flask --app wsgi demo"
ELSEWHERE = {"make run", "KEY=sdk_admin_...", "CLIENT_KEY=sdk_client_..."}


@dataclass
class Clone:
    """A copy of the repository with a server that `make run` has started in it."""

    folder: Path
    port: int
    printed: str

    def run(self, command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of the README against this server."""
        return subprocess.run(
            ["bash", "-c", command.replace(":8000", f":{self.port}")],
            cwd=self.folder,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=True,
        )

    def printed_after(self, word: str) -> str:
        """What `make run` printed beside a sign-in or a project."""
        found = re.search(rf"^ *{word} +(\S+)$", self.printed, re.M)
        assert found, self.printed
        return found[1]


def copy_repository(folder: Path) -> None:
    """Copy what git would give a stranger; the installed tools are lent, not copied."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    for tools in (".tools", ".venv"):
        (folder / tools).symlink_to(ROOT / tools)


def free_port() -> int:
    """A port that nobody uses."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Generator[Clone]:
    """`make run` in a copy of the repository, with SQLite and the demo data."""
    if not shutil.which("curl"):
        missing("curl is not installed: apt-get install curl")
    folder, port = tmp_path_factory.mktemp("clone"), free_port()
    copy_repository(folder)
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    server = subprocess.Popen(
        ["make", "run", f"PORT={port}"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield Clone(folder, port, read_until_it_listens(server))
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.communicate(timeout=30)


def read_until_it_listens(server: "subprocess.Popen[str]") -> str:
    """What `make run` prints until its server answers."""
    assert server.stdout
    printed = ""
    for line in server.stdout:
        printed += line
        if "Booting worker" in line:
            return printed
    raise AssertionError(printed)


def test_every_command_of_the_readme_is_run_by_a_test_or_by_ci() -> None:
    known = {*IN_CI, *ELSEWHERE, *TOUR, *VISITING, *TRAFFIC, *OPERATING, *PRODUCTION}
    assert [command for command in COMMANDS if command not in known] == []


def test_make_run_prints_the_address_and_the_sign_ins(clone: Clone) -> None:
    assert f"http://127.0.0.1:{clone.port}" in clone.printed
    assert clone.printed_after("mia@demo.test").startswith("demo-")


def test_the_tour_does_what_it_says(clone: Clone) -> None:
    key = clone.printed_after("demo-outdoor-shop")
    answers = [json.loads(clone.run(command, KEY=key).stdout) for command in TOUR]
    assert answers[0] == {"success": True, "test_id": 12, "status": 0}
    assert [each["name"] for each in answers[1]["experiments"]][-1] == "Gift wrapping offer"
    assert answers[2] == {"id": answers[1]["experiments"][-1]["id"], "status": "running"}


def test_the_shop_opens_and_its_visitors_are_split_and_counted_as_the_tour_says(
    clone: Clone,
) -> None:
    address = f"http://127.0.0.1:{clone.port}"
    keys = re.findall(r'data-key="(sdk_client_\w+)"', httpx.get(f"{address}/demo/shop").text)
    headers = {"x-api-key": clone.printed_after("demo-corner-shop")}
    project = f"{address}/v2/project/demo-corner-shop"
    (shown,) = httpx.get(f"{project}/experiments", headers=headers).json()["experiments"]
    start = f"{project}/experiment/{shown['test_id']}/status"
    httpx.patch(start, headers=headers, json={"status": 1}).raise_for_status()
    evaluated, collected = (
        json.loads(clone.run(command, CLIENT_KEY=keys[0]).stdout) for command in VISITING
    )
    assert (evaluated["key"], evaluated["reason"]) == ("buy-button", "SPLIT")
    assert collected == {"accepted": 2, "dropped": []}
    (traffic,) = TRAFFIC
    assert json.loads(clone.run(traffic).stdout)["visitors"] == 500


def test_the_operators_commands_work_in_the_order_of_the_readme(clone: Clone) -> None:
    *before, project, member, goal, experiment, client_key, key = OPERATING
    for command in before:
        json.loads(clone.run(command).stdout)
    project_key = json.loads(clone.run(project).stdout)["key"]
    for command in (member, goal, experiment, client_key):
        json.loads(clone.run(command.replace("PROJECT_KEY", project_key)).stdout)
    minted = json.loads(clone.run(key.replace("PROJECT_KEY", project_key)).stdout)
    assert minted["key"].startswith("sdk_admin_")


def test_production_on_postgresql_is_the_address_of_the_database_and_nothing_else(
    clone: Clone, postgresql: str
) -> None:
    url = databases.create_database(postgresql, "readme")
    upgrade = next(command for command in PRODUCTION if "upgrade" in command)
    serve = next(command for command in PRODUCTION if "gunicorn" in command)
    clone.run(upgrade, DATABASE_URL=url)
    demo = json.loads(clone.run(DEMO, DATABASE_URL=url).stdout)
    port = free_port()
    server = subprocess.Popen(
        serve.replace(":8000", f":{port}").split(),
        cwd=clone.folder,
        env={**os.environ, "DATABASE_URL": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        read_until_it_listens(server)
        pause = TOUR[0].replace(":8000", f":{port}")
        answer = clone.run(pause, KEY=demo["keys"]["demo-outdoor-shop"])
        assert json.loads(answer.stdout) == {"success": True, "test_id": 12, "status": 0}
    finally:
        server.terminate()
        server.communicate(timeout=30)


def test_what_is_scheduled_happens_by_itself_after_make_run(clone: Clone) -> None:
    headers = {"x-sdk-key": clone.printed_after("demo-outdoor-shop")}
    experiments = f"http://127.0.0.1:{clone.port}/api/admin/experiments"
    listed = httpx.get(experiments, headers=headers).raise_for_status().json()["experiments"]
    running = next(each for each in listed if each["status"] == "running")
    address = f"{experiments}/{running['id']}"
    soon = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    body = {"stop_at": soon}
    httpx.put(f"{address}/schedule", headers=headers, json=body).raise_for_status()
    until(lambda: httpx.get(address, headers=headers).json()["status"] == "stopped")


def test_the_process_for_schedules_works_beside_the_servers_and_ends_when_told(
    clone: Clone,
) -> None:
    (jobs,) = (command for command in PRODUCTION if "jobs" in command)
    process = subprocess.Popen(jobs.split(), cwd=clone.folder, stderr=subprocess.PIPE, text=True)
    until(lambda: ignores_no(process.pid, signal.SIGTERM))
    process.terminate()
    _, complaints = process.communicate(timeout=30)
    assert (process.returncode, complaints) == (0, "")


def ignores_no(pid: int, number: signal.Signals) -> bool:
    """Whether a process catches a signal by now."""
    caught = re.search(r"SigCgt:\s*(\w+)", Path(f"/proc/{pid}/status").read_text())
    return bool(caught and int(caught[1], 16) >> (number - 1) & 1)


def test_every_picture_of_the_readme_is_in_the_repository() -> None:
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", (ROOT / "README.md").read_text())
    assert pictures
    assert [each for each in pictures if not (ROOT / each).is_file()] == []
