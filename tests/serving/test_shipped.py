"""What is shipped: everybody gets it by every door, within a second, and nothing is counted."""

import pytest

from app import lifecycle
from app.experiments.designs import Design, VariantDesign
from app.lifecycle import Action, ActionRequest
from app.models import WHOLE, Experiment, Status
from tests import statements
from tests.conftest import on_both_databases
from tests.serving.site import Site, did, saw, towards
from tests.world import COMMAND_LINE

UNITS = [f"visitor-{number}" for number in range(20)]


def take(site: Site, experiment: Experiment, action: Action) -> None:
    with site.world.app.app_context():
        request = ActionRequest(action)
        lifecycle.take_action(site.project.id, experiment.test_id, request, COMMAND_LINE)


def counted(site: Site) -> tuple[int, int]:
    (exposures,), (conversions,) = (
        site.world.execute(f"SELECT count(*) FROM {table}")[0]  # noqa: S608
        for table in ("exposure", "conversion")
    )
    return exposures, conversions


@on_both_databases
def test_everybody_gets_what_is_shipped_whatever_the_traffic_was(site: Site) -> None:
    nobody = Design(
        variants=(
            VariantDesign("control", WHOLE, "Control", {"colour": "blue"}),
            VariantDesign("treatment", 0, "Treatment", {"colour": "green"}),
        ),
        traffic_allocation=100,
    )
    experiment = site.experiment(nobody)
    assert "treatment" not in site.variants(experiment, UNITS)
    site.world.ship(experiment)
    assert set(site.variants(experiment, UNITS)) == {"treatment"}
    assert site.flags("anybody") == {experiment.key: "treatment"}
    answer = site.ask(experiment, "anybody")
    assert answer.json == {
        "key": experiment.key,
        "value": {"colour": "green"},
        "reason": "STATIC",
        "variant": "treatment",
    }


def test_nothing_is_counted_of_what_is_shipped(site: Site) -> None:
    site.goal("bought")
    experiment = site.experiment(towards("bought"))
    assert site.collect(saw(experiment, "earlier")) == (1, [])
    site.world.ship(experiment)
    dropped = [(0, "not_running"), (1, "not_running"), (2, "not_running")]
    events = saw(experiment, "later"), did("bought", "later"), did("bought", "earlier")
    assert site.collect(*events) == (0, dropped)
    assert counted(site) == (1, 0)


@pytest.mark.parametrize(
    "ending", [Action.STOP_SERVING, Action.REOPEN, Action.REDRAFT, Action.ARCHIVE]
)
def test_once_that_ends_nobody_gets_it(site: Site, ending: Action) -> None:
    experiment = site.experiment(status=Status.STOPPED)
    site.world.ship(experiment)
    tag = site.ask_all("anybody").headers["ETag"]
    assert site.ask_all("anybody", tag).status_code == 304
    take(site, experiment, ending)
    assert site.variant(experiment, "anybody") is None
    assert site.ask_all("anybody", tag).status_code == 200


def test_paused_anew_by_a_version_that_knows_nothing_of_it_nobody_gets_it(site: Site) -> None:
    experiment = site.experiment(status=Status.STOPPED)
    site.world.ship(experiment)
    site.world.execute("UPDATE experiment SET changed_at = stopped_at")
    site.world.execute("UPDATE project SET version = version + 1")
    assert site.variant(experiment, "anybody") is None


def test_resumed_each_visitor_gets_their_own_side_again(site: Site) -> None:
    experiment = site.experiment()
    before = site.variants(experiment, UNITS)
    site.world.ship(experiment)
    take(site, experiment, Action.RESUME)
    assert site.variants(experiment, UNITS) == before


def test_what_is_shipped_is_found_without_going_through_all_that_is_paused(site: Site) -> None:
    experiment = site.experiment()
    browser = site.world.browser(site.world.member(site.project))
    with statements.recorded(site.world.app) as sent:
        site.ask(experiment, "anybody")
        browser.get(f"/projects/{site.project.key}")
    looking = [each.replace("?", "1") for each in sent if "shipped_at IS NOT NULL" in each]
    assert len(looking) == 2
    for statement in looking:
        plan = site.world.execute(f"EXPLAIN QUERY PLAN {statement}")
        assert any("ix_experiment_shipped" in row.detail for row in plan), plan
