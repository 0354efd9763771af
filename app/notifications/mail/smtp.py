"""One mail to a mail server, and what came of it."""

import smtplib
import ssl
from email.message import EmailMessage

from app.core.mail_terms import MailTerms
from app.models import LONGEST_FAULT

SECONDS = 10.0
"""How long the server may take for each answer."""


def send(mail: EmailMessage, to: str, terms: MailTerms, seconds: float = SECONDS) -> str:
    """Send a mail to one address; return what kept it away, "" where the server has taken it."""
    try:
        with _connected(terms, seconds) as connection:
            _secure(connection, terms)
            connection.send_message(mail, terms.sender, [to])
    except (ssl.SSLError, smtplib.SMTPException) as error:
        return " ".join(str(error).split())[:LONGEST_FAULT] or "The connection ended."
    except OSError as error:
        why = f": {error.strerror}" if error.strerror else ""
        return f"The mail server did not answer{why}."[:LONGEST_FAULT]
    return ""


def _connected(terms: MailTerms, seconds: float) -> smtplib.SMTP:
    server = terms.server
    if server.is_tls:
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(server.host, server.port, timeout=seconds, context=context)
    return smtplib.SMTP(server.host, server.port, timeout=seconds)


def _secure(connection: smtplib.SMTP, terms: MailTerms) -> None:
    """Begin TLS where there has to be some and is none yet, and sign in."""
    server = terms.server
    if not (server.is_tls or server.is_here or terms.may_be_plain):
        connection.starttls(context=ssl.create_default_context())
    if server.user:
        connection.login(server.user, server.password)
