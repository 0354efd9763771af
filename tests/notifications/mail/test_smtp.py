"""Mails go to another machine by TLS alone, unless that is wanted otherwise."""

import pytest

from app.core.mail_terms import MailTerms, smtp_server
from app.notifications.mail import smtp, writing
from tests.notifications.mail.mail_server import MailServer

# To the application it is no name of this machine.
ELSEWHERE = "127.0.0.2"


@pytest.mark.parametrize("may_be_plain", [False, True])
def test_a_server_elsewhere_without_tls_is_sent_nothing_unless_that_is_wanted(
    *, may_be_plain: bool
) -> None:
    server = MailServer(ELSEWHERE)
    server.start()
    terms = MailTerms(
        smtp_server(server.settings["SMTP_URL"]),
        "switchyard@example.test",
        "https://experiments.example.test",
        "secret",
        may_be_plain,
    )
    mail = writing.plain(terms, "ada@example.test", "Hello", "Hello.")
    fault = smtp.send(mail, "ada@example.test", terms)
    server.stop()
    assert ("STARTTLS" in fault, server.subjects) == (
        (False, ["Hello"]) if may_be_plain else (True, [])
    )
