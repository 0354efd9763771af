"""Switching off while something is to be sent: nothing is left behind that waits for ever."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from app import jobs
from app.core.errors import InvalidInput
from app.database.transactions import writing
from app.models import Project, SwitchedOff, WebhookEndpoint, now
from app.notifications.webhooks import delivery_log, switching
from tests.conftest import on_postgresql
from tests.notifications.webhooks.receiver import add
from tests.watching import until, waiting_for_locks
from tests.world import COMMAND_LINE, World


def handed_on(world: World, project: Project, _endpoint_id: int) -> None:
    """Hand on what has happened."""
    world.running(project, 1)
    with world.app.app_context():
        jobs.handing_on.hand_on(now())


def a_test(world: World, project: Project, endpoint_id: int) -> None:
    """A test is sent."""
    with world.app.app_context(), suppress(InvalidInput):
        delivery_log.send_test(project.id, endpoint_id, COMMAND_LINE)


@on_postgresql
@pytest.mark.parametrize("send", [handed_on, a_test])
def test_what_comes_while_one_is_switched_off_is_not_left_waiting(
    world: World, send: Callable[[World, Project, int], None]
) -> None:
    project = world.project()
    endpoint_id = add(world, project, "https://hooks.example/").endpoint.id
    with ThreadPoolExecutor() as pool:
        with world.app.app_context(), writing() as session:
            endpoint = session.get_one(WebhookEndpoint, endpoint_id, with_for_update=True)
            switching.switch_off(session, endpoint, SwitchedOff.GONE, now())
            sent = pool.submit(send, world, project, endpoint_id)
            until(lambda: sent.done() or waiting_for_locks(world) == 1)
        sent.result(20)
    assert world.execute("SELECT id FROM webhook_delivery WHERE next_at IS NOT NULL") == []
