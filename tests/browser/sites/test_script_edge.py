"""switchyard.js where pages decide by themselves, from the document of what runs."""

import json
from typing import Any

import pytest

from app.serving.bucketing import listed_as
from tests.browser.sites.visits import LOADER, READ, SECOND, SERVER, SITE, Visit, Visits

EDGE = LOADER.replace('key: "sdk_client_1",', 'key: "sdk_client_1", edge: true,')
HOUR = 3600 * SECOND
SPLIT = {"allocation": 10_000, "audience": []}
EVERYBODY_TREATED = {
    **SPLIT,
    "key": "banner",
    "salt": "5a17",
    "split": [0, 10_000],
    "variants": [{"key": "control", "value": "control"}, {"key": "b", "value": "treatment"}],
}
ON_CHECKOUT = [[{"attribute": "page", "operator": "contains", "values": ["/checkout"]}]]


def document(*experiments: dict[str, Any]) -> dict[str, str]:
    """The answer with a document of what runs."""
    shipped = [{"key": "shipped", "value": "bold", "variant": "b", "reason": "STATIC"}]
    made = {"experiments": experiments, "shipped": shipped}
    return {"body": json.dumps({**made, "fresh_seconds": 5, "away_seconds": 3600})}


RUNNING, PAUSED = document(EVERYBODY_TREATED), document()
READ_AT_ONCE = "switchyard.ready.then(() => switchyard.variant('banner', 'fallback'))"
FRESH = {"away_seconds": 9, "experiments": []}
AWAY = {"status": 503, "body": "{}"}


def again(visit: Visit, answer: dict[str, Any] | None) -> None:
    """Go to another page, where the document is answered so."""
    visit.answer = answer
    visit.page.goto(f"{SITE}other")


def test_a_page_decides_by_itself_and_counts_who_has_seen_it(visits: Visits) -> None:
    visit = visits(EDGE, answer=RUNNING)
    assert visit.run(READ) == "treatment"
    assert visit.run("switchyard.variant('shipped')") == "bold"
    assert [each.url for each in visit.evaluations] == [f"{SERVER}/edge/v1/sdk_client_1.json"]
    visit.wait(SECOND)
    assert visit.sent() == [["banner"]]


def test_whoever_always_sees_a_variant_sees_it_in_the_page_too_and_sends_no_exposure(
    visits: Visits,
) -> None:
    named = {**EVERYBODY_TREATED, "allocation": 0, "always": {listed_as("5a17", "qa-1"): 0}}
    visit = visits(
        EDGE.replace("edge: true,", 'edge: true, visitor: "qa-1",'), answer=document(named)
    )
    assert visit.run(READ) == "control"
    visit.wait(2 * SECOND)
    assert visit.sent() == []


def test_another_address_of_the_document_may_be_a_cdns(visits: Visits) -> None:
    cdn = EDGE.replace("edge: true", f'edge: "{SERVER}/edge/cdn.json"')
    visit = visits(cdn, answer=RUNNING)
    assert visit.run(READ) == "treatment"
    assert [each.url for each in visit.evaluations] == [f"{SERVER}/edge/cdn.json"]


def test_from_the_second_page_on_nothing_is_waited_for(visits: Visits) -> None:
    visit = visits(EDGE, answer=RUNNING)
    visit.run(READ)
    again(visit, None)
    assert visit.run(READ) == "treatment"


def test_a_pause_reaches_the_page_when_it_asks_again(visits: Visits) -> None:
    visit = visits(EDGE, answer=RUNNING)
    visit.run(READ)
    visit.run(
        "window.seen = []; switchyard.watch('banner', 'original', (value) => seen.push(value))"
    )
    visit.answer = PAUSED
    visit.run("switchyard.refresh()")
    assert visit.run("seen") == ["treatment", "original"]
    again(visit, PAUSED)
    assert visit.run(READ) == "fallback"


def test_while_nobody_answers_the_last_document_is_good_for_an_hour(visits: Visits) -> None:
    visit = visits(EDGE, answer=RUNNING)
    visit.run(READ)
    visit.answer = AWAY
    visit.wait(HOUR - SECOND)
    visit.run("switchyard.refresh()")
    assert visit.run(READ) == "treatment"
    visit.wait(2 * SECOND)
    visit.run("switchyard.refresh()")
    assert visit.run(READ) == "fallback"
    again(visit, AWAY)
    assert visit.run(READ) == "fallback"


def test_who_takes_part_is_decided_in_the_page(visits: Visits) -> None:
    visit = visits(EDGE, answer=document({**EVERYBODY_TREATED, "audience": ON_CHECKOUT}))
    assert visit.run(READ) == "fallback"
    visit.page.goto(f"{SITE}checkout?step=1")
    assert visit.run(READ) == "treatment"


