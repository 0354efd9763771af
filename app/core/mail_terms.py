"""On which terms mails are sent: by which server, from whom, and with which addresses in them."""

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from app.core.validation import EMAIL_PATTERN

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True)
class SmtpServer:
    """A server that takes mails. `is_tls` from the first byte; otherwise it is asked for TLS.

    `user` is empty where it asks for no password.
    """

    host: str
    port: int
    is_tls: bool
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def is_here(self) -> bool:
        """Return whether it is on this machine: what goes there goes over no network."""
        return self.host in _LOOPBACK


@dataclass(frozen=True)
class MailTerms:
    """By which server mails are sent, and from whom.

    Where it `may_be_plain`, passwords and mails go to it without TLS. Links in them begin with the
    `public_address`, and those that stop mails are signed with the `secret_key`.
    """

    server: SmtpServer
    sender: str
    public_address: str
    secret_key: str = field(repr=False)
    may_be_plain: bool = False


def smtp_server(text: str) -> SmtpServer:
    """Return the server of an address as smtp://user:password@host:587. Raises ValueError."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("is no address of a mail server") from None
    if parts.scheme not in _PORTS or not host or parts.path.strip("/") or parts.query:
        raise ValueError("must read like smtp://user:password@host:587 or smtps://host")
    return SmtpServer(
        host,
        port or _PORTS[parts.scheme],
        parts.scheme == "smtps",
        unquote(parts.username or ""),
        unquote(parts.password or ""),
    )


def mail_address(text: str) -> str:
    """Return an address that mails come from. Raises ValueError."""
    if not EMAIL_PATTERN.fullmatch(text):
        raise ValueError(f"must be an address as switchyard@example.com, not {text!r}")
    return text


def public_address(text: str) -> str:
    """Return where browsers reach this server, without a slash at its end. Raises ValueError."""
    parts = urlsplit(text)
    is_whole = parts.scheme in ("http", "https") and parts.netloc and "@" not in parts.netloc
    if not is_whole or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(f"must read like https://experiments.example.com, not {text!r}")
    return f"{parts.scheme}://{parts.netloc}"
