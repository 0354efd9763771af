"""The version before goes on serving while the database is upgraded, and beside the new one.

It is taken from the history of this repository; where that is cut off, what the tables ask of it
is compared in `tests/test_migrations.py` all the same.
"""

import json
import os
import subprocess
import sys
import tarfile
import threading
from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import audit, databases
from tests.conftest import missing
from tests.servers import ROOT, serve
from tests.serving.site import COLLECT, FLAGS, saw
from tests.settings import SECRET_KEY
from tests.watching import until

BEFORE = "3a08fe49"
PROJECT = "demo-outdoor-shop"
TEST_ID = 12
ANSWERS = 40
WRITERS, VISITORS = 2, 2

pytestmark = pytest.mark.soak


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """The folder of the version before."""
    archive = subprocess.run(["git", "archive", BEFORE], cwd=ROOT, capture_output=True, check=False)
    if archive.returncode:
        missing(f"The history of this repository does not reach back to {BEFORE}")
    folder = tmp_path / "before"
    with tarfile.open(fileobj=BytesIO(archive.stdout)) as packed:
        packed.extractall(folder, filter="data")
    return folder


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[str]:
    """The address of a database without a table, on each kind in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/upgraded.db"
        return
    folder = request.getfixturevalue("postgresql")
    yield databases.create_database(folder, "upgraded")
    databases.drop_database(folder, "upgraded")


def flask(root: Path, url: str, *arguments: str) -> str:
    """Return what a command of the version in `root` prints."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
    environment = {**os.environ, "DATABASE_URL": url, "SECRET_KEY": SECRET_KEY}
    done = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@dataclass
class Load:
    """What writers and visitors of one server had as answers."""

    address: str
    admin: Mapping[str, str]
    site: Mapping[str, str]
    answers: int = 0
    wrong: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def press(self, _number: int) -> None:
        """Pause an experiment and resume it, again and again."""
        path = f"/v2/project/{PROJECT}/experiment/{TEST_ID}/status"
        with httpx.Client(base_url=self.address, headers=self.admin, timeout=30) as client:
            while not self.ended.is_set():
                for status in (0, 1):
                    self._note(client.patch(path, json={"status": status}), 200)

    def manage(self, number: int) -> None:
        """Mint a key and read history, again and again."""
        with httpx.Client(base_url=self.address, headers=self.admin, timeout=30) as client:
            while not self.ended.is_set():
                minted = client.post(
                    "/api/admin/keys", json={"type": "server", "name": f"{number}"}
                )
                self._note(minted, 201)
                self._note(client.get("/api/admin/history"), 200)

    def visit(self, number: int) -> None:
        """Come as one visitor after the other, and see what is live."""
        visits = 0
        with httpx.Client(base_url=self.address, headers=self.site, timeout=30) as client:
            while not self.ended.is_set():
                visits += 1
                unit = f"{self.address}-{number}-{visits}"
                flags = client.post(FLAGS, json={"context": {"targetingKey": unit}})
                self._note(flags, 200)
                events = [saw(flag["key"], unit) for flag in flags.json()["flags"]]
                self._note(client.post(COLLECT, json={"events": events}), 202)

    def go_on(self) -> None:
        """Wait until there have been so many more answers."""
        enough = self.answers + ANSWERS
        until(lambda: self.answers >= enough or bool(self.wrong))

    def _note(self, answer: httpx.Response, wanted: int) -> None:
        self.answers += 1
        if answer.status_code != wanted:
            self.wrong.append(f"{answer.status_code} {answer.text}")


@contextmanager
def pressed_on(address: str, admin: Mapping[str, str], site: Mapping[str, str]) -> Generator[Load]:
    """Writers, managers and visitors of a server, who go on while this is open and are served."""
    load = Load(address, admin, site)
    with ThreadPoolExecutor() as pool:
        at_work = [pool.submit(load.press, each) for each in range(WRITERS)]
        at_work += [pool.submit(load.manage, each) for each in range(WRITERS)]
        at_work += [pool.submit(load.visit, each) for each in range(VISITORS)]
        try:
            yield load
        finally:
            load.ended.set()
        for each in at_work:
            each.result()
    assert load.wrong == []


def stopped_and_taken_back(address: str, admin: Mapping[str, str]) -> set[str]:
    """Return what was paused by what is done to the whole project."""
    with httpx.Client(base_url=address, headers=admin, timeout=30) as client:
        stopped = client.post("/api/admin/experiments/stop-all")
        assert stopped.status_code == 200, stopped.text
        undone = client.post("/api/admin/experiments/stop-all/undo", json=stopped.json()["undo"])
        assert undone.status_code == 200, undone.text
    return {each["id"] for each in stopped.json()["paused"]}


def in_history(address: str, admin: Mapping[str, str]) -> set[str]:
    """Of which experiments the latest entries of history are."""
    answer = httpx.get(f"{address}/api/admin/history?limit=200", headers=admin, timeout=30)
    assert answer.status_code == 200, answer.text
    named = [entry["experiment"] for entry in answer.json()["history"]]
    return {experiment["id"] for experiment in named if experiment}


def test_the_version_before_serves_through_the_upgrade_and_beside_the_new_one(
    before: Path, url: str, tmp_path: Path
) -> None:
    flask(before, url, "db", "upgrade")
    demo: dict[str, Any] = json.loads(flask(before, url, "demo"))
    made = flask(before, url, "key", "create", PROJECT, "--type", "server")
    key = demo["keys"][PROJECT]
    admin = {"x-api-key": key, "x-sdk-key": key}
    site = {"Authorization": f"Bearer {json.loads(made)['key']}"}
    with serve(url, tmp_path, root=before) as old, pressed_on(old.address, admin, site) as load:
        load.go_on()
        flask(ROOT, url, "db", "upgrade")
        load.go_on()
        with serve(url, tmp_path) as new, pressed_on(new.address, admin, site) as beside:
            beside.go_on()
            paused = stopped_and_taken_back(new.address, admin)
            assert paused
            assert paused <= in_history(old.address, admin)
            load.go_on()
        load.go_on()
    assert "Traceback" not in old.log.read_text()
    with audit.connect(url) as connection:
        named = f"SELECT id FROM project WHERE key = '{PROJECT}'"  # noqa: S608
        project_id = connection.exec_driver_sql(named).scalar_one()
    assert audit.read(url, project_id).breaks() == []
