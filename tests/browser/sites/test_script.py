"""switchyard.js in a browser, with a server that is made up: whatever happens, the page goes on."""

import re
import time
from typing import Any

import pytest

from app.pages.project import snippets
from app.pages.project.snippets import Snippet
from tests.browser.polling import until
from tests.browser.sites.visits import (
    ANSWER,
    FIXED_LOADER,
    KEY,
    LOADER,
    NEWEST,
    READ,
    SECOND,
    SERVER,
    SITE,
    TAG,
    Visits,
)

ONE_YEAR = 365 * 24 * 3600
WATCH = "window.seen = []; switchyard.watch('banner', 'original', (value) => seen.push(value));"


def test_it_asks_once_in_bulk_with_the_key_and_the_visitor(visits: Visits) -> None:
    visit = visits()
    assert visit.run(READ) == "treatment"
    visitor = visit.run("switchyard.visitor")
    (asked,) = visit.evaluations
    assert (asked.method, asked.url) == ("POST", f"{SERVER}/ofrep/v1/evaluate/flags")
    assert asked.headers["x-api-key"] == KEY
    assert visit.contexts[0]["targetingKey"] == visitor


def test_the_visitor_is_kept_for_a_year_in_a_cookie_of_the_site(visits: Visits) -> None:
    visit = visits()
    visitor = visit.run("switchyard.visitor")
    new, cookie = sorted(visit.context.cookies(), key=lambda each: each.get("name", ""))
    assert (new.get("name"), new.get("expires")) == ("switchyard_new", -1)
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
KEEPING_NONE = "Object.defineProperty(document, 'cookie', { get: () => '', set: () => {} });"


def test_where_no_cookie_is_kept_the_original_stays_and_nothing_is_asked(visits: Visits) -> None:
    for before in (REFUSING_COOKIES, KEEPING_NONE):
        visit = visits(before=before)
        assert visit.run(READ) == "fallback"
        visit.run("switchyard.track('purchase')")
        visit.wait(2 * SECOND)
        assert (visit.evaluations, visit.sent(), visit.warnings) == ([], [], [])


@pytest.mark.parametrize("id_", ["a@b.c", "%C3%BC=1 2", "x" * 256])
def test_an_id_that_the_sites_server_has_written_is_taken_whole_and_left_alone(
    visits: Visits, id_: str
) -> None:
    visit = visits(before=f"document.cookie = 'switchyard_visitor={id_}';")
    assert visit.run(READ) == "treatment"
    (said,) = visit.contexts
    assert said["targetingKey"] == id_
    (cookie,) = visit.context.cookies()
    assert (cookie.get("value"), cookie.get("expires")) == (id_, -1)


@pytest.mark.parametrize(
    ("tag", "before"),
    [
        (TAG, f"document.cookie = 'switchyard_visitor={'x' * 257}';"),
        (TAG.replace(" defer", f' data-visitor="{"x" * 257}" defer'), ""),
    ],
)
def test_an_id_that_is_too_long_is_refused_aloud(visits: Visits, tag: str, before: str) -> None:
    visit = visits(tag, before)
    assert visit.run(READ) == "fallback"
    assert visit.evaluations == []
    (warning,) = visit.warnings
    assert "the visitor's id has more than 256 characters" in warning


def test_a_domain_makes_one_visitor_of_all_hosts_of_a_site(visits: Visits) -> None:
    everywhere = TAG.replace(" defer", ' data-domain="shop.example" defer')
    visit = visits(everywhere, before="document.cookie = `switchyard_visitor=${'0'.repeat(32)}`;")
    assert visit.run(READ) == "treatment"
    assert visit.run("switchyard.visitor") == "0" * 32
    (cookie,) = visit.context.cookies()
    assert (cookie.get("domain"), cookie.get("value")) == (".shop.example", "0" * 32)
    elsewhere = visits(everywhere.replace("shop.example", "another.example"))
    assert elsewhere.run(READ) == "fallback"
    assert "for another.example" in elsewhere.warnings[0]


