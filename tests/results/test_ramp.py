"""Results through a rise of traffic: told from when, and right before and after it."""

from datetime import timedelta

import pytest
from numpy.random import default_rng

from app.api.admin.results import document
from app.experiments import lookup
from app.experiments.designs import Design, GoalUse
from app.models import GoalRole, TrafficRise
from app.pages.results.words import traffic_label
from app.results import outlook, past, report
from app.results.report import Report
from app.results.statistics.sample_ratio import is_mismatched, mismatch_p_value
from app.serving import bucketing
from tests.conftest import on_both_databases
from tests.measured import Measured, days_ago, noon, started
from tests.pages.reading import page
from tests.results.test_unusual_days import FIRST, found
from tests.world import World

AT_FIVE = Design(traffic_allocation=500, goals=(GoalUse("purchase", GoalRole.PRIMARY),))


@pytest.fixture
def raised(world: World) -> Measured:
    """Ten days at 5 %, with 10 visitors a day, and four at 50 %, with 100 of them."""
    measured = started(world, world.project(), AT_FIVE, days=14)
    world.raise_traffic(measured.experiment, 5_000)
    world.execute(
        "UPDATE traffic_rise SET at = :at, day = :day",
        at=f"{days_ago(4):%Y-%m-%d %H:%M:%S.%f}",
        day=f"{days_ago(4):%Y-%m-%d}",
    )
    for days in range(14, 4, -1):
        measured.come(days % 2, 10, noon(days), purchase=2)
    for days in range(3, 0, -1):
        measured.come(days % 2, 100, noon(days), purchase=20)
    return measured


def reported(measured: Measured) -> Report:
    with measured.world.app.app_context():
        experiment = measured.world.reload(measured.experiment)
        return report.of(lookup.subject(experiment))


@on_both_databases
def test_a_forecast_is_made_of_the_visitors_at_the_traffic_of_now(raised: Measured) -> None:
    daily = outlook.daily_visitors(reported(raised).findings)
    assert daily
    assert daily == pytest.approx(400 / (4 + 10 * 500 / 5_000), rel=0.01)
    with raised.world.app.app_context():
        assert past.of(raised.project.id, "purchase").daily == pytest.approx(200)


def test_the_page_and_the_answer_say_from_when(raised: Measured) -> None:
    shown = reported(raised)
    said = traffic_label(shown)
    day = f"{days_ago(4):%-d %b %Y}"
    assert said == f"5 % of its audience until {day}, 50 % since"
    browser = raised.world.browser(raised.world.member(raised.project))
    read = page(browser.get(raised.page))
    assert sum(said in each.text for each in read.every("p", class_="about")) == 2
    first, second = document.of(shown)["traffic"]
    assert (first["traffic_allocation"], second["traffic_allocation"]) == (5, 50)
    assert (first["until"], second["until"]) == (second["since"], None)


def test_what_came_and_went_on_one_day_is_not_named(raised: Measured) -> None:
    for share in (6_000, 7_000, 8_000):
        raised.world.raise_traffic(raised.experiment, share)
    said = traffic_label(reported(raised))
    rose, today = (f"{days_ago(each):%-d %b %Y}" for each in (4, 0))
    assert said == f"5 % of its audience until {rose}, 50 % until {today}, 80 % since"


def test_where_traffic_never_rose_the_page_says_nothing_of_it(world: World) -> None:
    shown = reported(started(world, world.project(), AT_FIVE))
    assert traffic_label(shown) == ""
    assert [each["until"] for each in document.of(shown)["traffic"]] == [None]


def test_more_visitors_since_a_rise_are_not_unusual_and_a_burst_after_it_is() -> None:
    rise = TrafficRise(run_id=1, day=FIRST + timedelta(days=4), before=500, after=5_000)
    visitors = [100, 110, 90, 100, 700, 1_000, 1_100, 900]
    assert found(visitors)
    assert found(visitors, [rise]) == []
    burst = found([*visitors, 9_000, 1_000], [rise])
    assert [(each.visitors, each.usual) for each in burst] == [(9_000, 1_000)]


def test_the_split_is_as_designed_before_a_rise_and_after_it() -> None:
    weights, dice = [3_000, 3_000, 4_000], default_rng(9)
    split, flagged = bucketing.ends(weights), 0
    for run in range(60):
        seen = [0, 0, 0]
        units = [f"{unit:08x}" for unit in dice.integers(0, 2**32, 3_000)]
        for share, coming in ((500, units[:1_500]), (5_000, units[1_500:])):
            for unit in coming:
                position = bucketing.variant_of(f"salt-{run}", share, split, unit)
                if position is not None:
                    seen[position] += 1
            flagged += is_mismatched(mismatch_p_value(seen, weights))
    assert flagged == 0
