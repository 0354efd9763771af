"""The load: keep-alive connections that each repeat their requests, all in this one thread.

One thread that waits for many sockets costs a fraction of a thread each, so that the two cores are
left to the servers. What the servers use of them is read from the system, not guessed.
"""

import json
import selectors
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Self
from urllib.parse import urlsplit

import psutil

from tests.servers import Server

Requests = Iterator[bytes]
SECONDS_TO_ANSWER = 30


@dataclass(frozen=True)
class Pace:
    """How fast it went: requests in a second, and milliseconds for each."""

    rate: float
    milliseconds: float
    cpu_milliseconds: float

    @classmethod
    def typical(cls, rounds: Sequence[Self]) -> Self:
        """The medians of several rounds."""
        return cls(
            median(each.rate for each in rounds),
            median(each.milliseconds for each in rounds),
            median(each.cpu_milliseconds for each in rounds),
        )


def request(method: str, path: str, headers: Mapping[str, str], body: object = None) -> bytes:
    """A request as it goes over the wire."""
    content = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(content)}"]
    lines += ["Content-Type: application/json"] if content else []
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + content


class Connection:
    """One keep-alive connection, with the requests that it sends."""

    def __init__(self, address: str, requests: Requests, expected: int) -> None:
        where = urlsplit(address)
        self.socket = socket.create_connection((where.hostname, where.port), SECONDS_TO_ANSWER)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.requests = requests
        self.expected = b" %d " % expected
        self.received = b""

    def send(self) -> None:
        """Send the next request."""
        self.received = b""
        self.socket.sendall(next(self.requests))

    def is_answered(self) -> bool:
        """Read on; whether the answer is whole now. Any other than the expected one fails."""
        data = self.socket.recv(1 << 18)
        self.received += data
        head, found, body = self.received.partition(b"\r\n\r\n")
        assert data, "the server has hung up"
        assert not found or self.expected in head[:13], self.received.decode()
        return bool(found) and len(body) >= _length(head)


def measure(server: Server, requests: Sequence[Requests], expected: int, seconds: float) -> Pace:
    """Repeat the requests for so many seconds, each iterator's on a connection of its own."""
    connections = [Connection(server.address, each, expected) for each in requests]
    processes = _processes(server)
    cpu, began = _cpu_seconds(processes), time.perf_counter()
    answers = _exchange(connections, began + seconds)
    passed = time.perf_counter() - began
    cpu = _cpu_seconds(processes) - cpu
    for connection in connections:
        connection.socket.close()
    return Pace(answers / passed, len(requests) * 1000 * passed / answers, 1000 * cpu / answers)


def _exchange(connections: Sequence[Connection], end: float) -> int:
    """Send and receive until `end`, then wait for what is on its way; how many answers came."""
    answers, waiting = 0, len(connections)
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.send()
        while waiting:
            ready = selector.select(SECONDS_TO_ANSWER)
            assert ready, "the server does not answer any more"
            for key, _ in ready:
                if not key.data.is_answered():
                    continue
                answers += 1
                if time.perf_counter() < end:
                    key.data.send()
                else:
                    waiting -= 1
    return answers


def _length(head: bytes) -> int:
    """Return how long the body after `head` is."""
    _, found, rest = head.lower().partition(b"content-length: ")
    return int(rest.partition(b"\r\n")[0]) if found else 0


def _processes(server: Server) -> list[psutil.Process]:
    leader = psutil.Process(server.process.pid)
    return [leader, *leader.children(recursive=True)]


def _cpu_seconds(processes: Sequence[psutil.Process]) -> float:
    times = [process.cpu_times() for process in processes]
    return sum(each.user + each.system for each in times)
