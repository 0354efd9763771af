"""How long a design takes: by the project's own numbers, or by what is typed."""

from urllib.parse import urlencode

import pytest

from app.experiments.designs import Design, GoalUse
from app.models import GoalRole, Role
from tests.measured import PURCHASE, Measured, noon, planned, started
from tests.pages.reading import Element, page
from tests.world import Browser, World

HALVES = {"variants-0-weight": "50", "variants-1-weight": "50", "traffic_allocation": "100"}


@pytest.fixture
def draft(world: World) -> Measured:
    """A draft in a project that has seen nobody yet."""
    return planned(world, world.project())


def browser(measured: Measured) -> Browser:
    world = measured.world
    return world.browser(world.member(measured.project, Role.MARKETER))


def shown(measured: Measured, **typed: str) -> Element:
    address = measured.page.replace("/result", "/design/duration")
    return page(browser(measured).get(f"{address}?{urlencode(typed)}")).the("div", id="duration")


def rows(found: Element) -> list[list[str]]:
    return [
        [cell.text for cell in row.every("th") + row.every("td")]
        for row in found.the("tbody").every("tr")
    ]


def test_what_is_typed_is_reckoned_with(draft: Measured) -> None:
    found = shown(draft, daily="1000", rate="5")
    assert rows(found) == [
        ["5 %", "486,722", "487 days"],
        ["10 %", "111,961", "112 days"],
        ["25 %", "17,918", "18 days"],
    ]
    assert "By 1,000 visitors a day, 5.0 % of them convert." in found.text


@pytest.mark.parametrize("daily", ["2,000", "2 000", "2.000", "2\u202f000", "2'000"])
def test_thousands_may_be_set_apart(draft: Measured, daily: str) -> None:
    assert "By 2,000 visitors a day" in shown(draft, daily=daily, rate="5").text


def test_a_smaller_part_of_the_visitors_and_an_uneven_split_take_longer(draft: Measured) -> None:
    typed = {"daily": "1000", "rate": "5"}
    half = shown(draft, **typed, **{**HALVES, "traffic_allocation": "50"})
    assert rows(half)[2] == ["25 %", "17,918", "36 days"]
    assert "By 500 of 1,000 visitors a day" in half.text
    uneven = {**HALVES, "variants-0-weight": "90", "variants-1-weight": "10"}
    assert rows(shown(draft, **typed, **uneven))[2] == ["25 %", "45,086", "46 days"]


@pytest.mark.parametrize(
    "typed",
    [
        {"variants-0-weight": "50", "variants-1-weight": "-50"},
        {"variants-0-weight": "-50", "variants-1-weight": "150"},
        {"traffic_allocation": "500"},
    ],
)
def test_of_a_share_that_cannot_be_it_says_so(draft: Measured, typed: dict[str, str]) -> None:
    found = shown(draft, daily="1000", rate="5", **{**HALVES, **typed})
    assert "A share is between 0 and 100 %." in found.text


def test_until_traffic_is_typed_it_is_that_of_the_design(draft: Measured) -> None:
    assert rows(shown(draft, daily="1000", rate="5", traffic_allocation=""))[2][2] == "18 days"


def test_what_nobody_waits_for_has_a_longer_bar_than_what_can_be_found(draft: Measured) -> None:
    bars = shown(draft, daily="200", rate="5").the("tbody").every("rect")
    assert [each.attributes["width"] for each in bars] == ["160", "90", "14"]


def test_the_minimum_of_days_is_the_least(draft: Measured) -> None:
    much = {"daily": "100000", "rate": "5"}
    assert rows(shown(draft, **much))[2] == ["25 %", "17,918", "7 days"]
    assert rows(shown(draft, **much, minimum_days="14"))[2] == ["25 %", "17,918", "14 days"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "Give a number of visitors a day: the project has not seen any"),
        ({"daily": "1_000", "rate": "5"}, "Give a whole number of visitors a day"),
        ({"daily": "2,00", "rate": "5"}, "Give a whole number of visitors a day, as 2000."),
        ({"daily": "0.500", "rate": "5"}, "Give a whole number of visitors a day, as 2000."),
        ({"daily": "-5", "rate": "5"}, "Give a whole number of visitors a day, as 2000."),
        ({"daily": "1000"}, "Give a rate: nobody has reached the primary goal"),
        ({"daily": "1000", "rate": "0"}, "Give a rate between 0 and 100 %."),
        ({"daily": "1000", "rate": "much"}, "Give a percentage, as 50 or 33.34."),
        ({"daily": "9", "rate": "5", "variants-0-weight": "x"}, "Give a percentage"),
        ({"daily": "9", "rate": "5", "variants-0-weight": "100"}, "Nobody can be compared"),
        ({"daily": "9", "rate": "5", "traffic_allocation": "0"}, "Nobody can be compared"),
    ],
)
def test_what_cannot_be_reckoned_with_is_said(
    draft: Measured, typed: dict[str, str], said: str
) -> None:
    assert said in shown(draft, **typed).text


def test_the_projects_own_traffic_and_rate_are_taken_where_nothing_is_typed(world: World) -> None:
    seen = started(world, world.project(), name="Seen")
    for day in (1, 2):
        seen.come(0, 100, noon(day), purchase=20)
        seen.come(1, 100, noon(day), purchase=20)
    draft = planned(world, seen.project)
    assert "By 200 visitors a day, 20.0 % of them convert." in shown(draft).text
    other = Design(goals=(GoalUse("signup", GoalRole.PRIMARY),))
    unreached = planned(world, seen.project, other, name="Other")
    assert "nobody has reached the primary goal" in shown(unreached).text
    of_the_other = {"goals-0-key": "purchase", "goals-0-role": "primary"}
    assert "20.0 % of them convert" in shown(unreached, **of_the_other).text


def test_the_launch_check_says_how_long_it_takes(world: World) -> None:
    seen = started(world, world.project(), PURCHASE, name="Seen")
    draft = planned(world, seen.project)

    def line() -> str:
        address = draft.page.replace("/result", "/launch-check")
        found = page(browser(draft).get(address)).the("ul", class_="checks")
        (text,) = [each.text for each in found.every("li") if "How long" in each.text]
        return text

    assert "has not been visited enough" in line()
    seen.come(0, 400, noon(1), purchase=80)
    seen.come(1, 400, noon(1), purchase=80)
    assert "A real difference of 10 % most likely shows within 30 days." in line()
