"""What is kept and recorded later counts as what is recorded at once."""

import json
from typing import Any

import pytest

from app.events.kept import kept_events, recording
from app.events.kept.judged import Judged
from app.experiments.designs import Design
from app.experiments.measures import Measure
from app.models import Experiment, GoalKind, now
from tests.conftest import MakeApp
from tests.events import audit
from tests.events.test_event_times import DAY, at
from tests.faults import outages
from tests.measured import noon
from tests.serving.site import Site, adding_up, did, make_site, saw, towards
from tests.watching import until
from tests.world import World

GOALS = {
    "visit": Measure(GoalKind.COUNT, window_days=None),
    "paid": Measure(GoalKind.REVENUE, 2, "EUR"),
    "order": Measure(window_days=2),
}


@pytest.fixture
def site(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site that keeps at once what it cannot record."""
    monkeypatch.setattr("app.events.group_commits.SECONDS_TO_RECORD", 0.2)
    return make_site(World(make_app()))


def live(site: Site) -> Experiment:
    """An experiment that has been live for a month."""
    for key, measure in GOALS.items():
        site.goal(key, measure)
    uses = (*adding_up("visit", "paid", cap=15), *towards("order").goals)
    experiment = site.experiment(Design(goals=uses))
    site.world.execute("UPDATE run SET opened_at = :at", at=now() - 30 * DAY)
    assert site.ask(experiment, "a").status_code == 200
    return experiment


def requests(experiment: Experiment) -> list[list[dict[str, object]]]:
    """Events with ids and times, sent twice, too late, too early, and before their exposure."""
    paid = did("paid", "a", value=10, id="1", **at(noon(4)))
    return [
        [did("visit", "b"), {**saw(experiment, "a"), **at(noon(5))}, saw(experiment, "b"), paid],
        [paid, did("paid", "a", value=10, **at(noon(3))), did("paid", "a", value=1)],
        [did("paid", "a", value=-4, id="2", **at(noon(6))), did("visit", "a"), did("visit", "a")],
        [did("order", "a"), did("order", "b", value=3), did("order", "b"), did("visit", "c")],
        [did("paid", "b", value=40.5), did("paid", "b", value=-0.5, id="1"), did("visit", "b")],
    ]


def counted(site: Site, experiment: Experiment) -> list[tuple[Any, ...]]:
    """Return what the days say of each goal."""
    rows = site.world.execute(
        "SELECT goal.key, day, sum(conversions), sum(events), sum(total_value), sum(measured),"
        " sum(squares) FROM daily_conversions JOIN goal ON goal.id = goal_id"
        " JOIN run ON run.id = run_id WHERE test_id = :id GROUP BY goal.key, day ORDER BY 1, 2",
        id=experiment.test_id,
    )
    return [tuple(row) for row in rows]


def is_all_recorded(site: Site) -> bool:
    """Return whether nothing is kept any more."""
    with site.world.app.app_context():
        return not kept_events.of_app().is_any()


def test_what_is_recorded_later_counts_as_what_is_recorded_at_once(
    site: Site, database_url: str
) -> None:
    at_once, later = site, make_site(site.world)
    first, second = live(at_once), live(later)
    for events in requests(first):
        at_once.collect(*events)
    with outages.locked(database_url):
        for events in requests(second):
            assert "kept" in (later.send(*events).json or {})
    until(lambda: is_all_recorded(site))
    assert counted(later, second) == counted(at_once, first)
    assert len(counted(at_once, first)) == 5
    assert audit.misfits(database_url) == []


def test_what_was_recorded_and_not_forgotten_is_recorded_again_and_counts_once(
    site: Site, database_url: str
) -> None:
    experiment = live(site)
    visits = [did("visit", "a"), did("visit", "a"), did("paid", "a", value=10)]
    with outages.nothing_recorded(site.world):
        with outages.locked(database_url):
            answer = site.send(saw(experiment, "a"), *visits, did("paid", "a", value=1, id="1"))
            assert (answer.json or {})["kept"] == 5
        with site.world.app.app_context():
            kept = kept_events.of_app()
            recording.record_or_set_aside(kept.oldest(2), kept.set_aside)
        once = counted(site, experiment)
    until(lambda: is_all_recorded(site))
    assert counted(site, experiment) == once
    assert [(row[0], *row[3:5]) for row in once] == [("paid", 2, 11.0), ("visit", 2, 0.0)]


def test_what_the_version_before_has_kept_is_read() -> None:
    kept = {
        "key_id": 1,
        "at": "2026-01-15T10:30:00Z",
        "salts": {"1": "salt"},
        "exposed": [[1, "unit", 0]],
        "reached": [[1, 2, "unit", None], [1, 2, "other", 1.5]],
        "events": 3,
    }
    read = Judged.model_validate_json(json.dumps(kept))
    assert [(each.unit, each.value, each.time, each.event_id) for each in read.reached] == [
        ("unit", None, None, ""),
        ("other", 1.5, None, ""),
    ]
    assert (read.exposed[0].run_unit, len(read.without("unit"))) == ((1, "unit"), 1)
