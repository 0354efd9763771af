"""Sending beside the jobs: slow receivers hold up nobody but themselves."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta

from app import jobs
from app.models import now
from app.notifications.webhooks.sender import AT_ONCE, Sender
from tests.conftest import on_both_databases
from tests.notifications.webhooks.receiver import Receiver, add
from tests.watching import until
from tests.world import World


@contextmanager
def sending(world: World, receiver: Receiver) -> Generator[Sender]:
    """Have a sender send, to a receiver that answers nothing until the end."""
    receiver.goes_on.clear()
    sender = Sender(world.app.app_context, allows_private=True)
    with world.app.app_context():
        jobs.handing_on.hand_on(now())
        try:
            yield sender
        finally:
            receiver.goes_on.set()
            sender.end()


def test_a_receiver_that_takes_its_time_holds_up_no_other_and_no_turn(
    world: World, receiver: Receiver
) -> None:
    for name in ("slow", "quick"):
        add(world, project := world.project(), f"{receiver.url}/{name}")
        world.running(project, 1)
    with sending(world, receiver) as sender:
        sender.begin(now())
        until(lambda: len(receiver.got) == 2)
        sender.begin(now())
    assert sorted(got.path for got in receiver.got) == ["/hooks/quick", "/hooks/slow"]


@on_both_databases
def test_where_more_are_due_than_are_served_at_once_the_longest_wait_ends_first(
    world: World, receiver: Receiver
) -> None:
    first, second = world.project(), world.project()
    for number in range(AT_ONCE + 1):
        add(world, (first, second)[number % 2], f"{receiver.url}/{number}")
    for project in (first, second):
        world.running(project, 1)
    with sending(world, receiver) as sender:
        world.execute(
            "UPDATE webhook_delivery SET next_at = :at"
            " WHERE endpoint_id = (SELECT max(id) FROM webhook_endpoint)",
            at=now() - timedelta(seconds=9),
        )
        sender.begin(now())
        until(lambda: len(receiver.got) == AT_ONCE)
    paths = {got.path for got in receiver.got}
    assert f"/hooks/{AT_ONCE}" in paths
    assert f"/hooks/{AT_ONCE - 1}" not in paths
