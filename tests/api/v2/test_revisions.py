"""Changing an experiment under /v2: what is sent is changed, all of it or nothing."""

from typing import Any

import pytest

from app.experiments.designs import Design, VariantDesign
from app.models import Experiment, Project, Role, Status
from tests.api.asking import CALLERS, with_key
from tests.conftest import on_both_databases
from tests.world import World

URL = "https://shop.example/cart"
RED, BLUE = [{"style": "red"}], [{"style": "blue"}]


def path_of(project: Project, experiment: Experiment) -> str:
    return f"/v2/project/{project.key}/experiment/{experiment.test_id}"


def change(
    world: World, project: Project, experiment: Experiment, **body: object
) -> tuple[int, dict[str, Any]]:
    answer = with_key(world, project)("PATCH", path_of(project, experiment), body)
    return answer.status_code, answer.json or {}


def shown(world: World, project: Project, experiment: Experiment) -> dict[str, Any]:
    answer = with_key(world, project)("GET", path_of(project, experiment), None)
    return (answer.json or {})["experiment"]


@pytest.mark.parametrize("caller", CALLERS)
def test_texts_and_design_change_in_one_step(world: World, caller: str) -> None:
    project = world.project()
    draft = world.experiment(project)
    body = {
        "test_name": "Red button",
        "url": URL,
        "tags": ["Shop", "checkout"],
        "configuration": {"traffic_allocation": 50},
        "variants": [{"name": "Variant 1", "data": RED}, {"name": "Variant 2", "data": BLUE}],
    }
    answer = CALLERS[caller](world, project)("PATCH", path_of(project, draft), body)
    assert (answer.status_code, answer.json) == (
        200,
        {"success": True, "test_id": draft.test_id},
    )
    assert answer.headers["ETag"] == f'"v{world.reload(draft).version}"'
    found = shown(world, project, draft)
    assert (found["test_name"], found["url"]) == ("Red button", URL)
    assert (found["tags"], found["configuration"]["traffic_allocation"]) == (
        ["checkout", "shop"],
        50,
    )
    assert [each["data"] for each in found["variants"]] == [[], RED, BLUE]


@on_both_databases
def test_what_is_not_sent_or_null_stays_and_a_list_is_replaced(world: World) -> None:
    project = world.project()
    draft = world.experiment(project, name="Banner")
    change(world, project, draft, url=URL, tags=["shop"], configuration={"traffic_allocation": 20})
    before = shown(world, project, draft)
    said_nothing = {"test_name": None, "tags": None, "variants": None, "configuration": {}}
    assert change(world, project, draft, **said_nothing)[0] == 200
    assert shown(world, project, draft) == before
    assert change(world, project, draft, tags=[])[0] == 200
    assert shown(world, project, draft)["tags"] == []
    assert shown(world, project, draft)["url"] == URL


def test_as_many_variants_keep_their_keys_and_shares(world: World) -> None:
    project = world.project()
    draft = world.experiment(project)
    sides = (VariantDesign("old", 2000, "Old", "a"), VariantDesign("new", 8000, "New", "b"))
    world.redesign(draft, Design(sides))
    assert change(world, project, draft, variants=[{"name": "Newest"}])[0] == 200
    assert world.design(draft).variants == (
        VariantDesign("old", 2000, "Old", "a"),
        VariantDesign("new", 8000, "Newest", "b"),
    )


def test_another_number_of_variants_is_split_evenly(world: World) -> None:
    project = world.project()
    draft = world.experiment(project)
    sides = (VariantDesign("old", 2000, "Old", "a"), VariantDesign("new", 8000, "New", "b"))
    world.redesign(draft, Design(sides))
    sent = [{"name": "Variant 1"}, {"name": "Variant 2"}, {"name": "Variant 3"}]
    change(world, project, draft, variants=sent)
    rows = [(each.key, each.weight, each.value) for each in world.design(draft).variants]
    assert rows == [
        ("old", 2500, "a"),
        ("variant-1", 2500, "variant-1"),
        ("variant-2", 2500, "variant-2"),
        ("variant-3", 2500, "variant-3"),
    ]


