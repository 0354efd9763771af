"""How many of the last day's visitors an audience covers: by a sample, without their names."""

import json
import tracemalloc
from datetime import timedelta

import pytest

from app import jobs
from app.events import visitor_erasure
from app.experiments.audiences.conditions import Audience, Condition, Operator
from app.models import now
from app.serving import visitor_sample
from app.serving.visitor_sample import Reach
from tests.conftest import on_both_databases
from tests.serving.site import FLAGS, Site
from tests.watching import until
from tests.world import COMMAND_LINE, MOBILE

pytestmark = pytest.mark.visitor_sample
PRO: Audience = ((Condition("plan", Operator.IS, ("pro",)),),)


def visit(site: Site, unit: str, device: str = "mobile", *, sample: bool = True) -> None:
    """Evaluate for a visitor, as a page does."""
    body = {"context": {"targetingKey": unit, "device": device}, "sample": sample}
    assert site.client.post(FLAGS, json=body, headers=site.headers).status_code == 200


def reach(site: Site, audience: Audience = MOBILE) -> Reach:
    with site.world.app.app_context():
        return visitor_sample.reach(site.project.id, audience)


@on_both_databases
def test_each_visitor_is_counted_once_as_they_were_last(site: Site) -> None:
    for unit, device in (("a", "mobile"), ("b", "desktop"), ("c", "mobile"), ("c", "tablet")):
        visit(site, unit, device)
    until(lambda: reach(site) == Reach(3, 1, is_whole=True, unsaid=()))
    assert reach(site, PRO) == Reach(3, 0, is_whole=True, unsaid=("plan",))
    kept = site.world.execute("SELECT context FROM sampled_visitor")
    assert {row.context.count("targetingKey") for row in kept} == {0}


def test_of_more_visitors_there_is_a_sample_of_those_that_came_all_along(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitor_sample, "MOST", 20)
    for number in range(60):
        visit(site, f"visitor {number}", "mobile" if number % 2 else "desktop")
    until(lambda: not reach(site).is_whole)
    with site.world.app.app_context():
        salt = site.world.execute(
            "SELECT unit_salt FROM project WHERE id = :id", id=site.project.id
        )
    places = sorted(visitor_sample.place_of(salt[0].unit_salt, f"visitor {n}") for n in range(60))

    def is_sampled() -> bool:
        rows = site.world.execute("SELECT place FROM sampled_visitor ORDER BY place")
        return [row.place for row in rows] == places[:20]

    until(is_sampled)
    found = reach(site)
    assert 0 < found.covered < found.visitors <= 20


def test_without_consent_nothing_is_kept_of_a_visitor_whom_the_site_names(site: Site) -> None:
    visit(site, "a", "desktop", sample=False)
    visit(site, "b")
    until(lambda: reach(site).visitors > 0)
    # Whoever was noted before is written first.
    assert reach(site) == Reach(1, 1, is_whole=True, unsaid=())


def test_what_anybody_may_send_takes_little_memory_until_it_is_written(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Meanwhile nothing is written.
    monkeypatch.setattr(visitor_sample, "SECONDS_BETWEEN", 1)
    sample = visitor_sample.Sample(site.world.app)
    sample.note(site.project.id, "salt", "first", {})
    until(lambda: reach(site).visitors == 1)
    sent = [json.dumps({"x": [{}] * number}) for number in (900, 15_000)]
    tracemalloc.start()
    for number in range(100):
        sample.note(site.project.id, "salt", f"visitor {number}", json.loads(sent[number % 2]))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 100 * visitor_sample.LONGEST_CONTEXT


@on_both_databases
def test_it_goes_with_the_visitor_and_after_a_day(site: Site) -> None:
    for unit in ("a", "b"):
        visit(site, unit)
    until(lambda: reach(site).visitors == 2)
    with site.world.app.app_context():
        visitor_erasure.erase(site.project.id, "a", COMMAND_LINE)
    assert reach(site).visitors == 1
    with site.world.app.app_context():
        jobs.once(now() + timedelta(hours=23))
        assert reach(site).visitors == 1
        jobs.once(now() + timedelta(hours=25))
    assert site.world.execute("SELECT count(*) FROM sampled_visitor")[0][0] == 0
