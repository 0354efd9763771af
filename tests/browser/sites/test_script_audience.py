"""What switchyard.js says of its visitor, for audiences; with a server that is made up."""

import pytest

from tests.browser.sites.visits import LOADER, READ, SITE, TAG, Visits

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Version/18.0 Mobile/15E148 Safari/604.1"
IPAD = "Mozilla/5.0 (iPad; CPU OS 18_0) Version/18.0 Mobile/15E148 Safari/604.1"
PIXEL = "Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/140.0.0.0 Mobile Safari/537.36"
GALAXY_TAB = "Mozilla/5.0 (Android 15; SM-X710) SamsungBrowser/28.0 Chrome/130.0.0.0 Safari/537.36"
EDGE = "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"
OPERA = "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0 Safari/537.36 OPR/124.0.0.0"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.0 Safari/605.1"


def as_browser(agent: str, touches: int = 0) -> str:
    """A script that has the browser say that it is another."""
    return f"""
      Object.defineProperty(navigator, "userAgent", {{ get: () => {agent!r} }});
      Object.defineProperty(navigator, "maxTouchPoints", {{ get: () => {touches} }});
      Object.defineProperty(navigator, "language", {{ get: () => "de-AT" }});
    """


@pytest.mark.parametrize(
    ("agent", "touches", "device", "browser"),
    [
        (IPHONE, 5, "mobile", "safari"),
        (IPAD, 5, "tablet", "safari"),
        (MAC, 5, "tablet", "safari"),
        (MAC, 0, "desktop", "safari"),
        (PIXEL, 5, "mobile", "chrome"),
        (GALAXY_TAB, 5, "tablet", "samsung"),
        (EDGE, 0, "desktop", "edge"),
        (OPERA, 0, "desktop", "opera"),
        (FIREFOX, 0, "desktop", "firefox"),
        ("Lynx/2.9", 0, "desktop", "other"),
    ],
)
def test_it_says_which_device_and_browser_and_language(
    visits: Visits, agent: str, touches: int, device: str, browser: str
) -> None:
    visit = visits(before=as_browser(agent, touches))
    visit.run(READ)
    said = visit.contexts[-1]
    assert (said["device"], said["browser"], said["language"]) == (device, browser, "de")


def test_it_says_the_page_with_its_query_and_the_cookies_that_are_named(visits: Visits) -> None:
    settings = 'key: "sdk_client_1", cookies: ["plan", "none"], attributes: { member: true },'
    loader = LOADER.replace('key: "sdk_client_1",', settings)
    visit = visits(loader, before="document.cookie = 'plan=pro'; document.cookie = 'other=1';")
    visit.page.goto(f"{SITE}product/7?utm_source=mail&a=1#top")
    visit.run(READ)
    said = visit.contexts[-1]
    assert said["page"] == f"{SITE}product/7?utm_source=mail&a=1#top"
    assert said["query"] == {"utm_source": "mail", "a": "1"}
    assert (said["cookie"], said["member"]) == ({"plan": "pro"}, True)


def test_it_asks_again_with_what_the_page_says_later_and_on_another_address(
    visits: Visits,
) -> None:
    visit = visits()
    visit.run(READ)
    visit.run("switchyard.attributes({ plan: 'pro', device: 'kiosk' })")
    assert (visit.contexts[-1]["plan"], visit.contexts[-1]["device"]) == ("pro", "kiosk")
    # The answer: a request is told of before its route has noted it.
    with visit.page.expect_response("**/ofrep/**"):
        visit.run("history.pushState(null, '', '/checkout')")
    assert (visit.contexts[-1]["page"], visit.contexts[-1]["plan"]) == (f"{SITE}checkout", "pro")


def test_a_visitor_is_new_until_the_browser_is_closed(visits: Visits) -> None:
    visit = visits()
    visit.run(READ)
    visit.page.goto(f"{SITE}other")
    visit.run(READ)
    assert visit.contexts[-1]["visitor"] == "new"
    visit.context.clear_cookies(name="switchyard_new")
    visit.page.goto(SITE)
    visit.run(READ)
    assert visit.contexts[-1]["visitor"] == "returning"
    named = visits(TAG.replace(" defer", ' data-visitor="a" defer'))
    named.run(READ)
    assert "visitor" not in named.contexts[-1]


def test_without_consent_nothing_is_kept_of_what_is_known_of_a_named_visitor(
    visits: Visits,
) -> None:
    waiting = LOADER.replace("key:", 'consent: "wait", visitor: "8271@shop", key:')
    visit = visits(waiting)
    visit.run("switchyard.ready")
    visit.run("switchyard.consent(true)")
    sent = [(request.post_data_json or {}).get("sample") for request in visit.evaluations]
    assert sent == [False, True]
