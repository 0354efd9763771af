"""Learnings for programs: what the page has, in fractions."""

from app import lifecycle
from app.lifecycle import ActionRequest
from app.lifecycle.rules import Action
from tests.api.asking import with_key
from tests.measured import golden
from tests.world import COMMAND_LINE, World


def test_programs_get_what_has_ended_as_its_result_has_it_and_how_often_it_won(
    world: World,
) -> None:
    measured = golden(world, world.project())
    ask = with_key(world, measured.project)
    request = ActionRequest(Action.SHIP, variant="treatment", reason="Green sells.")
    with world.app.app_context():
        test_id = measured.experiment.test_id
        lifecycle.take_action(measured.project.id, test_id, request, COMMAND_LINE)
    answer, result = (
        ask("GET", path, None).json for path in ("/api/admin/learnings", measured.names)
    )
    assert answer
    assert result
    (told,) = answer["data"]
    variant = result["goals"][0]["variants"][1]
    assert told["measured"] == {
        "goal": "purchase",
        "variant": "treatment",
        "improvement": variant["improvement"],
        "sequential_interval": variant["sequential_interval"],
    }
    assert (told["decided_for"], told["is_shipped"]) == ("treatment", True)
    assert (told["learned"], told["visitors"], told["days_running"]) == ("Green sells.", 2980, 14)
    assert answer["summary"] == {
        "won": 1,
        "decided": 1,
        "surely_better": 0,
        "gains": [variant["improvement"]],
        "median_gain": None,
    }
    assert not answer["is_cut"]


def test_of_one_outcome_alone_programs_are_not_told_how_often_it_comes(world: World) -> None:
    measured = golden(world, world.project())
    world.ship(measured.experiment)
    ask = with_key(world, measured.project)
    told = ask("GET", "/api/admin/learnings?outcome=won", None).json
    assert told
    assert (len(told["data"]), told["summary"]) == (1, None)


def test_programs_name_a_quarter_as_it_is_written_and_filter_as_lists_do(world: World) -> None:
    measured = golden(world, world.project())
    ask = with_key(world, measured.project)
    path = f"/api/admin/experiments/{measured.experiment.public_id}"
    ask("PATCH", path, {"tags": ["basket"]})
    world.ship(measured.experiment)
    found = {
        query: len((ask("GET", f"/api/admin/learnings?{query}", None).json or {})["data"])
        for query in ("tag=Basket", "tag=other", "outcome=won", "outcome=lost", "quarter=2001-Q1")
    }
    assert [*found.values()] == [1, 0, 1, 0, 0]
    assert ask("GET", "/api/admin/learnings?quarter=Q1", None).status_code == 422
