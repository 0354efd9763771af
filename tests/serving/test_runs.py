"""Runs: opened by a start, gone on with by a resume, and split afresh out of draft."""

import pytest
from sqlalchemy.exc import IntegrityError

from app.api.v2.statuses import OFFERS
from app.experiments import creation
from app.experiments.creation import Draft
from app.experiments.designs import Design, VariantDesign
from app.experiments.texts import Texts
from app.models import Experiment, Status
from tests.conftest import on_both_databases
from tests.events import audit
from tests.serving import runs
from tests.serving.site import Site, did, saw, towards
from tests.world import COMMAND_LINE

DRAFT, RUNNING, STOPPED, ARCHIVED = Status.DRAFT, Status.RUNNING, Status.STOPPED, Status.ARCHIVED
UNITS = [f"visitor-{number}" for number in range(30)]
THIRDS = (
    VariantDesign("old", 3334, "Old", {"colour": None}),
    VariantDesign("red", 3333, "Red", {"colour": [1.0, 0, 0]}),
    VariantDesign("blue", 3333, "Blue", {"colour": [0, 0, 1.0]}),
)
WALK = (RUNNING, STOPPED, RUNNING, STOPPED, DRAFT, RUNNING, STOPPED, DRAFT, STOPPED, ARCHIVED)


def numbers(site: Site, experiment: Experiment) -> list[tuple[int, bool, bool]]:
    """Of each run its number, whether it is the current one, and whether it is open."""
    found = runs.of(site, experiment)
    return [(run.number, run.is_current, run.opened_at is not None) for run in found]


def started_at(site: Site, experiment: Experiment) -> object:
    started = "SELECT started_at FROM experiment WHERE test_id = :test_id"
    return site.world.execute(started, test_id=experiment.test_id)[0].started_at


def test_a_draft_has_a_planned_run(site: Site) -> None:
    assert numbers(site, site.experiment(status=DRAFT)) == [(1, True, False)]


def test_a_start_opens_the_planned_run_at_the_moment_of_the_start(site: Site) -> None:
    experiment = site.experiment(status=DRAFT)
    planned = runs.of(site, experiment)[0]
    site.walk(experiment, RUNNING)
    assert numbers(site, experiment) == [(1, True, True)]
    opened = runs.of(site, experiment)[0]
    moment = started_at(site, experiment)
    assert (opened.opened_at, opened.salt, opened.id) == (moment, planned.salt, planned.id)


def test_pause_and_resume_keep_everyones_variant_and_the_run_as_it_is(site: Site) -> None:
    experiment = site.experiment(Design(THIRDS))
    before, kept = site.variants(experiment, UNITS), runs.of(site, experiment)
    for _ in range(2):
        site.walk(experiment, STOPPED)
        assert site.variants(experiment, UNITS[:3]) == [None] * 3
        site.walk(experiment, RUNNING)
        assert site.variants(experiment, UNITS) == before
    assert runs.of(site, experiment) == kept


def test_out_of_draft_again_all_are_split_afresh_by_the_same_design(site: Site) -> None:
    site.goal("order")
    experiment = site.experiment(towards("order", variants=THIRDS, traffic_allocation=9000))
    before = site.variants(experiment, UNITS)
    site.walk(experiment, STOPPED, DRAFT, RUNNING)
    first, second = runs.of(site, experiment)
    assert site.variants(experiment, UNITS) != before
    assert numbers(site, experiment) == [(1, False, True), (2, True, True)]
    assert first.salt != second.salt
    assert second.opened_at == started_at(site, experiment)
    assert (second.shares, second.variants, second.goals) == (
        first.shares,
        first.variants,
        first.goals,
    )


@on_both_databases
def test_no_two_runs_of_whatever_experiment_have_the_same_salt(site: Site) -> None:
    made = [site.experiment() for _ in range(2)]
    for each in made:
        site.walk(each, *(STOPPED, DRAFT, RUNNING) * 2)
    salts = [run.salt for each in made for run in runs.of(site, each)]
    assert (len(salts), len(set(salts))) == (6, 6)


def test_created_to_run_at_once_an_experiment_has_an_open_run_and_is_served(site: Site) -> None:
    with site.world.app.app_context():
        draft = Draft(Texts("Banner"))
        made = creation.create_as(site.project.id, draft, COMMAND_LINE, OFFERS[1]).experiment
    assert numbers(site, made) == [(1, True, True)]
    assert None not in site.variants(made, UNITS)


def test_split_afresh_the_first_run_keeps_all_that_it_has(site: Site) -> None:
    experiment = collected(site)
    first, rows = runs.of(site, experiment)[0], audit.everything(site.world)
    site.walk(experiment, STOPPED, DRAFT, RUNNING)
    kept = runs.of(site, experiment)[0]
    assert (kept.id, kept.salt, kept.opened_at) == (first.id, first.salt, first.opened_at)
    assert (kept.variants, kept.goals) == (first.variants, first.goals)
    assert audit.everything(site.world) == rows


def test_split_afresh_a_run_has_nothing_that_was_done_to_the_counts_of_the_first(
    site: Site,
) -> None:
    experiment = collected(site)
    site.world.execute("UPDATE run SET recounted_at = opened_at, rows_deleted_at = opened_at")
    site.walk(experiment, STOPPED, DRAFT, RUNNING)
    rows = site.world.execute("SELECT recounted_at, rows_deleted_at FROM run ORDER BY number")
    assert rows[0].recounted_at
    assert rows[0].rows_deleted_at
    assert tuple(rows[1]) == (None, None)


