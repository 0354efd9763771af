"""One experiment: what it is, its history, its clone."""

import re

import pytest

from app.experiments.designs import Design
from app.models import Role, Status
from tests.api.asking import integers_path, names_path, with_key
from tests.clock import set_polls_by_hand
from tests.contracts import Contract
from tests.pages.reading import Element, page, refused
from tests.world import World


def facts(found: Element) -> dict[str, str]:
    names, values = found.the("dl", id="about").every("dt"), found.the("dl", id="about").every("dd")
    return {name.text: value.text for name, value in zip(names, values, strict=True)}


def history(found: Element) -> list[tuple[str, str]]:
    """Return what happened, and who did it by which door, newest first."""
    return [
        (entry.the("div", class_="what").text, entry.the("div", class_="who").text)
        for entry in found.the("ol", class_="history").every("li", class_="entry")
    ]


def test_the_page_shows_what_was_written_down(world: World) -> None:
    project = world.project()
    email = world.member(project)
    browser = world.browser(email)
    form = {
        "name": "Banner",
        "key": "banner_1",
        "url": "https://shop.example/?a=1&b=2",
        "description": "Why\nand <what>",
        "hypothesis": "Red <sells>.",
        "tags": "Mobile, checkout",
        "ticket_url": "https://tickets.example/7",
    }
    path = browser.submit(f"/projects/{project.key}/new-experiment", **form).headers["Location"]
    found = page(browser.get(path))
    (row,) = world.execute("SELECT test_id, public_id FROM experiment")
    shown = facts(found)
    assert re.fullmatch(r"\d+ \w{3} \d{4}, \d\d:\d\d", shown.pop("Created"))
    assert shown == {
        "Page": form["url"],
        "Description": "Why and <what>",
        "Hypothesis": "Red <sells>.",
        "Owner": email,
        "Tags": "checkout , mobile",
        "Ticket": form["ticket_url"],
        "Key": "banner_1",
        "In the API": f"{row.test_id} or {row.public_id}",
        "Started": "not since it was last a draft",
    }
    assert found.the("dl", id="design").text.endswith(
        "Minimum no verdict before 7 days and 500 visitors of each variant"
    )
    assert found.the("h1").text == "Banner"
    assert found.the("title").text == "Banner · Switchyard"
    links = [each.attributes["href"] for each in found.the("dl", id="about").every("a")]
    assert links[0] == form["url"]
    assert links[-1] == form["ticket_url"]


