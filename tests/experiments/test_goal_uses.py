"""The cap of goals that sum up: part of the design, and asked for where it matters."""

import pytest

from app.core.errors import InvalidInput
from app.database.transactions import writing
from app.experiments import caps, creation, designs, redesigns
from app.experiments.creation import Draft
from app.experiments.designs import Design, GoalUse
from app.experiments.texts import Texts
from app.models import Conversion, Exposure, GoalKind, GoalRole, Project, now
from tests import means
from tests.api.asking import with_key
from tests.conftest import on_both_databases
from tests.measured import PURCHASE, planned
from tests.pages.reading import page
from tests.world import COMMAND_LINE, World


def drafted(world: World, project: Project, design: Design) -> Design:
    """The design of a draft that is made with another."""
    with world.app.app_context():
        made = creation.create(project.id, Draft(Texts("Banner"), design=design), COMMAND_LINE)
        return designs.of(designs.current(made.test_id))


@pytest.mark.parametrize("kind", [GoalKind.REVENUE, GoalKind.COUNT])
def test_a_goal_that_sums_up_needs_a_cap_and_keeps_it(world: World, kind: GoalKind) -> None:
    project = world.project()
    means.goal(world, project, kind)
    with pytest.raises(InvalidInput, match="“Revenue” sums up what visitors do: give") as raised:
        drafted(world, project, Design(goals=(GoalUse("revenue", GoalRole.PRIMARY),)))
    assert raised.value.field == "goals"
    assert drafted(world, project, means.design()).goals[0].cap == means.CAP


def test_a_goal_that_counts_visitors_has_no_cap(world: World) -> None:
    draft = planned(world, world.project())
    capped = Design(goals=(GoalUse("purchase", GoalRole.PRIMARY, cap=5.0),))
    with (
        draft.world.app.app_context(),
        pytest.raises(InvalidInput, match="“Purchase” counts visitors: it has no cap"),
    ):
        redesigns.change(draft.project.id, draft.experiment.test_id, lambda _: capped, COMMAND_LINE)


@pytest.mark.parametrize("cap", [0.0, -1.0, 1e-7, 1e13, float("inf"), float("nan")])
def test_a_cap_is_within_bounds(cap: float) -> None:
    with pytest.raises(InvalidInput, match="A cap is a number from"):
        designs.checked(means.design(cap=cap))


def test_the_api_answers_422_without_a_cap_and_shows_the_one_it_is_sent(world: World) -> None:
    draft = planned(world, world.project(), PURCHASE)
    means.goal(world, draft.project)
    ask = with_key(world, draft.project)
    address = f"/api/admin/experiments/{draft.experiment.public_id}"
    without = ask("PATCH", address, {"goals": [{"key": "revenue"}]})
    assert without.status_code == 422
    sent = ask("PATCH", address, {"goals": [{"key": "revenue", "cap": 250}]})
    assert sent.json
    assert sent.json["goals"] == [{"key": "revenue", "role": "primary", "cap": 250.0}]


@on_both_databases
def test_what_one_buyer_in_a_hundred_exceeded_is_proposed(world: World) -> None:
    measured, goal_id = means.earning(world, world.project())
    spent = [float(each) for each in range(1, 201)]
    with world.app.app_context(), writing() as session:
        for place, value in enumerate(spent):
            of_whom = {"run_id": measured.run_id, "unit": f"{place:022}"}
            session.add(Exposure(position=0, day=now().date(), **of_whom))
            session.flush()
            session.add(Conversion(goal_id=goal_id, value=value, events=1, **of_whom))
    with world.app.app_context():
        assert caps.proposed(measured.project.id) == {"revenue": 198.0}


def test_the_form_asks_for_a_cap_of_what_sums_up_alone_and_says_why_none_is_proposed(
    world: World,
) -> None:
    draft = planned(world, world.project(), PURCHASE)
    means.goal(world, draft.project)
    browser = world.browser(world.member(draft.project))
    found = page(browser.get(f"{draft.page.removesuffix('/result')}/design"))
    caps_asked = found.every("div", class_="cap")
    assert len(caps_asked) == 1
    assert "In EUR" in caps_asked[0].text
    assert "Nobody has reached it in the last 28 days" in caps_asked[0].text
