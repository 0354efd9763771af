"""The form that edits an experiment."""

import pytest

from app.models import Experiment, Project, Role, Status
from tests.pages.reading import Element, errors, flashed, page, refused
from tests.world import Browser, World

TEXTS = {"name": "Banner", "url": "https://shop.example/", "description": "Why\r\nand how"}
EMPTY = {"tags": "", "ticket_url": ""}
PROJECT_LINK = "/projects/{}/experiments/{}"


def path(project: Project, experiment: Experiment) -> str:
    return f"/projects/{project.key}/experiments/{experiment.key}/edit"


def made(world: World, project: Project, status: Status = Status.DRAFT) -> Experiment:
    experiment = world.experiment(project, status, TEXTS["name"])
    world.execute(
        "UPDATE experiment SET url = :url, description = :text WHERE test_id = :id",
        url=TEXTS["url"],
        text=TEXTS["description"],
        id=experiment.test_id,
    )
    return world.reload(experiment)


def fields(found: Element) -> dict[str, str]:
    """Return what the form would send as it stands."""
    form = found.the("main").the("form")
    typed = {
        each.attributes["name"]: each.attributes.get("value", "")
        for each in form.every("input")
        if each.attributes.get("name") not in {"csrf_token", "submit"}
    }
    return {
        **typed,
        "description": "".join(map(str, form.the("textarea", name="description").inside)).lstrip(
            "\r\n"
        ),
    }


def saved(world: World, experiment: Experiment) -> dict[str, str]:
    now = world.reload(experiment)
    return {"name": now.name, "url": now.url, "description": now.description}


def marketer(world: World, project: Project) -> Browser:
    return world.browser(world.member(project, Role.MARKETER))


def test_the_form_shows_the_texts_and_the_key_which_stays(world: World) -> None:
    project = world.project()
    experiment = made(world, project)
    found = page(marketer(world, project).get(path(project, experiment)))
    shown = fields(found)
    shown.pop("seen")
    assert shown == {**TEXTS, **EMPTY}
    assert f"Its key stays {experiment.key}" in " ".join(found.the("main").text.split())
    assert found.the("h1").text == "Edit “Banner”"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": "Red banner"}, "Saved: the name."),
        (
            {"name": "Red banner", "url": "https://shop.example/cart"},
            "Saved: the name and the page URL.",
        ),
        (
            {"name": " Red ", "url": "", "description": ""},
            "Saved: the name, the page URL and the description.",
        ),
        ({}, "Nothing was changed."),
    ],
)
def test_saving_changes_the_texts_and_says_which(
    world: World, typed: dict[str, str], said: str
) -> None:
    project = world.project()
    experiment = made(world, project, Status.RUNNING)
    browser = marketer(world, project)
    form = fields(page(browser.get(path(project, experiment))))
    answer = browser.submit(path(project, experiment), **{**form, **typed})
    assert answer.headers["Location"] == PROJECT_LINK.format(project.key, experiment.key)
    assert flashed(browser.get(answer.headers["Location"])) == [said]
    texts = {**TEXTS, **typed}
    assert saved(world, experiment) == {**texts, "name": texts["name"].strip()}


