"""Creating an experiment."""

import io
from typing import Any

import pytest

from tests.pages.reading import errors, page
from tests.world import World

A_KEY = (
    "A key has 1 to 64 small letters, digits, hyphens or underscores,"
    " and begins with a letter or a digit."
)


def test_the_form_asks_for_name_page_description_and_key(world: World) -> None:
    project = world.project()
    browser = world.browser(world.member(project))
    form = page(browser.get(f"/projects/{project.key}/new-experiment")).every("form")[1]
    assert [label.text for label in form.every("label")] == [
        "Name",
        "Page URL",
        "Description",
        "Hypothesis",
        "Primary goal",
        "Tags",
        "Ticket",
        "Key",
    ]
    assert form.the("input", type="submit").attributes["value"] == "Create experiment"


def test_an_experiment_is_created_as_a_draft_by_whom_it_was(world: World) -> None:
    project = world.project()
    browser = world.browser(world.member(project))
    form = {"name": " Free delivery ", "url": " https://shop.example/ ", "description": "a\r\nb"}
    answer = browser.submit(f"/projects/{project.key}/new-experiment", **form)
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/projects/{project.key}/experiments/free-delivery"
    rows = world.execute("SELECT name, key, url, description, status, user_id FROM experiment")
    user_id = world.execute("SELECT id FROM user_account")[0].id
    expected = (
        "Free delivery",
        "free-delivery",
        "https://shop.example/",
        "a\r\nb",
        "draft",
        user_id,
    )
    assert rows == [expected]
    assert world.execute("SELECT kind FROM history") == [("created",)]


@pytest.mark.parametrize(
    ("fields", "at_fault"),
    [
        ({"name": ""}, {"name": "Give it a name."}),
        ({"name": "  "}, {"name": "Give it a name."}),
        ({"name": "x" * 121}, {"name": "A name has at most 120 characters."}),
        ({"name": "a\x00b"}, {"name": "A name is one line without control characters."}),
        ({"key": "taken"}, {"key": "The project has an experiment with the key taken already."}),
        ({"key": "Not a key"}, {"key": A_KEY}),
        ({"key": "a\x00"}, {"key": A_KEY}),
        ({"url": "shop"}, {"url": "Give the whole address of the page, as https://example.com/."}),
        (
            {"url": "javascript:alert(1)"},
            {"url": "Give the whole address of the page, as https://example.com/."},
        ),
        (
            {"description": "x" * 5001},
            {"description": "A description has at most 5000 characters."},
        ),
        (
            {"description": "a\x00b"},
            {"description": "A description has no control characters."},
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_mistake_is_said_beside_its_field_and_what_was_typed_is_kept(
    world: World, fields: dict[str, str], at_fault: dict[str, str]
) -> None:
    project = world.project()
    world.experiment(project, name="taken")
    browser = world.browser(world.member(project))
    form = {"name": "Banner", "key": "banner", "url": "", "description": "", **fields}
    answer = browser.submit(f"/projects/{project.key}/new-experiment", **form)
    assert (answer.status_code, errors(answer)) == (400, at_fault)
    if "key" not in fields:
        kept = page(answer).the("input", name="key").attributes["value"]
        assert kept == "banner"
    assert world.execute("SELECT count(*) FROM experiment") == [(1,)]


def test_a_form_of_more_than_64_kib_is_refused_as_a_page(world: World) -> None:
    project = world.project()
    browser = world.browser(world.member(project))
    path = f"/projects/{project.key}/new-experiment"
    answer = browser.submit(path, name="Banner", description="x" * 65_536)
    assert answer.status_code == 413
    assert page(answer).the("h1").text == "Request Entity Too Large"
    assert world.execute("SELECT count(*) FROM experiment") == [(0,)]


def test_at_the_plans_limit_a_draft_is_created_all_the_same(world: World) -> None:
    project = world.project(limit=0)
    browser = world.browser(world.member(project))
    answer = browser.submit(f"/projects/{project.key}/new-experiment", name="Later")
    assert answer.status_code == 302


@pytest.mark.parametrize(
    "sent",
    [
        {"json": {"name": "Banner"}},
        {"data": {"name": (io.BytesIO(b"Banner"), "name.txt")}},
        {"data": b"name=Banner", "content_type": "text/plain"},
    ],
    ids=["json", "a file", "plain text"],
)
def test_the_page_takes_plain_forms_alone(world: World, sent: dict[str, Any]) -> None:
    project = world.project()
    browser = world.browser(world.member(project))
    headers = {"X-CSRFToken": browser.csrf_token}
    path = f"/projects/{project.key}/new-experiment"
    answer = browser.client.post(path, headers=headers, **sent)
    assert answer.status_code == 415
    assert page(answer).the("h1").text == "Unsupported Media Type"
    assert world.execute("SELECT count(*) FROM experiment") == [(0,)]