def test_a_first_visit_in_two_tabs_is_of_one_visitor(visits: Visits) -> None:
    other = f"<script>document.cookie = 'switchyard_visitor={'b' * 32}'</script>"
    visit = visits(TAG.replace(" defer", "") + other)
    assert visit.run(READ) == "treatment"
    assert visit.run("switchyard.visitor") == "b" * 32
    first, second = (said["targetingKey"] for said in visit.contexts)
    assert first != second == "b" * 32


PAUSED = {"body": '{"flags": []}'}


@pytest.mark.parametrize(
    "looking_again",
    [
        "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))",
        "document.dispatchEvent(new Event('visibilitychange'))",
        "switchyard.refresh()",
        "",
    ],
    ids=["back", "shown again", "asked", "a minute later"],
)
def test_a_pause_reaches_an_open_page(visits: Visits, looking_again: str) -> None:
    visit = visits()
    visit.run(WATCH)
    assert visit.run(READ) == "treatment"
    visit.answer = PAUSED
    visit.run(f"void {looking_again or 0}")
    if not looking_again:
        visit.wait(60 * SECOND)
    until(visit.page, lambda: visit.run("seen") == ["treatment", "original"])
    assert visit.run("switchyard.variant('banner', 'original')") == "original"


def test_an_answer_that_is_none_leaves_an_open_page_as_it_is(visits: Visits) -> None:
    visit = visits()
    visit.run(WATCH)
    assert visit.run(READ) == "treatment"
    for answer in ({"status": 304}, {"status": 503, "body": "<h1>Away</h1>"}):
        visit.answer = answer
        visit.run("switchyard.refresh()")
    assert visit.run("seen") == ["treatment"]
    assert [each.headers.get("if-none-match") for each in visit.evaluations] == [None, '"1"', '"1"']


def test_a_run_afresh_counts_its_visitors_anew_and_a_pause_does_not(visits: Visits) -> None:
    visit = visits()
    afresh = {"body": ANSWER["body"].replace('"run": "a"', '"run": "b"')}
    for answer in (ANSWER, ANSWER, PAUSED, ANSWER, afresh):
        visit.answer = answer
        visit.run("switchyard.refresh()")
        visit.run("void switchyard.variant('banner')")
        visit.wait(SECOND)
    assert visit.sent() == [["banner"], ["banner"]]


def test_loaded_beside_the_page_nothing_waits_for_a_server_that_hangs(visits: Visits) -> None:
    began = "<script>addEventListener('DOMContentLoaded', () => { window.hasBegun = 1 })</script>"
    visit = visits(LOADER + began, script=None)
    assert visit.run("hasBegun") == 1
    visit.run("switchyard.track('purchase', 1)")
    visit.wait(3 * SECOND - 200)
    assert not visit.is_ready()
    visit.wait(200)
    assert visit.is_ready()
    assert visit.run(READ) == "fallback"


def test_where_no_script_comes_what_is_watched_is_the_original_and_all_can_be_called(
    visits: Visits,
) -> None:
    visit = visits(f"{LOADER}<script>{WATCH}</script>", script=None)
    assert visit.run("seen") == []
    visit.run("switchyard.refresh(); switchyard.attributes({}); switchyard.track('purchase')")
    visit.wait(3 * SECOND)
    assert visit.run("seen") == ["original"]


def test_where_the_script_cannot_be_had_nobody_waits_for_it(visits: Visits) -> None:
    visit = visits("")
    visit.context.route(f"{SERVER}/*.js", lambda route: route.abort())
    visit.page.evaluate(LOADER.removeprefix("<script>").removesuffix("</script>"))
    assert visit.run(READ) == "fallback"


def test_what_is_called_before_it_has_loaded_is_done_then(visits: Visits) -> None:
    early = f"<script>const early = switchyard; {WATCH} switchyard.track('early');</script>"
    visit = visits(LOADER + early + LOADER)
    until(visit.page, lambda: visit.run("seen") == ["treatment"])
    assert visit.run("early.variant('banner')") == "treatment"
    visit.wait(SECOND)
    assert visit.sent() == [["banner", "early"]]
    assert len(visit.evaluations) == 1


def under(policy: Snippet) -> str:
    """A policy of the Install page, beside which nothing is allowed."""
    content = f"default-src 'none'; {policy.text}"
    return f'<meta http-equiv="Content-Security-Policy" content="{content}">'


