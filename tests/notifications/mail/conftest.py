"""What tests of mails share: a mail server, and an application that sends by it."""

from collections.abc import Generator

import pytest

from tests.conftest import MakeApp
from tests.notifications.mail.mail_server import MailServer
from tests.world import World


@pytest.fixture(scope="session")
def kept_server() -> Generator[MailServer]:
    """The mail server of this process: applications are kept by their settings, so by its port."""
    server = MailServer()
    yield server
    server.stop()


@pytest.fixture
def server(kept_server: MailServer) -> MailServer:
    """A mail server on this machine that has taken nothing yet."""
    kept_server.as_new()
    return kept_server


@pytest.fixture
def world(make_app: MakeApp, server: MailServer) -> World:
    """Factories on an application that sends mails."""
    return World(make_app(**server.settings))
