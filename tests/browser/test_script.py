"""switchyard.js in a browser, with a server that is made up: whatever happens, the page goes on."""

import re
import time
from typing import Any

import pytest

from tests.browser.visits import KEY, READ, SECOND, SERVER, SITE, TAG, Visits

ONE_YEAR = 365 * 24 * 3600


def test_it_asks_once_in_bulk_with_the_key_and_the_visitor(visits: Visits) -> None:
    visit = visits()
    assert visit.run(READ) == "treatment"
    visitor = visit.run("switchyard.visitor")
    (asked,) = visit.evaluations
    assert (asked.method, asked.url) == ("POST", f"{SERVER}/ofrep/v1/evaluate/flags")
    assert asked.headers["x-api-key"] == KEY
    assert asked.post_data_json == {"context": {"targetingKey": visitor}}


def test_the_visitor_is_kept_for_a_year_in_a_cookie_of_the_site(visits: Visits) -> None:
    visit = visits()
    visitor = visit.run("switchyard.visitor")
    (cookie,) = visit.context.cookies()
    assert re.fullmatch("[0-9a-f]{32}", visitor)
    assert (cookie.get("name"), cookie.get("value")) == ("switchyard_visitor", visitor)
    assert (cookie.get("path"), cookie.get("sameSite"), cookie.get("secure")) == ("/", "Lax", True)
    assert abs(cookie.get("expires", 0) - time.time() - ONE_YEAR) < 3600
    visit.page.goto(f"{SITE}other")
    assert visit.run("switchyard.visitor") == visitor


REFUSING_COOKIES = """
  Object.defineProperty(document, "cookie", {
    get() { throw new DOMException("no", "SecurityError"); },
    set() { throw new DOMException("no", "SecurityError"); },
  });
"""


def test_where_cookies_are_refused_the_visitor_lasts_as_long_as_the_page(visits: Visits) -> None:
    visit = visits(before=REFUSING_COOKIES)
    assert visit.run(READ) == "treatment"
    first = visit.run("switchyard.visitor")
    visit.page.reload()
    assert visit.run(READ) == "treatment"
    assert visit.run("switchyard.visitor") != first


def test_a_value_is_given_as_it_is_and_the_fallback_for_what_does_not_run(visits: Visits) -> None:
    visit = visits()
    visit.run("switchyard.ready")
    assert visit.run("switchyard.variant('off', 'fallback')") is False
    assert visit.run("switchyard.variant('other', 7)") == 7
    assert visit.run("switchyard.variant('other') === undefined")


def test_before_it_is_ready_everything_is_the_fallback_and_nothing_counts(visits: Visits) -> None:
    visit = visits(answer=None)
    assert visit.run("switchyard.variant('banner', 'fallback')") == "fallback"
    visit.wait(5 * SECOND)
    assert visit.sent() == []


def test_ready_comes_after_two_seconds_when_no_answer_does(visits: Visits) -> None:
    visit = visits(answer=None)
    visit.wait(2 * SECOND - 200)
    assert not visit.is_ready()
    visit.wait(200)
    assert visit.is_ready()
    assert visit.run(READ) == "fallback"


@pytest.mark.parametrize(
    "answer",
    [
        {"body": "<h1>Bad gateway</h1>", "status": 502},
        {"body": '{"errorCode": "GENERAL"}', "status": 401},
        {"body": ""},
        {"body": "null"},
        {"body": "[]"},
        {"body": '{"flags": 7}'},
        {"body": '{"flags": [null]}'},
        {"body": '{"flags": [{"key": "banner"}]}'},
        {"body": '{"flags": [{"key": "banner", "value": null}]}'},
    ],
    ids=str,
)
def test_an_answer_that_is_none_gives_the_fallback(visits: Visits, answer: dict[str, Any]) -> None:
    assert visits(answer=answer).run(READ) == "fallback"


@pytest.mark.parametrize(
    "missing", ["window.fetch = undefined", "window.URL = undefined", "window.crypto"]
)
def test_in_a_browser_that_lacks_something_the_page_goes_on(visits: Visits, missing: str) -> None:
    before = missing if "=" in missing else "crypto.getRandomValues = undefined"
    visit = visits(before=f"{before};")
    assert visit.run(READ) == "fallback"
    visit.run("switchyard.track('purchase')")
    visit.wait(2 * SECOND)


def test_included_twice_it_works_once(visits: Visits) -> None:
    visit = visits(TAG + TAG)
    assert visit.run(READ) == "treatment"
    visit.wait(SECOND)
    assert visit.sent() == [["banner"]]
    assert len(visit.evaluations) == 1


@pytest.mark.parametrize("times", [1, 2])
def test_without_a_key_it_says_so_once_and_asks_nothing(visits: Visits, times: int) -> None:
    visit = visits(TAG.replace(f' data-key="{KEY}"', "") * times)
    assert visit.run(READ) == "fallback"
    visit.run("switchyard.track('purchase')")
    visit.wait(2 * SECOND)
    assert (visit.sent(), visit.evaluations, visit.context.cookies()) == ([], [], [])
    (warning,) = visit.warnings
    assert "data-key" in warning


def test_before_the_page_is_parsed_it_works_as_well(visits: Visits) -> None:
    inline = f"<script>window.early = {READ}; switchyard.track('early');</script>"
    visit = visits(TAG.replace(" defer", "") + inline)
    assert visit.run("early") == "treatment"
    visit.wait(SECOND)
    assert visit.sent() == [["banner", "early"]]


def test_an_element_that_is_called_switchyard_is_not_mistaken_for_it(visits: Visits) -> None:
    inline = "<script>document.documentElement.id = 'switchyard'</script>"
    assert visits(inline + TAG).run(READ) == "treatment"


@pytest.mark.parametrize("odd", ["undefined", "Symbol()", "{ toString() { throw 1; } }", "{}"])
def test_odd_names_trouble_nobody(visits: Visits, odd: str) -> None:
    visit = visits()
    visit.run("switchyard.ready")
    assert visit.run(f"switchyard.variant({odd}, 'fallback')") == "fallback"
    visit.run(f"switchyard.track({odd}, 1)")
    visit.wait(SECOND)
