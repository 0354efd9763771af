"""switchyard.js where somebody follows a preview link, with a server that is made up."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, expect

from app.api.visitors import built_scripts
from tests.browser.sites.elsewhere import page_with
from tests.browser.sites.test_script_edge import EDGE, EVERYBODY_TREATED, document
from tests.browser.sites.visits import (
    ANSWER,
    CORS,
    KEY,
    LOADER,
    READ,
    SECOND,
    SERVER,
    SITE,
    Visit,
    Visits,
    fulfill,
)
from tests.browser.views import AXE

NAMED = f"{SITE}?a=%20&switchyard_preview=t-1&b#top"
SHOWN = {
    "experiment": "banner",
    "name": "Big banner",
    "variants": [
        {"key": "control", "name": "Plain", "value": "plain"},
        {"key": "b", "name": "Bold", "value": "bold"},
    ],
    "variant": "b",
    "expires": "2026-12-07T00:00:00.000Z",
}
GOOD: dict[str, Any] = {"body": json.dumps(SHOWN)}
OVER = {"status": 410, "body": json.dumps({"error": "This preview link was for 7 days."})}
NOT_LISTED = "The project does not list the origin https://shop.example."
NO_KEY = "Invalid or missing API key."
OTHER_KEY = "sdk_client_2"
OF_ANOTHER: dict[str, Any] = {
    "status": 404,
    "body": json.dumps({"error": "This is no preview link."}),
}
WAITING = LOADER.replace('key: "sdk_client_1",', 'key: "sdk_client_1", consent: "wait",')
STRICT = (
    "default-src 'none'; style-src 'none'; "
    f"script-src 'unsafe-inline' {SERVER}; connect-src {SERVER}"
)


def bar(visit: Visit) -> Locator:
    """The bar that says that it is a preview."""
    return visit.page.get_by_role("region", name="Switchyard preview")


def follow(
    visits: Visits,
    tags: str = LOADER,
    preview: dict[str, Any] = GOOD,
    answer: dict[str, Any] = ANSWER,
) -> Visit:
    """A visit that follows a preview link, of which the server says `preview`, after another page.

    `answer` is the evaluation's.
    """
    visit = visits(tags, answer=answer)
    script = built_scripts.newest_of_preview()
    visit.context.route(
        SERVER + script.path,
        lambda route: fulfill(route, script.plain.decode(), "text/javascript"),
    )
    said = {KEY: preview, OTHER_KEY: OF_ANOTHER}
    visit.context.route(
        f"{SERVER}/preview/v1/**",
        lambda route: route.fulfill(headers=CORS, **said[urlsplit(route.request.url).path[12:]]),
    )
    visit.page.goto(NAMED)
    return visit


def test_a_link_shows_its_variant_whatever_the_server_decides_and_the_page_says_so(
    visits: Visits,
) -> None:
    visit = follow(visits)
    assert visit.run(READ) == "bold"
    expect(bar(visit)).to_contain_text("Preview: Big banner, Bold. Nothing is counted.")
    assert visit.run("switchyard.variant('shipped')") == "bold"


def test_the_link_leaves_the_address_before_anybody_asks_for_it(visits: Visits) -> None:
    visit = follow(visits)
    visit.run(READ)
    assert visit.page.url == f"{SITE}?a=%20&b#top"
    assert visit.contexts[-1]["page"] == visit.page.url


def test_nothing_of_the_tab_is_counted(visits: Visits) -> None:
    visit = follow(visits)
    visit.run(READ)
    visit.run("switchyard.variant('off'); switchyard.track('purchase', 3)")
    visit.wait(2 * SECOND)
    visit.run("dispatchEvent(new PageTransitionEvent('pagehide'))")
    assert visit.sent() == []


def test_what_an_earlier_page_has_kept_waits_for_one_without_a_preview(visits: Visits) -> None:
    visit = follow(visits)
    # By then the tab knows that it shows a preview.
    visit.run(READ)
    kept = f"localStorage.switchyard_events_{KEY}"
    visit.run(f"""{kept} = '[[1, {{"type": "conversion", "goal": "purchase", "id": "1"}}]]'""")
    visit.page.goto(f"{SITE}other")
    visit.run(READ)
    visit.wait(2 * SECOND)
    assert visit.sent() == []
    assert "purchase" in visit.run(kept)


def test_it_lasts_in_its_tab_and_no_other(visits: Visits) -> None:
    visit = follow(visits)
    visit.run(READ)
    visit.page.goto(f"{SITE}other")
    assert visit.run(READ) == "bold"
    elsewhere = visit.context.new_page()
    elsewhere.goto(f"{SITE}other")
    assert elsewhere.evaluate(READ) == "treatment"


def test_the_bar_switches_to_another_variant_and_ends_the_preview(visits: Visits) -> None:
    visit = follow(visits)
    bar(visit).get_by_label("Variant").focus()
    for key in ("p", "Tab", "Enter"):
        visit.page.keyboard.press(key)
    expect(bar(visit)).to_contain_text("Big banner, Plain.")
    assert visit.run(READ) == "plain"
    visit.page.goto(NAMED)
    assert visit.run(READ) == "bold"
    bar(visit).get_by_role("button", name="End preview").click()
    expect(bar(visit)).to_have_count(0)
    assert visit.run(READ) == "treatment"
    visit.wait(SECOND)
    assert visit.sent() == [["banner"]]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (OVER, "This preview link was for 7 days. You see the original. Nothing is counted."),
        ({"status": 403, "body": json.dumps({"error": NOT_LISTED})}, f"{NOT_LISTED} You see"),
        ({"status": 401, "body": json.dumps({"error": NO_KEY})}, f"{NO_KEY} You see"),
        ({"status": 403, "body": json.dumps({"message": "Forbidden"})}, "The preview cannot be"),
        ({"status": 503, "body": "{}"}, "The preview cannot be had now: load the page again."),
    ],
)
def test_a_link_that_shows_nothing_says_so_and_everything_is_the_original(
    visits: Visits, answer: dict[str, Any], said: str
) -> None:
    visit = follow(visits, preview=answer)
    assert visit.run(READ) == "fallback"
    expect(bar(visit)).to_contain_text(said)
    visit.run("switchyard.refresh()")
    assert visit.run("switchyard.variant('off', 'fallback')") == "fallback"
    visit.wait(SECOND)
    assert visit.sent() == []


def test_of_two_projects_on_a_page_the_links_own_shows_the_variant(visits: Visits) -> None:
    other = LOADER.replace('("switchyard", {', '("shopYard", {').replace(KEY, OTHER_KEY)
    for tags in (LOADER + other, other + LOADER):
        visit = follow(visits, tags)
        assert visit.run(READ) == "bold"
        assert visit.run("shopYard.ready.then(() => shopYard.variant('off', 'none'))") == "none"
        expect(bar(visit)).to_have_count(1)
        expect(bar(visit)).to_contain_text("Big banner, Bold.")


def test_without_consent_it_is_shown_and_only_the_tab_remembers(visits: Visits) -> None:
    visit = follow(visits, WAITING)
    assert visit.run(READ) == "bold"
    assert visit.context.cookies() == []
    assert visit.run("[localStorage.length, sessionStorage.length]") == [0, 1]
    assert visit.evaluations == []


def test_where_pages_decide_by_themselves_the_link_goes_before(visits: Visits) -> None:
    visit = follow(visits, EDGE, answer=document(EVERYBODY_TREATED))
    assert visit.run(READ) == "bold"
    assert visit.run("switchyard.variant('shipped')") == "bold"


def test_a_watch_is_shown_the_variant_and_no_refresh_takes_it_back(visits: Visits) -> None:
    visit = follow(visits)
    visit.run("window.seen = []; switchyard.watch('banner', 'none', (value) => seen.push(value))")
    visit.run(READ)
    visit.run("switchyard.refresh()")
    assert visit.run("seen") == ["bold"]


def test_the_bar_has_its_look_under_a_strict_policy_and_fits_a_narrow_page(visits: Visits) -> None:
    visit = follow(visits)
    html = page_with(LOADER)
    visit.context.route(
        f"{SITE}**",
        lambda route: route.fulfill(
            body=html, content_type="text/html", headers={"Content-Security-Policy": STRICT}
        ),
    )
    visit.page.set_viewport_size({"width": 320, "height": 600})
    visit.page.goto(f"{SITE}other?switchyard_preview=t-1")
    expect(bar(visit)).to_have_css("position", "fixed")
    box = bar(visit).bounding_box()
    assert box
    assert (box["x"], box["width"], box["y"] + box["height"]) == (0, 320, 600)
    assert bar(visit).evaluate("(bar) => bar.scrollWidth") == 320
    visit.run(READ)


def test_axe_finds_nothing_in_the_bar(visits: Visits) -> None:
    visit = follow(visits)
    expect(bar(visit)).to_be_visible()
    visit.page.clock.resume()
    visit.page.evaluate(AXE.axe_script)
    assert visit.run("axe.run('switchyard-preview').then((found) => found.violations)") == []


def test_the_bar_covers_nothing_at_the_foot_of_the_page_and_folds(visits: Visits) -> None:
    visit = follow(visits)
    visit.run(READ)
    expect(bar(visit)).to_be_visible()
    visit.run("document.body.style.height = '3000px'")
    visit.run("scrollTo(0, document.documentElement.scrollHeight)")
    foot = "Math.round(document.body.getBoundingClientRect().bottom)"
    box = bar(visit).bounding_box()
    assert box
    assert visit.run(foot) <= box["y"]
    bar(visit).get_by_role("button", name="Fold").click()
    expect(bar(visit).get_by_label("Variant")).to_be_hidden()
    visit.page.goto(f"{SITE}other")
    bar(visit).get_by_role("button", name="Preview").click()
    expect(bar(visit).get_by_label("Variant")).to_be_visible()
