"""Show a variant always to …: a plain form of the ids for each variant."""

from html import unescape

from app.models import Role, Status
from tests.pages.reading import Element, page
from tests.world import World


def filled(form: Element) -> dict[str, str]:
    """Return what the form sends as it is drawn, without its token."""
    hidden = form.the("form", method="post", class_="card form").every("input", type="hidden")
    sent = {each.attributes["name"]: each.attributes["value"] for each in hidden}
    return {name: value for name, value in sent.items() if name != "csrf_token"}


def test_a_marketer_names_visitors_and_the_experiments_page_says_so(world: World) -> None:
    project = world.project(limit=None)
    experiment = world.experiment(project, Status.RUNNING)
    browser = world.browser(world.member(project))
    of_experiment = f"/projects/{project.key}/experiments/{experiment.key}"
    (link,) = [
        each
        for each in page(browser.get(of_experiment)).every("a")
        if each.text == "Show a variant always to …"
    ]
    path = str(link.attributes["href"])
    form = page(browser.get(path))
    assert [each.text for each in form.every("textarea")] == ["", ""]
    sent = {**filled(form), "rows-1-units": " anna \r\n\r\nben of QA\r\n"}
    # What it answers stands at the top of the page: no anchor scrolls it out of sight.
    assert browser.submit(path, **sent).location == of_experiment
    assert world.reload(experiment).always_shown == {"anna": "treatment", "ben of QA": "treatment"}
    shown = unescape(browser.get(of_experiment).text)
    assert "Always shown while it runs, and counted nowhere: “Treatment” to 2 visitors." in shown
    assert "treatment to 2 visitors" in shown
    assert page(browser.get(path)).every("textarea")[1].text == "anna ben of QA"


def test_what_cannot_be_is_said_on_the_form(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    path = f"/projects/{project.key}/experiments/{experiment.key}/always-shown"
    browser = world.browser(world.member(project))
    sent = {**filled(page(browser.get(path))), "rows-0-units": "anna", "rows-1-units": "anna"}
    answer = browser.submit(path, **sent)
    assert answer.status_code == 400
    assert "“anna” is named twice: once is enough." in unescape(answer.text)


def test_a_viewer_sees_how_many_and_changes_nothing(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    browser = world.browser(world.member(project, Role.VIEWER))
    of_experiment = f"/projects/{project.key}/experiments/{experiment.key}"
    assert "Show a variant always" not in browser.get(of_experiment).text
