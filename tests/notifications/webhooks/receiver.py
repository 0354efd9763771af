"""A receiver of webhooks on this machine: it keeps what it gets, and answers as it is told."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook

from app.models import AnnouncementKind, Project, WebhookFormat
from app.notifications.webhooks import endpoints
from app.notifications.webhooks.endpoints import Choices, Made
from tests.world import COMMAND_LINE, World

CHANGED = frozenset({AnnouncementKind.EXPERIMENT_CHANGED})
# Its own address is a private one.
SETTINGS = {"WEBHOOKS_TO_PRIVATE_ADDRESSES": "true"}


@dataclass
class Got:
    """A message that has arrived."""

    path: str
    headers: dict[str, str]
    body: str

    @property
    def message_id(self) -> str:
        """Its id."""
        return self.headers["webhook-id"]

    def verified(self, secret: str) -> dict[str, object]:
        """Return what it says, as the library of receivers reads it; raise for a bad signature."""
        return Webhook(secret).verify(self.body, self.headers)


@dataclass
class Receiver:
    """Where it is, what has arrived, and what it answers."""

    url: str
    got: list[Got] = field(default_factory=list)
    status: int = 204
    answer: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    goes_on: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.goes_on.set()

    @property
    def ids(self) -> list[str]:
        """The ids of what has arrived, in order."""
        return [each.message_id for each in self.got]


@contextmanager
def receiving() -> Generator[Receiver]:
    """A receiver that answers 204 until it is told otherwise, and when `goes_on` is set."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.got.append(Got(self.path, headers, body))
            receiver.goes_on.wait(20)
            self.send_response(receiver.status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(receiver.answer.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = Receiver(f"http://127.0.0.1:{server.server_port}/hooks")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.goes_on.set()
        server.shutdown()
        server.server_close()
        thread.join()


def add(
    world: World,
    project: Project,
    url: str,
    kinds: frozenset[AnnouncementKind] = CHANGED,
    format_: WebhookFormat = WebhookFormat.STANDARD,
) -> Made:
    """Add a webhook to a project."""
    choices = Choices(url, kinds, format=format_)
    with world.app.app_context():
        return endpoints.add(project.id, choices, COMMAND_LINE, allows_private=True)
