"""The page of webhooks: where events are sent, by owners, and a secret that is shown once."""

import json

import pytest

from app.models import AnnouncementKind, Project, Role, SwitchedOff
from tests.notifications.listening import listen
from tests.pages.reading import page
from tests.world import Browser, World

URL = "https://hooks.example/services/T0/B0/wordX7f3"
FORM = {"url": URL, "description": "Chat", "format": "standard", "kinds": "overdue"}


@pytest.fixture
def project(world: World) -> Project:
    """A project of the test's own."""
    return world.project()


@pytest.fixture
def owner(world: World, project: Project) -> Browser:
    """An owner of it, signed in."""
    return world.browser(world.member(project, Role.OWNER))


def secret_in(browser: Browser, path: str, **fields: str | int) -> str:
    """The secret that a form is answered with."""
    answer = browser.submit(path, **fields)
    return page(answer).the("input", id="secret").attributes["value"]


def test_an_owner_adds_a_webhook_and_sees_its_secret_once(
    world: World, project: Project, owner: Browser
) -> None:
    path = f"/projects/{project.key}/webhooks"
    secret = secret_in(owner, path, **FORM, request_id="one")
    assert secret.startswith("whsec_")
    (kept,) = world.execute("SELECT * FROM webhook_endpoint")
    assert (kept.url, kept.secret, kept.kinds) == (URL, secret, AnnouncementKind.OVERDUE)
    sent_again = owner.submit(path, **FORM, request_id="one")
    for answer in (sent_again, owner.get(path), owner.get(f"{path}/{kept.id}")):
        assert secret not in answer.get_data(as_text=True)
    assert len(world.execute("SELECT id FROM webhook_endpoint")) == 1


def test_the_trail_says_who_did_what_and_neither_a_secret_nor_a_whole_address(
    world: World, project: Project, owner: Browser
) -> None:
    path = f"/projects/{project.key}/webhooks"
    secrets = [secret_in(owner, path, **FORM)]
    (kept,) = world.execute("SELECT id FROM webhook_endpoint")
    one = f"{path}/{kept.id}"
    secrets.append(secret_in(owner, f"{one}/rotate"))
    owner.submit(one, **{**FORM, "format": "slack", "was_on": "y"})
    owner.submit(f"{one}/remove")
    entries = world.execute("SELECT * FROM audit_entry WHERE kind LIKE 'webhook%' ORDER BY id")
    assert [entry.kind for entry in entries] == [
        "webhook added",
        "webhook secret rotated",
        "webhook changed",
        "webhook removed",
    ]
    assert json.loads(entries[2].changes) == [
        {"field": "format", "before": "standard", "after": "slack"},
        {"field": "is_on", "before": True, "after": False},
    ]
    written = repr([tuple(entry) for entry in entries])
    assert "https://hooks.example/…X7f3" in written
    assert all(each not in written for each in (*secrets, "services"))
    assert world.execute("SELECT id FROM webhook_endpoint") == []


def test_a_private_address_is_refused_beside_its_field(
    world: World, project: Project, owner: Browser
) -> None:
    form = FORM | {"url": "https://169.254.169.254/latest"}
    answer = owner.submit(f"/projects/{project.key}/webhooks", **form)
    assert answer.status_code == 400
    error = page(answer).the("p", id="url-error")
    assert error.text == "This address is of a private network."
    assert world.execute("SELECT id FROM webhook_endpoint") == []


def test_one_more_than_a_project_may_have_is_refused(
    world: World, project: Project, owner: Browser
) -> None:
    for _ in range(10):
        listen(world, project)
    answer = owner.submit(f"/projects/{project.key}/webhooks", **FORM)
    assert "A project has at most 10 webhooks." in answer.get_data(as_text=True)


def test_another_project_finds_none_of_its_webhooks(world: World, owner: Browser) -> None:
    other = world.project()
    endpoint_id = listen(world, other)
    (mine,) = world.execute("SELECT key FROM project WHERE id <> :id", id=other.id)
    one = f"/projects/{mine.key}/webhooks/{endpoint_id}"
    assert owner.get(one).status_code == 404
    for way in ("test", "remove", "deliveries/1/redeliver"):
        assert owner.submit(f"{one}/{way}").status_code == 404
    assert len(world.execute("SELECT id FROM webhook_endpoint")) == 1


def test_one_that_was_switched_off_says_why_and_offers_no_test(
    world: World, project: Project, owner: Browser
) -> None:
    endpoint_id = listen(world, project, SwitchedOff.GONE)
    one = f"/projects/{project.key}/webhooks/{endpoint_id}"
    text = owner.get(one).get_data(as_text=True)
    assert "it answered that it is gone (410)" in text
    assert "Send a test" not in text
    owner.submit(f"{one}/test")
    assert "switch it on first" in owner.get(one).get_data(as_text=True)
    owner.submit(one, **FORM, is_on="y")
    assert "Send a test" in owner.get(one).get_data(as_text=True)


def test_saving_something_else_leaves_off_what_was_switched_off_meanwhile(
    world: World, project: Project, owner: Browser
) -> None:
    endpoint_id = listen(world, project)
    one = f"/projects/{project.key}/webhooks/{endpoint_id}"
    form = page(owner.get(one))
    seen = {name: form.the("input", id=name).attributes["value"] for name in ("is_on", "was_on")}
    world.execute("UPDATE webhook_endpoint SET switched_off = 'gone'")
    owner.submit(one, **FORM, **seen)
    (kept,) = world.execute("SELECT description, switched_off FROM webhook_endpoint")
    assert (kept.description, kept.switched_off) == ("Chat", SwitchedOff.GONE)


def test_a_form_opened_before_a_colleagues_save_is_told_of_it_before_it_saves(
    world: World, project: Project, owner: Browser
) -> None:
    endpoint_id = listen(world, project)
    one = f"/projects/{project.key}/webhooks/{endpoint_id}"
    seen = page(owner.get(one)).the("input", name="seen").attributes["value"]
    owner.submit(one, **{**FORM, "description": "Theirs"}, is_on="y")
    overtaken = page(owner.submit(one, **FORM, is_on="y", seen=seen))
    assert "It is “Theirs” at https://hooks.example/…X7f3" in overtaken.text
    seen = overtaken.the("input", name="seen").attributes["value"]
    assert owner.submit(one, **FORM, is_on="y", seen=seen).status_code == 302


def test_what_a_receiver_wrote_turns_no_text_and_moves_no_cursor(
    world: World, project: Project, owner: Browser
) -> None:
    endpoint_id = listen(world, project)
    one = f"/projects/{project.key}/webhooks/{endpoint_id}"
    owner.submit(f"{one}/test")
    world.execute("UPDATE webhook_delivery SET answer = :said, fault = :said", said="a\u202eb\x1bc")
    text = owner.get(one).get_data(as_text=True)
    assert "a\ufffdb\ufffdc" in text
    assert not {"\u202e", "\x1b"} & set(text)


@pytest.mark.parametrize("is_private", [False, True])
def test_that_an_address_begins_with_https_is_said_where_it_has_to(
    world: World, *, is_private: bool
) -> None:
    world.app.config["WEBHOOKS_TO_PRIVATE_ADDRESSES"] = is_private
    project = world.project()
    owner = world.browser(world.member(project, Role.OWNER))
    found = page(owner.get(f"/projects/{project.key}/webhooks")).text
    assert ("It begins with https://" in found) is not is_private
