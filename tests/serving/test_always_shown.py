"""Who always sees a variant: whatever audience and traffic say, and counted nowhere."""

import json
from typing import Any

import pytest

from app.events import visitor_erasure
from app.experiments import always_shown
from app.experiments.designs import Design
from app.models import Experiment, KeyType, Status
from tests.conftest import on_both_databases
from tests.evaluation import in_python
from tests.events import audit
from tests.serving.site import Site, did, make_site, saw, towards
from tests.serving.test_edge import GERMANS, members
from tests.world import COMMAND_LINE, World

NOBODY_ELSE = Design(traffic_allocation=0, audience=GERMANS, goals=towards("order").goals)


@pytest.fixture
def site(world: World) -> Site:
    world.app.config["SECONDS_REMEMBERED"] = 0
    made = make_site(world, KeyType.CLIENT)
    made.goal("order")
    return made


def show(site: Site, experiment: Experiment, **units: list[str]) -> None:
    """Have visitors always see variants."""
    with site.world.app.app_context():
        always_shown.change(site.project.id, experiment.test_id, units, COMMAND_LINE)


def flag(site: Site, experiment: Experiment, unit: str) -> dict[str, Any]:
    """Return what the server answers to a visitor of an experiment."""
    return dict(site.ask(experiment, unit).json or {})


def test_whoever_is_named_sees_the_variant_whatever_audience_and_traffic_say(site: Site) -> None:
    experiment = site.experiment(NOBODY_ELSE)
    assert site.variants(experiment, ["anna", "ben", "carl"]) == [None] * 3
    show(site, experiment, control=["anna"], treatment=["ben"])
    assert site.variants(experiment, ["anna", "ben", "carl"]) == ["control", "treatment", None]
    answer = flag(site, experiment, "ben")
    assert (answer["reason"], "metadata" in answer) == ("TARGETING_MATCH", False)
    show(site, experiment, treatment=["anna"])
    assert site.variants(experiment, ["anna", "ben"]) == ["treatment", None]


@on_both_databases
@pytest.mark.usefixtures("audited")
def test_what_they_do_is_counted_nowhere(site: Site) -> None:
    experiment = site.experiment(towards("order"))
    show(site, experiment, treatment=["anna"])
    events = [
        saw(experiment, "anna"),
        did("order", "anna"),
        saw(experiment, "b"),
        did("order", "b"),
    ]
    assert site.collect(*events) == (2, [(0, "own_visit"), (1, "own_visit")])
    assert audit.exposed(site.world, experiment) == {1: 1}
    assert [each.conversions for each in audit.converted(site.world, experiment)] == [1]


def test_what_they_do_counts_where_they_are_not_named(site: Site) -> None:
    named, other = site.experiment(towards("order")), site.experiment(towards("order"))
    show(site, named, treatment=["anna"])
    events = [saw(named, "anna"), saw(other, "anna"), did("order", "anna")]
    assert site.collect(*events) == (2, [(0, "own_visit")])
    assert audit.exposed(site.world, other) == {1: 1}


def test_a_pause_shows_them_the_original_and_a_resume_their_variant(site: Site) -> None:
    experiment = site.experiment()
    show(site, experiment, treatment=["anna"])
    site.walk(experiment, Status.STOPPED)
    assert site.variant(experiment, "anna") is None
    site.walk(experiment, Status.RUNNING)
    assert site.variant(experiment, "anna") == "treatment"


def test_what_is_shipped_they_get_as_everybody_does(site: Site) -> None:
    experiment = site.experiment()
    show(site, experiment, control=["anna"])
    site.world.ship(experiment, "treatment")
    assert flag(site, experiment, "anna")["reason"] == "STATIC"
    assert site.variant(experiment, "anna") == "treatment"


def test_pages_that_decide_by_themselves_decide_alike_and_cannot_read_who_is_named(
    site: Site,
) -> None:
    experiment = site.experiment(NOBODY_ELSE)
    show(site, experiment, control=["qa-anna"], treatment=["größe 😀"])
    found = members(site)
    assert "qa-anna" not in json.dumps(found)
    for unit in ("qa-anna", "größe 😀", "carl"):
        by_server = (site.ask_all(unit).json or {})["flags"]
        assert in_python.evaluate(found, unit, {}) == by_server
        assert len(by_server) == (0 if unit == "carl" else 1)


def test_whoever_is_erased_is_taken_off_the_list(site: Site) -> None:
    experiment = site.experiment()
    show(site, experiment, treatment=["anna", "ben"])
    with site.world.app.app_context():
        visitor_erasure.erase(site.project.id, "anna", COMMAND_LINE)
    assert site.world.reload(experiment).always_shown == {"ben": "treatment"}
