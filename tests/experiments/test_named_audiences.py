"""Audiences that a project keeps by name: drafts follow them, and what was started does not."""

from dataclasses import replace

import pytest

from app.core.errors import AlreadyExists, InvalidInput, NotFound
from app.experiments import creation, named_audiences, redesigns
from app.experiments.audiences.conditions import Audience, Condition, Operator
from app.experiments.designs import Design
from app.experiments.named_audiences import Change
from app.lifecycle import named_actions
from app.lifecycle.ends.decisions import ActionRequest
from app.lifecycle.rules import Action
from app.models import Experiment, Kind, Project, Status
from app.tenancy import project_erasure
from tests.conftest import on_both_databases
from tests.world import COMMAND_LINE, MOBILE, World

TABLET: Audience = ((Condition("device", Operator.IS, ("tablet",)),),)
COUNTRY: Audience = ((Condition("country", Operator.IS, ("GB",)),),)
PRO: Audience = ((Condition("plan", Operator.IS, ("pro",)),),)


def following(world: World, project: Project, status: Status = Status.DRAFT) -> Experiment:
    """An experiment whose audience is the one with the key `mobile`, brought to a status."""
    experiment = world.experiment(project)
    world.redesign(experiment, Design(named_audience="mobile"))
    if status is not Status.DRAFT:
        world.start(experiment)
    if status is Status.STOPPED:
        act(world, experiment, Action.PAUSE)
    return experiment


def act(world: World, experiment: Experiment, action: Action) -> None:
    with world.app.app_context():
        request = ActionRequest(action)
        named_actions.take_action(experiment.project_id, experiment.test_id, request, COMMAND_LINE)


def change(world: World, project: Project, asked: Change) -> None:
    with world.app.app_context():
        named_audiences.change(project.id, "mobile", asked, COMMAND_LINE)


def delete(world: World, project: Project) -> None:
    with world.app.app_context():
        named_audiences.delete(project.id, "mobile", COMMAND_LINE)


def audience(world: World, experiment: Experiment) -> tuple[Audience, str, str]:
    design = world.design(experiment)
    return design.audience, design.named_audience, design.audience_name


@on_both_databases
def test_a_change_reaches_drafts_and_no_run_that_was_started(world: World) -> None:
    project = world.project(None)
    world.audience(project, "Mobile")
    draft = following(world, project)
    live, paused = (following(world, project, to) for to in (Status.RUNNING, Status.STOPPED))
    assert audience(world, draft) == (MOBILE, "mobile", "Mobile")
    version = world.reload(draft).version
    change(world, project, Change("Tablets", TABLET))
    assert audience(world, draft) == (TABLET, "mobile", "Tablets")
    assert world.reload(draft).version > version
    assert audience(world, live) == audience(world, paused) == (MOBILE, "mobile", "Mobile")
    act(world, paused, Action.RESUME)
    assert audience(world, paused)[0] == MOBILE
    latest = world.entries(draft)[-1]
    assert (latest.kind, latest.detail) == (Kind.EDITED, "audience “Tablets”")
    assert [each["field"] for each in latest.changes or ()] == ["audience"]


@on_both_databases
def test_a_draft_of_something_that_ran_is_reached_too_and_its_run_stays(world: World) -> None:
    project = world.project()
    world.audience(project, "Mobile")
    experiment = following(world, project, Status.STOPPED)
    act(world, experiment, Action.REDRAFT)
    change(world, project, Change(audience=TABLET))
    assert audience(world, experiment)[0] == TABLET
    kept = world.execute(
        "SELECT number, audience, audience_name FROM run WHERE test_id = :id ORDER BY number",
        id=experiment.test_id,
    )
    assert [(row.number, "mobile" in row.audience, row.audience_name) for row in kept] == [
        (1, True, "Mobile"),
        (2, False, "Mobile"),
    ]


