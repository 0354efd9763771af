"""What is collected: each unit once, with the variant it gets, towards every goal it counts for."""

import json
import random

import pytest

from app.experiments.designs import Design, VariantDesign
from app.models import Status
from tests.conftest import on_both_databases
from tests.events import audit
from tests.serving.site import Site, did, saw, towards

pytestmark = pytest.mark.usefixtures("audited")

UNITS = [f"visitor-{number}" for number in range(40)]


def test_an_exposure_is_accepted_with_202(site: Site) -> None:
    answer = site.send(saw(site.experiment(), "visitor-1"))
    assert (answer.status_code, answer.json) == (202, {"accepted": 1, "dropped": []})


def test_no_events_at_all_are_accepted(site: Site) -> None:
    assert site.collect() == (0, [])


def test_what_is_dropped_is_named_by_its_index_and_the_rest_is_accepted(site: Site) -> None:
    experiment = site.experiment()
    events = [saw("nothing", "a"), saw(experiment, "a"), did("nothing", "a"), saw(experiment, "b")]
    answer = site.send(*events)
    dropped = [
        {"index": 0, "reason": "unknown", "detail": "The project has no such experiment."},
        {"index": 2, "reason": "unknown", "detail": "The project has no such goal."},
    ]
    assert answer.json == {"accepted": 2, "dropped": dropped}
    assert audit.exposed(site.world, experiment) == {1: 2}


@on_both_databases
def test_exposures_are_recorded_with_the_variants_that_evaluation_gives(site: Site) -> None:
    thirds = tuple(VariantDesign(key, weight) for key, weight in (("a", 2000), ("b", 8000)))
    experiment = site.experiment(Design(thirds))
    got = site.variants(experiment, UNITS)
    for unit, variant in zip(UNITS, got, strict=True):
        before = recorded(site)
        site.collect(saw(experiment, unit))
        assert recorded(site) == {**before, variant: before.get(variant, 0) + 1}
    assert set(got) == {"a", "b"}


def recorded(site: Site) -> dict[str | None, int]:
    """Return how many units each variant has got, by its key."""
    rows = site.world.execute(
        "SELECT variant.key, visitors FROM daily_visitors JOIN variant USING (run_id, position)"
    )
    return dict(tuple(row) for row in rows)


@on_both_databases
def test_a_unit_that_comes_again_is_accepted_and_counted_once(site: Site) -> None:
    site.goal("order")
    experiment = site.experiment(towards("order"))
    events = [saw(experiment, "visitor-1"), did("order", "visitor-1")]
    answers = [site.collect(*events, *events), site.collect(*events), site.collect(*events[::-1])]
    assert answers == [(4, []), (2, []), (2, [])]
    assert audit.exposed(site.world, experiment) == {1: 1}
    assert [row.conversions for row in audit.converted(site.world, experiment)] == [1]


@on_both_databases
def test_what_is_done_before_the_exposure_in_one_request_does_not_count(site: Site) -> None:
    site.goal("order")
    experiment = site.experiment(towards("order"))
    too_early = [did("order", "visitor-1"), saw(experiment, "visitor-1")]
    assert site.collect(*too_early) == (1, [(0, "not_exposed")])
    assert audit.converted(site.world, experiment) == []
    assert site.collect(*too_early) == (2, []), "an earlier request has exposed it"
    in_order = [saw(experiment, "visitor-2"), did("order", "visitor-2")]
    assert site.collect(did("order", "visitor-2"), *in_order) == (2, [(0, "not_exposed")])
    counted = audit.converted(site.world, experiment)
    assert sum(row.conversions for row in counted) == 2


@on_both_databases
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_shuffled_and_repeated_in_whatever_portions_it_comes_to_the_same(
    site: Site, seed: int
) -> None:
    site.goal("order")
    experiment = site.experiment(towards("order"))
    site.collect(*(saw(experiment, unit) for unit in UNITS))
    events = [*(saw(experiment, unit) for unit in UNITS)] * 2
    events += [did("order", unit, value=0.25) for unit in UNITS] * 2
    random.Random(seed).shuffle(events)  # noqa: S311
    for begin in range(0, len(events), 30 + seed):
        assert site.collect(*events[begin : begin + 30 + seed])[1] == []
    rows = audit.converted(site.world, experiment)
    assert audit.exposed(site.world, experiment) == {1: len(UNITS)}
    assert sum(row.conversions for row in rows) == 40
    assert sum(row.total_value for row in rows) == 10.0


