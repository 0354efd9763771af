"""A real mail server on this machine, which keeps what it takes, or is away."""

import socket
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller

TAKEN = "250 Taken"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


@dataclass
class MailServer:
    """Where it is, what it has taken and for whom, and what it answers."""

    host: str = "127.0.0.1"
    port: int = field(default_factory=_free_port)
    got: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    answer: str = TAKEN
    _controller: Controller | None = None

    @property
    def settings(self) -> dict[str, str]:
        """The settings by which an application sends mails there."""
        return {
            "SMTP_URL": f"smtp://{self.host}:{self.port}",
            "MAIL_FROM": "switchyard@example.test",
            "PUBLIC_ADDRESS": "https://experiments.example.test",
        }

    @property
    def subjects(self) -> list[str]:
        """The subjects of what it has taken."""
        return [str(mail["Subject"]) for mail in self.got]

    def start(self) -> None:
        """Take mails."""
        self._controller = Controller(self, hostname=self.host, port=self.port)
        self._controller.start()

    def stop(self) -> None:
        """Be away."""
        if self._controller:
            self._controller.stop()
            self._controller = None

    def as_new(self) -> None:
        """Be there, with nothing taken yet."""
        self.got.clear()
        self.recipients.clear()
        self.answer = TAKEN
        if self._controller is None:
            self.start()

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: ANN401, N802
        """Take a mail, if it is to be taken."""
        if self.answer == TAKEN:
            mail = message_from_bytes(envelope.content, policy=default)
            assert isinstance(mail, EmailMessage)
            self.got.append(mail)
            self.recipients.extend(envelope.rcpt_tos)
        return self.answer
