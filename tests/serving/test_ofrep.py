"""/ofrep/v1/evaluate/flags, one flag and all of them, as the protocol words it."""

import pytest

from app.experiments import designs
from app.experiments.designs import Design, VariantDesign
from app.models import Experiment, KeyType, Status
from app.serving.running_experiments import MOST_IDLE
from tests.conftest import on_both_databases
from tests.serving.site import FLAGS, Site, make_site, saw
from tests.world import World

UNITS = [f"visitor-{number}" for number in range(60)]
NOT_RUNNING = [Status.DRAFT, Status.STOPPED, Status.ARCHIVED]
VALUES: list[tuple[object, object]] = [
    (True, False),
    ("", "\N{GRINNING FACE}\0\u2028</script>"),
    (0, -(2**53)),
    (1, 0.5),
    ({}, {"colour": "grün", "depth": {"x": [1.0, None, {"a": []}]}}),
]
UNKNOWN = "The project has no experiment with this key."
OUTSIDE = "This unit is outside its traffic."


def of_values(first: object, second: object) -> Design:
    """Two halves with these values."""
    return Design((VariantDesign("a", 5000, "", first), VariantDesign("b", 5000, "", second)))


def not_found(experiment: Experiment | str, why: str = UNKNOWN) -> dict[str, str]:
    """The protocol's answer for a flag that is not there."""
    key = experiment if isinstance(experiment, str) else experiment.key
    return {"key": key, "errorCode": "FLAG_NOT_FOUND", "errorDetails": why}


def salt_of(site: Site, experiment: Experiment) -> str:
    """Return what splits the visitors of its run."""
    with site.world.app.app_context():
        return designs.current(experiment.test_id).salt


def test_a_flag_is_answered_with_the_units_variant(site: Site) -> None:
    experiment = site.experiment()
    answer = site.ask(experiment, "visitor-1")
    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    salt = salt_of(site, experiment)
    assert answer.json in [
        {
            "key": experiment.key,
            "value": key,
            "reason": "SPLIT",
            "variant": key,
            "metadata": {"run": salt},
        }
        for key in ("control", "treatment")
    ]


def test_all_flags_are_answered_with_the_same_variants_as_each_alone(site: Site) -> None:
    experiments = [site.experiment() for _ in range(3)]
    for unit in UNITS[:10]:
        alone = [site.ask(each, unit).json for each in experiments]
        assert site.ask_all(unit).json == {"flags": alone}


@on_both_databases
@pytest.mark.parametrize(("first", "second"), VALUES, ids=repr)
def test_a_variant_has_the_value_of_its_design_of_the_same_type(
    site: Site, first: object, second: object
) -> None:
    experiment = site.experiment(of_values(first, second))
    got = {(answer["variant"], repr(answer["value"])) for answer in answers(site, experiment)}
    as_fraction = float(str(first)) if isinstance(second, float) else first
    assert got == {("a", repr(as_fraction)), ("b", repr(second))}


def answers(site: Site, experiment: Experiment) -> list[dict[str, object]]:
    """Return what the units get."""
    return [site.ask(experiment, unit).json or {} for unit in UNITS[:20]]


@pytest.mark.parametrize("status", NOT_RUNNING)
def test_what_does_not_run_is_not_found_and_left_out_of_all(site: Site, status: Status) -> None:
    experiment, running = site.experiment(status=status), site.experiment()
    answer = site.ask(experiment, "visitor-1")
    why = f"It is {status}, not running: nobody is split."
    assert (answer.status_code, answer.json) == (404, not_found(experiment, why))
    assert list(site.flags("visitor-1")) == [running.key]


def test_an_unknown_flag_is_not_found(site: Site) -> None:
    site.experiment()
    for key in ("nothing", "Ärger", "a b", "a/b", "a/", "a" * 500, "exp_1", "1"):
        answer = site.ask(key, "visitor-1")
        assert (answer.status_code, answer.json) == (404, not_found(key))


def test_of_more_idle_experiments_than_are_known_none_is_called_unknown(
    world: World, site: Site
) -> None:
    site.experiment()
    world.crowd(site.project, MOST_IDLE + 1)
    answer = site.ask("nothing", "visitor-1")
    assert answer.json == not_found("nothing", "No experiment with this key runs.")


def test_outside_the_traffic_a_flag_is_not_found_and_left_out_of_all(site: Site) -> None:
    half = site.experiment(Design(traffic_allocation=5000))
    inside = {unit for unit in UNITS if site.ask(half, unit).status_code == 200}
    outside = set(UNITS) - inside
    assert 10 < len(inside) < 50
    assert [site.ask(half, unit).json for unit in outside] == [not_found(half, OUTSIDE)] * len(
        outside
    )
    assert {unit for unit in UNITS if half.key in site.flags(unit)} == inside


def test_an_experiment_of_another_project_is_not_found_and_left_out_of_all(
    world: World, site: Site
) -> None:
    theirs = make_site(world).experiment()
    assert (site.ask(theirs, "visitor-1").status_code, site.flags("visitor-1")) == (404, {})


def test_the_same_key_in_two_projects_is_two_flags(world: World, site: Site) -> None:
    ours = world.experiment(site.project, Status.RUNNING, name="Banner")
    theirs = world.experiment(make_site(world).project, Status.DRAFT, name="Banner")
    assert ours.key == theirs.key
    assert site.ask("banner", "visitor-1").status_code == 200


def test_where_nothing_runs_all_flags_are_none(site: Site) -> None:
    answer = site.ask_all("visitor-1")
    assert (answer.status_code, answer.json) == (200, {"flags": []})


def test_a_unit_gets_the_same_variant_again_and_again_by_every_key_of_the_project(
    world: World, site: Site
) -> None:
    experiment = site.experiment()
    other = Site(world, site.project, site.key(KeyType.CLIENT))
    first = site.variants(experiment, UNITS)
    assert site.variants(experiment, UNITS) == first
    assert other.variants(experiment, UNITS) == first


def test_what_else_the_context_says_changes_nothing(site: Site) -> None:
    experiment = site.experiment()
    context = {"targetingKey": "visitor-1", "email": None, "plan": ["free"], "nested": {"a": 1}}
    answer = site.ask(experiment, "", json={"context": context, "more": 1})
    assert answer.json == site.ask(experiment, "visitor-1").json


def test_having_been_exposed_changes_nothing_of_what_a_unit_gets(site: Site) -> None:
    experiment = site.experiment()
    before = site.variants(experiment, UNITS)
    site.collect(*(saw(experiment, unit) for unit in UNITS))
    assert site.variants(experiment, UNITS) == before


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", [FLAGS, f"{FLAGS}/banner"])
def test_another_method_is_405_in_the_protocols_shape(site: Site, method: str, path: str) -> None:
    answer = site.client.open(path, method=method, headers=site.headers)
    assert (answer.status_code, answer.content_type) == (405, "application/json")
    assert set(answer.json or ()) - {"key"} == {"errorCode", "errorDetails"}
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("path", ["/ofrep/", "/ofrep/v1/evaluate/flags/", "/ofrep/v1/evaluate"])
def test_another_address_is_404_in_json(site: Site, path: str) -> None:
    answer = site.client.post(path, json={}, headers=site.headers)
    assert (answer.status_code, answer.content_type) == (404, "application/json")
    assert set(answer.json or ()) - {"key"} == {"errorCode", "errorDetails"}