@pytest.mark.parametrize(
    ("typed", "at_fault"),
    [
        ({"name": ""}, {"name": "Give it a name."}),
        ({"name": "x" * 121}, {"name": "A name has at most 120 characters."}),
        ({"name": "a\x00b"}, {"name": "A name is one line without control characters."}),
        ({"name": "a\x1bb"}, {"name": "A name is one line without control characters."}),
        (
            {"url": "javascript:alert(1)"},
            {"url": "Give the whole address of the page, as https://example.com/."},
        ),
        (
            {"description": "x" * 5001},
            {"description": "A description has at most 5000 characters."},
        ),
        ({"description": "a\x00b"}, {"description": "A description has no control characters."}),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_mistake_is_said_beside_its_field_and_nothing_is_saved_or_lost(
    world: World, typed: dict[str, str], at_fault: dict[str, str]
) -> None:
    project = world.project()
    experiment = made(world, project)
    browser = marketer(world, project)
    form = {**fields(page(browser.get(path(project, experiment)))), **typed}
    answer = browser.submit(path(project, experiment), **form)
    assert (answer.status_code, errors(answer)) == (400, at_fault)
    assert fields(page(answer)) == form
    assert saved(world, experiment) == TEXTS


def test_names_and_descriptions_of_the_greatest_length_are_saved(world: World) -> None:
    project = world.project()
    experiment = made(world, project)
    browser = marketer(world, project)
    form = fields(page(browser.get(path(project, experiment))))
    longest = {"name": "🙂" * 120, "description": "🙂" * 5000}
    answer = browser.submit(path(project, experiment), **{**form, **longest})
    assert answer.status_code == 302
    assert saved(world, experiment) == {**TEXTS, **longest}


def test_whoever_was_overtaken_sees_what_is_different_and_saves_by_sending_again(
    world: World,
) -> None:
    project = world.project()
    experiment = made(world, project)
    mine, theirs = marketer(world, project), marketer(world, project)
    drawn = fields(page(mine.get(path(project, experiment))))
    changed = {"name": "Their <name>", "url": "https://theirs.example/"}
    theirs.submit(path(project, experiment), **{**drawn, **changed})

    answer = mine.submit(path(project, experiment), **{**drawn, "name": "Mine"})
    assert answer.status_code == 400
    assert errors(answer).keys() == {"", "name"}
    assert "nothing of yours is saved yet" in errors(answer)[""]
    found = page(answer)
    assert [each.text for each in found.every("blockquote")] == ["Their <name>"]
    assert "Changed meanwhile, and not by you" in found.the("main").text
    form = fields(found)
    assert {**form, "seen": ""} == {
        **TEXTS,
        **EMPTY,
        "name": "Mine",
        "url": changed["url"],
        "seen": "",
    }
    assert saved(world, experiment) == {**TEXTS, **changed}

    again = mine.submit(path(project, experiment), **form)
    assert again.status_code == 302
    assert saved(world, experiment) == {**TEXTS, "name": "Mine", "url": changed["url"]}


def test_a_colleagues_start_is_no_edit(world: World) -> None:
    project = world.project()
    experiment = made(world, project)
    browser = marketer(world, project)
    form = fields(page(browser.get(path(project, experiment))))
    world.start(experiment)
    answer = browser.submit(path(project, experiment), **{**form, "name": "Mine"})
    assert answer.status_code == 302
    assert saved(world, experiment)["name"] == "Mine"


def test_without_the_mark_of_what_was_seen_nothing_is_overwritten(world: World) -> None:
    project = world.project()
    experiment = made(world, project)
    browser = marketer(world, project)
    answer = browser.submit(path(project, experiment), name="Mine")
    assert answer.status_code == 400
    assert saved(world, experiment) == TEXTS


def test_an_archived_experiment_is_not_edited_and_its_page_says_so(world: World) -> None:
    project = world.project()
    experiment = made(world, project)
    browser = marketer(world, project)
    form = fields(page(browser.get(path(project, experiment))))
    world.archive(experiment)
    answer = browser.submit(path(project, experiment), **{**form, "name": "Mine"})
    assert answer.status_code == 400
    assert "not edited any more; clone it" in errors(answer)[""]
    assert fields(page(answer))["name"] == "Mine"
    led = browser.get(path(project, experiment)).headers["Location"]
    assert led == PROJECT_LINK.format(project.key, experiment.key)
    assert "clone it" in refused(browser.get(led))[0]
    assert saved(world, experiment) == TEXTS


@pytest.mark.parametrize("key", ["none", "exp_1", "1", "a\x01b"])
def test_what_the_project_does_not_have_is_404(world: World, key: str) -> None:
    project = world.project()
    theirs = made(world, world.project())
    browser = marketer(world, project)
    for address in (key, theirs.key, theirs.public_id, str(theirs.test_id)):
        where = f"/projects/{project.key}/experiments/{address}/edit"
        assert browser.get(where).status_code == 404
        assert browser.submit(where, name="Mine", seen="").status_code == 404
    assert saved(world, theirs) == TEXTS


def test_a_viewer_finds_no_way_in(world: World) -> None:
    project = world.project()
    experiment = made(world, project)
    browser = world.browser(world.member(project, Role.VIEWER))
    shown = page(browser.get(PROJECT_LINK.format(project.key, experiment.key)))
    assert path(project, experiment) not in [link.attributes["href"] for link in shown.every("a")]
    assert browser.submit(path(project, experiment), name="Mine").status_code == 403
    assert saved(world, experiment) == TEXTS


def test_a_page_that_was_open_too_long_loses_nothing(world: World) -> None:
    project = world.project()
    experiment = made(world, project)
    browser = marketer(world, project)
    form = {**fields(page(browser.get(path(project, experiment)))), "name": "Mine"}
    browser.csrf_token = "old"
    answer = browser.submit(path(project, experiment), **form)
    assert "open for too long" in errors(answer)[""]
    assert fields(page(answer)) == form
    assert saved(world, experiment) == TEXTS


@pytest.mark.parametrize("status", Status)
def test_the_pages_of_an_experiment_lead_to_each_other(world: World, status: Status) -> None:
    project = world.project()
    experiment = made(world, project, status)
    browser = marketer(world, project)
    address = PROJECT_LINK.format(project.key, experiment.key)

    def links(where: str) -> list[str]:
        return [link.attributes["href"] for link in page(browser.get(where)).every("a")]

    edit, design = f"{address}/edit", f"{address}/design"
    assert (edit in links(address)) is (status is not Status.ARCHIVED)
    if status is Status.DRAFT:
        assert design in links(edit)
        assert edit in links(design)
    elif status is not Status.ARCHIVED:
        assert design not in links(edit)
        assert "change only in draft" in page(browser.get(edit)).the("main").text
