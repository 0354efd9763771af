"""The events of switchyard.js: which it hands to the browser, when, and in which order."""

import json
import re

import pytest
from playwright.sync_api import Dialog

from tests.browser.sites.visits import FLAGS, KEY, READ, SECOND, SERVER, SITE, Visits


def test_the_first_read_counts_and_events_go_together_a_second_later(visits: Visits) -> None:
    visit = visits()
    visit.run(READ)
    visit.run("switchyard.track('purchase', 12.5); switchyard.variant('banner'); undefined")
    assert visit.run("sent") == []
    visit.wait(SECOND)
    visitor = visit.run("switchyard.visitor")
    assert visit.run("ways") == ["request"]
    assert re.fullmatch("[0-9a-f]{32}", visit.run("sent[0].events[1].id"))
    visit.run("delete sent[0].events[1].id")
    assert visit.run("sent") == [
        {
            "url": f"{SERVER}/collect",
            "key": KEY,
            "events": [
                {"type": "exposure", "experiment": "banner", "unit": visitor},
                {"type": "conversion", "goal": "purchase", "unit": visitor, "value": 12.5},
            ],
        }
    ]


def test_a_browser_that_a_program_leads_says_so(visits: Visits) -> None:
    says = "Object.defineProperty(navigator, 'webdriver', { get: () => true });"
    visit = visits(before=says)
    visit.run(READ)
    visit.wait(SECOND)
    assert [each["automated"] for each in visit.run("sent")] == [True]


def test_a_browser_that_a_link_has_marked_sends_nothing_until_another_takes_it_back(
    visits: Visits,
) -> None:
    visit = visits()
    said: list[str] = []

    def hear(dialog: Dialog) -> None:
        said.append(dialog.message)
        dialog.dismiss()

    visit.page.on("dialog", hear)
    sent, left = [], []
    for query in ("?a=1&switchyard_visits=own#b", "", "?switchyard_visits=counted&c=2", ""):
        visit.page.goto(f"{SITE}{query}")
        assert visit.run(READ) == "treatment"
        left.append(visit.page.url.removeprefix(SITE))
        visit.run("switchyard.track('purchase')")
        visit.wait(SECOND)
        sent.append(visit.sent())
    assert sent == [[], [], [["banner", "purchase"]], [["purchase"]]]
    assert said == [
        "Switchyard does not count what this browser does here.",
        "Switchyard counts what this browser does here.",
    ]
    # Whoever gets the address from there is not marked by it.
    assert left == ["?a=1#b", "", "?c=2", ""]


def test_a_conversion_never_overtakes_an_exposure(visits: Visits) -> None:
    visit = visits()
    visit.run("switchyard.track('early')")
    visit.run(READ)
    visit.run("switchyard.variant('off'); undefined")
    visit.wait(SECOND)
    assert visit.sent() == [["off", "banner", "early"]]


def test_who_sees_what_is_shipped_is_not_counted(visits: Visits) -> None:
    visit = visits()
    assert visit.run(READ) == "treatment"
    assert visit.run("switchyard.variant('shipped')") == "bold"
    visit.wait(SECOND)
    assert visit.sent() == [["banner"]]


def test_events_wait_until_it_is_ready(visits: Visits) -> None:
    visit = visits(answer=None)
    visit.run("switchyard.track('early')")
    visit.wait(2 * SECOND - 200)
    assert visit.sent() == []
    visit.wait(200)
    assert visit.is_ready()
    visit.wait(SECOND)
    assert visit.sent() == [["early"]]


@pytest.mark.parametrize("value", ["NaN", "Infinity", "'5'", "null", "{}", "undefined"])
def test_a_value_that_is_no_number_is_left_out(visits: Visits, value: str) -> None:
    visit = visits()
    visit.run(f"switchyard.track('purchase', {value})")
    visit.run("switchyard.ready")
    visit.wait(SECOND)
    ((event,),) = (batch["events"] for batch in visit.run("sent"))
    assert "value" not in event


def test_an_order_is_sent_with_its_id_and_its_time(visits: Visits) -> None:
    visit = visits()
    visit.run("switchyard.track('paid', { value: 9.5, id: 17, time: new Date(0), more: 1 })")
    visit.run("switchyard.ready")
    visit.wait(SECOND)
    ((event,),) = (batch["events"] for batch in visit.run("sent"))
    sent = {"value": 9.5, "id": "17", "time": "1970-01-01T00:00:00.000Z"}
    assert event == {"type": "conversion", "goal": "paid", "unit": event["unit"], **sent}


