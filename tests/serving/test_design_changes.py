"""Designs change in draft alone, whole or not at all."""

from typing import Any

import pytest

from app.core.errors import InvalidInput, NotFound
from app.experiments import creation, designs
from app.experiments.creation import Draft
from app.experiments.designs import Design, GoalUse, VariantDesign
from app.experiments.texts import Texts
from app.lifecycle.refusals import RefusalCode, Refused, WayOut
from app.models import Experiment, GoalRole, Status
from tests.conftest import on_both_databases
from tests.serving import runs
from tests.serving.site import Site, make_site, towards
from tests.world import COMMAND_LINE, World

QUARTERS = (VariantDesign("old", 2500, value=False), VariantDesign("new", 7500, "New", value=True))
REFUSALS = [
    (
        Status.RUNNING,
        "Variants, traffic and goals change only in draft. This one is running: pause it and put"
        " it back to draft, or clone it.",
        (WayOut.PAUSE_FIRST, WayOut.CLONE),
    ),
    (
        Status.STOPPED,
        "Variants, traffic and goals change only in draft. This one is stopped: put it back to"
        " draft, or clone it.",
        (WayOut.BACK_TO_DRAFT, WayOut.CLONE),
    ),
    (
        Status.ARCHIVED,
        "Variants, traffic and goals change only in draft. This one is archived: clone it.",
        (WayOut.CLONE,),
    ),
]


def everything(site: Site, experiment: Experiment) -> tuple[Any, ...]:
    """The experiment's columns, its project's version, and its runs."""
    rows = [site.world.execute(f"SELECT * FROM {table}") for table in ("experiment", "project")]  # noqa: S608
    return *rows, runs.of(site, experiment)


@on_both_databases
def test_a_draft_gets_the_design_that_it_is_given(site: Site) -> None:
    for key in ("order", "call", "complaint"):
        site.goal(key)
    experiment = site.experiment(status=Status.DRAFT)
    goals = (
        GoalUse("complaint", GoalRole.GUARDRAIL),
        GoalUse("order", GoalRole.PRIMARY),
        GoalUse("call", GoalRole.SECONDARY),
    )
    runs.redesign(site, experiment, Design(QUARTERS, 9999, 0, 2**31 - 1, goals))
    named = (VariantDesign("old", 2500, "old", value=False), QUARTERS[1])
    assert runs.current(site, experiment) == Design(named, 9999, 0, 2**31 - 1, goals)


@pytest.mark.parametrize(("status", "sentence", "ways_out"), REFUSALS)
def test_out_of_draft_it_is_refused_with_the_way_on_and_changes_nothing(
    site: Site, status: Status, sentence: str, ways_out: tuple[WayOut, ...]
) -> None:
    experiment = site.experiment(status=status)
    before = everything(site, experiment)
    with pytest.raises(Refused) as caught:
        runs.redesign(site, experiment, Design(traffic_allocation=1))
    refusal = caught.value.refusal
    assert (str(caught.value), refusal.ways_out) == (sentence, ways_out)
    assert (refusal.code, refusal.allowed_from) == (RefusalCode.NOT_A_DRAFT, (Status.DRAFT,))
    assert everything(site, experiment) == before


def test_a_changed_design_is_a_new_version_of_the_project_and_moves_updated_at_alone(
    site: Site,
) -> None:
    experiment = site.experiment(status=Status.DRAFT)
    version = "SELECT version FROM project"
    before = site.world.execute(version)[0].version
    runs.redesign(site, experiment, Design(traffic_allocation=1))
    after = site.world.reload(experiment)
    assert site.world.execute(version)[0].version == before + 1
    assert after.updated_at > experiment.updated_at
    assert (after.changed_at, after.status) == (experiment.changed_at, experiment.status)


def test_history_tells_which_parts_of_a_design_have_changed(site: Site) -> None:
    site.goal("order")
    experiment = site.experiment(status=Status.DRAFT)
    for design in (
        Design(QUARTERS, 5000),
        Design(QUARTERS, 5000, 3, 100),
        Design(QUARTERS, 5000, 3, 100, (GoalUse("order", GoalRole.PRIMARY),)),
    ):
        runs.redesign(site, experiment, design)
    assert [(each.kind, each.detail) for each in site.world.entries(experiment)] == [
        ("edited", "variants, traffic"),
        ("edited", "minimum of days, minimum of visitors"),
        ("edited", "goals"),
    ]


def test_a_design_that_is_as_it_was_changes_nothing(site: Site) -> None:
    experiment = site.experiment(status=Status.DRAFT)
    runs.redesign(site, experiment, Design(QUARTERS))
    before = everything(site, experiment)
    runs.redesign(site, experiment, Design(QUARTERS))
    assert everything(site, experiment) == before


@pytest.mark.parametrize("was_open", [False, True])
def test_an_unknown_goal_is_refused_by_its_key_and_changes_nothing(
    site: Site,
    was_open: bool,  # noqa: FBT001
) -> None:
    site.goal("order")
    experiment = site.experiment(towards("order"), status=Status.DRAFT)
    if was_open:
        site.walk(experiment, Status.RUNNING, Status.STOPPED, Status.DRAFT)
    before = everything(site, experiment)
    with pytest.raises(InvalidInput, match="no goal nothing") as caught:
        runs.redesign(site, experiment, towards("order", "nothing"))
    assert caught.value.field == "goals"
    assert everything(site, experiment) == before


def test_a_goal_of_another_project_is_unknown(world: World, site: Site) -> None:
    make_site(world).goal("theirs")
    experiment = site.experiment(status=Status.DRAFT)
    with pytest.raises(InvalidInput, match="no goal theirs"):
        runs.redesign(site, experiment, towards("theirs"))


def test_an_experiment_of_another_project_is_not_found(world: World, site: Site) -> None:
    experiment = make_site(world).experiment(status=Status.DRAFT)
    before = everything(site, experiment)
    with pytest.raises(NotFound):
        runs.redesign(site, experiment, Design(traffic_allocation=1))
    assert everything(site, experiment) == before


def test_an_experiment_is_created_with_the_design_that_is_given(site: Site) -> None:
    site.goal("order")
    design = towards("order", variants=QUARTERS, traffic_allocation=5000)
    with site.world.app.app_context():
        made = creation.create(site.project.id, Draft(Texts("Banner"), design=design), COMMAND_LINE)
    current = runs.current(site, made)
    assert current == designs.checked(design)


def test_with_a_design_that_is_refused_nothing_is_created(site: Site) -> None:
    for design in (Design(traffic_allocation=10_001), towards("nothing")):
        draft = Draft(Texts("Banner"), design=design)
        with site.world.app.app_context(), pytest.raises(InvalidInput):
            creation.create(site.project.id, draft, COMMAND_LINE)
    assert site.world.execute("SELECT count(*) FROM experiment") == [(0,)]


def test_a_rise_lets_more_take_part_and_nobody_gets_another_variant(site: Site) -> None:
    site.world.app.config["SECONDS_REMEMBERED"] = 0
    units = [f"visitor-{number}" for number in range(40)]
    live = site.experiment(Design(traffic_allocation=3_000))
    before = site.variants(live, units)
    site.world.raise_traffic(live, 10_000)
    after = site.variants(live, units)
    assert None in before
    assert None not in after
    assert [(was, is_now) for was, is_now in zip(before, after, strict=True) if was] == [
        (was, was) for was in before if was
    ]
