"""The ETag of all flags: whoever has them already is told that they are the same still."""

import pytest

from app.experiments import redesigns
from app.experiments.designs import Design, VariantDesign
from app.models import Experiment, Status
from tests.serving.site import Site, did, make_site, saw, towards
from tests.world import COMMAND_LINE, World

DRAFT, RUNNING, STOPPED, ARCHIVED = Status.DRAFT, Status.RUNNING, Status.STOPPED, Status.ARCHIVED


def etag(site: Site, unit: str = "visitor-1") -> str:
    """The ETag of the unit's flags."""
    answer = site.ask_all(unit)
    assert answer.status_code == 200
    return answer.headers["ETag"]


def status_with(site: Site, tag: str) -> int:
    """Return how the server answers whoever has the flags of that ETag."""
    return site.ask_all("visitor-1", tag).status_code


def test_whoever_has_the_flags_already_gets_304_without_a_body(site: Site) -> None:
    site.experiment()
    tag = etag(site)
    answer = site.ask_all("visitor-1", tag)
    assert (answer.status_code, answer.data) == (304, b"")
    assert answer.headers["ETag"] == tag


def test_whoever_has_other_flags_gets_them_anew(site: Site) -> None:
    site.experiment()
    answer = site.ask_all("visitor-1", '"something else"')
    assert (answer.status_code, len((answer.json or {})["flags"])) == (200, 1)


def test_one_of_several_tags_is_enough(site: Site) -> None:
    assert status_with(site, f'"other", {etag(site)}') == 304


def test_a_tag_that_a_proxy_has_made_weak_is_enough(site: Site) -> None:
    assert status_with(site, f"W/{etag(site)}") == 304


def test_the_tag_says_the_same_for_the_same(site: Site) -> None:
    site.experiment()
    assert etag(site) == etag(site)


def test_another_unit_has_another_tag(site: Site) -> None:
    site.experiment()
    tags = {etag(site, f"visitor-{number}") for number in range(20)}
    assert len(tags) == 20
    assert site.ask_all("visitor-2", etag(site)).status_code == 200


def test_any_tag_at_all_is_no_tag(site: Site) -> None:
    site.experiment()
    assert (
        site.ask_all("visitor-1", headers={**site.headers, "If-None-Match": "*"}).status_code == 200
    )


def test_the_tag_is_of_no_use_in_another_project(world: World, site: Site) -> None:
    site.experiment()
    other = make_site(world)
    other.experiment()
    assert other.ask_all("visitor-1", etag(site)).status_code == 200


@pytest.mark.parametrize(
    ("steps", "last"),
    [
        ((), RUNNING),
        ((RUNNING,), STOPPED),
        ((RUNNING, STOPPED), RUNNING),
    ],
    ids=["start", "pause", "resume"],
)
def test_whatever_begins_or_ends_to_run_changes_the_tag(
    site: Site, steps: tuple[Status, ...], last: Status
) -> None:
    site.experiment()
    experiment = site.experiment(status=DRAFT)
    site.walk(experiment, *steps)
    before = etag(site)
    site.walk(experiment, last)
    assert etag(site) != before
    assert status_with(site, before) == 200


def test_a_resumed_experiment_has_the_flags_and_the_tag_of_before(site: Site) -> None:
    experiment = site.experiment()
    before = etag(site)
    site.walk(experiment, STOPPED, RUNNING)
    assert status_with(site, before) == 304


def test_a_split_afresh_changes_the_tag(site: Site) -> None:
    experiment = site.experiment()
    before = etag(site)
    site.walk(experiment, STOPPED, DRAFT, RUNNING)
    assert status_with(site, before) == 200


DESIGNS = {
    "value": Design((VariantDesign("control", 5000), VariantDesign("treatment", 5000, "", "new"))),
    "weights": Design((VariantDesign("control", 4999), VariantDesign("treatment", 5001))),
    "traffic": Design(traffic_allocation=9999),
}


@pytest.mark.parametrize("design", DESIGNS.values(), ids=DESIGNS.keys())
def test_another_design_changes_the_tag(site: Site, design: Design) -> None:
    experiment = site.experiment()
    before = etag(site)
    redesign(site, experiment, design)
    assert status_with(site, before) == 200


def redesign(site: Site, experiment: Experiment, design: Design) -> None:
    """Have the experiment running with another design, and nothing else changed of its run."""
    salt = "SELECT salt FROM run WHERE is_current AND test_id = :test_id"
    kept = site.world.execute(salt, test_id=experiment.test_id)[0].salt
    site.walk(experiment, STOPPED, DRAFT)
    with site.world.app.app_context():
        redesigns.change(site.project.id, experiment.test_id, lambda _: design, COMMAND_LINE)
    site.walk(experiment, RUNNING)
    change = "UPDATE run SET salt = :salt WHERE is_current AND test_id = :test_id"
    site.world.execute(change, salt=kept, test_id=experiment.test_id)
    site.world.execute("UPDATE project SET version = version + 1")


@pytest.mark.parametrize("status", [DRAFT, STOPPED, ARCHIVED])
def test_what_does_not_run_does_not_touch_the_tag(site: Site, status: Status) -> None:
    site.experiment()
    before = etag(site)
    site.experiment(status=status)
    assert status_with(site, before) == 304


def test_collecting_does_not_touch_the_tag(site: Site) -> None:
    site.goal("order")
    experiment = site.experiment(towards("order"))
    before = etag(site)
    assert site.collect(saw(experiment, "visitor-1"), did("order", "visitor-1")) == (2, [])
    assert status_with(site, before) == 304


def test_a_single_flag_has_no_tag(site: Site) -> None:
    assert "ETag" not in site.ask(site.experiment(), "visitor-1").headers
