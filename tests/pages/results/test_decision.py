"""Deciding on the result page: one press from what wins to everybody seeing it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.experiments.designs import GoalUse
from app.models import GoalRole, Role, Status, now
from tests.api.asking import with_key
from tests.measured import PURCHASE, Measured, noon, planned, started
from tests.pages.reading import Element, errors, flashed, page, refused
from tests.world import Browser, World

AT_ONCE = replace(PURCHASE, minimum_visitors=0)


def measured_as(world: World, treatment: int) -> Measured:
    """A run in which 120 of 300 got there by the original, and so many of 300 by the other."""
    measured = started(world, world.project(), AT_ONCE)
    measured.come(0, 300, noon(10), purchase=120)
    measured.come(1, 300, noon(9), purchase=treatment)
    measured.look()
    return measured


def browser_of(measured: Measured, role: Role = Role.MARKETER) -> Browser:
    return measured.world.browser(measured.world.member(measured.project, role))


def filled_in(browser: Browser, measured: Measured) -> dict[str, str]:
    """Return what the form sends where nobody changes anything in it."""
    section = page(browser.get(measured.page)).the("section", class_="decision")
    fields = [each.attributes for each in section.every("form")[-1].every("input")]
    return {
        each["name"]: each["value"]
        for each in fields
        if each["type"] == "hidden" or "checked" in each
    }


def decide(browser: Browser, measured: Measured, **changed: str) -> list[str]:
    """Send the form, and return what the page says then."""
    fields = filled_in(browser, measured) | {"csrf_token": browser.csrf_token} | changed
    answer = browser.client.post(measured.page, data=fields)
    assert answer.status_code == 302, errors(answer)
    return flashed(browser.get(answer.location))


def badge_on(found: Element) -> str:
    return found.the("div", class_="head").the("p").text


@pytest.mark.parametrize(
    ("treatment", "suggested"),
    [(210, "ship treatment"), (30, "lost"), (122, None)],
)
def test_what_the_verdict_says_is_chosen_already_and_nothing_where_it_is_undecided(
    world: World, treatment: int, suggested: str | None
) -> None:
    measured = measured_as(world, treatment)
    assert filled_in(browser_of(measured), measured).get("decision") == suggested


def test_a_winner_that_is_not_sure_any_more_is_not_chosen_already(world: World) -> None:
    measured = measured_as(world, 210)
    measured.come(0, 1000, noon(8), purchase=900)
    measured.come(1, 1000, noon(8), purchase=700)
    browser = browser_of(measured)
    verdict = page(browser.get(measured.page)).the("section", class_="verdict open").text
    assert verdict.startswith("Called a winner, no longer sure Treatment was called the winner:")
    assert "decision" not in filled_in(browser, measured)
    assert "What was called is not sure any more" in caution(browser, measured)


def test_a_broken_split_and_what_it_has_withdrawn_are_said_where_it_could_be_shipped(
    world: World,
) -> None:
    measured = measured_as(world, 210)
    browser = browser_of(measured)
    assert caution(browser, measured) == ""
    measured.come(0, 2000, noon(8), purchase=900)
    measured.look(now() + timedelta(hours=1))
    assert "The split is broken" in caution(browser, measured)
    measured.come(1, 2000, noon(8), purchase=900)
    assert "What was called no longer stands" in caution(browser, measured)


def caution(browser: Browser, measured: Measured) -> str:
    """Return what the form says against shipping anything."""
    section = page(browser.get(measured.page)).the("section", class_="decision")
    return " ".join(each.text for each in section.every("p", id="decision-caution"))


def test_one_press_ships_what_wins(world: World) -> None:
    measured = measured_as(world, 210)
    browser = browser_of(measured)
    (told,) = decide(browser, measured, learned="Green sells.")
    assert "everybody sees “Treatment”" in told
    assert world.reload(measured.experiment).is_shipped
    assert world.entries(measured.experiment)[-1].reason == "Green sells."
    assert badge_on(page(browser.get(measured.page))) == (
        "Paused Outcome: Won Everybody sees Treatment"
    )


@pytest.mark.parametrize("outcome", ["lost", "inconclusive"])
def test_the_original_is_kept_with_the_outcome(world: World, outcome: str) -> None:
    measured = measured_as(world, 210)
    decide(browser_of(measured), measured, decision=outcome)
    now = world.reload(measured.experiment)
    assert (now.status, now.conclusion, now.is_shipped) == (Status.STOPPED, outcome, False)


def test_what_was_learned_stands_beside_the_decision(world: World) -> None:
    measured = measured_as(world, 210)
    browser = browser_of(measured)
    decide(browser, measured, learned="Bold sells.")
    assert "Bold sells." in page(browser.get(measured.page)).the("section", class_="decision").text


def test_where_nothing_is_chosen_the_form_asks_for_it(world: World) -> None:
    measured = measured_as(world, 122)
    browser = browser_of(measured)
    answer = browser.client.post(measured.page, data=filled_in(browser, measured))
    assert answer.status_code == 400
    assert "Choose one." in page(answer).the("section", class_="problems").text
    assert world.reload(measured.experiment).status is Status.RUNNING


def test_what_was_changed_since_the_page_was_opened_is_not_decided(world: World) -> None:
    measured = measured_as(world, 210)
    browser = browser_of(measured)
    fields = filled_in(browser, measured)
    path = f"/api/admin/experiments/{measured.experiment.public_id}"
    with_key(world, measured.project)("PATCH", path, {"name": "Another"})
    answer = browser.client.post(measured.page, data=fields)
    assert "changed after you looked" in errors(answer)[""]
    assert world.reload(measured.experiment).status is Status.RUNNING


def test_what_was_archived_meanwhile_says_that_nothing_can_be_decided(world: World) -> None:
    measured = measured_as(world, 210)
    browser = browser_of(measured)
    fields = filled_in(browser, measured)
    measured.turn(Status.STOPPED, noon(0))
    world.archive(measured.experiment)
    answer = browser.client.post(measured.page, data=fields)
    (told,) = refused(browser.get(answer.location))
    assert "Nothing can be decided here any more" in told


def test_what_is_shipped_is_served_no_more_from_there_too(world: World) -> None:
    measured = measured_as(world, 210)
    browser = browser_of(measured)
    decide(browser, measured)
    browser.submit(f"{measured.page}/stop-serving")
    now = world.reload(measured.experiment)
    assert (now.is_shipped, now.conclusion) == (False, "won")


def test_a_viewer_and_a_run_that_is_no_more_the_present_one_have_nothing_to_decide(
    world: World,
) -> None:
    measured = measured_as(world, 210)
    assert not page(browser_of(measured, Role.VIEWER).get(measured.page)).every(
        "section", class_="decision"
    )
    for status in (Status.STOPPED, Status.DRAFT, Status.RUNNING):
        measured.turn(status, noon(0))
    found = page(browser_of(measured).get(f"{measured.page}?run=1"))
    assert not found.every("section", class_="decision")


def test_a_guardrail_that_suffers_is_for_somebody_to_weigh(world: World) -> None:
    design = replace(AT_ONCE, goals=(*PURCHASE.goals, GoalUse("complaints", GoalRole.GUARDRAIL)))
    measured = started(world, world.project(), design, less=("complaints",))
    measured.come(0, 300, noon(10), purchase=60, complaints=30)
    measured.come(1, 300, noon(9), purchase=210, complaints=150)
    measured.look()
    assert "decision" not in filled_in(browser_of(measured), measured)


def test_what_wins_by_a_day_of_unusually_many_is_for_somebody_to_weigh(world: World) -> None:
    measured = started(world, world.project(), AT_ONCE)
    for days in (7, 8, 9, 10):
        measured.come(0, 30, noon(days), purchase=3)
        measured.come(1, 30, noon(days), purchase=3)
    measured.come(0, 300, noon(3), purchase=30)
    measured.come(1, 300, noon(3), purchase=250)
    measured.look()
    browser = browser_of(measured)
    assert "Unusually many visitors" in browser.get(measured.page).text
    assert "decision" not in filled_in(browser, measured)


def test_a_draft_has_nothing_to_decide(world: World) -> None:
    measured = planned(world, world.project())
    found = page(browser_of(measured).get(measured.page))
    assert not found.every("section", class_="decision")


def test_what_is_decided_is_not_asked_again_when_it_is_archived(world: World) -> None:
    measured = measured_as(world, 210)
    browser = browser_of(measured)
    decide(browser, measured)
    found = page(browser.get(measured.page.removesuffix("/result")))
    archive = found.the("button", id=f"archive-{measured.experiment.test_id}").attributes
    assert "data-asks-conclusion" not in archive
    assert "Everybody sees “Treatment” now" in archive["data-consequence"]
    assert "Its outcome stays: Won." in archive["data-consequence"]


def test_the_list_finds_what_is_shipped_and_says_what_everybody_sees(world: World) -> None:
    measured = measured_as(world, 210)
    browser = browser_of(measured)
    world.experiment(measured.project, Status.STOPPED, "Another")
    world.ship(measured.experiment)
    listed = page(browser.get(f"/projects/{measured.project.key}?shipped=yes"))
    (row,) = listed.the("tbody").every("tr")
    assert "Paused Outcome: Won Everybody sees Treatment" in row.text
