"""A form that makes something makes one, however often it is sent."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from app.models import Project, Role, now
from tests.pages.reading import Element, errors, flashed, page
from tests.world import Browser, World

SENT_BEFORE = (
    "This form was sent before with something else in it, and that was done. Send it again to have "
    "this done too."
)
CHANGED_SINCE = (
    "This form was sent before, and that was done, but it has been changed since. Send it again to "
    "have it done again."
)


@dataclass(frozen=True)
class Form:
    """A form, the page that shows it, what it is filled with, and the table that gets a row."""

    path: str
    table: str
    fields: dict[str, str | int] = field(default_factory=dict)
    shown_on: str = ""

    def __str__(self) -> str:
        return self.path


FORMS = [
    Form("/projects/{project}/new-experiment", "experiment", {"name": "Red banner"}),
    Form(
        "/projects/{project}/experiments/banner/clone",
        "experiment",
        shown_on="/projects/{project}/experiments/banner",
    ),
    Form(
        "/projects/{project}/experiments/banner/notes",
        "history",
        {"note": "Ask Olga."},
        shown_on="/projects/{project}/experiments/banner",
    ),
    Form("/projects/{project}/goals", "goal", {"name": "Purchase", "wanted": "more"}),
    Form(
        "/projects/{project}/keys",
        "api_key",
        {"name": "job", "type": "admin", "scopes": "read", "lifetime": ""},
    ),
    Form(
        "/projects/{project}/webhooks",
        "webhook_endpoint",
        {"url": "https://hooks.example/", "format": "slack", "kinds": "overdue"},
    ),
    Form("/projects/{project}/install/key", "api_key", shown_on="/projects/{project}/install"),
    Form("/projects/{project}/members", "membership", {"email": "{email}", "role": "viewer"}),
    Form(
        "/admin/projects/{project}/members",
        "membership",
        {"email": "{email}", "role": "viewer"},
        shown_on="/admin/projects/{project}",
    ),
    Form("/admin/plans/new", "plan", {"code": 7, "name": "Seven"}),
    Form("/admin/projects/new", "project", {"name": "Other", "plan": "{plan}"}),
]


def owner(world: World, project: Project) -> Browser:
    """Somebody who may send every form."""
    browser = world.browser(world.member(project, Role.OWNER))
    world.execute("UPDATE user_account SET is_admin = TRUE")
    return browser


def request_id(found: Element, path: str = "") -> str:
    """The id in the only form that has one, or in that which is sent to `path`."""
    forms = [form for form in found.every("form") if form.every("input", name="request_id")]
    (form,) = (each for each in forms if len(forms) == 1 or each.attributes.get("action") == path)
    return form.the("input", name="request_id").attributes["value"]


def count(world: World, table: str) -> int:
    return world.execute(f"SELECT count(*) FROM {table}")[0][0]  # noqa: S608


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_the_second_sending_shows_what_came_of_the_first(world: World, form: Form) -> None:
    project = world.project()
    world.experiment(project, name="Banner")
    browser, email = owner(world, project), world.user()
    words = {"project": project.key, "email": email, "plan": project.plan_code}
    path = form.path.format(**words)
    fields = {name: str(value).format(**words) for name, value in form.fields.items()}
    drawn = page(browser.get((form.shown_on or form.path).format(**words)))
    fields["request_id"] = request_id(drawn, path)
    before = count(world, form.table)
    first = browser.submit(path, **fields)
    said = flashed(browser.get(first.location)) if first.location else []
    second = browser.submit(path, **fields)
    assert count(world, form.table) == before + 1
    assert (second.status_code, second.location) == (first.status_code, first.location)
    if first.location:
        assert flashed(browser.get(second.location)) == said
        assert len(said) == 1


def test_a_key_is_shown_to_the_first_sending_alone_and_kept_nowhere(world: World) -> None:
    project = world.project()
    browser = owner(world, project)
    path = f"/projects/{project.key}/keys"
    form = {"name": "job", "type": "admin", "scopes": "read", "lifetime": "", "request_id": "abc"}
    token = page(browser.submit(path, **form)).the("input", id="token").attributes["value"]
    again = page(browser.submit(path, **form))
    assert again.every("input", id="token") == []
    assert again.the("h2", id="minted-title").text == (
        "The key “job” was created when this was first sent"
    )
    assert "revoke it below and create another" in again.text
    (kept,) = world.execute("SELECT answer FROM answered_request")
    assert token not in kept.answer


def test_a_form_that_says_something_else_by_then_asks_once_more(world: World) -> None:
    project = world.project()
    browser = owner(world, project)
    path = f"/projects/{project.key}/goals"
    browser.submit(path, name="Purchase", wanted="more", request_id="abc")
    other = browser.submit(path, name="Refund", wanted="less", request_id="abc")
    assert errors(other)[""] == SENT_BEFORE
    assert count(world, "goal") == 1
    fresh = request_id(page(other))
    assert fresh != "abc"
    browser.submit(path, name="Refund", wanted="less", request_id=fresh)
    assert count(world, "goal") == 2


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (FORMS[0], "“Red banner” is created: a draft that nobody sees yet."),
        (FORMS[2], "The note is kept."),
        (FORMS[4], "the key “job” was made."),
    ],
    ids=str,
)
def test_the_same_from_a_fresh_form_is_asked_about_before_it_is_done_again(
    world: World, form: Form, said: str
) -> None:
    project = world.project()
    world.experiment(project, name="Banner")
    browser, path = owner(world, project), form.path.format(project=project.key)
    browser.submit(path, **form.fields, request_id="first")
    made = count(world, form.table)
    asked = browser.submit(path, **form.fields, request_id="second")
    assert errors(asked)[""] == (
        f"You sent the same 1 minute ago: {said} Send it again to make another."
    )
    assert count(world, form.table) == made
    again = next(
        each.attributes["value"]
        for each in page(asked).every("input", name="request_id")
        if each.attributes["value"].startswith("another-")
    )
    for _ in range(2):
        browser.submit(path, **form.fields, request_id=again)
        assert count(world, form.table) == made + 1


def test_the_same_is_done_again_unasked_after_a_while_and_by_somebody_else(world: World) -> None:
    project = world.project()
    path = f"/projects/{project.key}/new-experiment"
    one, other = owner(world, project), owner(world, project)
    for number, browser in enumerate((one, other), start=1):
        browser.submit(path, name="Banner", request_id=f"first {number}")
        assert count(world, "experiment") == number
    past = now() - timedelta(minutes=11)
    world.execute("UPDATE answered_request SET at = :past", past=past)
    other.submit(path, name="Banner", request_id="third")
    assert count(world, "experiment") == 3


@pytest.mark.parametrize("prefix", ["/projects", "/admin/projects"])
def test_a_members_form_does_not_say_again_what_is_not_so_any_more(
    world: World, prefix: str
) -> None:
    project, email = world.project(), world.user()
    browser = owner(world, project)
    path = f"{prefix}/{project.key}/members"
    form: dict[str, str | int] = {"email": email, "role": "marketer", "request_id": "abc"}
    assert flashed(browser.get(browser.submit(path, **form).location)) == [
        f"{email} is a marketer now."
    ]
    world.remove(project, email)
    again = browser.submit(path, **form)
    assert (again.status_code, errors(again)[""]) == (400, CHANGED_SINCE)
    assert f"{email} is a marketer now." not in page(again).text
    assert count(world, "membership") == 1
    fresh = request_id(page(again), path)
    assert fresh != "abc"
    done = browser.submit(path, **form | {"request_id": fresh})
    assert flashed(browser.get(done.location)) == [f"{email} is a marketer now."]
    world.give_role(project, email, Role.VIEWER)
    again = browser.submit(path, **form | {"request_id": fresh})
    assert errors(again)[""] == CHANGED_SINCE


def test_a_form_that_was_refused_keeps_its_id_and_is_taken_when_it_is_mended(world: World) -> None:
    project = world.project()
    browser = owner(world, project)
    path = f"/projects/{project.key}/goals"
    refused = browser.submit(path, name="Purchase", key="No key", wanted="more", request_id="abc")
    assert request_id(page(refused)) == "abc"
    browser.submit(path, name="Purchase", key="buy", wanted="more", request_id="abc")
    assert count(world, "goal") == 1


def test_two_forms_that_were_drawn_are_two(world: World) -> None:
    project = world.project()
    world.experiment(project, name="Banner")
    browser = owner(world, project)
    path = f"/projects/{project.key}/experiments/banner"
    for _ in range(2):
        drawn = page(browser.get(path))
        browser.submit(f"{path}/clone", request_id=request_id(drawn, f"{path}/clone"))
    assert count(world, "experiment") == 3


def test_somebody_elses_id_is_no_way_to_what_they_made(world: World) -> None:
    project = world.project()
    first, second = owner(world, project), owner(world, project)
    path = f"/projects/{project.key}/goals"
    first.submit(path, name="Purchase", wanted="more", request_id="abc")
    second.submit(path, name="Refund", wanted="less", request_id="abc")
    assert count(world, "goal") == 2