def test_withdrawn_consent_takes_the_document_away_too(visits: Visits) -> None:
    visit = visits(EDGE, answer=RUNNING)
    visit.run(READ)
    assert visit.run("localStorage.length") == 1
    visit.run("switchyard.consent(false)")
    assert visit.run("localStorage.length") == 0


HIDING = LOADER.replace('key: "sdk_client_1",', 'key: "sdk_client_1", hide: "h1",')
IS_HIDDEN = "getComputedStyle(document.querySelector('h1')).visibility === 'hidden'"


def test_what_changes_may_be_hidden_until_it_is_known_and_for_a_second_at_most(
    visits: Visits,
) -> None:
    visit = visits(HIDING)
    visit.run(READ)
    assert visit.run(IS_HIDDEN) is False
    hanging = visits(HIDING, answer=None)
    assert hanging.run(IS_HIDDEN) is True
    hanging.wait(SECOND)
    assert hanging.run(IS_HIDDEN) is False


@pytest.mark.parametrize(
    ("selector", "before"),
    [("h1[", ""), ("h1", "delete Document.prototype.adoptedStyleSheets;")],
    ids=["a broken selector", "a browser of 2018"],
)
def test_where_nothing_can_be_hidden_the_lines_work(
    visits: Visits, selector: str, before: str
) -> None:
    visit = visits(HIDING.replace('hide: "h1"', f'hide: "{selector}"'), before)
    assert visit.run(IS_HIDDEN) is False
    assert visit.run(READ) == "treatment"


@pytest.mark.parametrize(
    "kept",
    [
        {"document": 5, "events": 5},
        {"document": {"at": 0, "document": {"away_seconds": 9}}, "events": [5]},
        {"document": {"at": 0, "document": {**FRESH, "shipped": [None]}}, "events": [[0, "x"]]},
    ],
)
def test_whatever_stands_in_the_browsers_store_the_page_goes_on(
    visits: Visits, kept: dict[str, Any]
) -> None:
    before = "".join(
        f"localStorage.setItem('switchyard_{name}_sdk_client_1', {json.dumps(json.dumps(what))});"
        for name, what in kept.items()
    )
    visit = visits(EDGE, before, answer=AWAY)
    assert visit.run(READ) == "fallback"
    assert visit.run("typeof switchyard.visitor") == "string"


HOLD = """
  const answered = window.fetch;
  window.fetch = async (...asked) => {
    await new Promise((release) => { window.release = release; });
    delete window.release;
    return answered(...asked);
  };
"""
IS_ASKED = "window.release !== undefined"


def test_a_document_on_its_way_when_consent_is_withdrawn_is_not_kept(visits: Visits) -> None:
    visit = visits(EDGE, HOLD, answer=RUNNING)
    visit.page.wait_for_function(IS_ASKED)
    visit.run("switchyard.consent(false); release()")
    assert visit.run("switchyard.ready.then(() => localStorage.length)") == 0


def test_events_on_their_way_when_consent_is_withdrawn_are_not_kept(visits: Visits) -> None:
    visit = visits(before=f"{HOLD} answers = ['away'];")
    visit.run(f"release(); {READ}")
    visit.wait(SECOND)
    assert visit.run(IS_ASKED)
    visit.run("switchyard.consent(false); release()")
    visit.wait(10 * SECOND)
    visit.run("window.dispatchEvent(new Event('pagehide'))")
    assert (visit.run("localStorage.length"), visit.sent()) == (0, [["banner"]])


def test_a_name_that_the_browser_keeps_for_itself_stops_no_other(visits: Visits) -> None:
    visit = visits(LOADER.replace('})("switchyard"', '})("document"') + LOADER)
    assert visit.run(READ) == "treatment"
    assert "Switchyard: document is no name that can be had." in visit.warnings


NEW_ALONE = [[{"attribute": "visitor", "operator": "is", "values": ["new"]}]]


def test_a_page_that_is_prepared_decides_and_counts_nobody_until_it_is_shown(
    visits: Visits,
) -> None:
    prepared = "Object.defineProperty(document, 'prerendering', { get: () => !window.isShown });"
    of_new = document({**EVERYBODY_TREATED, "audience": NEW_ALONE})
    visit = visits(EDGE, answer=of_new, before=prepared)
    assert visit.run(READ) == "treatment"
    visit.wait(2 * SECOND)
    assert visit.sent() == []
    visit.run("isShown = true; document.dispatchEvent(new Event('prerenderingchange'))")
    visit.wait(SECOND)
    assert visit.sent() == [["banner"]]


def test_own_visits_see_what_runs_and_count_nothing(visits: Visits) -> None:
    visit = visits(EDGE, answer=RUNNING, before="document.cookie = 'switchyard_own=1';")
    assert visit.run(READ) == "treatment"
    visit.run("switchyard.track('order')")
    visit.wait(2 * SECOND)
    assert visit.sent() == []