def collected(site: Site) -> Experiment:
    """A running experiment with visitors and conversions."""
    site.goal("order")
    experiment = site.experiment(towards("order"))
    site.collect(*(saw(experiment, unit) for unit in UNITS))
    site.collect(*(did("order", unit) for unit in UNITS))
    return experiment


def test_another_design_after_a_run_is_the_next_run_and_leaves_the_first_its_own(
    site: Site,
) -> None:
    experiment = collected(site)
    first, rows = runs.of(site, experiment)[0], audit.everything(site.world)
    site.walk(experiment, STOPPED, DRAFT)
    runs.redesign(site, experiment, Design(THIRDS))
    assert numbers(site, experiment) == [(1, False, True), (2, True, False)]
    site.walk(experiment, RUNNING)
    assert numbers(site, experiment) == [(1, False, True), (2, True, True)]
    assert set(site.variants(experiment, UNITS)) == {"old", "red", "blue"}
    kept, second = runs.of(site, experiment)
    assert (kept.salt, kept.variants, kept.goals) == (first.salt, first.variants, first.goals)
    assert (len(second.variants), second.goals) == (3, ())
    assert audit.everything(site.world) == rows


def test_a_design_that_is_changed_several_times_is_one_planned_run(site: Site) -> None:
    experiment = collected(site)
    site.walk(experiment, STOPPED, DRAFT)
    for share in (1000, 2000, 3000):
        runs.redesign(site, experiment, Design(traffic_allocation=share))
    assert numbers(site, experiment) == [(1, False, True), (2, True, False)]
    assert runs.current(site, experiment).traffic_allocation == 3000


def test_back_to_draft_and_shelved_again_the_same_run_goes_on(site: Site) -> None:
    experiment = collected(site)
    before, kept = site.variants(experiment, UNITS), runs.of(site, experiment)
    site.walk(experiment, STOPPED, DRAFT, STOPPED, RUNNING)
    assert runs.of(site, experiment) == kept
    assert site.variants(experiment, UNITS) == before


def test_a_shelved_draft_that_was_never_started_opens_its_first_run_on_resume(site: Site) -> None:
    experiment = site.experiment(status=DRAFT)
    site.walk(experiment, STOPPED)
    assert numbers(site, experiment) == [(1, True, False)]
    site.walk(experiment, RUNNING)
    assert numbers(site, experiment) == [(1, True, True)]
    assert None not in site.variants(experiment, UNITS)


def test_a_new_design_that_is_shelved_and_resumed_opens_its_own_run(site: Site) -> None:
    experiment = collected(site)
    site.walk(experiment, STOPPED, DRAFT)
    runs.redesign(site, experiment, Design(THIRDS))
    site.walk(experiment, STOPPED, RUNNING)
    assert numbers(site, experiment) == [(1, False, True), (2, True, True)]
    assert set(site.variants(experiment, UNITS)) == {"old", "red", "blue"}


@on_both_databases
def test_no_transition_deletes_an_exposure_or_a_conversion_or_leaves_two_current_runs(
    site: Site,
) -> None:
    experiment = site.experiment(status=DRAFT)
    site.goal("order")
    runs.redesign(site, experiment, towards("order"))
    most = 0
    for number, step in enumerate(WALK):
        site.walk(experiment, step)
        unit = f"visitor-{number}"
        site.collect(saw(experiment, unit), did("order", unit))
        rows = audit.everything(site.world)
        present = len(rows["exposure"]) + len(rows["conversion"])
        assert present == most + 2 * (step is RUNNING)
        most = present
        assert [current for _, current, _ in numbers(site, experiment)].count(True) == 1


@on_both_databases
def test_the_database_refuses_a_second_current_run(site: Site) -> None:
    experiment = site.experiment()
    second = (
        "INSERT INTO run (test_id, number, is_current, salt, traffic_allocation, minimum_days,"
        " minimum_visitors) SELECT test_id, 2, true, salt, 1, 1, 1 FROM run"
    )
    with pytest.raises(IntegrityError):
        site.world.execute(second)
    assert len(runs.of(site, experiment)) == 1


def test_a_change_of_one_experiment_moves_nobody_in_another(site: Site) -> None:
    steady, other = site.experiment(Design(THIRDS)), site.experiment()
    before = site.variants(steady, UNITS)
    for steps in ((STOPPED,), (DRAFT,), (RUNNING,)):
        site.walk(other, *steps)
        assert site.variants(steady, UNITS) == before
    site.experiment(Design(THIRDS))
    assert site.variants(steady, UNITS) == before


def test_two_experiments_of_one_design_split_the_same_units_differently(site: Site) -> None:
    first, second = (site.experiment() for _ in range(2))
    assert site.variants(first, UNITS) != site.variants(second, UNITS)


@pytest.mark.parametrize("origin", [DRAFT, RUNNING, STOPPED, ARCHIVED])
def test_a_clone_has_the_same_design_goals_included_and_a_salt_of_its_own(
    site: Site, origin: Status
) -> None:
    site.goal("order")
    design = towards("order", variants=THIRDS, traffic_allocation=1, minimum_days=3)
    original = site.experiment(design, status=origin)
    clone = site.clone(original)
    assert numbers(site, clone) == [(1, True, False)]
    assert runs.current(site, clone) == runs.current(site, original)
    assert runs.of(site, clone)[0].salt != runs.of(site, original)[0].salt


def test_a_clone_is_of_the_design_that_the_original_has_now(site: Site) -> None:
    original = collected(site)
    site.walk(original, STOPPED, DRAFT)
    runs.redesign(site, original, Design(THIRDS))
    assert [each.key for each in runs.current(site, site.clone(original)).variants] == [
        "old",
        "red",
        "blue",
    ]
