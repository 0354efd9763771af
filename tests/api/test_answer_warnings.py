"""What can never measure anything goes live all the same, and the answer says so."""

from datetime import timedelta

import pytest

from app.experiments.designs import Design, VariantDesign
from app.models import Experiment, Project, Status, now
from tests.api.asking import integers_path, names_path, with_key
from tests.world import World

WARNINGS = [
    {
        "code": "no_traffic",
        "detail": "Its traffic is 0 %: nobody takes part, so it can never measure anything.",
    }
]


def without_traffic(world: World, project: Project) -> Experiment:
    experiment = world.experiment(project)
    world.redesign(experiment, Design(traffic_allocation=0))
    return experiment


def test_both_contracts_start_it_and_warn(world: World) -> None:
    project = world.project()
    one, other = (without_traffic(world, project) for _ in range(2))
    ask = with_key(world, project)
    started = ask("PATCH", integers_path(project, one), {"status": 1})
    assert (started.status_code, started.json) == (
        200,
        {"success": True, "test_id": one.test_id, "status": 1, "warnings": WARNINGS},
    )
    started = ask("POST", names_path(other), {"status": "running"})
    assert (started.status_code, started.json) == (
        200,
        {"id": other.public_id, "status": "running", "warnings": WARNINGS},
    )
    assert world.reload(one).status is world.reload(other).status is Status.RUNNING


@pytest.mark.parametrize(
    ("shares", "code", "detail"),
    [
        (
            (0, 10_000, 0),
            "one_variant",
            "All of its visitors get the same variant: there is nothing to compare, so it can "
            "never measure anything.",
        ),
        (
            (0, 5_000, 5_000),
            "no_control",
            "Nobody gets the original: there is nothing to compare the others with, so it can "
            "never measure anything.",
        ),
    ],
)
def test_each_split_that_can_never_be_compared_has_its_own_warning(
    world: World, shares: tuple[int, ...], code: str, detail: str
) -> None:
    project = world.project()
    experiment = world.experiment(project)
    variants = (VariantDesign(f"v{number}", share) for number, share in enumerate(shares))
    world.redesign(experiment, Design(tuple(variants)))
    ask = with_key(world, project)
    started = ask("PATCH", integers_path(project, experiment), {"status": 1})
    assert (started.json or {})["warnings"] == [{"code": code, "detail": detail}]


def test_a_resume_warns_and_a_pause_or_what_is_so_already_does_not(world: World) -> None:
    project = world.project()
    experiment = without_traffic(world, project)
    ask, path = with_key(world, project), integers_path(project, experiment)
    answers = [ask("PATCH", path, {"status": status}).json for status in (1, 1, 0, 1)]
    assert [answer and answer.get("warnings") for answer in answers] == [
        WARNINGS,
        None,
        None,
        WARNINGS,
    ]


def test_an_ordinary_start_is_answered_byte_for_byte_as_ever(world: World) -> None:
    project = world.project()
    one, other = world.experiment(project), world.experiment(project)
    ask = with_key(world, project)
    started = ask("PATCH", integers_path(project, one), {"status": 1})
    assert started.text == f'{{"success":true,"test_id":{one.test_id},"status":1}}\n'
    started = ask("POST", names_path(other), {"status": "running"})
    assert started.text == f'{{"id":"{other.public_id}","status":"running"}}\n'


def test_other_ways_to_start_it_warn_too(world: World) -> None:
    project = world.project(limit=1)
    holder = world.experiment(project, Status.RUNNING)
    experiment, ordinary = without_traffic(world, project), world.experiment(project)
    ask, base = with_key(world, project), "/api/admin/experiments"
    place = f"{base}/{experiment.public_id}"
    many = {"ids": [holder.public_id, experiment.public_id], "status": "stopped", "dry_run": True}
    answers = [
        ask("PUT", f"{place}/queue", {}),
        ask("PUT", f"{place}/schedule", {"start_at": (now() + timedelta(days=1)).isoformat()}),
        ask("POST", f"{place}/swap", {"pause": holder.public_id}),
    ]
    assert [(each.status_code, (each.json or {})["warnings"]) for each in answers] == [
        (200, WARNINGS)
    ] * 3
    unwarned = [
        ask("PUT", f"{base}/{ordinary.public_id}/queue", {}),
        ask("PUT", f"{place}/schedule", {}),
        ask("POST", f"{base}/bulk", many),
    ]
    for each in unwarned:
        assert each.status_code == 200
        assert "warnings" not in each.text


def test_each_of_many_warns_for_itself(world: World) -> None:
    project = world.project()
    experiment, ordinary = without_traffic(world, project), world.experiment(project)
    body = {"ids": [experiment.public_id, ordinary.public_id], "status": "running"}
    ask = with_key(world, project)
    for asked in ({**body, "dry_run": True}, body):
        answer = ask("POST", "/api/admin/experiments/bulk", asked).json
        assert isinstance(answer, dict)
        assert [item.get("warnings") for item in answer["items"]] == [WARNINGS, None]
