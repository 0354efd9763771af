"""The recipes for pages, as they are documented, in a browser with a made-up server."""

from tests.browser.sites.visits import KEY, LOADER, SCRIPT, SECOND, Visit, Visits
from tests.recipes import recipe

PAUSED = {"body": '{"flags": []}'}
ORIGINAL, TREATED = "Everything for the mountains", "Summer sale"
WAITING = LOADER.replace(f'key: "{KEY}",', f'key: "{KEY}", consent: "wait",')


def page_of(visits: Visits, heading: str, script: str | None = SCRIPT) -> Visit:
    """A visit to the page of a recipe, whose script never comes where it is None."""
    in_a_script = (
        LOADER.replace("`", "\\`").replace("${", "\\${").replace("</script>", "<\\/script>")
    )
    loader = in_a_script if heading == "A tag manager" else LOADER
    return visits(recipe(heading, LOADER=loader, WAITING_LOADER=WAITING), script=script)


def shows(visit: Visit, text: str, element: str = "h1#headline, main") -> None:
    """Wait until the page shows a text."""
    visit.page.wait_for_function(
        "([element, text]) => document.querySelector(element).textContent === text",
        arg=[element, text],
    )


def test_a_plain_page_shows_the_variant_and_counts_the_purchase(visits: Visits) -> None:
    visit = page_of(visits, "A plain page")
    shows(visit, TREATED)
    visit.page.get_by_role("button", name="Buy").click()
    visit.wait(SECOND)
    assert visit.sent() == [["banner", "purchase"]]
    assert visit.run("sent[0].events[1].id") == "order-1001"


def test_a_tag_manager_may_bring_it_late(visits: Visits) -> None:
    visit = page_of(visits, "A tag manager")
    shows(visit, ORIGINAL)
    visit.wait(500)
    shows(visit, TREATED)


def test_a_page_of_one_document_follows_a_pause(visits: Visits) -> None:
    visit = page_of(visits, "A page of one document")
    shows(visit, TREATED)
    visit.answer = PAUSED
    visit.page.get_by_role("link", name="Sale").click()
    shows(visit, "Everything must go")


def test_a_page_of_one_document_is_drawn_while_nothing_comes(visits: Visits) -> None:
    visit = page_of(visits, "A page of one document", script=None)
    shows(visit, ORIGINAL)


def test_a_consent_manager_decides_and_takes_back(visits: Visits) -> None:
    visit = page_of(visits, "A consent manager")
    shows(visit, ORIGINAL)
    assert visit.evaluations == []
    visit.page.get_by_role("button", name="Agree").click()
    shows(visit, TREATED)
    visit.page.get_by_role("button", name="Decline").click()
    shows(visit, ORIGINAL)
    assert visit.context.cookies() == []
