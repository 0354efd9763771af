"""The page of a project's audiences: kept, changed, deleted, and chosen in a design's form."""

from app.models import Role
from tests.pages.experiments.test_audience import row
from tests.pages.experiments.test_design import HALVES, path
from tests.pages.reading import page
from tests.world import World

GERMANS = row(0, "or", "country", "is", "de")


def test_an_audience_is_kept_chosen_by_a_draft_and_changed_with_it(world: World) -> None:
    project = world.project()
    browser = world.browser(world.member(project, Role.MARKETER))
    listed = f"/projects/{project.key}/audiences"
    assert browser.submit(listed, name="Germans", **GERMANS).status_code == 302
    assert "visitors whose country is DE" in browser.get(listed).text
    experiment = world.experiment(project)
    design = path(project, experiment)
    ignored = row(0, "or", "device", "is", "mobile")
    chosen = browser.submit(design, **HALVES, **ignored, named_audience="germans")
    assert chosen.status_code == 302
    shown = f"/projects/{project.key}/experiments/{experiment.key}"
    assert "“Germans”: visitors whose country is DE" in browser.get(shown).text
    assert "1 draft" in browser.get(listed).text
    seen = page(browser.get(f"{listed}/germans")).the("input", name="seen").attributes["value"]
    more = row(0, "or", "country", "is", "de\nat")
    saved = browser.submit(f"{listed}/germans", name="German speakers", seen=seen, **more)
    assert saved.status_code == 302
    assert "“German speakers”: visitors whose country is DE or AT" in browser.get(shown).text
    late = browser.submit(f"{listed}/germans", name="Other", seen=seen, **GERMANS)
    assert (late.status_code, "Somebody has changed this" in late.text) == (400, True)
    browser.submit(f"{listed}/germans/delete")
    assert f"“{experiment.name}” first" in browser.get(listed).text


def test_what_was_started_says_that_its_audience_has_changed_since(world: World) -> None:
    project = world.project()
    browser = world.browser(world.member(project, Role.MARKETER))
    world.audience(project, "Mobile")
    experiment = world.experiment(project)
    browser.submit(path(project, experiment), **HALVES, named_audience="mobile")
    world.start(experiment)
    edit = f"/projects/{project.key}/audiences/mobile"
    seen = page(browser.get(edit)).the("input", name="seen").attributes["value"]
    browser.submit(edit, name="Mobile", seen=seen, **GERMANS)
    shown = browser.get(f"/projects/{project.key}/experiments/{experiment.key}").text
    assert "“Mobile”: visitors whose device is mobile" in shown
    assert "“Mobile” has changed since" in shown
