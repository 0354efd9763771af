"""The region of experiments that htmx fetches again, whole or as a 304."""

import pytest

from app.models import Project, Role
from tests.api.asking import integers_path, with_key
from tests.pages.reading import page
from tests.world import Browser, World


def test_htmx_gets_the_region_alone(world: World) -> None:
    project = world.project()
    world.experiment(project)
    browser = world.browser(world.member(project))
    answer = browser.get(f"/projects/{project.key}?status=draft", HX_Request="true")
    assert page(answer).every("html") == []
    region = page(answer).the("section")
    assert region.attributes["hx-get"] == f"/projects/{project.key}?status=draft"
    assert "experiments-changed from:body" in region.attributes["hx-trigger"]
    assert region.attributes["data-version"] == answer.get_etag()[0]
    assert "HX-Request" in answer.headers["Vary"]


def tag(browser: Browser, project: Project) -> str:
    return browser.get(f"/projects/{project.key}").headers["ETag"]


def poll(browser: Browser, project: Project, etag: str) -> int:
    path = f"/projects/{project.key}"
    return browser.get(path, HX_Request="true", If_None_Match=etag).status_code


def test_an_unchanged_region_is_304_without_a_body(world: World) -> None:
    project = world.project()
    browser = world.browser(world.member(project))
    path, etag = f"/projects/{project.key}", tag(browser, project)
    answer = browser.get(path, HX_Request="true", If_None_Match=etag)
    assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", etag)


def test_an_unchanged_region_is_304_through_a_proxy_that_compresses(world: World) -> None:
    project = world.project()
    browser = world.browser(world.member(project))
    assert poll(browser, project, f"W/{tag(browser, project)}") == 304


def test_a_whole_page_is_never_304(world: World) -> None:
    project = world.project()
    browser = world.browser(world.member(project))
    path = f"/projects/{project.key}"
    assert browser.get(path, If_None_Match=tag(browser, project)).status_code == 200


@pytest.mark.parametrize(
    "change", ["start", "create", "limit", "plan", "role", "another project's start"]
)
def test_what_the_region_shows_decides_whether_it_is_sent_again(world: World, change: str) -> None:
    project, other = world.project(), world.project()
    experiment, theirs = world.experiment(project), world.experiment(other)
    email = world.member(project, Role.OWNER)
    browser = world.browser(email)
    etag = tag(browser, project)
    if change == "role":
        world.member(project, Role.OWNER)
        world.give_role(project, email, Role.VIEWER)
    if change == "start":
        with_key(world, project)("PATCH", integers_path(project, experiment), {"status": 1})
    if change == "create":
        world.experiment(project)
    if change == "limit":
        world.set_limit(project, 9)
    if change == "plan":
        admin = world.browser(world.user(admin=True))
        admin.submit(f"/admin/projects/{project.key}/plan", plan=other.plan_code)
    if change.startswith("another"):
        with_key(world, other)("PATCH", integers_path(other, theirs), {"status": 1})
    assert poll(browser, project, etag) == (304 if change.startswith("another") else 200)


def test_nobody_gets_a_304_for_what_somebody_else_was_shown(world: World) -> None:
    project = world.project()
    first, second = (world.browser(world.member(project)) for _ in range(2))
    assert poll(second, project, tag(first, project)) == 200
