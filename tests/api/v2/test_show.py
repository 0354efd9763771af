"""One experiment under /v2: what it is, whom it splits, and what it is measured by."""

from typing import Any

import pytest

from app.experiments import creation
from app.experiments.creation import Draft
from app.experiments.designs import Design, GoalUse, VariantDesign
from app.experiments.texts import Texts
from app.models import Experiment, GoalRole, Project, Status
from tests.api.asking import CALLERS, with_key
from tests.conftest import on_both_databases
from tests.world import COMMAND_LINE, World


def shown(world: World, project: Project, experiment: Experiment) -> dict[str, Any]:
    path = f"/v2/project/{project.key}/experiment/{experiment.test_id}"
    answer = with_key(world, project)("GET", path, None)
    assert answer.status_code == 200, answer.json
    assert answer.json
    assert list(answer.json) == ["success", "experiment"]
    return answer.json["experiment"]


@pytest.mark.parametrize("caller", CALLERS)
def test_a_draft_is_shown_as_it_stands(world: World, caller: str) -> None:
    project = world.project()
    draft = world.experiment(project, name="Banner")
    path = f"/v2/project/{project.key}/experiment/{draft.test_id}"
    answer = CALLERS[caller](world, project)("GET", path, None)
    found = (answer.json or {})["experiment"]
    assert answer.headers["ETag"] == f'"v{draft.version}"'
    assert found.pop("created_at") == found.pop("updated_at")
    assert found == {
        "test_id": draft.test_id,
        "test_name": "Banner",
        "url": "",
        "status": 9,
        "is_completed": 0,
        "tags": [],
        "goal_profile_id": None,
        "variants": [
            {
                "variant_id": 1,
                "name": "Control",
                "customCSS": "",
                "customJS": "",
                "data": [],
                "key": "control",
                "value": "control",
                "traffic_weight": 50,
            },
            {
                "variant_id": 2,
                "name": "Treatment",
                "customCSS": "",
                "customJS": "",
                "data": [],
                "key": "treatment",
                "value": "treatment",
                "traffic_weight": 50,
            },
        ],
        "configuration": {"traffic_allocation": 100, "confidence_interval": 95},
        "page_urls": [],
        "targeting": {"allowed_country": []},
        "audience": [],
        "primary_goal": None,
        "secondary_goals": [],
    }


@on_both_databases
def test_goals_are_shown_with_what_each_is_to_it(world: World) -> None:
    project = world.project()
    for key in ("purchase", "basket", "complaints"):
        world.goal(project, key)
    draft = world.experiment(project)
    roles = {
        "basket": GoalRole.SECONDARY,
        "purchase": GoalRole.PRIMARY,
        "complaints": GoalRole.GUARDRAIL,
    }
    world.redesign(draft, Design(goals=tuple(GoalUse(*each) for each in roles.items())))
    found = shown(world, project, draft)
    (purchase,) = world.execute("SELECT id FROM goal WHERE key = 'purchase'")
    assert found["goal_profile_id"] == purchase.id
    assert found["primary_goal"] == {
        "goal_profile_id": purchase.id,
        "goal_key": "purchase",
        "goal_name": "purchase",
        "goal_type": "event",
        "goal_value": "purchase",
        "wanted": "more",
        "kind": "conversion",
        "window_days": 7,
        "currency": None,
        "role": "primary",
        "cap": None,
    }
    others = [(goal["goal_key"], goal["role"]) for goal in found["secondary_goals"]]
    assert others == [("basket", "secondary"), ("complaints", "guardrail")]


@pytest.mark.parametrize(
    ("value", "data"),
    [({"data": [{"colour": "red"}]}, [{"colour": "red"}]), ({"colour": "red"}, [])],
)
def test_a_value_that_is_of_a_list_by_that_name_is_what_the_contract_calls_data(
    world: World, value: object, data: object
) -> None:
    project = world.project()
    draft = world.experiment(project)
    variants = (VariantDesign("control", 3333, value=value), VariantDesign("b", 6667, value=value))
    world.redesign(draft, Design(variants=variants, traffic_allocation=1250))
    found = shown(world, project, draft)
    assert [each["data"] for each in found["variants"]] == [data, data]
    assert [each["value"] for each in found["variants"]] == [value, value]
    assert [each["traffic_weight"] for each in found["variants"]] == [33.33, 66.67]
    assert found["configuration"]["traffic_allocation"] == 12.5


def test_a_list_from_before_lists_were_refused_is_shown_as_data_too(world: World) -> None:
    project = world.project()
    draft = world.experiment(project)
    world.execute("UPDATE variant SET value = '[\"red\"]'")
    found = shown(world, project, draft)
    assert [each["data"] for each in found["variants"]] == [["red"], ["red"]]
    assert [each["value"] for each in found["variants"]] == [["red"], ["red"]]


def test_tags_are_a_list(world: World) -> None:
    project = world.project()
    with world.app.app_context():
        draft = Draft(Texts("Banner", tags="Shop, checkout"))
        made = creation.create(project.id, draft, COMMAND_LINE)
    assert shown(world, project, made)["tags"] == ["checkout", "shop"]


@on_both_databases
def test_an_archived_one_and_another_projects_are_404(world: World) -> None:
    project, other = world.project(), world.project()
    gone = world.experiment(project, Status.ARCHIVED)
    theirs = world.experiment(other)
    for test_id in (gone.test_id, theirs.test_id, "none", "0", "9" * 30):
        path = f"/v2/project/{project.key}/experiment/{test_id}"
        answer = with_key(world, project)("GET", path, None)
        assert (answer.status_code, answer.json) == (404, {"error": "Experiment not found."})
