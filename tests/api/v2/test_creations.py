"""What /v2 creates is what was meant: with its variants, goals, traffic and tags."""

from typing import Any

import pytest

from app.models import Project, Status
from tests.api.asking import with_key
from tests.conftest import on_both_databases
from tests.world import World

URL = "https://shop.example/cart"
RED = [{"selector": ".buy", "style": {"background": "red"}}]


def create(world: World, project: Project, **body: object) -> tuple[int, dict[str, Any]]:
    path = f"/v2/project/{project.key}/create-experiment"
    answer = with_key(world, project)("POST", path, {"test_name": "Banner", "url": URL, **body})
    return answer.status_code, answer.json or {}


def created(world: World, project: Project, **body: object) -> dict[str, Any]:
    """Return what is shown of an experiment that was just created."""
    code, answer = create(world, project, **body)
    assert code == 200, answer
    path = f"/v2/project/{project.key}/experiment/{answer['test_id']}"
    return (with_key(world, project)("GET", path, None).json or {})["experiment"]


def goal_id(world: World, key: str) -> int:
    return world.execute("SELECT id FROM goal WHERE key = :key", key=key)[0].id


@on_both_databases
def test_treatments_are_added_to_the_control_and_split_evenly(world: World) -> None:
    variants = [{"name": "Variant 1", "nickname": "Red"}, {"name": "Variant 2"}]
    found = created(world, world.project(), variants=variants)
    rows = [
        (each["variant_id"], each["key"], each["name"], each["value"], each["traffic_weight"])
        for each in found["variants"]
    ]
    assert rows == [
        (1, "control", "Control", "control", 33.34),
        (2, "variant-1", "Red", "variant-1", 33.33),
        (3, "variant-2", "Variant 2", "variant-2", 33.33),
    ]


def test_the_data_of_variants_is_what_sites_get_and_the_control_has_none(world: World) -> None:
    variants = [{"name": "Variant 1", "data": RED}, {"name": "Variant 2"}]
    found = created(world, world.project(), variants=variants)
    assert [each["data"] for each in found["variants"]] == [[], RED, []]
    assert [each["value"] for each in found["variants"]] == [
        {"data": each} for each in ([], RED, [])
    ]


@pytest.mark.parametrize(
    ("variants", "fault"),
    [
        ([{"nickname": "Red"}], "variants.0.name: is missing."),
        ([{"name": "Variant 1", "data": {}}], "variants.0.data: has to be a list."),
        (
            [{"name": "Control"}, {"name": "Variant 1"}],
            "variants are the treatments alone: the control is added to them.",
        ),
        (
            [{"name": f"Variant {number}"} for number in range(1, 21)],
            "An experiment has 2 to 20 variants.",
        ),
        ([{"name": "x" * 121}], "A name has at most 120 characters."),
        ("two", "variants: has to be a list."),
    ],
    ids=lambda each: str(each)[:40],
)
def test_variants_that_cannot_be_are_400_and_nothing_is_created(
    world: World, variants: object, fault: str
) -> None:
    assert create(world, world.project(), variants=variants) == (400, {"error": fault})
    assert world.execute("SELECT * FROM experiment") == []


@pytest.mark.parametrize(("share", "kept"), [(100, 100), (12.5, 12.5), (0, 0), (None, 100)])
def test_traffic_is_in_percent(world: World, share: float | None, kept: float) -> None:
    configuration = {"traffic_allocation": share, "confidence_interval": 95}
    found = created(world, world.project(), configuration=configuration)
    assert found["configuration"]["traffic_allocation"] == kept


@pytest.mark.parametrize("share", [101, -1, 33.333, "all", True])
def test_traffic_that_cannot_be_is_400(world: World, share: object) -> None:
    code, answer = create(world, world.project(), configuration={"traffic_allocation": share})
    assert (code, list(answer)) == (400, ["error"])


def test_what_goes_live_without_traffic_is_warned_of(world: World) -> None:
    code, answer = create(world, world.project(), status=1, configuration={"traffic_allocation": 0})
    assert (code, answer["status"]) == (200, 1)
    assert [each["code"] for each in answer["warnings"]] == ["no_traffic", "no_goal"]


def test_tags_group_it(world: World) -> None:
    assert created(world, world.project(), tags=["Shop", "checkout"])["tags"] == [
        "checkout",
        "shop",
    ]