def test_the_history_tells_every_change_with_who_and_how_newest_first(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    me, colleague = world.member(project), world.member(project)
    browser = world.browser(me)
    browser.call("PATCH", integers_path(project, experiment), {"status": 1})
    world.browser(colleague).call("PATCH", integers_path(project, experiment), {"status": 0})
    ask = with_key(world, project)
    ask("PATCH", integers_path(project, experiment), {"status": 1})
    ask("POST", names_path(experiment), {"status": "stopped"})
    found = page(browser.get(f"/projects/{project.key}/experiments/{experiment.key}"))
    assert history(found) == [
        ("Live → Paused", "a key, “key” by /api/admin"),
        ("Paused → Live", "a key, “key” by /v2"),
        ("Live → Paused", f"{colleague} in the browser"),
        ("Draft → Live", "you in the browser"),
        ("Created", "the command line on the command line"),
    ]


def test_the_latest_ten_entries_are_shown_and_the_rest_is_a_link_away(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    for step in [Status.RUNNING, Status.STOPPED] * 6:
        world.move(experiment, step, Contract.INTEGERS)
    browser = world.browser(world.member(project))
    found = page(browser.get(f"/projects/{project.key}/experiments/{experiment.key}"))
    assert len(history(found)) == 10
    (link,) = [each for each in found.every("a") if each.text == "The whole history"]
    assert len(history(page(browser.get(link.attributes["href"])))) == 13


def test_of_what_was_created_before_history_kept_that_the_page_says_so(world: World) -> None:
    project = world.project()
    world.crowd(project, 1)
    (old,) = world.execute("SELECT key FROM experiment")
    path = f"/projects/{project.key}/experiments/{old.key}"
    found = page(world.browser(world.member(project)).get(path))
    assert "Nothing has happened to it yet." in found.text


@pytest.mark.parametrize(
    ("role", "labels"),
    [
        (Role.VIEWER, []),
        (Role.MARKETER, ["Resume", "Back to draft", "Archive", "Clone", "Undo"]),
    ],
)
def test_the_page_offers_what_the_role_may_do(world: World, role: Role, labels: list[str]) -> None:
    project = world.project()
    experiment = world.experiment(project, Status.STOPPED)
    path = f"/projects/{project.key}/experiments/{experiment.key}"
    found = page(world.browser(world.member(project, role)).get(path))
    region = found.the("section", id="region")
    assert [button.text for button in region.every("button")] == labels


def test_an_experiment_of_another_project_is_404_even_under_its_own_key(world: World) -> None:
    project, other = world.project(), world.project()
    theirs = world.experiment(other)
    browser = world.browser(world.member(project))
    for key in (theirs.key, "none", theirs.public_id, str(theirs.test_id)):
        assert browser.get(f"/projects/{project.key}/experiments/{key}").status_code == 404


def test_htmx_gets_the_region_alone_and_304_while_nothing_changes(world: World) -> None:
    clock = set_polls_by_hand(world.app)
    project = world.project()
    experiment = world.experiment(project)
    browser = world.browser(world.member(project))
    path = f"/projects/{project.key}/experiments/{experiment.key}"
    answer = browser.get(path, HX_Request="true")
    assert page(answer).every("html") == []
    assert page(answer).the("section", id="region").attributes["hx-get"] == path
    etag = answer.headers["ETag"]
    assert browser.get(path, HX_Request="true", If_None_Match=etag).status_code == 304
    browser.call("PATCH", integers_path(project, experiment), {"status": 1})
    clock.seconds += 1
    assert browser.get(path, HX_Request="true", If_None_Match=etag).status_code == 200


@pytest.mark.parametrize("status", Status)
def test_anything_is_cloned_as_a_draft_that_names_its_origin(world: World, status: Status) -> None:
    project = world.project(limit=1)
    experiment = world.experiment(project, status, "Banner")
    browser = world.browser(world.member(project))
    browser.submit(f"/projects/{project.key}/experiments/{experiment.key}/clone")
    clone = page(browser.get(f"/projects/{project.key}/experiments/banner-2"))
    assert clone.the("h1").text == "Banner (clone)"
    assert facts(clone)["Clone of"] == "Banner"
    assert facts(clone)["Key"] == "banner-2"
    assert clone.the("section", id="region").the("span", class_="badge").text == "Draft"
    assert world.reload(experiment).status is status


def test_a_clone_is_asked_for_a_name_of_its_own_first(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project, Status.ARCHIVED, "Banner")
    browser = world.browser(world.member(project))
    answer = browser.submit(f"/projects/{project.key}/experiments/{experiment.key}/clone")
    assert answer.headers["Location"] == f"/projects/{project.key}/experiments/banner-2/edit"
    form = page(browser.get(answer.headers["Location"]))
    said = form.the("div", role="status", class_="panel").text
    assert "“Banner” is cloned." in said
    assert "a draft that nobody sees yet" in said
    name = form.the("input", name="name").attributes
    assert name["value"] == "Banner (clone)"
    assert {"autofocus", "data-selected"} <= name.keys()


def test_a_clone_without_the_csrf_token_says_that_nothing_has_changed(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    browser = world.browser(world.member(project))
    browser.csrf_token = ""
    path = f"/projects/{project.key}/experiments/{experiment.key}"
    answer = browser.submit(f"{path}/clone")
    assert answer.headers["Location"] == path
    assert "Nothing has changed" in refused(browser.get(path))[0]
    assert world.execute("SELECT count(*) FROM experiment") == [(1,)]


@pytest.mark.parametrize(
    ("days", "visitors", "said"),
    [
        (1, 0, "no verdict before 1 day"),
        (0, 2, "no verdict before 2 visitors of each variant"),
        (0, 0, "none: there may be a verdict on the first day"),
    ],
)
def test_a_minimum_that_is_none_is_not_waited_for(
    world: World, days: int, visitors: int, said: str
) -> None:
    project = world.project()
    experiment = world.experiment(project)
    world.redesign(experiment, Design(minimum_days=days, minimum_visitors=visitors))
    browser = world.browser(world.member(project))
    found = page(browser.get(f"/projects/{project.key}/experiments/{experiment.key}"))
    assert found.the("dl", id="design").text.endswith(f"Minimum {said}")
