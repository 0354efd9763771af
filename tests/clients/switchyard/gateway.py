"""Something between the client and the server that loses answers, or gives some of its own."""

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain, cycle, repeat
from threading import Thread

import httpx

Answer = Callable[[], httpx.Response]
Fate = Callable[[Answer], httpx.Response | None]
"""What becomes of a request, given what has the server answer it; None is an answer lost."""

_KEPT = {"authorization", "content-type", "if-match", "idempotency-key", "user-agent"}


@dataclass
class Gateway:
    """The gateway at `address`, and what it was asked: method, path, Idempotency-Key."""

    address: str = ""
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)


def passed(answer: Answer) -> httpx.Response | None:
    """Let the server answer."""
    return answer()


def lost(answer: Answer) -> httpx.Response | None:
    """Let the server answer, and lose what it says."""
    answer()
    return None


def answered(status: int, text: str = "", **headers: str) -> Fate:
    """Answer in place of the server, which hears nothing of it."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: httpx.Response(status, text=text, headers=named)


def after(event: Callable[[], object]) -> Fate:
    """Let something happen first, and then the server answer."""

    def fate(answer: Answer) -> httpx.Response | None:
        event()
        return answer()

    return fate


def each_lost_once() -> Iterable[Fate]:
    """Lose every answer once: each request that comes again is let through."""
    return cycle([lost, passed])


@contextmanager
def between(server: str, fates: Iterable[Fate]) -> Generator[Gateway]:
    """A gateway before the server, whose first requests have these fates; the others pass."""
    gateway, coming = Gateway(), chain(fates, repeat(passed))

    class Handler(BaseHTTPRequestHandler):
        def _carry(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            gateway.asked.append((self.command, self.path, self.headers.get("Idempotency-Key")))
            kept = {name: value for name, value in self.headers.items() if name.lower() in _KEPT}
            answer = next(coming)(
                lambda: httpx.request(
                    self.command, f"{server}{self.path}", content=body, headers=kept
                )
            )
            if answer is None:
                self.close_connection = True
                return
            self.send_response(answer.status_code)
            for name in ("Content-Type", "ETag", "Retry-After", "Location"):
                if name in answer.headers:
                    self.send_header(name, answer.headers[name])
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_POST = do_PUT = do_DELETE = _carry  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Keep the tests' output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        gateway.address = f"http://127.0.0.1:{listening.server_port}"
        Thread(target=listening.serve_forever, daemon=True).start()
        yield gateway
        listening.shutdown()