@pytest.mark.parametrize("id_", ["'\\ud800'", "'i'.repeat(256)", "''", "null", "{ toString: 1 }"])
def test_an_id_that_cannot_be_one_is_made_up_and_such_a_time_left_out(
    visits: Visits, id_: str
) -> None:
    visit = visits()
    visit.run(f"switchyard.track('paid', {{ value: 1, id: {id_}, time: 'soon' }})")
    visit.run("switchyard.ready")
    visit.wait(SECOND)
    ((event,),) = (batch["events"] for batch in visit.run("sent"))
    assert event.keys() == {"type", "goal", "unit", "value", "id"}
    assert re.fullmatch("[0-9a-f]{32}", event["id"])


def test_a_request_has_a_hundred_events_at_most_and_the_next_one_waits_its_turn(
    visits: Visits,
) -> None:
    visit = visits()
    visit.run("for (let count = 0; count < 250; count += 1) switchyard.track('scroll')")
    visit.run(READ)
    for sizes in ([100], [100, 100], [100, 100, 51], [100, 100, 51]):
        visit.wait(SECOND)
        assert [len(batch) for batch in visit.sent()] == sizes
    assert visit.sent()[0][0] == "banner"


HIDE = """
  Object.defineProperty(document, "hidden", { value: true });
  document.dispatchEvent(new Event("visibilitychange"));
"""


@pytest.mark.parametrize("leaving", ["dispatchEvent(new Event('pagehide'));", HIDE])
def test_on_leaving_everything_goes_at_once(visits: Visits, leaving: str) -> None:
    visit = visits()
    visit.run(READ)
    visit.run("for (let count = 0; count < 150; count += 1) switchyard.track('scroll')")
    visit.run(leaving)
    assert [len(batch) for batch in visit.sent()] == [100, 51]
    visit.wait(2 * SECOND)
    assert len(visit.sent()) == 2


@pytest.mark.parametrize("answer", [503, 429, 403, 404, 413, "'away'"])
def test_what_is_not_taken_is_sent_again_later_as_it_was(visits: Visits, answer: int | str) -> None:
    visit = visits(before=f"answers = [{answer}, {answer}];")
    visit.run(READ)
    visit.run("switchyard.track('purchase', 3)")
    visit.wait(SECOND)
    for seconds in (5, 10):
        visit.wait(seconds * SECOND)
        visit.wait(SECOND)
    visit.wait(600 * SECOND)
    first, *others = [batch["events"] for batch in visit.run("sent")]
    assert [len(first), len(others)] == [2, 2]
    at = {"time": "1970-01-01T00:16:41.000Z"}
    assert others == [[event | at for event in first]] * 2


def test_what_was_not_taken_outlives_a_page_that_is_left_before_it_is_sent_again(
    visits: Visits,
) -> None:
    visit = visits(before="answers = [503];")
    visit.run(READ)
    visit.run("switchyard.track('purchase')")
    visit.wait(SECOND)
    visit.page.goto(SITE + "next")
    visit.run("switchyard.ready")
    visit.run("dispatchEvent(new Event('pagehide'))")
    assert visit.run("ways") == ["beacon"]
    visit.page.goto(SITE + "last")
    visit.run("answers = [];")
    visit.run("switchyard.ready")
    visit.wait(SECOND)
    assert visit.sent() == [["banner", "purchase"]]


@pytest.mark.parametrize("answer", [400, 401])
def test_what_is_wrong_with_it_is_not_sent_again(visits: Visits, answer: int) -> None:
    visit = visits(before=f"answers = [{answer}];")
    visit.run(READ)
    visit.wait(600 * SECOND)
    assert len(visit.sent()) == 1


def test_what_no_page_could_send_goes_with_the_next_one(visits: Visits) -> None:
    visit = visits(before="answers = ['away']; refusals = 1;")
    visit.run(READ)
    visit.wait(SECOND)
    visit.run("switchyard.track('purchase')")
    visit.run("dispatchEvent(new Event('pagehide'))")
    assert visit.sent() == [["banner"]]
    visit.page.goto(SITE + "next")
    visit.run("answers = []; refusals = 0;")
    visit.run("switchyard.ready")
    visit.wait(SECOND)
    assert visit.sent() == [["banner", "purchase"]]
    visit.page.goto(SITE + "last")
    visit.run("switchyard.ready")
    visit.wait(SECOND)
    assert visit.sent() == []


