"""What forms tell the browser that keeps their text: shown anew or as it was sent, and accepted."""

import pytest

from app.models import Project, Role
from tests.pages.reading import Element, flashed, page
from tests.world import Browser, World

KEPT = [
    "/projects/{project}/new-experiment",
    "/projects/{project}/experiments/banner",
    "/projects/{project}/experiments/banner/edit",
    "/projects/{project}/experiments/banner/design",
    "/projects/{project}/goals",
    "/projects/{project}/install",
    "/projects/{project}/keys",
    "/projects/{project}/webhooks",
    "/projects/{project}/members",
    "/admin/plans/new",
    "/admin/projects/new",
    "/admin/projects/{project}",
]


def kept(found: Element) -> list[str]:
    """Return how each form that the browser keeps was drawn."""
    marked = [form.attributes.get("data-kept") for form in found.every("form")]
    return [each for each in marked if each is not None]


def accepted(found: Element) -> str:
    return found.the("body").attributes["data-accepted"]


def owner(world: World, project: Project) -> Browser:
    browser = world.browser(world.member(project, Role.OWNER))
    world.execute("UPDATE user_account SET is_admin = TRUE")
    return browser


@pytest.mark.parametrize("path", KEPT)
def test_every_form_that_one_types_into_is_kept(world: World, path: str) -> None:
    project = world.project()
    world.experiment(project, name="Banner")
    assert set(kept(page(owner(world, project).get(path.format(project=project.key))))) == {""}


@pytest.mark.parametrize("path", ["/account", "/sign-in"])
def test_a_form_that_asks_for_a_password_is_not(world: World, path: str) -> None:
    browser = world.browser() if path == "/sign-in" else owner(world, world.project())
    assert kept(page(browser.get(path))) == []


def test_what_is_accepted_is_said_once_on_the_page_that_follows(world: World) -> None:
    project = world.project()
    browser = owner(world, project)
    path = f"/projects/{project.key}/goals"
    browser.submit(path, name="Purchase", wanted="more", written="abc123")
    shown = page(browser.get(path))
    assert (accepted(shown), kept(shown)) == ("abc123", [""])
    assert flashed(browser.get(path)) == []
    assert accepted(page(browser.get(path))) == ""


def test_the_message_of_what_was_done_says_nothing_of_it(world: World) -> None:
    project = world.project()
    browser = owner(world, project)
    path = f"/projects/{project.key}/goals"
    browser.submit(path, name="Purchase", wanted="more", written="abc123")
    assert flashed(browser.get(path)) == ["The goal “Purchase” is added."]


def test_a_page_that_follows_without_a_redirect_says_it_too(world: World) -> None:
    project = world.project()
    browser = owner(world, project)
    form = {"name": "job", "type": "admin", "scopes": "read", "lifetime": "", "written": "abc123"}
    answer = browser.submit(f"/projects/{project.key}/keys", **form)
    assert accepted(page(answer)) == "abc123"


@pytest.mark.parametrize("token", ["right", "wrong"])
def test_what_is_refused_is_not_accepted_and_shown_as_it_was_sent(world: World, token: str) -> None:
    project = world.project()
    browser = owner(world, project)
    if token == "wrong":
        browser.csrf_token = token
    path = f"/projects/{project.key}/goals"
    answer = browser.submit(path, name="", key="Not a key", wanted="more", written="abc123")
    assert (answer.status_code, accepted(page(answer)), kept(page(answer))) == (400, "", ["sent"])
    assert accepted(page(browser.get(path))) == ""


def test_an_edit_that_was_overtaken_is_not_accepted(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    browser = owner(world, project)
    path = f"/projects/{project.key}/experiments/{experiment.key}/edit"
    answer = browser.submit(path, name="Mine", seen="old", written="abc123")
    assert (accepted(page(answer)), kept(page(answer))) == ("", ["sent"])


def test_a_row_that_is_added_to_a_design_is_not_accepted_yet(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    browser = owner(world, project)
    path = f"/projects/{project.key}/experiments/{experiment.key}/design"
    answer = browser.submit(path, add="Add a variant", written="abc123")
    assert (accepted(page(answer)), kept(page(answer))) == ("", ["sent"])


def test_what_the_browser_calls_its_text_is_cut_and_never_markup(world: World) -> None:
    project = world.project()
    browser = owner(world, project)
    path = f"/projects/{project.key}/goals"
    written = '"><script>alert(1)</script>' + "x" * 10_000
    browser.submit(path, name="Purchase", wanted="more", written=written)
    assert accepted(page(browser.get(path))) == written[:40]


@pytest.mark.parametrize("number", ["1_0", "\u0661\u0660", "+10", "1e1", "10.0"])
def test_a_whole_number_is_written_in_digits(world: World, number: str) -> None:
    admin = world.browser(world.user(admin=True))
    answer = admin.submit("/admin/plans/new", name="Team", code="7", experiments_running=number)
    assert answer.status_code == 400
    project = world.project()
    world.execute("INSERT INTO plan (code, name) VALUES (10, 'Ten')")
    admin.submit(f"/admin/projects/{project.key}/plan", plan=number)
    assert world.execute("SELECT plan_code FROM project") == [(project.plan_code,)]