def test_data_comes_and_goes_for_all_variants(world: World) -> None:
    project = world.project()
    draft = world.experiment(project)
    values = {}
    for name, sent in {
        "with": [{"name": "Variant 1", "data": RED}],
        "kept": [{"name": "Variant 1"}],
        "without": [{"name": "Variant 1"}, {"name": "Variant 2"}],
    }.items():
        change(world, project, draft, variants=sent)
        values[name] = [each.value for each in world.design(draft).variants]
    assert values == {
        "with": [{"data": []}, {"data": RED}],
        "kept": [{"data": []}, {"data": RED}],
        "without": ["control", "variant-1", "variant-2"],
    }


@pytest.mark.parametrize(
    "body", [{"variants": [{"name": "Variant 1"}]}, {"configuration": {"traffic_allocation": 5}}]
)
@pytest.mark.parametrize("status", [Status.RUNNING, Status.STOPPED])
def test_the_design_of_what_is_no_draft_is_refused_and_its_name_is_kept_too(
    world: World, status: Status, body: dict[str, object]
) -> None:
    project = world.project()
    experiment = world.experiment(project, status, "Banner")
    code, answer = change(world, project, experiment, test_name="Other", **body)
    assert code == 400
    assert answer["error"].startswith("Variants, traffic and goals change only in draft.")
    assert answer["error"].endswith("clone it.")
    assert answer["refusal"]["code"] == "EXPERIMENT_NOT_DRAFT"
    assert world.reload(experiment).name == "Banner"


@pytest.mark.parametrize("status", [Status.RUNNING, Status.STOPPED])
def test_the_name_of_what_is_no_draft_changes(world: World, status: Status) -> None:
    project = world.project()
    experiment = world.experiment(project, status)
    nothing = {"configuration": {"confidence_interval": 95}}
    assert change(world, project, experiment, test_name="Other", **nothing)[0] == 200
    assert world.reload(experiment).name == "Other"


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"test_name": " "}, "Give it a name."),
        ({"url": "shop"}, "Give the whole address of the page"),
        ({"test_name": 5}, "test_name: has to be a text."),
        ({"tags": "shop"}, "tags: has to be a list."),
        ({"variants": []}, "An experiment has 2 to 20 variants."),
        ({"variants": [{"name": "control"}]}, "variants are the treatments alone"),
        ({"configuration": {"traffic_allocation": 101}}, "Traffic allocation is from 0 to 100 %."),
        ({"url": URL, "configuration": {"traffic_allocation": 101}}, "Traffic allocation is"),
        ([], "body: has to be an object."),
    ],
    ids=str,
)
def test_what_cannot_be_is_400_and_nothing_changes(world: World, body: object, fault: str) -> None:
    project = world.project()
    draft = world.experiment(project)
    before = shown(world, project, draft)
    answer = with_key(world, project)("PATCH", path_of(project, draft), body)
    assert answer.status_code == 400
    assert (answer.json or {})["error"].startswith(fault)
    assert shown(world, project, draft) == before


def test_what_is_not_heeded_is_named(world: World) -> None:
    project = world.project()
    draft = world.experiment(project)
    body = {
        "targeting": {"devices": ["mobile"]},
        "variants": [{"name": "Variant 1", "customCSS": "p {}", "customJS": ""}],
        "configuration": {"confidence_interval": 99},
    }
    _, answer = change(world, project, draft, **body)
    assert [each["detail"].split()[0] for each in answer["warnings"]] == [
        "variants.0.customCSS",
        "configuration.confidence_interval",
        "targeting.devices",
    ]


@on_both_databases
def test_what_has_changed_meanwhile_is_left(world: World) -> None:
    project = world.project()
    draft = world.experiment(project, name="Banner")
    client = world.app.test_client(use_cookies=False)
    headers = {"Authorization": f"Bearer {world.key(project)}", "If-Match": f'"v{draft.version}"'}
    change(world, project, draft, configuration={"traffic_allocation": 5})
    path = path_of(project, draft)
    answer = client.patch(path, json={"test_name": "Other"}, headers=headers)
    assert answer.status_code == 412
    assert world.reload(draft).name == "Banner"


def test_an_archived_one_is_404_and_a_viewer_changes_nothing(world: World) -> None:
    project = world.project()
    gone, draft = world.experiment(project, Status.ARCHIVED), world.experiment(project)
    said = {"error": "Experiment not found."}
    assert change(world, project, gone, test_name="Other") == (404, said)
    viewer = world.browser(world.member(project, Role.VIEWER))
    answer = viewer.call("PATCH", path_of(project, draft), {"test_name": "Other"})
    assert answer.status_code == 403
