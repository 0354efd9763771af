"""What tests of webhooks share: a receiver, and an application that may send to it."""

from collections.abc import Generator

import pytest

from tests.conftest import MakeApp
from tests.notifications.webhooks.receiver import SETTINGS, Receiver, receiving
from tests.world import World


@pytest.fixture
def receiver() -> Generator[Receiver]:
    """A receiver on this machine."""
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def world(make_app: MakeApp) -> World:
    """Factories on an application that sends to this machine, too."""
    return World(make_app(**SETTINGS))
