"""Handing on: what cannot be told keeps nothing else from being told."""

import pytest

from app.models import now
from app.notifications import handing_on
from tests.conftest import on_both_databases
from tests.notifications.listening import announced
from tests.notifications.webhooks.receiver import add
from tests.world import World


@on_both_databases
def test_one_that_cannot_be_told_is_set_aside_and_the_others_are_told(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    add(world, project := world.project(limit=None), "https://hooks.example/")
    world.running(project, 2)
    world.execute("UPDATE webhook_endpoint SET kinds = 'of_a_later_version ' || kinds")
    first = announced(world, project)[0]
    world.execute("UPDATE outbox_entry SET data = '{}' WHERE id = :id", id=first.id)
    with world.app.app_context():
        handing_on.hand_on(now())
    told = world.execute(
        "SELECT d.id, e.handed_on_at FROM outbox_entry e"
        " LEFT JOIN webhook_delivery d ON d.message_id = e.message_id ORDER BY e.id"
    )
    assert [each.id is not None for each in told] == [False, True]
    assert all(each.handed_on_at for each in told)
    assert f"announcement {first.id}: set aside" in caplog.text