def test_a_country_that_a_version_before_took_is_mended_in_all_drafts(world: World) -> None:
    project = world.project(None)
    world.audience(project, "Mobile", COUNTRY)
    draft, own = following(world, project), world.experiment(project)
    world.redesign(own, Design(audience=COUNTRY))
    _take_as_before(world)
    change(world, project, Change(name="Britons"))
    assert world.design(draft).audience_name == "Britons"
    with pytest.raises(InvalidInput, match="not UK"):
        world.redesign(own, replace(world.design(own), traffic_allocation=5000))
    for each in (draft, own):
        world.redesign(each, replace(world.design(each), named_audience="mobile"))
    change(world, project, Change(audience=COUNTRY))
    assert {world.design(each).audience for each in (draft, own)} == {COUNTRY}


def test_a_draft_with_a_value_that_a_version_before_took_is_reached(world: World) -> None:
    project = world.project(None)
    world.audience(project, "Mobile")
    draft = following(world, project)
    world.execute("UPDATE variant SET value = '[1, 2]'")
    change(world, project, Change(audience=TABLET))
    assert world.design(draft).audience == TABLET
    assert [each.value for each in world.design(draft).variants] == [[1, 2], [1, 2]]


def _take_as_before(world: World) -> None:
    """Let audiences ask for the United Kingdom by a code that is none, as versions before did."""
    for statement in (
        "UPDATE named_audience SET rules = replace(CAST(rules AS text), 'GB', 'UK')",
        "UPDATE run SET audience = replace(CAST(audience AS text), 'GB', 'UK')",
    ):
        world.execute(statement)


def test_own_conditions_take_the_place_of_a_name(world: World) -> None:
    project = world.project()
    world.audience(project, "Mobile")
    draft = following(world, project)
    with world.app.app_context():
        redesigns.change(
            project.id, draft.test_id, lambda design: design.with_own_audience(PRO), COMMAND_LINE
        )
    change(world, project, Change(audience=TABLET))
    assert audience(world, draft) == (PRO, "", "")


def test_one_that_drafts_have_is_not_deleted_and_says_which_they_are(world: World) -> None:
    project = world.project()
    world.audience(project, "Mobile")
    draft, live = following(world, project), following(world, project, Status.RUNNING)
    with pytest.raises(InvalidInput, match=f"in the design of “{draft.name}” first"):
        delete(world, project)
    world.archive(draft)
    delete(world, project)
    assert audience(world, live) == audience(world, draft) == (MOBILE, "", "Mobile")
    with world.app.app_context(), pytest.raises(NotFound):
        named_audiences.by_key(project.id, "mobile")


def test_a_clone_follows_it_as_it_is_now_or_has_its_conditions_once_it_is_gone(
    world: World,
) -> None:
    project = world.project()
    world.audience(project, "Mobile")
    live = following(world, project, Status.RUNNING)
    change(world, project, Change(audience=TABLET))
    with world.app.app_context():
        clone = creation.clone(project.id, live.test_id, COMMAND_LINE)
    assert audience(world, clone) == (TABLET, "mobile", "Mobile")
    world.archive(clone)
    delete(world, project)
    with world.app.app_context():
        another = creation.clone(project.id, live.test_id, COMMAND_LINE)
    assert audience(world, another) == (MOBILE, "", "")


def test_names_and_keys_are_each_of_one_and_no_name_is_for_everybody(world: World) -> None:
    project, other = world.project(), world.project()
    world.audience(project, "Mobile")
    world.audience(other, "Mobile")
    with pytest.raises(AlreadyExists, match="the name Mobile already"):
        world.audience(project, "Mobile")
    with pytest.raises(AlreadyExists, match="the key mobile already"):
        world.audience(project, "mobile!")
    with pytest.raises(InvalidInput, match="at least one condition"):
        world.audience(project, "Everybody", ())


@on_both_databases
def test_it_is_erased_with_its_project(world: World) -> None:
    project = world.project()
    world.audience(project, "Mobile")
    following(world, project)
    with world.app.app_context():
        project_erasure.erase(project.key, project.name, COMMAND_LINE)
    assert world.execute("SELECT count(*) FROM named_audience")[0][0] == 0
