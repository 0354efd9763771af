"""Designs and goals by /api/admin: given at the creation, changed in draft, refused after."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.models import Project, Status
from tests.api.asking import Ask, with_key
from tests.conftest import on_both_databases
from tests.world import World

EXPERIMENTS = "/api/admin/experiments"
GOALS = "/api/admin/goals"
THREE = [
    {"key": "original", "weight": 5000, "value": False},
    {"key": "short", "weight": 3000, "name": "Short form", "value": True},
    {"key": "none", "weight": 2000, "value": True},
]


def created(ask: Ask, **members: object) -> dict[str, Any]:
    """The experiment that was created with these members, as it is shown."""
    made = ask("POST", EXPERIMENTS, {"name": "Form", **members})
    assert made.status_code == 201, made.json
    shown = ask("GET", f"{EXPERIMENTS}/{(made.json or {})['id']}", None).json
    assert shown
    return shown


@on_both_databases
def test_an_experiment_is_created_with_the_design_that_was_sent(world: World) -> None:
    ask = with_key(world, world.project())
    for key, wanted in (("signup", "more"), ("complaint", "less")):
        assert ask("POST", GOALS, {"key": key, "wanted": wanted}).status_code == 201
    uses = [
        {"key": "signup", "role": "primary"},
        {"key": "complaint", "role": "guardrail", "margin": 0.5},
    ]
    shown = created(
        ask,
        variants=THREE,
        traffic_allocation=12.5,
        minimum_days=14,
        minimum_visitors=9,
        goals=uses,
    )
    assert [(each["key"], each["name"], each["value"]) for each in shown["variants"]] == [
        ("original", "original", False),
        ("short", "Short form", True),
        ("none", "none", True),
    ]
    assert (shown["traffic_allocation"], shown["minimum_days"]) == (12.5, 14)
    assert (shown["minimum_visitors"], shown["goals"]) == (9, uses)


def test_what_is_not_sent_in_a_change_stays_as_it_is(world: World) -> None:
    ask = with_key(world, world.project())
    before = created(ask, variants=THREE, minimum_days=3)
    answer = ask("PATCH", f"{EXPERIMENTS}/{before['id']}", {"traffic_allocation": 20})
    assert answer.status_code == 200
    after = ask("GET", f"{EXPERIMENTS}/{before['id']}", None).json
    assert after
    assert after.pop("traffic_allocation") == 20.0
    assert after.pop("allocationPct") == 2000
    assert after.pop("updated_at") > before.pop("updated_at")
    assert after.pop("updatedAt") > before.pop("updatedAt")
    # The run that was planned is another.
    assert after.pop("salt") != before.pop("salt")
    before.pop("allocationPct")
    assert after.pop("version") > before.pop("version")
    before.pop("traffic_allocation")
    assert after == before


BAD_DESIGNS: list[tuple[dict[str, object], str]] = [
    ({"goals": [{"key": "a", "role": "guardrail", "margin": 50.01}]}, "from 0 to 50 %"),
    ({"goals": [{"key": "a", "role": "guardrail", "margin": 1.005}]}, "two decimals"),
    ({"goals": [{"key": "a", "role": "primary", "margin": 1}]}, "Only a guardrail"),
    ({"variants": []}, "2 to 20 variants"),
    ({"variants": [{"key": "a", "weight": 10_000}]}, "2 to 20 variants"),
    ({"variants": [{"key": f"v{i}", "weight": 0} for i in range(21)]}, "2 to 20 variants"),
    ({"variants": [{"key": "a", "weight": 5000}] * 2}, "same key"),
    ({"variants": [{"key": "a", "weight": 5000}, {"key": "b", "weight": 4999}]}, "100 %"),
    ({"variants": [{"key": "A b", "weight": 5000}, {"key": "b", "weight": 5000}]}, "small letters"),
    ({"variants": [{"key": "a", "weight": 50.5}, {"key": "b", "weight": 1}]}, "weight"),
    ({"variants": [{**THREE[0]}, {"key": "b", "weight": 5000, "value": 1}]}, "differ in type"),
    ({"variants": "two"}, "variants"),
    ({"traffic_allocation": 100.01}, "0 to 100"),
    ({"traffic_allocation": -1}, "0 to 100"),
    ({"traffic_allocation": 33.333}, "two decimals"),
    ({"traffic_allocation": True}, "traffic_allocation"),
    ({"minimum_days": 366}, "365"),
    ({"minimum_visitors": -1}, "whole number"),
    ({"goals": [{"key": "nothing"}]}, "no goal nothing"),
    ({"goals": [{"key": "buy"}, {"key": "buy", "role": "secondary"}]}, "named twice"),
    ({"goals": [{"key": "buy", "role": "third"}]}, "role"),
    ({"goals": [{"key": "a\0b"}]}, "small letters"),
    ({"traffic_allocation": 1e308}, "percentage"),
    ({"traffic_allocation": 1e-9}, "percentage"),
]


CODES = {"100 %": "GROUPS_WEIGHT_SUM", "no goal nothing": "REFERENCED_NOT_FOUND"}


@pytest.mark.parametrize(("body", "fault"), BAD_DESIGNS, ids=[fault for _, fault in BAD_DESIGNS])
def test_a_design_that_cannot_be_used_is_422_and_changes_nothing(
    world: World, body: dict[str, object], fault: str
) -> None:
    ask = with_key(world, world.project())
    ask("POST", GOALS, {"key": "buy"})
    before = created(ask)
    answers = [
        ask("POST", EXPERIMENTS, {"name": "Second", **body}),
        ask("PATCH", f"{EXPERIMENTS}/{before['id']}", body),
    ]
    for answer in answers:
        assert answer.json
        assert (answer.status_code, answer.json["code"]) == (422, CODES.get(fault, "VALIDATION"))
        assert fault in answer.json["detail"]
    assert ask("GET", f"{EXPERIMENTS}/{before['id']}", None).json == before
    assert world.execute("SELECT count(*) FROM experiment") == [(1,)]


@on_both_databases
def test_changes_at_the_same_moment_keep_each_others_members(world: World) -> None:
    project = world.project()
    asks = [with_key(world, project) for _ in range(2)]
    made = created(asks[0])
    path = f"{EXPERIMENTS}/{made['id']}"
    for number in range(1, 9):
        bodies = [{"traffic_allocation": number}, {"minimum_days": number}]
        with ThreadPoolExecutor(2) as pool:
            sent = [
                pool.submit(ask, "PATCH", path, body)
                for ask, body in zip(asks, bodies, strict=True)
            ]
        assert [each.result().status_code for each in sent] == [200, 200]
        now = asks[0]("GET", path, None).json
        assert now
        assert (now["traffic_allocation"], now["minimum_days"]) == (number, number)


@pytest.mark.parametrize(
    ("status", "way_on"),
    [
        (Status.RUNNING, "pause it and put it back to draft, or clone it"),
        (Status.STOPPED, "put it back to draft, or clone it"),
        (Status.ARCHIVED, "clone it"),
    ],
)
def test_outside_of_draft_a_change_is_refused_with_the_way_on(
    world: World, status: Status, way_on: str
) -> None:
    project = world.project()
    experiment = world.experiment(project, status)
    ask = with_key(world, project)
    path = f"{EXPERIMENTS}/{experiment.public_id}"
    before = ask("GET", path, None).json
    answer = ask("PATCH", path, {"traffic_allocation": 10})
    assert answer.json
    assert (answer.status_code, answer.json["code"]) == (409, "EXPERIMENT_NOT_DRAFT")
    assert way_on in answer.json["detail"]
    assert ask("GET", path, None).json == before


def goal_keys(world: World, project: Project) -> list[str]:
    answer = with_key(world, project)("GET", GOALS, None).json
    assert answer
    return [goal["key"] for goal in answer["goals"]]


@on_both_databases
def test_a_goal_is_added_once_and_listed_by_name(world: World) -> None:
    project, other = world.project(), world.project()
    ask = with_key(world, project)
    made = ask("POST", GOALS, {"name": "Signed up"})
    said = {"key": "signed-up", "name": "Signed up", "wanted": "more", "retired_at": None}
    measured = {"kind": "conversion", "window_days": 7, "currency": None}
    assert (made.status_code, made.json) == (201, {**said, **measured})
    assert ask("POST", GOALS, {"key": "buy", "name": "Bought"}).status_code == 201
    again = ask("POST", GOALS, {"key": "buy"})
    assert again.json
    assert (again.status_code, again.json["code"]) == (409, "ALREADY_EXISTS")
    assert (goal_keys(world, project), goal_keys(world, other)) == (["buy", "signed-up"], [])


def test_a_goal_of_revenue_has_its_currency_and_its_days(world: World) -> None:
    ask = with_key(world, world.project())
    body = {"key": "sales", "kind": "revenue", "currency": "eur", "window_days": None}
    made = ask("POST", GOALS, body)
    assert made.status_code == 201
    shown = ask("GET", f"{GOALS}/sales", None).json or {}
    assert {name: shown[name] for name in body} == {**body, "currency": "EUR"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"key": "Not a key"},
        {"key": "k", "wanted": "most"},
        {"key": 5},
        [],
        {"key": "k", "kind": "money"},
        {"key": "k", "kind": "revenue"},
        {"key": "k", "kind": "revenue", "currency": "euro"},
        {"key": "k", "currency": "EUR"},
        {"key": "k", "window_days": 0},
        {"key": "k", "window_days": 91},
    ],
    ids=str,
)
def test_a_goal_that_cannot_be_is_422(world: World, body: object) -> None:
    project = world.project()
    answer = with_key(world, project)("POST", GOALS, body)
    assert answer.status_code == 422
    assert goal_keys(world, project) == []


GERMANS = {"attribute": "country", "operator": "is", "values": ["de"]}
NO_PHONES = {"attribute": "device", "operator": "is", "values": ["mobile"], "negated": True}


def test_who_takes_part_is_sent_and_shown_in_its_usual_writing(world: World) -> None:
    ask = with_key(world, world.project())
    before = created(ask, audience=[[GERMANS, NO_PHONES]])
    usual = [[{**GERMANS, "values": ["DE"]}, NO_PHONES]]
    assert before["audience"] == usual
    address = f"{EXPERIMENTS}/{before['id']}"
    for sent, left in (({"audience": None, "minimum_days": 3}, usual), ({"audience": []}, [])):
        assert ask("PATCH", address, sent).status_code == 200
        assert (ask("GET", address, None).json or {})["audience"] == left


@pytest.mark.parametrize(
    ("audience", "told"),
    [
        ([[]], "audience.0"),
        ([[{**GERMANS, "values": ["Germany"]}]], "The country is a code of ISO 3166"),
        ([[{**GERMANS, "operator": "like"}]], "audience.0.0.operator"),
        ([[{**GERMANS, "value": "DE"}]], "audience.0.0.value"),
        ({"country": "DE"}, "audience: has to be a list."),
    ],
    ids=str,
)
def test_an_audience_that_cannot_be_is_422(world: World, audience: object, told: str) -> None:
    ask = with_key(world, world.project())
    answer = ask("POST", EXPERIMENTS, {"name": "Form", "audience": audience})
    assert (answer.status_code, (answer.json or {})["code"]) == (422, "VALIDATION")
    assert told in (answer.json or {})["detail"]
