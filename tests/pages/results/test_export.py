"""A result as files: every number of the page is computed elsewhere from them."""

import csv
import io
import json
import math
from collections import defaultdict
from typing import Any

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep

from app.experiments.designs import Design, GoalUse
from app.models import GoalRole, now
from app.results import exclusions
from app.results.days.period import DayRange
from app.results.exclusions import NewExclusion
from tests.api.asking import with_key
from tests.means import earning, evenly, spend
from tests.measured import Measured, noon, started
from tests.world import COMMAND_LINE, World

GOALS = (GoalUse("purchase", GoalRole.PRIMARY), GoalUse("complaint", GoalRole.GUARDRAIL))


@pytest.fixture
def measured(world: World) -> Measured:
    """A live experiment with a guardrail, two kept looks, and visitors since."""
    measured = started(world, world.project(), Design(goals=GOALS), less=("complaint",))
    measured.come(0, 800, noon(3), 10.0, purchase=120, complaint=60)
    measured.come(1, 780, noon(3), 12.5, purchase=130, complaint=50)
    measured.look(noon(2))
    measured.come(0, 700, noon(2), 10.0, purchase=100, complaint=50)
    measured.come(1, 720, noon(2), 12.5, purchase=140, complaint=45)
    measured.look(noon(1))
    measured.come(0, 90, now(), purchase=12)
    measured.come(1, 95, now(), purchase=11)
    return measured


def fetched(measured: Measured, name: str) -> str:
    world = measured.world
    browser = world.browser(world.member(measured.project))
    answer = browser.get(measured.page.replace("/result", f"/{name}"))
    assert answer.status_code == 200
    assert measured.experiment.key in answer.headers["Content-Disposition"]
    return answer.get_data(as_text=True)


def lines(measured: Measured, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in fetched(measured, f"{name}.jsonl").splitlines()]


def results(measured: Measured) -> dict[str, Any]:
    answer = with_key(measured.world, measured.project)("GET", measured.names, None)
    assert answer.json
    return answer.json


