"""Many clients at once: several processes of several threads, so that calls really collide."""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from multiprocessing.synchronize import Barrier
from typing import Any
from urllib.parse import urlencode, urlsplit

from app.models import Experiment, Project
from tests.forks import FORKING

PROCESSES = 4
THREADS = 12
SECONDS_TO_ANSWER = 60


@dataclass(frozen=True)
class Call:
    """One request."""

    method: str
    path: str
    body: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """What came back for a call."""

    call: Call
    status: int
    text: str

    @property
    def body(self) -> Any:  # noqa: ANN401
        """The answer's JSON."""
        return json.loads(self.text)


def by_integer(
    project: Project, experiment: Experiment, status: int, headers: Mapping[str, str]
) -> Call:
    """Ask for a status by its integer."""
    path = f"/v2/project/{project.key}/experiment/{experiment.test_id}/status"
    return sending_json("PATCH", path, {"status": status}, headers)


def by_name(experiment: Experiment, status: str, headers: Mapping[str, str]) -> Call:
    """Ask for a status by its name."""
    path = f"/api/admin/experiments/{experiment.public_id}/status"
    return sending_json("POST", path, {"status": status}, headers)


def sending_json(method: str, path: str, body: object, headers: Mapping[str, str]) -> Call:
    """A call as a program makes it."""
    return Call(method, path, json.dumps(body), {"Content-Type": "application/json", **headers})


def sending_form(path: str, fields: Mapping[str, str], headers: Mapping[str, str]) -> Call:
    """A call as a page's form makes it, with the CSRF token in a field."""
    body = urlencode({"csrf_token": headers["X-CSRFToken"], **fields})
    return Call(
        "POST", path, body, {"Content-Type": "application/x-www-form-urlencoded", **headers}
    )


def send(address: str, call: Call) -> Answer:
    """Send one call on a connection of its own; OSError when the server is not there any more."""
    connection = HTTPConnection(urlsplit(address).netloc, timeout=SECONDS_TO_ANSWER)
    try:
        connection.request(call.method, call.path, call.body, dict(call.headers))
        response = connection.getresponse()
        return Answer(call, response.status, response.read().decode())
    finally:
        connection.close()


def send_all(address: str, calls: Sequence[Call]) -> list[Answer]:
    """Send all of the calls from all of the clients, none of whom begins before the last is up."""
    everybody = FORKING.Barrier(PROCESSES)
    shares = [calls[number::PROCESSES] for number in range(PROCESSES)]
    with ProcessPoolExecutor(PROCESSES, FORKING, _wait_for, (everybody,)) as pool:
        answers = pool.map(partial(_send_share, address), shares)
        return [answer for share in answers for answer in share]


def _wait_for(everybody: Barrier) -> None:
    everybody.wait(SECONDS_TO_ANSWER)


def _send_share(address: str, calls: Sequence[Call]) -> list[Answer]:
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(partial(send, address), calls))
