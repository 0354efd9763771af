"""Webhooks by the API: added, read, changed, rotated, tried and removed."""

import json
from typing import Any

import pytest

from app.accounts import api_keys
from app.models import KeyType, Project, Scope
from tests.api.asking import Ask, with_key
from tests.world import COMMAND_LINE, World

WEBHOOKS = "/api/admin/webhooks"
URL = "https://hooks.example/services/T0/B0/wordX7f3"
MASKED = "https://hooks.example/…X7f3"
BODY = {"url": URL, "kinds": ["overdue"], "description": "Chat"}


@pytest.fixture
def project(world: World) -> Project:
    """A project of the test's own."""
    return world.project()


@pytest.fixture
def ask(world: World, project: Project) -> Ask:
    """Return what a program asks with a key of it that is not limited."""
    return with_key(world, project)


def added(ask: Ask, **members: object) -> dict[str, Any]:
    """A webhook that was added, as the answer shows it."""
    answer = ask("POST", WEBHOOKS, BODY | members)
    assert answer.status_code == 201
    return answer.get_json()


def test_one_is_added_read_changed_and_removed(ask: Ask) -> None:
    answer = ask("POST", WEBHOOKS, BODY)
    assert answer.status_code == 201
    one, made = answer.headers["Location"], answer.get_json()
    assert made.pop("secret").startswith("whsec_")
    read = ask("GET", one, None).get_json()
    assert read == {name: value for name, value in made.items() if name != "dry_run"}
    assert (read["url"], read["kinds"], read["enabled"]) == (URL, ["overdue"], True)
    changed = ask("PATCH", one, {"enabled": False}).get_json()
    assert (changed["switched_off"], changed["url"]) == ("by hand", URL)
    assert ask("DELETE", one, {}).get_json()["removed"] is True
    assert ask("GET", WEBHOOKS, None).get_json() == {"data": []}
    assert ask("GET", one, None).status_code == 404


def test_an_admin_reads_those_of_a_project_that_they_are_not_in_with_short_addresses(
    world: World, project: Project, ask: Ask
) -> None:
    made = added(ask)
    admin = world.browser(world.user(admin=True))
    answer = admin.get(f"/api/admin/projects/{project.key}/webhooks")
    (listed,) = answer.get_json()["data"]
    assert (listed["id"], listed["url"], listed["kinds"]) == (made["id"], MASKED, ["overdue"])
    assert made["secret"] not in answer.text


def test_a_secret_is_told_once_and_another_takes_its_place(ask: Ask) -> None:
    made = added(ask)
    rotated = ask("POST", f"{WEBHOOKS}/{made['id']}/rotate", {}).get_json()
    assert rotated["secret"] not in ("", made["secret"])
    assert rotated["previous_secret_until"]
    listed = ask("GET", WEBHOOKS, None).get_data(as_text=True)
    assert all(secret not in listed for secret in (made["secret"], rotated["secret"]))


def test_a_key_that_may_not_change_one_does_not_see_its_whole_address(
    world: World, project: Project, ask: Ask
) -> None:
    made = added(ask)
    with world.app.app_context():
        key = api_keys.mint(
            project.id, KeyType.ADMIN, "reads", COMMAND_LINE, scopes=[Scope.READ]
        ).token
    client = world.app.test_client(use_cookies=False)
    for path in (WEBHOOKS, f"{WEBHOOKS}/{made['id']}"):
        read = client.get(path, headers={"X-SDK-Key": key}).get_json()
        (shown,) = read.get("data", [read])
        assert shown == ask("GET", f"{WEBHOOKS}/{made['id']}", None).get_json() | {"url": MASKED}


def test_a_test_is_sent_and_sent_again_and_both_are_in_its_log_and_in_the_trail(
    world: World, ask: Ask
) -> None:
    one = f"{WEBHOOKS}/{added(ask)['id']}"
    sent = ask("POST", f"{one}/test", {})
    assert (sent.status_code, sent.get_json()["state"]) == (202, "waiting")
    delivery = sent.get_json()
    again = ask("POST", f"{one}/deliveries/{delivery['id']}/redeliver", {}).get_json()
    assert again["message_id"] == delivery["message_id"] != again["id"]
    first = ask("GET", f"{one}/deliveries?limit=1", None).get_json()
    assert [each["id"] for each in first["data"]] == [again["id"]]
    rest = ask("GET", f"{one}/deliveries?cursor={first['next_cursor']}", None).get_json()
    assert ([each["id"] for each in rest["data"]], rest["next_cursor"]) == ([delivery["id"]], None)
    entries = world.execute(
        "SELECT kind, subject, detail FROM audit_entry ORDER BY id DESC LIMIT 2"
    )
    assert entries == [
        ("webhook sent again", MASKED, f"webhook.test, {delivery['message_id']}"),
        ("webhook test sent", MASKED, ""),
    ]


def test_another_address_that_looks_alike_is_told_as_another_and_the_same_as_nothing(
    world: World, ask: Ask
) -> None:
    one = f"{WEBHOOKS}/{added(ask)['id']}"
    ask("PATCH", one, {"url": "HTTPS://hooks.example/services/T0/B0/wordX7f3"})
    assert world.execute("SELECT 1 FROM audit_entry WHERE kind = 'webhook changed'") == []
    ask("PATCH", one, {"url": "https://hooks.example/services/T0/B0/otherX7f3"})
    (entry,) = world.execute("SELECT changes FROM audit_entry WHERE kind = 'webhook changed'")
    another = {"field": "url", "before": MASKED, "after": f"{MASKED} (another)"}
    assert json.loads(entry.changes) == [another]


@pytest.mark.parametrize(
    ("member", "wrong"),
    [("url", "http://hooks.example/"), ("kinds", []), ("kinds", ["news"]), ("format", "mail")],
)
def test_what_cannot_be_is_refused(ask: Ask, member: str, wrong: object) -> None:
    answer = ask("POST", WEBHOOKS, BODY | {member: wrong})
    assert (answer.status_code, answer.get_json()["code"]) == (422, "VALIDATION")
