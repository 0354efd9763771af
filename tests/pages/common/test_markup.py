"""What every page owes its visitors: sound HTML that says what things are."""

from pathlib import Path

import pytest

from app import create_app
from app.database.engine import db
from app.models import Role, Status
from app.tenancy import slot_requests
from tests import databases
from tests.pages.reading import Element, page
from tests.settings import SECRET_KEY
from tests.world import QUEUE_UNTIL, World

Shown = dict[str, tuple[str, Element]]
"""By path: the title that the page should have, and the page."""

PAGES = {
    "/sign-in": "Sign in",
    "/": "Projects",
    "/experiments": "Experiments",
    "/experiments?tag=mobile&filter=open": "Experiments",
    "/account": "Your account",
    "/projects/{project}": "Project {plan}",
    "/projects/{project}?status=archived": "Project {plan}",
    "/projects/{project}?outcome=won&filter=open": "Project {plan}",
    "/projects/{project}/goals": "Goals of Project {plan}",
    "/projects/{project}/goals/buy": "The goal “buy”",
    "/projects/{project}/experiments/{key}": "Banner",
    "/projects/{project}/experiments/{key}/schedule": "Schedule of Banner",
    "/projects/{project}/experiments/{key}/launch-check": "Launch check of Banner",
    "/projects/{project}/slots": "Slots and queue of Project {plan}",
    "/projects/{project}/history": "History of Project {plan}",
    "/projects/{project}/history?kind=changes&experiment=banner": "History of Project {plan}",
    "/projects/{project}/experiments/{key}/edit": "Edit “Banner”",
    "/projects/{project}/new-experiment": "New experiment in Project {plan}",
    "/projects/{project}/keys": "API keys of Project {plan}",
    "/projects/{project}/webhooks": "Webhooks of Project {plan}",
    "/projects/{project}/members": "Members of Project {plan}",
    "/projects/{project}/visitor": "Erase a visitor of Project {plan}",
    "/admin/plans": "Plans",
    "/admin/plans/new": "New plan",
    "/admin/plans/{plan}": "The Plan {plan} plan",
    "/admin/projects": "All projects",
    "/admin/projects/new": "New project",
    "/admin/projects/{project}": "Project {plan}",
    "/admin/projects/{project}/erase": "Erase “Project {plan}”?",
    "/admin/requests": "Requests for slots",
    "/none": "Not found",
}
UNSEEN = {"hidden", "submit"}


@pytest.fixture(scope="module")
def shown(migrated_sqlite_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """Every page, as somebody sees it who may see everything, with one of everything on it."""
    folder = tmp_path_factory.mktemp("markup")
    url = databases.copy_sqlite(migrated_sqlite_file, folder)
    world = World(create_app({"DATABASE_URL": url, "SECRET_KEY": SECRET_KEY}, folder))
    project = world.project()
    for status in Status:
        world.experiment(project, status, "Banner" if status is Status.STOPPED else status.value)
    world.key(project)
    world.goal(project, "buy")
    signed_in, signed_out = world.browser(world.member(project, Role.OWNER)), world.browser()
    world.execute("UPDATE user_account SET is_admin = TRUE")
    full = world.project(limit=0)
    asker = world.person(world.member(full))
    with world.app.app_context():
        slot_requests.ask(full.id, world.experiment(full).test_id, asker, QUEUE_UNTIL)
    words = {"project": project.key, "plan": project.plan_code, "key": "banner"}
    found = {}
    for path, title in PAGES.items():
        browser = signed_out if path == "/sign-in" else signed_in
        found[path] = title.format(**words), page(browser.get(path.format(**words)))
    with world.app.app_context():
        db.engine.dispose()
    return found


@pytest.mark.parametrize("path", PAGES)
def test_a_page_says_what_it_is(shown: Shown, path: str) -> None:
    title, found = shown[path]
    assert found.the("title").text == f"{title} · Switchyard"
    assert found.the("h1").text in title
    assert found.the("html").attributes["lang"] == "en"
    assert found.every("a")[0].attributes["href"] == f"#{found.the('main').attributes['id']}"


@pytest.mark.parametrize("path", PAGES)
def test_no_id_is_given_twice_and_every_reference_leads_somewhere(shown: Shown, path: str) -> None:
    _, found = shown[path]
    ids = [each.attributes["id"] for each in found.all() if "id" in each.attributes]
    assert sorted(ids) == sorted(set(ids))
    for element in found.all():
        for name in ("for", "aria-describedby", "aria-labelledby", "data-row"):
            referred = element.attributes.get(name, "").split()
            inside_template = element.has({"aria_labelledby": "outcome-title"})
            assert set(referred) <= set(ids) or inside_template, element


@pytest.mark.parametrize("path", PAGES)
def test_every_field_and_button_has_a_name(shown: Shown, path: str) -> None:
    _, found = shown[path]
    labelled = {label.attributes["for"] for label in found.every("label") if label.text}
    for tag in ("input", "select", "textarea"):
        for field in found.every(tag):
            if field.attributes.get("type") not in UNSEEN:
                labels_itself = field.attributes.keys() & {"aria-label", "aria-labelledby"}
                assert labels_itself or field.attributes["id"] in labelled
    in_dialog = {"question-yes"}
    for button in (*found.every("button"), *found.every("a")):
        assert button.text or button.attributes.get("id") in in_dialog


@pytest.mark.parametrize("path", PAGES)
def test_no_page_holds_an_inline_script_style_or_handler(shown: Shown, path: str) -> None:
    _, found = shown[path]
    assert found.every("style") == []
    assert all("src" in script.attributes and not script.text for script in found.every("script"))
    for element in found.all():
        names = set(element.attributes)
        assert "style" not in names
        assert not {name for name in names if name.startswith(("on", "hx-on"))}


@pytest.mark.parametrize("path", PAGES)
def test_every_form_that_posts_carries_a_csrf_token(shown: Shown, path: str) -> None:
    _, found = shown[path]
    for form in found.every("form", method="post"):
        assert form.the("input", name="csrf_token").attributes["value"]


@pytest.mark.parametrize("path", ["/projects/{project}/visitor", "/admin/projects/{project}/erase"])
def test_what_deletes_for_good_looks_like_it(shown: Shown, path: str) -> None:
    _, found = shown[path]
    (deletes,) = found.every("input", type="submit")
    assert deletes.attributes["value"].startswith("Delete")
    assert deletes.has({"class_": "button final"})