@pytest.mark.parametrize(
    ("policy", "loader"),
    [
        (snippets.security_policy(SERVER, KEY), LOADER),
        (snippets.fixed_security_policy(SERVER, KEY), FIXED_LOADER),
    ],
    ids=["newest", "fixed"],
)
def test_the_policy_of_the_install_page_lets_it_load_and_ask(
    visits: Visits, policy: Snippet, loader: str
) -> None:
    meta = under(policy)
    assert visits(meta + loader).run(READ) == "treatment"
    assert visits(meta + loader.replace("stub", "other")).run("typeof switchyard") == "undefined"


ANOTHER_SCRIPT = "window.isOther = true;"
FIXED_TAG = TAG.replace("/switchyard.js", NEWEST.path).replace(
    " defer", f' integrity="{NEWEST.integrity}" crossorigin defer'
)


@pytest.mark.parametrize("lines", [FIXED_LOADER, FIXED_TAG], ids=["lines", "tag"])
def test_by_its_address_and_its_checksum_the_script_is_loaded(visits: Visits, lines: str) -> None:
    assert visits(lines).run(READ) == "treatment"


@pytest.mark.parametrize(
    ("lines", "script"), [(FIXED_LOADER, ANOTHER_SCRIPT), (LOADER, "no script")]
)
def test_where_the_script_is_refused_ready_comes_at_once_with_the_original(
    visits: Visits, lines: str, script: str
) -> None:
    visit = visits(lines, script=script)
    visit.page.wait_for_function("switchyard.ready.then(() => true)")
    assert visit.run(READ) == "fallback"
    assert visit.run("window.isOther") is None


def test_a_tag_with_a_checksum_runs_no_other_script(visits: Visits) -> None:
    assert visits(FIXED_TAG, script=ANOTHER_SCRIPT).run("window.isOther") is None


def test_the_lines_that_name_a_checksum_hold_nothing_up(visits: Visits) -> None:
    visit = visits(FIXED_LOADER, script=None)
    assert visit.run("document.readyState") == "complete"
    visit.wait(3 * SECOND)
    assert visit.is_ready()


def test_as_a_module_and_long_after_the_page_it_works(visits: Visits) -> None:
    assert visits(TAG.replace(" defer", ' type="module"')).run(READ) == "treatment"
    visit = visits("")
    visit.wait(60 * SECOND)
    visit.page.evaluate(LOADER.removeprefix("<script>").removesuffix("</script>"))
    assert visit.run(READ) == "treatment"


def with_(**data: str) -> str:
    """The tag with more that it says."""
    said = "".join(f' data-{name}="{value}"' for name, value in data.items())
    return TAG.replace(" defer", f"{said} defer")


def test_without_consent_nothing_is_kept_or_sent_and_withdrawn_it_is_gone(visits: Visits) -> None:
    visit = visits(with_(consent="wait"))
    visit.run(WATCH)
    assert visit.run(READ) == "fallback"
    visit.run("switchyard.track('early')")
    visit.wait(120 * SECOND)
    assert (visit.evaluations, visit.sent(), visit.context.cookies()) == ([], [], [])
    visit.run("switchyard.consent(true)")
    assert visit.run("seen") == ["original", "treatment"]
    kept = {cookie.get("name") for cookie in visit.context.cookies()}
    assert kept == {"switchyard_new", "switchyard_visitor"}
    visit.wait(SECOND)
    visit.run("switchyard.track('purchase'); switchyard.consent(false)")
    assert visit.run("seen") == ["original", "treatment", "original"]
    visit.run("switchyard.track('late')")
    visit.wait(120 * SECOND)
    assert (visit.sent(), visit.context.cookies()) == ([["banner"]], [])
    assert len(visit.evaluations) == 1


def test_who_has_agreed_before_it_has_loaded_is_waited_for(visits: Visits) -> None:
    loader = LOADER.replace("key:", 'consent: "wait", key:')
    visit = visits(f"{loader}<script>switchyard.consent(true)</script>")
    assert visit.run(READ) == "treatment"
    assert len(visit.evaluations) == 1


