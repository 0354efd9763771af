"""Servers that are killed in the midst of their work."""

import threading
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Protocol

from tests.servers import Server


class Meter:
    """How many answers have come so far."""

    def __init__(self) -> None:
        self.answers = 0
        self.changed = threading.Condition()

    def count(self) -> None:
        """One more."""
        with self.changed:
            self.answers += 1
            self.changed.notify_all()

    def wait_for(self, answers: int) -> None:
        """Wait until there have been so many."""
        with self.changed:
            enough = self.changed.wait_for(lambda: self.answers >= answers, timeout=60)
        assert enough, f"only {self.answers} answers came"


class Sender(Protocol):
    """A client of the server that is to be killed."""

    def send(self, server: Server, meter: Meter) -> None:
        """Send, and count what is answered, until nobody answers."""
        ...


@contextmanager
def busy(server: Server, clients: Sequence[Sender]) -> Generator[Meter]:
    """All of the clients at work; whoever opens this ends the server within it."""
    meter = Meter()
    with ThreadPoolExecutor(len(clients)) as pool:
        at_work = [pool.submit(client.send, server, meter) for client in clients]
        try:
            yield meter
        finally:
            server.kill()
    for each in at_work:
        each.result()
