"""Results over JSON: /v2 in percent for those who poll it, /api/admin with everything there is."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.accounts import api_keys
from app.api.admin.results import rows
from app.experiments.designs import Design, GoalUse, VariantDesign
from app.models import GoalRole, KeyType, Role, Status
from app.results.verdict import Verdict, VerdictKind
from app.tenancy import projects
from tests.api.asking import CALLERS, in_browser, with_key
from tests.conftest import on_both_databases
from tests.means import Spent, earning, spend
from tests.measured import Measured, days_ago, golden, noon, planned, started
from tests.world import COMMAND_LINE, World

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
THIRDS = (3334, 3333, 3333)
FULL = Design(
    goals=(GoalUse("purchase", GoalRole.PRIMARY), GoalUse("complaints", GoalRole.GUARDRAIL))
)


def by_integers(measured: Measured, query: str = "") -> dict[str, Any]:
    ask = with_key(measured.world, measured.project)
    answer = ask("GET", f"{measured.integers}{query}", None)
    assert answer.status_code == 200, answer.json
    assert answer.json
    return answer.json


def by_names(measured: Measured, query: str = "") -> dict[str, Any]:
    ask = with_key(measured.world, measured.project)
    answer = ask("GET", f"{measured.names}{query}", None)
    assert answer.status_code == 200, answer.json
    assert answer.json
    return answer.json


def purchase(world: World) -> dict[str, Any]:
    """The goal as /v2 shows it."""
    (row,) = world.execute("SELECT id FROM goal WHERE key = 'purchase'")
    return {
        "goal_profile_id": row.id,
        "goal_key": "purchase",
        "goal_name": "Purchase",
        "goal_type": "event",
        "goal_value": "purchase",
        "wanted": "more",
    }


def moment(text: str) -> datetime:
    """A moment as it is written: to the millisecond, in UTC."""
    assert MOMENT.fullmatch(text)
    return datetime.fromisoformat(text)


@pytest.mark.parametrize("caller", CALLERS)
def test_v2_tells_the_golden_counts_in_percent(world: World, caller: str) -> None:
    measured = golden(world, world.project())
    answer = CALLERS[caller](world, measured.project)("GET", measured.integers, None).json or {}
    assert abs(moment(answer.pop("start_date")) - days_ago(14)) < timedelta(minutes=5)
    assert answer == {
        "success": True,
        "test_id": measured.experiment.test_id,
        "test_name": "Banner",
        "status": "live",
        "status_code": 1,
        "end_date": None,
        "days_running": 14,
        "primary_goal": purchase(world),
        "goal": purchase(world),
        "stats_engine": "frequentist",
        "confidence_threshold_percent": 95,
        "is_serving": False,
        "traffic_allocation": 100,
        "distribution_mode": "equal",
        "total_visitors": 2980,
        "total_conversions": 268,
        "has_revenue": False,
        "variants": [
            {
                "variant_id": "0",
                "key": "control",
                "name": "Control",
                "visitors": 1500,
                "conversions": 120,
                "conversion_rate": 8.0,
                "traffic_weight": 50,
                "variant_status": "active",
                "is_control": True,
            },
            {
                "variant_id": "1",
                "key": "treatment",
                "name": "Treatment",
                "visitors": 1480,
                "conversions": 148,
                "conversion_rate": 10.0,
                "improvement": 25.0,
                "traffic_weight": 50,
                "variant_status": "active",
                "is_control": False,
            },
        ],
    }


def test_v2_rounds_to_two_decimals(world: World) -> None:
    measured = started(world, world.project())
    measured.come(0, 300, noon(1), purchase=100)
    measured.come(1, 300, noon(1), purchase=51)
    control, treatment = by_integers(measured)["variants"]
    assert (control["conversion_rate"], treatment["conversion_rate"]) == (33.33, 17.0)
    assert treatment["improvement"] == -49.0


def test_v2_shows_a_draft_with_its_variants_and_nothing_counted(world: World) -> None:
    answer = by_integers(planned(world, world.project()))
    variants = answer.pop("variants")
    assert answer == {
        "success": True,
        "test_id": answer["test_id"],
        "test_name": "Banner",
        "status": "draft",
        "status_code": 9,
        "start_date": None,
        "end_date": None,
        "days_running": 0,
        "primary_goal": purchase(world),
        "goal": purchase(world),
        "stats_engine": "frequentist",
        "confidence_threshold_percent": 95,
        "is_serving": False,
        "traffic_allocation": 100,
        "distribution_mode": "equal",
        "total_visitors": 0,
        "total_conversions": 0,
        "has_revenue": False,
    }
    assert variants[1] == {
        "variant_id": "1",
        "key": "treatment",
        "name": "Treatment",
        "visitors": 0,
        "conversions": 0,
        "conversion_rate": 0.0,
        "improvement": None,
        "traffic_weight": 50,
        "variant_status": "active",
        "is_control": False,
    }


def test_v2_shows_the_last_run_while_the_next_one_is_a_draft(world: World) -> None:
    measured = golden(world, world.project())
    measured.turn(Status.STOPPED, days_ago(2))
    assert by_integers(measured)["status_code"] == 0
    assert by_integers(measured)["status"] == "inactive"
    measured.turn(Status.DRAFT, days_ago(1))
    answer = by_integers(measured)
    assert (answer["status"], answer["status_code"]) == ("draft", 9)
    assert (answer["total_visitors"], answer["days_running"]) == (2980, 12)
    assert abs(moment(answer["end_date"]) - days_ago(2)) < timedelta(minutes=5)


def test_v2_without_a_primary_goal_counts_visitors_alone(world: World) -> None:
    measured = started(world, world.project(), Design())
    measured.come(0, 30, noon(1))
    answer = by_integers(measured)
    assert answer["primary_goal"] is None
    assert (answer["total_visitors"], answer["total_conversions"]) == (30, 0)
    assert answer["variants"][1]["improvement"] is None


def test_an_improvement_on_nothing_is_null(world: World) -> None:
    measured = started(world, world.project())
    measured.come(0, 30, noon(1))
    measured.come(1, 30, noon(1), purchase=3)
    assert by_integers(measured)["variants"][1]["improvement"] is None
    (_, treatment) = by_names(measured)["goals"][0]["variants"]
    assert (treatment["improvement"], treatment["interval"]) == (None, None)


@on_both_databases
@pytest.mark.parametrize("door", [by_integers, by_names])
def test_only_the_days_asked_for_are_counted(world: World, door: Any) -> None:  # noqa: ANN401
    measured = golden(world, world.project())
    day = noon(9).date().isoformat()
    answer = door(measured, f"?start_date={day}&end_date={day}")
    assert [each["visitors"] for each in answer["variants"]] == [0, 1480]
    assert answer["days_running"] == 1


def test_by_name_the_days_that_are_counted_are_told(world: World) -> None:
    day = noon(9).date().isoformat()
    answer = by_names(golden(world, world.project()), f"?start_date={day}&end_date={day}")
    assert (answer["start_date"], answer["end_date"]) == (day, day)


def test_v2_tells_when_the_run_began_and_ended_whatever_its_days_are_asked_for(
    world: World,
) -> None:
    measured = golden(world, world.project())
    measured.turn(Status.STOPPED, noon(2))
    day = noon(9).date().isoformat()
    answer = by_integers(measured, f"?start_date={day}&end_date={day}")
    assert abs(moment(answer["start_date"]) - days_ago(14)) < timedelta(minutes=5)
    assert moment(answer["end_date"]) == noon(2)


def test_v2_tells_an_uneven_split_and_who_gets_nothing_of_it(world: World) -> None:
    shares = {"control": 3333, "b": 6667, "c": 0}
    variants = tuple(VariantDesign(*each) for each in shares.items())
    measured = started(world, world.project(), Design(variants, traffic_allocation=1250))
    answer = by_integers(measured)
    assert (answer["traffic_allocation"], answer["distribution_mode"]) == (12.5, "custom")
    split = [(each["traffic_weight"], each["variant_status"]) for each in answer["variants"]]
    assert split == [(33.33, "active"), (66.67, "active"), (0, "paused")]


def test_v2_calls_thirds_equal(world: World) -> None:
    variants = tuple(VariantDesign(key, share) for key, share in zip("abc", THIRDS, strict=True))
    measured = started(world, world.project(), Design(variants))
    assert by_integers(measured)["distribution_mode"] == "equal"


@on_both_databases
@pytest.mark.parametrize("by", ["goal_key", "goal_profile_id"])
def test_v2_tells_the_conversions_of_the_goal_that_is_asked_for(world: World, by: str) -> None:
    measured = started(world, world.project(), FULL)
    measured.come(0, 30, noon(1), purchase=3, complaints=6)
    measured.come(1, 30, noon(1), complaints=12)
    (row,) = world.execute("SELECT id FROM goal WHERE key = 'complaints'")
    asked = {"goal_key": "complaints", "goal_profile_id": row.id}[by]
    answer = by_integers(measured, f"?{by}={asked}&tz=0")
    assert (answer["primary_goal"]["goal_key"], answer["goal"]["goal_key"]) == (
        "purchase",
        "complaints",
    )
    assert [each["conversions"] for each in answer["variants"]] == [6, 12]
    assert (answer["total_conversions"], answer["variants"][1]["improvement"]) == (18, 100.0)
    assert "warnings" not in answer


def test_days_are_of_the_runs_time_zone_and_v2_gives_none_of_another(world: World) -> None:
    project = world.project()
    with world.app.app_context():
        projects.set_time_zone(project.id, "Asia/Tokyo", COMMAND_LINE)
    measured = started(world, project, FULL)
    measured.open(noon(3) + timedelta(hours=4))
    found = by_names(measured)
    assert (found["runs"][0]["time_zone"], found["start_date"]) == (
        "Asia/Tokyo",
        noon(2).date().isoformat(),
    )
    by_integers(measured)
    answer = with_key(world, project)("GET", f"{measured.integers}?tz=0", None)
    assert answer.status_code == 400
    assert "its days are of Asia/Tokyo" in answer.text


@pytest.mark.parametrize(
    "query", ["goal_key=none", "goal_profile_id=99999", "goal_key=purchase&goal_profile_id=99999"]
)
def test_v2_tells_no_numbers_of_a_goal_that_is_not_measured(world: World, query: str) -> None:
    measured = started(world, world.project())
    answer = with_key(world, measured.project)("GET", f"{measured.integers}?{query}", None)
    assert answer.status_code == 400
    assert (answer.json or {})["error"].startswith("The experiment does not measure the goal of")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("start_date=2026-3-1", "start_date takes a day, written as 2026-03-31."),
        ("end_date=yesterday", "end_date takes a day, written as 2026-03-31."),
        ("start_date=2026-03-02&end_date=2026-03-01", "The last day is earlier than the first."),
    ],
)
def test_bad_days_are_refused_in_each_contracts_shape(
    world: World, query: str, sentence: str
) -> None:
    measured = planned(world, world.project())
    ask = with_key(world, measured.project)
    answer = ask("GET", f"{measured.integers}?{query}", None)
    assert (answer.status_code, answer.json) == (400, {"error": sentence})
    answer = ask("GET", f"{measured.names}?{query}", None)
    shape = {"error": "Invalid value", "code": "VALIDATION", "detail": sentence}
    assert (answer.status_code, answer.json) == (422, shape)


def test_an_archived_experiment_is_hidden_from_v2_and_shown_by_name(world: World) -> None:
    measured = golden(world, world.project())
    measured.turn(Status.STOPPED, days_ago(1))
    world.archive(measured.experiment)
    ask = with_key(world, measured.project)
    assert ask("GET", measured.integers, None).status_code == 404
    assert by_names(measured)["status"] == "archived"


def test_results_are_of_the_callers_project_and_of_known_experiments_alone(world: World) -> None:
    measured = planned(world, world.project())
    other = world.project()
    stranger = with_key(world, other)
    assert stranger("GET", measured.integers, None).status_code == 401
    wrong_project = measured.integers.replace(measured.project.key, other.key)
    assert stranger("GET", wrong_project, None).status_code == 404
    assert stranger("GET", measured.names, None).status_code == 404
    nobody = world.app.test_client()
    assert nobody.get(measured.integers).status_code == 401
    assert nobody.get(measured.names).status_code == 401
    mine = with_key(world, measured.project)
    for unknown in ("9999", "none"):
        path = f"/v2/project/{measured.project.key}/experiment/{unknown}/result"
        assert mine("GET", path, None).status_code == 404


def test_a_viewer_may_read_results(world: World) -> None:
    measured = golden(world, world.project())
    viewer = world.browser(world.member(measured.project, Role.VIEWER))
    assert viewer.get(measured.integers).status_code == 200
    assert viewer.get(measured.names).status_code == 200


def test_by_name_the_golden_counts_are_told_in_fractions(world: World) -> None:
    answer = by_names(golden(world, world.project()))
    assert answer["decision"]["kind"] == "undecided"
    assert answer["decision"]["variant"] == "treatment"
    assert answer["decision"]["sentence"].startswith("So far anything from 13 % worse")
    assert answer["decision"]["is_final"] is False
    assert (answer["verdict"], answer["experiment"]["status"]) == ("wait", "running")
    control, treatment = answer["results"]
    assert (control["metric"], control["groupName"], control["n"]) == ("purchase", "control", 1500)
    assert (control["delta"], control["deltaPct"], control["pValue"]) == (None, None, None)
    assert treatment["deltaPct"] == pytest.approx(25)
    assert treatment["delta"] == pytest.approx(treatment["mean"] - control["mean"])
    assert treatment["ci95Low"] < 0 < treatment["ci95High"]
    assert (treatment["srmDetected"], treatment["isFinal"]) == (0, 0)
    assert answer["variants"] == [
        {
            "key": "control",
            "name": "Control",
            "is_control": True,
            "weight": 5000,
            "visitors": 1500,
        },
        {
            "key": "treatment",
            "name": "Treatment",
            "is_control": False,
            "weight": 5000,
            "visitors": 1480,
        },
    ]
    control, treatment = answer["goals"][0]["variants"]
    assert control == {
        "key": "control",
        "visitors": 1500,
        "conversions": 120,
        "conversion_rate": 0.08,
        "total_value": 0.0,
    }
    assert (treatment["conversion_rate"], treatment["improvement"]) == (0.1, 0.25)
    assert treatment["p_value"] == pytest.approx(0.0564, abs=1e-4)
    assert treatment["chance_to_beat_control"] == pytest.approx(0.9717, abs=1e-4)
    assert treatment["interval"] == pytest.approx({"low": -0.0060, "high": 0.5724}, abs=1e-4)
    assert treatment["sequential_interval"] == pytest.approx(
        {"low": -0.1236, "high": 0.7829}, abs=1e-4
    )
    assert answer["sample_ratio"]["is_mismatched"] is False


def test_by_name_the_trend_is_told_day_by_day(world: World) -> None:
    answer = by_names(golden(world, world.project()))
    control, treatment = answer["trend"]
    assert len(control["days"]) == 15
    assert control["days"][0] == {
        "day": days_ago(14).date().isoformat(),
        "visitors": 0,
        "conversions": 0,
        "conversion_rate": None,
        "interval": None,
    }
    assert (treatment["key"], treatment["days"][-1]["visitors"]) == ("treatment", 1480)


def test_by_name_runs_and_pauses_are_told_with_their_moments(world: World) -> None:
    measured = started(world, world.project(), days=20)
    measured.turn(Status.STOPPED, noon(15))
    measured.turn(Status.RUNNING, noon(14))
    measured.turn(Status.STOPPED, noon(12))
    measured.turn(Status.DRAFT, noon(11))
    measured.open(noon(5))
    measured.turn(Status.STOPPED, noon(2))
    answer = by_names(measured)
    moments = [noon(day).isoformat(timespec="milliseconds")[:-6] + "Z" for day in (12, 5, 2)]
    assert [each["number"] for each in answer["runs"]] == [1, 2]
    assert answer["runs"][0]["stopped_at"] == moments[0]
    assert answer["runs"][1] == {
        "number": 2,
        "opened_at": moments[1],
        "time_zone": "UTC",
        "stopped_at": moments[2],
    }
    assert answer["run"] == 2
    assert answer["pauses"] == [{"began_at": moments[2], "ended_at": None}]
    first = by_names(measured, "?run=1")
    assert first["run"] == 1
    assert len(first["pauses"]) == 1


@pytest.mark.parametrize(("run", "status"), [("2", 404), ("0", 422), ("one", 422), ("", 422)])
def test_by_name_a_run_that_there_is_not_is_refused(world: World, run: str, status: int) -> None:
    measured = started(world, world.project())
    ask = with_key(world, measured.project)
    assert ask("GET", f"{measured.names}?run={run}", None).status_code == status


def test_by_name_a_harmed_guardrail_is_told_twice(world: World) -> None:
    measured = started(world, world.project(), FULL, less=("complaints",))
    measured.come(0, 3000, noon(3), purchase=240, complaints=30)
    measured.come(1, 3000, noon(3), purchase=300, complaints=120)
    measured.look()
    answer = by_names(measured)
    guardrail = answer["goals"][1]
    assert (guardrail["role"], guardrail["wanted"]) == ("guardrail", "less")
    assert guardrail["variants"][1]["harm"] == "harmed"
    assert guardrail["variants"][1]["chance_to_beat_control"] < 0.01
    (harm,) = answer["decision"]["harms"]
    assert harm.startswith("Treatment harms “Complaints”: up by at least 84 % and at most 769 %")


def test_by_name_a_broken_split_is_told(world: World) -> None:
    measured = started(world, world.project())
    measured.come(0, 1500, noon(3), purchase=120)
    measured.come(1, 1900, noon(3), purchase=190)
    answer = by_names(measured)
    assert answer["sample_ratio"]["is_mismatched"] is True
    assert answer["decision"]["kind"] == "sample_ratio_mismatch"


def test_by_name_a_draft_shows_what_is_planned(world: World) -> None:
    answer = by_names(planned(world, world.project(), FULL))
    assert answer["decision"]["kind"] == "not_started"
    assert (answer["run"], answer["runs"], answer["trend"]) == (None, [], [])
    assert [goal["key"] for goal in answer["goals"]] == ["purchase", "complaints"]
    assert (answer["minimum_days"], answer["minimum_visitors"]) == (7, 500)


def test_twenty_variants_are_told_in_their_order(world: World) -> None:
    variants = tuple(VariantDesign(f"v{number}", 500) for number in range(20))
    design = Design(variants=variants, goals=FULL.goals[:1])
    measured = started(world, world.project(), design)
    for position in range(20):
        measured.come(position, 30 + position, noon(1), purchase=position)
    shown = by_integers(measured)["variants"]
    assert [each["variant_id"] for each in shown] == [str(number) for number in range(20)]
    assert [each["conversions"] for each in shown] == list(range(20))


def test_what_sites_send_is_what_is_shown(world: World) -> None:
    measured = started(world, world.project(), days=0.01)
    browser = in_browser(world, measured.project)
    events = [{"type": "exposure", "experiment": "banner", "unit": f"u{n}"} for n in range(60)]
    bought = [
        {"type": "conversion", "goal": "purchase", "unit": f"u{n}", "value": 2} for n in range(6)
    ]
    with world.app.app_context():
        token = api_keys.mint(measured.project.id, KeyType.SERVER, "site", COMMAND_LINE).token
    answer = world.app.test_client().post(
        "/collect", json={"events": [*events, *bought]}, headers={"X-API-Key": token}
    )
    assert answer.status_code == 202
    shown = browser("GET", measured.integers, None).json
    assert shown
    assert (shown["total_visitors"], shown["total_conversions"]) == (60, 6)
    everything = by_names(measured)
    assert sum(each["total_value"] for each in everything["goals"][0]["variants"]) == 12.0


@pytest.mark.parametrize(
    ("kind", "harms", "word"),
    [
        (VerdictKind.NOT_STARTED, (), "draft"),
        (VerdictKind.NEVER_STARTED, (), "draft"),
        (VerdictKind.MISMATCH, (), "invalid"),
        (VerdictKind.WINNER, (), "ship"),
        (VerdictKind.WINNER, ("Treatment harms",), "hold"),
        (VerdictKind.UNDECIDED, ("Treatment harms",), "hold"),
        (VerdictKind.ORIGINAL_WINS, (), "hold"),
        (VerdictKind.HELD_BACK, (), "wait"),
        (VerdictKind.UNDECIDED, (), "wait"),
        (VerdictKind.NO_PRIMARY_GOAL, (), "wait"),
    ],
)
def test_the_contracts_one_word_follows_from_the_decision(
    kind: VerdictKind, harms: tuple[str, ...], word: str
) -> None:
    assert rows.word(Verdict(kind, "", harms=harms)) == word


def test_the_contracts_one_word_is_not_to_ship_what_is_not_sure_any_more() -> None:
    assert rows.word(Verdict(VerdictKind.WINNER, "", is_borne_out=False)) == "wait"


def test_sums_of_money_have_no_digits_that_nobody_has_paid(world: World) -> None:
    measured, goal_id = earning(world, world.project())
    spend(measured, goal_id, 0, 3, Spent(9, [0.1, 0.2, 0.4]))
    spend(measured, goal_id, 1, 3, Spent(9, [0.2]))
    answer = by_integers(measured)
    assert answer["total_revenue"] == 0.9
    assert [(each["rpv"], each["aov"]) for each in answer["variants"]] == [
        (0.077778, 0.233333),
        (0.022222, 0.2),
    ]