GLOBAL_PRIVACY_CONTROL = (
    "Object.defineProperty(navigator, 'globalPrivacyControl', { get: () => true });"
)


@pytest.mark.parametrize(
    ("tag", "before", "seen"),
    [
        (with_(consent="gpc"), GLOBAL_PRIVACY_CONTROL, "fallback"),
        (with_(consent="gpc"), "", "treatment"),
        (TAG, GLOBAL_PRIVACY_CONTROL, "treatment"),
    ],
)
def test_global_privacy_control_is_no_consent_where_the_site_says_so(
    visits: Visits, tag: str, before: str, seen: str
) -> None:
    assert visits(tag, before=before).run(READ) == seen


def test_a_visitor_whom_the_site_names_needs_no_cookie(visits: Visits) -> None:
    visit = visits(with_(consent="wait", visitor="user 17@shop"))
    assert visit.run(READ) == "treatment"
    visit.wait(SECOND)
    ((event,),) = (batch["events"] for batch in visit.run("sent"))
    assert (event["unit"], visit.context.cookies()) == ("user 17@shop", [])


@pytest.mark.parametrize("answer", [202, 503])
def test_without_consent_nothing_is_kept_for_a_named_visitor_either(
    visits: Visits, answer: int
) -> None:
    named = with_(consent="wait", visitor="user 17@shop")
    visit = visits(named, before=f"answers = [{answer}];")
    visit.run(READ)
    visit.wait(SECOND)
    assert visit.sent() == [["banner"]]
    assert visit.run("localStorage.length + sessionStorage.length") == 0


def test_a_page_that_is_prepared_before_it_is_asked_for_counts_nobody(visits: Visits) -> None:
    prepared = "Object.defineProperty(document, 'prerendering', { get: () => !window.isShown });"
    visit = visits(before=prepared)
    assert visit.run(READ) == "treatment"
    visit.wait(2 * SECOND)
    assert visit.sent() == []
    visit.run("isShown = true; document.dispatchEvent(new Event('prerenderingchange'))")
    visit.wait(SECOND)
    assert visit.sent() == [["banner"]]


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
    for tags in (TAG, LOADER):
        assert visits(inline + tags).run(READ) == "treatment"


@pytest.mark.parametrize("odd", ["undefined", "Symbol()", "{ toString() { throw 1; } }", "{}"])
def test_odd_names_trouble_nobody(visits: Visits, odd: str) -> None:
    visit = visits()
    visit.run("switchyard.ready")
    assert visit.run(f"switchyard.variant({odd}, 'fallback')") == "fallback"
    visit.run(f"switchyard.track({odd}, 1)")
    visit.wait(SECOND)


def test_two_projects_on_one_page_have_a_name_each(visits: Visits) -> None:
    other = LOADER.replace('("switchyard", {', '("shopYard", {').replace(KEY, "sdk_client_2")
    visit = visits(LOADER + other + LOADER)
    assert visit.run(READ) == "treatment"
    read = "shopYard.ready.then(() => shopYard.variant('off', 'fallback'))"
    assert visit.run(read) is False
    keys = [each.headers["x-api-key"] for each in visit.evaluations]
    assert sorted(keys) == [KEY, "sdk_client_2"]
    assert visit.run("switchyard.visitor === shopYard.visitor")
    visit.wait(SECOND)
    assert sorted((each["key"], each["events"][0]["experiment"]) for each in visit.run("sent")) == [
        (KEY, "banner"),
        ("sdk_client_2", "off"),
    ]


LINES_OF_BEFORE = f"""<script>
  window.switchyard = {{
    settings: {{ src: "{SERVER}/switchyard.js", key: "{KEY}" }},
    calls: [["track", ["purchase"]]],
    variant: (experiment, fallback) => fallback,
  }};
  switchyard.ready = new Promise((settle) => {{ switchyard.settle = settle; }});
  import("{SERVER}/switchyard.js");
</script>"""


def test_lines_that_say_no_name_go_on_working(visits: Visits) -> None:
    visit = visits(LINES_OF_BEFORE)
    assert visit.run(READ) == "treatment"
    visit.wait(SECOND)
    assert visit.sent() == [["banner", "purchase"]]
