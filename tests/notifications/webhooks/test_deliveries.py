"""What happens in a project arrives: signed, at least once, and by no two at once."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from standardwebhooks import WebhookVerificationError

from app import jobs
from app.models import AnnouncementKind, Project, SwitchedOff, WebhookFormat, now
from app.notifications.attempts import AGAIN_AFTER, LEASE
from app.notifications.webhooks import deliveries, delivery_log, endpoints
from app.notifications.webhooks.outcomes import Outcome
from tests.conftest import MakeApp, on_both_databases
from tests.docs.documents import text_of
from tests.measured import days_ago, started
from tests.notifications.listening import announced
from tests.notifications.webhooks.receiver import CHANGED, SETTINGS, Receiver, add
from tests.world import COMMAND_LINE, World

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


def turn(world: World, after: timedelta = timedelta()) -> None:
    """Have the jobs do all there is to do, some time from now."""
    with world.app.app_context():
        jobs.once(now() + after)


def log(world: World, project: Project, endpoint_id: int) -> list[tuple[str, int, int | None]]:
    """Of each delivery, the latest first: its state, how often it was tried, and the status."""
    with world.app.app_context():
        page = delivery_log.page(endpoints.one(project.id, endpoint_id), None, 100)
        return [(delivery_log.state_of(e).value, e.attempts, e.status) for e in page.deliveries]


@on_both_databases
def test_a_start_arrives_signed_with_the_ids_that_the_api_takes(
    world: World, receiver: Receiver
) -> None:
    project = world.project()
    made = add(world, project, receiver.url)
    draft = world.experiment(project)
    world.start(draft)
    turn(world)
    (got,) = receiver.got
    (entry,) = announced(world, project)
    said = got.verified(made.secret)
    assert (said["type"], got.message_id) == ("experiment.started", entry.message_id)
    data = said["data"]
    assert isinstance(data, dict)
    assert data["experiment"] == {
        "id": draft.public_id,
        "test_id": draft.test_id,
        "key": draft.key,
        "name": draft.name,
    }
    assert data["project"] == {"key": project.key, "name": project.name}
    assert data["by"] == {"email": None, "api_key": None, "door": "command line"}
    turn(world, DAY)
    assert len(receiver.got) == 1
    assert log(world, project, made.endpoint.id) == [("delivered", 1, 204)]


def test_the_example_of_the_reference_has_just_the_members_that_are_sent(
    world: World, receiver: Receiver
) -> None:
    add(world, project := world.project(), receiver.url)
    world.running(project, 1)
    turn(world)
    example = text_of("docs/reference/webhooks.md").partition("```json\n")[2].partition("```")[0]
    assert members(json.loads(example)) == members(json.loads(receiver.got[0].body))


def members(value: object, place: str = "") -> list[str]:
    """The names of all members of a JSON object, in their order."""
    if not isinstance(value, dict):
        return [place]
    return [name for key, each in value.items() for name in members(each, f"{place}.{key}")]


def test_what_is_not_chosen_is_not_sent_nor_what_was_before(
    world: World, receiver: Receiver
) -> None:
    project = world.project()
    world.running(project, 1)
    made = add(world, project, receiver.url, frozenset({AnnouncementKind.OVERDUE}))
    world.running(project, 1)
    turn(world)
    with world.app.app_context():
        endpoints.change(
            project.id,
            made.endpoint.id,
            lambda before: endpoints.Choices(before.url, CHANGED),
            COMMAND_LINE,
            allows_private=True,
        )
    turn(world)
    assert receiver.got == []


def test_one_that_is_new_is_not_told_of_a_silence_that_began_before(
    world: World, receiver: Receiver
) -> None:
    project = world.project()
    started(world, project, days=3)
    world.execute("UPDATE experiment SET live_since = :at", at=days_ago(3))
    add(world, project, receiver.url, frozenset({AnnouncementKind.NO_VISITORS_FOR_A_DAY}))
    turn(world)
    assert len(announced(world, project)) == 1
    assert receiver.got == []


def test_slack_gets_a_sentence_in_which_nothing_addresses_everybody(
    world: World, receiver: Receiver
) -> None:
    project = world.project()
    add(world, project, receiver.url, format_=WebhookFormat.SLACK)
    world.start(world.experiment(project, name="<!channel> & more"))
    turn(world)
    assert json.loads(receiver.got[0].body) == {
        "text": f"{project.name}: “&lt;!channel&gt; &amp; more” was started by the command line."
    }


@on_both_databases
def test_what_does_not_arrive_is_tried_again_for_a_day_and_a_half_with_the_same_id(
    world: World, receiver: Receiver
) -> None:
    project = world.project()
    made, receiver.status, receiver.answer = add(world, project, receiver.url), 500, "x" * 9000
    world.running(project, 1)
    turn(world)
    for number, pause in enumerate(AGAIN_AFTER, 1):
        after = sum(AGAIN_AFTER[: number - 1], timedelta()) * 1.2
        turn(world, after + pause * 0.5)
        assert len(receiver.got) == number
        turn(world, after + pause * 1.2)
        assert len(receiver.got) == number + 1
    assert sum(AGAIN_AFTER, timedelta()) // timedelta(hours=1) in range(30, 36)
    turn(world, 4 * DAY)
    assert len(set(receiver.ids)) == 1
    assert log(world, project, made.endpoint.id) == [("failed", 8, 500)]
    (row,) = world.execute("SELECT answer FROM webhook_delivery")
    assert row.answer == "x" * 500


def test_a_receiver_that_asks_for_a_pause_gets_it(world: World, receiver: Receiver) -> None:
    add(world, project := world.project(), receiver.url)
    receiver.status, receiver.headers = 503, {"Retry-After": "3600"}
    world.running(project, 1)
    turn(world)
    turn(world, timedelta(minutes=50))
    assert len(receiver.got) == 1
    turn(world, timedelta(minutes=61))
    assert len(receiver.got) == 2


@pytest.mark.parametrize("seconds", ["99999999999999999999", "0" * 9 + "9" * 5000])
def test_a_receiver_that_asks_for_ages_is_left_alone_for_a_day(
    world: World, receiver: Receiver, seconds: str
) -> None:
    add(world, project := world.project(), receiver.url)
    receiver.status, receiver.headers = 503, {"Retry-After": seconds}
    world.running(project, 1)
    for after, times in ((timedelta(), 1), (timedelta(hours=23), 1), (DAY + SECOND, 2)):
        turn(world, after)
        assert len(receiver.got) == times


@pytest.mark.parametrize(
    ("url", "secret", "fault"),
    [
        ("https://a..b/x", "whsec_c2VjcmV0", "encoding with 'idna' codec failed"),
        (None, "whsec_c", "Not sent: "),
    ],
)
def test_an_attempt_that_raises_is_a_failed_one_and_comes_again_by_the_schedule(
    world: World, receiver: Receiver, url: str | None, secret: str, fault: str
) -> None:
    project = world.project()
    made = add(world, project, url or receiver.url)
    world.execute("UPDATE webhook_endpoint SET secret = :secret", secret=secret)
    world.running(project, 1)
    for after, attempts in ((timedelta(), 1), (6 * SECOND, 2), (timedelta(minutes=4), 2)):
        turn(world, after)
        assert log(world, project, made.endpoint.id) == [("waiting", attempts, None)]
    (row,) = world.execute("SELECT fault FROM webhook_delivery")
    assert row.fault.startswith(fault)


def test_what_nothing_is_kept_of_is_given_up_after_as_many_attempts(
    world: World, receiver: Receiver
) -> None:
    project = world.project()
    made = add(world, project, receiver.url)
    world.running(project, 1)
    with world.app.app_context():
        jobs.handing_on.hand_on(now())
        for number in range(deliveries.MOST_ATTEMPTS + 1):
            deliveries.claim(made.endpoint.id, now() + number * (LEASE + SECOND))
    assert log(world, project, made.endpoint.id) == [("failed", deliveries.MOST_ATTEMPTS, None)]


@pytest.mark.parametrize("status", [301, 307, 404])
def test_nothing_but_2xx_is_an_arrival_and_no_redirect_is_followed(
    world: World, receiver: Receiver, status: int
) -> None:
    project = world.project()
    made = add(world, project, receiver.url)
    receiver.status, receiver.headers = status, {"Location": f"{receiver.url}/elsewhere"}
    world.running(project, 1)
    turn(world)
    assert [got.path for got in receiver.got] == ["/hooks"]
    assert log(world, project, made.endpoint.id) == [("waiting", 1, status)]


def test_one_that_says_that_it_is_gone_is_switched_off_and_the_others_are_told(
    world: World, receiver: Receiver
) -> None:
    project = world.project()
    gone = add(world, project, f"{receiver.url}/gone")
    add(world, project, receiver.url, frozenset({AnnouncementKind.WEBHOOK_SWITCHED_OFF}))
    world.running(project, 2)
    receiver.status = 410
    turn(world)
    receiver.status = 204
    for _ in range(2):
        turn(world, DAY)
    assert [got.path for got in receiver.got] == ["/hooks/gone", "/hooks"]
    assert json.loads(receiver.got[1].body)["type"] == "webhook.switched_off"
    assert "/hooks" not in receiver.got[1].body
    with world.app.app_context():
        endpoint = endpoints.one(project.id, gone.endpoint.id)
    assert endpoint.switched_off is SwitchedOff.GONE
    assert log(world, project, gone.endpoint.id) == [("failed", 0, None), ("failed", 1, 410)]


def test_one_at_which_nothing_arrives_for_days_is_switched_off(
    world: World, receiver: Receiver
) -> None:
    project = world.project(limit=None)
    made, receiver.status = add(world, project, receiver.url), 500
    for day in range(6):
        world.running(project, 1)
        turn(world, day * DAY)
        with world.app.app_context():
            endpoint = endpoints.one(project.id, made.endpoint.id)
        assert endpoint.switched_off is (SwitchedOff.FAILING if day == 5 else None)


@on_both_databases
def test_after_a_rotation_both_secrets_verify_for_a_day_and_then_the_new_one_alone(
    world: World, receiver: Receiver
) -> None:
    project = world.project(limit=None)
    first = add(world, project, receiver.url)
    with world.app.app_context():
        second = endpoints.rotate(project.id, first.endpoint.id, COMMAND_LINE)
    world.running(project, 1)
    turn(world)
    assert receiver.got[0].verified(first.secret) == receiver.got[0].verified(second.secret)
    world.running(project, 1)
    turn(world, DAY + SECOND)
    receiver.got[1].verified(second.secret)
    with pytest.raises(WebhookVerificationError):
        receiver.got[1].verified(first.secret)


@on_both_databases
def test_two_processes_that_look_at_once_send_each_message_once(
    world: World, make_app: MakeApp, receiver: Receiver
) -> None:
    project = world.project(limit=None)
    add(world, project, receiver.url)
    world.running(project, 6)
    with ThreadPoolExecutor() as pool:
        both = [pool.submit(turn, each) for each in (world, World(make_app(**SETTINGS)))]
    for each in both:
        each.result()
    turn(world)
    assert len(receiver.got) == len(set(receiver.ids)) == 6


@on_both_databases
def test_what_a_process_had_in_hand_when_it_died_is_sent_by_the_next(
    world: World, receiver: Receiver
) -> None:
    project = world.project()
    made = add(world, project, receiver.url)
    world.running(project, 1)
    with world.app.app_context():
        jobs.handing_on.hand_on(now())
        claimed = deliveries.claim(made.endpoint.id, now())
    assert claimed
    turn(world)
    assert receiver.got == []
    turn(world, LEASE + SECOND)
    assert receiver.ids == [claimed.message_id]
    with world.app.app_context():
        deliveries.record(claimed, Outcome(0.1, 500), now())
    assert log(world, project, made.endpoint.id) == [("delivered", 2, 204)]


def test_what_waits_at_one_that_is_off_is_not_even_claimed(
    world: World, receiver: Receiver
) -> None:
    project = world.project()
    made = add(world, project, receiver.url)
    with world.app.app_context():
        delivery_log.send_test(project.id, made.endpoint.id, COMMAND_LINE)
        assert deliveries.endpoints_due(now()) == [made.endpoint.id]
        world.execute("UPDATE webhook_endpoint SET switched_off = 'gone'")
        assert deliveries.endpoints_due(now()) == []
        assert deliveries.claim(made.endpoint.id, now()) is None


def switch(world: World, project: Project, endpoint_id: int, *, is_on: bool) -> None:
    """Switch a webhook on or off by hand."""
    with world.app.app_context():
        endpoints.change(
            project.id,
            endpoint_id,
            lambda before: replace(before, is_on=is_on),
            COMMAND_LINE,
            allows_private=True,
        )


def test_one_that_is_switched_on_again_is_not_told_of_what_happened_meanwhile(
    world: World, receiver: Receiver
) -> None:
    project = world.project(limit=None)
    add(world, project, f"{receiver.url}/always")
    made = add(world, project, f"{receiver.url}/again")
    switch(world, project, made.endpoint.id, is_on=False)
    world.running(project, 1)
    switch(world, project, made.endpoint.id, is_on=True)
    turn(world)
    assert [got.path for got in receiver.got] == ["/hooks/always"]
    world.running(project, 1)
    turn(world)
    assert len(receiver.got) == 3


def test_one_that_is_switched_off_by_hand_is_sent_nothing_even_of_what_waits(
    world: World, receiver: Receiver
) -> None:
    project = world.project(limit=None)
    made, receiver.status = add(world, project, receiver.url), 500
    world.running(project, 1)
    turn(world)
    switch(world, project, made.endpoint.id, is_on=False)
    world.running(project, 1)
    turn(world, DAY)
    switch(world, project, made.endpoint.id, is_on=True)
    receiver.status = 200
    turn(world, DAY)
    assert len(receiver.got) == 1
    world.running(project, 1)
    turn(world, DAY)
    assert len(receiver.got) == 2


def test_a_test_and_a_press_to_send_again_arrive_with_ids_that_say_so(
    world: World, receiver: Receiver
) -> None:
    project = world.project()
    made = add(world, project, receiver.url)
    with world.app.app_context():
        sent = delivery_log.send_test(project.id, made.endpoint.id, COMMAND_LINE)
    turn(world)
    with world.app.app_context():
        delivery_log.redeliver(project.id, made.endpoint.id, sent.id, COMMAND_LINE)
    turn(world)
    assert receiver.ids == [sent.message_id] * 2
    assert receiver.got[0].verified(made.secret)["type"] == "webhook.test"
    assert log(world, project, made.endpoint.id) == [("delivered", 1, 204)] * 2


def test_what_was_sent_is_forgotten_after_a_month(world: World, receiver: Receiver) -> None:
    project = world.project()
    made = add(world, project, receiver.url)
    world.running(project, 1)
    turn(world)
    turn(world, 29 * DAY)
    assert len(log(world, project, made.endpoint.id)) == 1
    turn(world, 31 * DAY)
    assert log(world, project, made.endpoint.id) == []


def test_what_failed_at_an_address_is_not_held_against_the_next(
    world: World, receiver: Receiver
) -> None:
    project = world.project()
    made, receiver.status = add(world, project, receiver.url), 500
    world.running(project, 1)
    turn(world)
    with world.app.app_context():
        claimed = deliveries.claim(made.endpoint.id, now() + DAY)
        assert claimed is not None
        endpoints.change(
            project.id,
            made.endpoint.id,
            lambda before: replace(before, url=f"{receiver.url}/next"),
            COMMAND_LINE,
            allows_private=True,
        )
        deliveries.record(claimed, Outcome(0.1, 410), now())
        endpoint = endpoints.one(project.id, made.endpoint.id)
        assert (endpoint.failing_since, endpoint.switched_off) == (None, None)