@on_both_databases
def test_a_conversion_counts_in_every_running_experiment_with_the_goal_that_exposed_the_unit(
    site: Site,
) -> None:
    site.goal("order")
    site.goal("call")
    first, second, unseen = (site.experiment(towards("order", "call")) for _ in range(3))
    without = site.experiment(towards("call"))
    paused = site.experiment(towards("order"))
    for each in (first, second, without, paused):
        site.collect(saw(each, "visitor-1"))
    site.walk(paused, Status.STOPPED)
    assert site.collect(did("order", "visitor-1")) == (1, [])
    counted = [len(audit.converted(site.world, each)) for each in (first, second)]
    others = [audit.converted(site.world, each) for each in (unseen, without, paused)]
    assert (counted, others) == ([1, 1], [[], [], []])


def test_a_conversion_is_accepted_though_another_experiment_has_not_exposed_the_unit(
    site: Site,
) -> None:
    site.goal("order")
    seen, _unseen = (site.experiment(towards("order")) for _ in range(2))
    site.collect(saw(seen, "visitor-1"))
    assert site.collect(did("order", "visitor-1")) == (1, [])


@on_both_databases
def test_each_goal_of_a_unit_is_counted_by_itself(site: Site) -> None:
    site.goal("order")
    site.goal("call")
    experiment = site.experiment(towards("order", "call"))
    site.collect(saw(experiment, "visitor-1"), did("order", "visitor-1"), did("call", "visitor-1"))
    assert [row.goal for row in audit.converted(site.world, experiment)] == ["call", "order"]


def test_a_pause_ends_collecting_and_keeps_what_was_collected(site: Site) -> None:
    site.goal("order")
    experiment = site.experiment(towards("order"))
    events = [each for unit in UNITS[:5] for each in (saw(experiment, unit), did("order", unit))]
    site.collect(*events)
    before = audit.everything(site.world)
    site.walk(experiment, Status.STOPPED)
    accepted, dropped = site.collect(saw(experiment, "another"), *events)
    assert (accepted, {reason for _, reason in dropped}) == (0, {"not_running"})
    assert audit.everything(site.world) == before


def test_a_resumed_experiment_goes_on_counting_in_the_same_run(site: Site) -> None:
    site.goal("order")
    experiment = site.experiment(towards("order"))
    site.collect(saw(experiment, "early"))
    site.walk(experiment, Status.STOPPED, Status.RUNNING)
    assert site.collect(saw(experiment, "late"), did("order", "early")) == (2, [])
    assert audit.exposed(site.world, experiment) == {1: 2}


@on_both_databases
def test_split_afresh_a_unit_is_counted_anew_and_has_to_be_exposed_again(site: Site) -> None:
    site.goal("order")
    experiment = site.experiment(towards("order"))
    site.collect(saw(experiment, "visitor-1"))
    site.walk(experiment, Status.STOPPED, Status.DRAFT, Status.RUNNING)
    assert site.collect(did("order", "visitor-1")) == (0, [(0, "not_exposed")])
    assert site.collect(saw(experiment, "visitor-1"), did("order", "visitor-1")) == (2, [])
    assert audit.exposed(site.world, experiment) == {1: 1, 2: 1}


@on_both_databases
def test_five_hundred_events_are_taken_and_one_more_is_refused_with_nothing_recorded(
    site: Site,
) -> None:
    experiment = site.experiment()
    events = [saw(experiment, f"{number:03}" + "\N{GRINNING FACE}" * 253) for number in range(500)]
    one_more = site.send(*(saw(experiment, f"{number}") for number in range(501)))
    assert one_more.status_code == 400
    assert list(one_more.json or ()) == ["error"]
    assert audit.exposed(site.world, experiment) == {}
    body = json.dumps({"events": events}, ensure_ascii=False).encode()
    answer = site.send(json=None, data=body)
    assert (answer.status_code, answer.json) == (202, {"accepted": 500, "dropped": []})
    assert audit.exposed(site.world, experiment) == {1: 500}
