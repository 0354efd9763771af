"""The real server for tests: granian on a free port of 127.0.0.1, gone at the end."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx

from tests import patient
from tests.forks import ROOT, Fork
from tests.settings import SECRET_KEY
from tests.watching import until
from tests.world import PASSWORD

SECONDS_TO_BEGIN = 60
# What stands in /proc/net/tcp beside the address of a socket that nobody is connected to yet.
LISTENS = "00000000:0000 0A "
# As `make run` starts it.
GRANIAN = ["granian", "--interface", "wsgi", "--http", "1"]
GRANIAN += ["--backpressure", "512", "--blocking-threads", "512", "--respawn-failed-workers"]
SECONDS_TO_END = 10
# Tests send from one address as fast as they can; the rate limit has tests of its own.
UNLIMITED = dict.fromkeys(
    ("API_RATE_LIMIT", "SERVING_RATE_LIMIT", "REQUESTS_PER_ADDRESS"), "1000000000 per minute"
)
BROWSER = {"User-Agent": "Mozilla/5.0"}
COOKIE = "switchyard"
METRICS_TOKEN = "a-token-of-prometheus"
# When something was last used is noted where a lock is had at once, and otherwise left.
NOT_NOTED = "noted: "
CSRF_FIELD = re.compile(r'name="csrf_token" type="hidden" value="([^"]+)"')


@dataclass(frozen=True)
class Server:
    """A server that answers at `address` and writes to `log`; `process` leads its group."""

    address: str
    process: "Fork | subprocess.Popen[bytes]"
    log: Path

    def sign_in(self, email: str) -> dict[str, str]:
        """The headers of a browser in which this user has signed in."""
        with self._signed_in(email, PASSWORD) as browser:
            token = _csrf_token(browser.get("/account"))
            cookie = f"{COOKIE}={browser.cookies[COOKIE]}"
            return {**BROWSER, "Cookie": cookie, "X-CSRFToken": token}

    def session_of(self, email: str, password: str) -> str:
        """Return what the cookie of a browser holds in which this user has signed in."""
        with self._signed_in(email, password) as browser:
            return browser.cookies[COOKIE]

    @contextmanager
    def _signed_in(self, email: str, password: str) -> Generator[httpx.Client]:
        with patient.Client(base_url=self.address, headers=BROWSER) as browser:
            token = _csrf_token(browser.get("/sign-in"))
            form = {"email": email, "password": password, "csrf_token": token}
            browser.post("/sign-in", data=form)
            yield browser

    def kill(self) -> None:
        """End all of the server's processes at once, with no chance to finish anything."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """End the server as an operator does, and by force if that takes too long."""
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(SECONDS_TO_END)
        self.kill()


@contextmanager
def serve(
    database_url: str,
    folder: Path,
    *,
    workers: int = 2,
    application: str = "wsgi:app",
    environment: Mapping[str, str] | None = None,
    root: Path = ROOT,
) -> Generator[Server]:
    """A granian on that database that answers already; its log is in `folder`.

    It serves the application in the folder `root`.

    At the end it is killed: its database is the test's own, and what it has answered is kept.
    """
    settings = {"DATABASE_URL": database_url, "SECRET_KEY": SECRET_KEY, **UNLIMITED}
    settings["KEPT_EVENTS_FOLDER"] = str(folder)
    settings["METRICS_FOLDER"] = str(folder / "metrics")
    settings["METRICS_TOKEN"] = METRICS_TOKEN
    with _reserved_port() as port:
        command = [*GRANIAN, "--port", str(port), "--workers", str(workers), application]
        variables = {**os.environ, **settings, **(environment or {})}
        server = _begin(command, variables, port, folder, root)
        try:
            until(lambda: _listening(server) == workers, SECONDS_TO_BEGIN)
            yield server
        finally:
            server.kill()


@contextmanager
def flawless(database_url: str, folder: Path) -> Generator[Server]:
    """A server of several processes, in whose log nothing went wrong at the end."""
    with serve(database_url, folder, workers=2) as server:
        yield server
        server.stop()
    log = server.log.read_text()
    assert "Traceback" not in log
    locked = [line for line in log.splitlines() if "database is locked" in line]
    assert [line for line in locked if NOT_NOTED not in line] == []


@contextmanager
def jobs(database_url: str, folder: Path, name: str = "jobs") -> Generator[Server]:
    """A process that is at the work of `flask jobs`, in whose log nothing went wrong at the end."""
    with troubled_jobs(database_url, folder, name) as worker:
        yield worker
    assert worker.log.read_text() == ""


@contextmanager
def troubled_jobs(database_url: str, folder: Path, name: str = "jobs") -> Generator[Server]:
    """A process that is at the work of `flask jobs`, whatever its log says."""
    with command(database_url, folder, "jobs", name) as worker:
        yield worker


@contextmanager
def command(
    database_url: str,
    folder: Path,
    work: str,
    name: str,
    environment: Mapping[str, str] | None = None,
) -> Generator[Server]:
    """A process that is at the work of a command of flask, until it is told to end.

    It answers nobody, so its address is empty.
    """
    settings = {"DATABASE_URL": database_url, "SECRET_KEY": SECRET_KEY, **(environment or {})}
    settings["KEPT_EVENTS_FOLDER"] = str(folder)
    settings["METRICS_FOLDER"] = str(folder / "metrics")
    log = folder / f"{name}.log"
    process = Fork(["flask", "--app", "wsgi", work], {**os.environ, **settings}, log)
    worker = Server("", process, log)
    try:
        until(lambda: _minds_its_end(process.pid), SECONDS_TO_BEGIN)
        yield worker
    finally:
        worker.stop()


@contextmanager
def _reserved_port() -> Generator[int]:
    """A port that nobody else gets meanwhile.

    The server's processes share it with this socket, which never listens and so gets no connection.
    """
    with socket.socket() as reserved:
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        reserved.bind(("127.0.0.1", 0))
        yield reserved.getsockname()[1]


def _begin(
    words: list[str], environment: Mapping[str, str], port: int, folder: Path, root: Path
) -> Server:
    log = folder / "server.log"
    begin = Fork if root == ROOT else partial(_from_nothing, root)
    return Server(f"http://127.0.0.1:{port}", begin(words, environment, log), log)


def _from_nothing(
    root: Path, words: list[str], environment: Mapping[str, str], log: Path
) -> "subprocess.Popen[bytes]":
    """A process that loads what is in another folder than ours."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _listening(server: Server) -> int:
    """Return how many of the server's workers take connections, each at its own socket."""
    assert server.process.poll() is None, f"the server has ended:\n{server.log.read_text()}"
    port = int(server.address.rpartition(":")[2])
    return Path("/proc/net/tcp").read_text().count(f" 0100007F:{port:04X} {LISTENS}")


def _minds_its_end(pid: int) -> bool:
    """Return whether a process has got so far that it ends in its own time when it is told to."""
    status = Path(f"/proc/{pid}/status").read_text()
    caught = int(status.partition("SigCgt:")[2].split()[0], 16)
    return bool(caught & 1 << signal.SIGTERM - 1)


def _csrf_token(page: httpx.Response) -> str:
    found = CSRF_FIELD.search(page.text)
    assert found, f"no CSRF token on {page.url}: {page.status_code}\n{page.text}"
    return found[1]