def test_what_is_on_the_way_when_a_page_is_left_is_sent_once_more(visits: Visits) -> None:
    visit = visits(before="answers = [0];")
    visit.run(READ)
    visit.wait(SECOND)
    visit.run("switchyard.track('purchase'); dispatchEvent(new Event('pagehide'))")
    assert visit.sent() == [["banner"], ["banner", "purchase"]]
    assert visit.run("ways") == ["request", "beacon"]


@pytest.mark.parametrize("answer", ["0", "503"])
def test_left_beside_a_server_that_takes_nothing_it_is_sent_by_the_next_page_too(
    visits: Visits, answer: str
) -> None:
    visit = visits(before=f"answers = [{answer}];")
    visit.run(READ)
    visit.wait(SECOND)
    visit.run("switchyard.track('purchase'); dispatchEvent(new Event('pagehide'))")
    visit.page.goto(SITE + "next")
    visit.run("answers = []")
    visit.run("switchyard.ready")
    visit.wait(SECOND)
    ((banner, purchase),) = (batch["events"] for batch in visit.run("sent"))
    assert (banner["type"], purchase["type"]) == ("exposure", "conversion")
    # It counts once, on its day.
    assert {*purchase} >= {"id", "time"}


def test_what_happens_while_the_browser_is_offline_goes_with_the_next_page(visits: Visits) -> None:
    there = "Object.defineProperty(navigator, 'onLine', { get: () => location.pathname !== '/' });"
    visit = visits(before=there)
    visit.run(READ)
    visit.run("dispatchEvent(new Event('pagehide'))")
    assert visit.sent() == []
    visit.page.goto(SITE + "next")
    visit.run("switchyard.ready")
    visit.wait(SECOND)
    assert visit.sent() == [["banner"]]


def test_what_is_never_taken_is_given_up_after_five_times(visits: Visits) -> None:
    visit = visits(before="answers = Array(50).fill(503);")
    visit.run(READ)
    for _ in range(20):
        visit.wait(310 * SECOND)
    assert len(visit.sent()) == 5


@pytest.mark.parametrize("broken", ["undefined", "() => { throw new Error('no') }"])
def test_without_beacons_the_page_goes_on(visits: Visits, broken: str) -> None:
    visit = visits(before=f"navigator.sendBeacon = {broken};")
    assert visit.run(READ) == "treatment"
    visit.run("switchyard.track('purchase')")
    visit.wait(2 * SECOND)
    visit.run("dispatchEvent(new Event('pagehide'))")


def test_a_goal_without_end_does_not_hold_up_the_others(visits: Visits) -> None:
    visit = visits()
    visit.run("switchyard.track('x'.repeat(200000)); switchyard.track('purchase')")
    visit.run("switchyard.ready")
    visit.wait(SECOND)
    ((first, second),) = visit.sent()
    assert (len(first), second) == (99, "purchase")


@pytest.mark.parametrize(
    ("lost", "told"),
    [
        ("[]", [["banner"]]),
        # What did not count is said again, and everything where the server knows nothing of it.
        ("[{ index: 0, reason: 'not_running' }]", [["banner"], ["banner"]]),
        ("[{ index: 0, reason: 'not_exposed' }]", [["banner"], ["banner"]]),
    ],
)
def test_what_a_visitor_has_seen_is_told_once_of_each_run(
    visits: Visits, lost: str, told: list[list[str]]
) -> None:
    visit = visits()
    visit.run(f"window.dropped = {lost}")
    visit.run(READ)
    visit.wait(SECOND)
    first = visit.sent()
    visit.page.goto(f"{SITE}other")
    visit.run(READ)
    visit.wait(SECOND)
    assert first + visit.sent() == told


def test_another_run_and_another_visitor_are_told_anew(visits: Visits) -> None:
    visit = visits()
    visit.run(READ)
    visit.wait(SECOND)
    visit.answer = {"body": json.dumps(FLAGS).replace('"run": "a"', '"run": "b"')}
    visit.page.goto(f"{SITE}other")
    visit.run(READ)
    visit.wait(SECOND)
    assert visit.sent() == [["banner"]]
    visit.context.clear_cookies()
    visit.page.goto(SITE)
    visit.run(READ)
    visit.wait(SECOND)
    assert visit.sent() == [["banner"]]
