"""Experiments by owner, tag, goal, page and outcome: in a project, and across projects."""

from dataclasses import replace

import pytest

from app.experiments import creation, filters, search
from app.experiments.creation import Draft
from app.experiments.designs import Design, GoalUse
from app.experiments.filters import Filters
from app.experiments.search import Tab, View
from app.experiments.texts import Texts
from app.models import Conclusion, GoalRole, Project, Status
from app.tenancy import projects
from tests.conftest import on_both_databases
from tests.world import COMMAND_LINE, World


def filled(world: World, project: Project, owner: str) -> None:
    """Three experiments that differ in all that one can filter by."""
    world.goal(project, "purchase")
    design = Design(goals=(GoalUse("purchase", GoalRole.PRIMARY),))
    with world.app.app_context():
        for draft in (
            Draft(Texts("Owned", owner=owner, tags="mobile, checkout")),
            Draft(Texts("Measured", tags="mobile"), design=design),
            Draft(Texts("Paged", url="https://Shop.example/Cart?x=1")),
        ):
            creation.create(project.id, draft, COMMAND_LINE)
    lost = world.experiment(project, Status.STOPPED, "Lost")
    world.archive(lost, Conclusion.LOST)


def wanted(world: World, owner: str) -> dict[str, Filters]:
    return {
        "Owned": Filters(owner_id=world.person(owner).user_id),
        "Measured, Owned": Filters(tag="mobile"),
        "Measured": Filters(goal="purchase"),
        "Paged": Filters(page="shop.example/cart"),
        "Lost": Filters(conclusion=Conclusion.LOST),
        "": Filters(tag="mobile", goal="purchase", conclusion=Conclusion.LOST),
    }


@on_both_databases
def test_each_filter_finds_its_experiments_and_together_they_narrow(world: World) -> None:
    project = world.project()
    owner = world.member(project)
    filled(world, project, owner)
    filled(world, world.project(), "")
    expected = wanted(world, owner)
    with world.app.app_context():
        for names, asked in expected.items():
            found = search.page(project.id, View(filters=asked)).experiments
            assert ", ".join(each.name for each in found) == names


@on_both_databases
def test_across_projects_they_find_what_is_in_any_of_mine(world: World) -> None:
    mine, other, closed = world.project(), world.project(), world.project()
    owner = world.member(mine)
    for project in (mine, other, closed):
        filled(world, project, owner if project is mine else "")
    world.execute(
        "INSERT INTO membership (project_id, user_id, role) SELECT :id, id, 'viewer'"
        " FROM user_account",
        id=closed.id,
    )
    expected = wanted(world, owner)
    me = world.person(owner).user_id
    assert me
    with world.app.app_context():
        projects.retire(closed.key, COMMAND_LINE)
        for names, asked in expected.items():
            found = search.across(me, View(filters=asked)).experiments
            assert ", ".join(each.name for each in found) == names
            assert {each.project.name for each in found} <= {mine.name}
        archived = search.across(me, View(Tab.ARCHIVED)).experiments
        assert [each.name for each in archived] == ["Lost"]


@on_both_databases
def test_what_can_be_chosen_is_what_there_is(world: World) -> None:
    project = world.project()
    owner = world.member(project)
    filled(world, project, owner)
    me = world.person(owner).user_id
    assert me
    with world.app.app_context():
        for scope in (project.id, filters.of_member(me)):
            found = filters.choices(scope)
            assert found.owners == {me: owner}
            assert found.tags == ["checkout", "mobile"]
            assert found.goals == {"purchase": "purchase"}


def test_the_next_page_goes_on_with_the_filter(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "PAGE_SIZE", 1)
    project = world.project()
    owner = world.member(project)
    filled(world, project, owner)
    me = world.person(owner).user_id
    assert me
    view = View(filters=Filters(tag="mobile"))
    with world.app.app_context():
        first = search.across(me, view)
        second = search.across(me, replace(view, after=first.next_after))
    assert [each.name for each in (*first.experiments, *second.experiments)] == [
        "Measured",
        "Owned",
    ]
    assert second.next_after is None