def totals(measured: Measured, goal: str) -> dict[str, tuple[int, int]]:
    """The visitors and the conversions of each variant, summed up from the file."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in lines(measured, "result"):
        if row["goal"] == goal:
            sums[row["variant"]][0] += row["visitors"]
            sums[row["variant"]][1] += row["conversions"]
    return {variant: (visitors, reached) for variant, (visitors, reached) in sums.items()}


def sequential(row: dict[str, Any]) -> tuple[float, float]:
    """The interval of one look by itself, from its counts."""
    arms = [(row["control_visitors"], row["control_conversions"])]
    arms += [(row["visitors"], row["conversions"])]
    variance = sum((n - c) / (n * c) for n, c in arms)
    (n, c), (m, d) = arms
    estimate, mixed = math.log(d / m) - math.log(c / n), variance + 0.15**2
    threshold = math.log1p(math.sqrt(mixed / variance) * row["comparisons"] / 0.1)
    radius = math.sqrt(2 * variance * mixed / 0.15**2 * threshold)
    return math.expm1(estimate - radius), math.expm1(estimate + radius)


@pytest.mark.parametrize("name", ["result", "looks"])
def test_a_table_has_the_same_as_the_lines(measured: Measured, name: str) -> None:
    table = csv.DictReader(io.StringIO(fetched(measured, f"{name}.csv").lstrip("\ufeff")))
    as_text = [
        {key: "" if value is None else str(value) for key, value in row.items()}
        for row in lines(measured, name)
    ]
    assert [dict(row) for row in table] == as_text
    assert len(as_text) > 3


@pytest.mark.parametrize("goal", ["purchase", "complaint"])
def test_what_holds_for_one_look_is_computed_from_the_counts(measured: Measured, goal: str) -> None:
    (n, c), (m, d) = totals(measured, goal)["control"], totals(measured, goal)["treatment"]
    told = next(each for each in results(measured)["goals"] if each["key"] == goal)
    treatment = told["variants"][1]
    low, high = confint_proportions_2indep(
        d, m, c, n, compare="ratio", method="score", correction=False
    )
    assert treatment["improvement"] == pytest.approx((d / m) / (c / n) - 1)
    assert treatment["interval"] == pytest.approx({"low": low - 1, "high": high - 1})
    chi_square = stats.chi2_contingency([[c, n - c], [d, m - d]], correction=False)
    assert treatment["p_value"] == pytest.approx(chi_square.pvalue)


def test_the_check_of_the_split_is_computed_from_the_counts(measured: Measured) -> None:
    seen = [visitors for visitors, _ in totals(measured, "purchase").values()]
    whole = np.array(sum(seen))
    intended = stats.multinomial.logpmf(seen, whole, [0.5, 0.5])
    mixed = [stats.dirichlet_multinomial.logpmf(seen, [a, a], whole) for a in (50, 5_000)]
    expected = min(1.0, 1 / np.exp(np.array(mixed) - intended).mean())
    assert results(measured)["sample_ratio"]["p_value"] == pytest.approx(expected)


def test_what_looks_have_established_is_computed_from_their_counts(measured: Measured) -> None:
    looks = [row for row in lines(measured, "looks") if row["goal"] == "purchase"]
    assert len(looks) == 2
    low, high = -1.0, math.inf
    for row in looks:
        own = sequential(row)
        low, high = max(low, own[0]), min(high, own[1])
        assert (row["low"], row["high"]) == pytest.approx((low, high))
    present = results(measured)["goals"][0]["variants"][1]["sequential_interval"]
    (n, c), (m, d) = (totals(measured, "purchase")[key] for key in ("control", "treatment"))
    own = sequential(
        {
            "control_visitors": n,
            "control_conversions": c,
            "visitors": m,
            "conversions": d,
            "comparisons": 1,
        }
    )
    assert present == pytest.approx({"low": max(low, own[0]), "high": min(high, own[1])})


def test_of_days_that_are_left_out_a_look_says_how_many_could_have_been(
    measured: Measured,
) -> None:
    measured.come(0, 700, noon(1), purchase=100)
    measured.come(1, 720, noon(1), purchase=140)
    with measured.world.app.app_context():
        ids = (measured.project.id, measured.experiment.test_id)
        day = noon(2).date()
        exclusions.leave_out(*ids, NewExclusion(DayRange(day, day), "Bots."), COMMAND_LINE)
    *before, look = (row for row in lines(measured, "looks") if row["goal"] == "purchase")
    assert [each["comparisons"] for each in before] == [None, None]
    assert look["comparisons"] == 15
    assert (look["low"], look["high"]) == pytest.approx(sequential(look))


def test_what_is_found_of_means_is_computed_from_the_files(world: World) -> None:
    measured, goal_id = earning(world, world.project(), window=2)
    spend(measured, goal_id, 0, 10, evenly(1_500, 300, 50.0))
    spend(measured, goal_id, 1, 10, evenly(1_480, 340, 52.0))
    spend(measured, goal_id, 0, 1, evenly(200, 90, 50.0))
    measured.look()
    arms = []
    for variant in ("control", "treatment"):
        rows = [row for row in lines(measured, "result") if row["variant"] == variant]
        counted = [row for row in rows if row["cohort"] == "counted"]
        n, total, squares = (
            sum(row[name] for row in counted) for name in ("visitors", "measured", "squares")
        )
        mean = total / n
        arms.append((mean, (squares / n - mean**2) / n / mean**2))
    told = results(measured)["goals"][0]["variants"][1]
    estimate, variance = math.log(arms[1][0] / arms[0][0]), arms[0][1] + arms[1][1]
    assert told["mean"] == pytest.approx(arms[1][0])
    assert told["improvement"] == pytest.approx(math.expm1(estimate))
    low, high = stats.norm.interval(0.95, estimate, math.sqrt(variance))
    assert told["interval"] == pytest.approx({"low": math.expm1(low), "high": math.expm1(high)})
    assert told["p_value"] == pytest.approx(2 * stats.norm.sf(abs(estimate) / math.sqrt(variance)))
    (look,) = lines(measured, "looks")
    mixed = variance + 0.15**2
    threshold = math.log1p(math.sqrt(mixed / variance) * look["comparisons"] / 0.1)
    radius = math.sqrt(2 * variance * mixed / 0.15**2 * threshold)
    bounds = math.expm1(estimate - radius), math.expm1(estimate + radius)
    assert (look["low"], look["high"]) == pytest.approx(bounds)
    assert look["measured"] / look["visitors"] == pytest.approx(arms[1][0])