@on_both_databases
def test_goals_of_the_library_are_used_by_their_keys(world: World) -> None:
    project = world.project()
    for key in ("purchase", "basket", "signup"):
        world.goal(project, key)
    keys = {"primary_goal_key": "purchase", "secondary_goal_keys": ["basket", "signup"]}
    code, answer = create(world, project, **keys)
    assert (code, answer) == (
        200,
        {
            "success": True,
            "status": 9,
            "test_id": answer["test_id"],
            "goal_profile_id": goal_id(world, "purchase"),
            "secondary_goals_count": 2,
        },
    )
    found = created(world, project, **keys)
    assert found["primary_goal"]["goal_key"] == "purchase"
    assert [goal["goal_key"] for goal in found["secondary_goals"]] == ["basket", "signup"]


@on_both_databases
def test_goals_that_are_described_are_made_with_it(world: World) -> None:
    project = world.project(limit=1)
    goals = {
        "primary_goal": {"goal_name": "Bought", "goal_type": "event", "goal_value": "purchase"},
        "secondary_goals": [{"goal_name": "Basket filled"}],
    }
    code, answer = create(world, project, status=1, **goals)
    assert (code, answer["goal_profile_id"]) == (200, goal_id(world, "purchase"))
    assert (answer["secondary_goals_count"], "warnings" in answer) == (1, False)
    rows = world.execute("SELECT key, name FROM goal ORDER BY key")
    assert [tuple(row) for row in rows] == [
        ("basket-filled", "Basket filled"),
        ("purchase", "Bought"),
    ]
    # At the limit nothing is created, and no goal either.
    more = {"primary_goal": {"goal_name": "Signed up"}}
    assert create(world, project, status=1, **more)[0] == 403
    assert len(world.execute("SELECT * FROM goal")) == 2


def test_a_goal_that_is_described_as_one_of_the_library_is_that_one(world: World) -> None:
    project = world.project()
    described = {"primary_goal": {"goal_name": "Purchase"}}
    ids = {create(world, project, **described)[1]["goal_profile_id"] for _ in range(2)}
    assert ids == {goal_id(world, "purchase")}


@on_both_databases
def test_goals_that_sum_up_have_the_cap_that_is_sent_with_them(world: World) -> None:
    project = world.project()
    orders = {"goal_name": "Orders", "kind": "count", "cap": 5}
    money = {"goal_name": "Bought", "kind": "revenue", "currency": "EUR", "cap": 199.5}
    found = created(world, project, primary_goal=money, secondary_goals=[orders])
    assert found["primary_goal"]["cap"] == 199.5
    assert [each["cap"] for each in found["secondary_goals"]] == [5]


def test_the_key_of_another_goal_is_406_and_nothing_is_created(world: World) -> None:
    project = world.project()
    world.goal(project, "purchase")
    described = {"goal_name": "Bought", "goal_key": "purchase"}
    said = "The project has a goal with the key purchase already."
    assert create(world, project, primary_goal=described) == (406, {"error": said})
    assert world.execute("SELECT * FROM experiment") == []


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        ({"primary_goal_key": "none"}, "The project has no goal none."),
        (
            {"primary_goal_key": "purchase", "secondary_goal_keys": ["purchase"]},
            "A goal is named twice.",
        ),
        (
            {"primary_goal_key": "purchase", "primary_goal": {"goal_name": "Signup"}},
            "There is more than one primary goal: choose the one that decides.",
        ),
        ({"primary_goal": {"goal_type": "event"}}, "primary_goal.goal_name: is missing."),
        ({"primary_goal": "purchase"}, "primary_goal: has to be an object."),
        (
            {"primary_goal": {"goal_name": "Orders", "kind": "count"}},
            "“Orders” sums up what visitors do: give the most that one visitor counts for, so that "
            "one huge order decides nothing.",
        ),
        (
            {"primary_goal": {"goal_name": "Signup", "cap": 5}},
            "“Signup” counts visitors: it has no cap.",
        ),
        (
            {"primary_goal": {"goal_name": "Orders", "kind": "count", "cap": "5"}},
            "primary_goal.cap: has to be a number.",
        ),
    ],
    ids=str,
)
def test_goals_that_cannot_be_are_400_and_nothing_is_created(
    world: World, sent: dict[str, object], fault: str
) -> None:
    project = world.project()
    world.goal(project, "purchase")
    assert create(world, project, **sent) == (400, {"error": fault})
    assert world.execute("SELECT * FROM experiment") == []
    assert len(world.execute("SELECT * FROM goal")) == 1


def test_it_goes_live_as_it_was_meant(world: World) -> None:
    project = world.project()
    world.goal(project, "purchase")
    code, answer = create(
        world,
        project,
        status=1,
        variants=[{"name": "Variant 1", "data": RED}],
        configuration={"traffic_allocation": 50},
        primary_goal_key="purchase",
    )
    assert (code, answer["status"], "warnings" in answer) == (200, 1, False)
    (row,) = world.execute("SELECT status FROM experiment")
    assert row.status == Status.RUNNING
