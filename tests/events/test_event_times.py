"""When things happened: the times that events carry, the windows of goals, and pauses."""

from datetime import datetime, timedelta

import pytest

from app.experiments.measures import Measure
from app.models import Experiment, Status, now
from app.tenancy import projects
from tests.conftest import on_both_databases
from tests.events import audit
from tests.measured import noon
from tests.serving.site import Site, did, saw, towards
from tests.world import COMMAND_LINE

pytestmark = pytest.mark.usefixtures("audited")

DAY = timedelta(days=1)


def at(moment: datetime) -> dict[str, str]:
    """The member that says when."""
    return {"time": moment.isoformat()}


def opened(site: Site, *goals: str, days: int = 30, window: int | None = 2) -> Experiment:
    """An experiment that has been live for so many days, with goals of such a window."""
    for key in goals:
        site.goal(key, Measure(window_days=window))
    experiment = site.experiment(towards(*goals))
    site.world.execute("UPDATE run SET opened_at = :at", at=now() - days * DAY)
    return experiment


def set_time_zone(site: Site, zone: str) -> None:
    """Have the days begin by that clock of what is started from now on."""
    with site.world.app.app_context():
        projects.set_time_zone(site.project.id, zone, COMMAND_LINE)


def days(site: Site, table: str) -> list[str]:
    """The days for which there are counts."""
    return [str(row.day) for row in site.world.execute(f"SELECT day FROM {table} ORDER BY day")]  # noqa: S608


@on_both_databases
def test_what_comes_late_counts_on_the_day_on_which_the_visitor_was_exposed(site: Site) -> None:
    experiment = opened(site, "order")
    events = [{**saw(experiment, "a"), **at(noon(3))}, did("order", "a", **at(noon(2)))]
    assert site.collect(*events) == (2, [])
    day = [str(noon(3).date())]
    assert (days(site, "daily_visitors"), days(site, "daily_conversions")) == (day, day)


@on_both_databases
def test_days_begin_by_the_clock_that_the_project_had_when_the_run_was_started(site: Site) -> None:
    set_time_zone(site, "Pacific/Kiritimati")
    experiment = opened(site, "order")
    set_time_zone(site, "America/Los_Angeles")
    # At noon in UTC it is two in the next night there: days begin at ten, and windows end then.
    midnight = noon(2) - timedelta(hours=2)
    events = [{**saw(experiment, unit), **at(noon(5))} for unit in "ab"]
    last = did("order", "a", **at(midnight - timedelta(seconds=1)))
    assert site.collect(*events, last, did("order", "b", **at(midnight))) == (
        3,
        [(3, "outside_window")],
    )
    day = {str(noon(4).date())}
    assert ({*days(site, "daily_visitors")}, {*days(site, "daily_conversions")}) == (day, day)


@on_both_databases
def test_a_goal_counts_until_the_end_of_the_last_day_of_its_window_and_no_longer(
    site: Site,
) -> None:
    experiment = opened(site, "order")
    site.collect(*({**saw(experiment, unit), **at(noon(6))} for unit in "abc"))
    midnight = noon(3) - timedelta(hours=12)
    last, over = midnight - timedelta(seconds=1), midnight
    events = [did("order", "a", **at(over)), did("order", "b", **at(last)), did("order", "c")]
    assert site.collect(*events) == (1, [(0, "outside_window"), (2, "outside_window")])


def test_without_a_window_a_goal_counts_as_long_as_the_run_is_live(site: Site) -> None:
    experiment = opened(site, "order", window=None)
    site.collect({**saw(experiment, "a"), **at(noon(7) + timedelta(hours=12))})
    assert site.collect(did("order", "a")) == (1, [])


def test_a_conversion_on_a_day_before_its_visitor_was_exposed_does_not_count(site: Site) -> None:
    experiment = opened(site, "order")
    site.collect({**saw(experiment, "a"), **at(noon(2))})
    assert site.collect(did("order", "a", **at(noon(3)))) == (0, [(0, "not_exposed")])


def test_a_time_is_at_most_7_days_back_and_5_minutes_ahead(site: Site) -> None:
    experiment = opened(site, "order")
    minute = timedelta(minutes=1)
    back, ahead = 7 * DAY, 5 * minute
    times = [now() - back - minute, now() - back + minute, now() + ahead + minute, now() + ahead]
    events = [{**saw(experiment, str(each)), **at(each)} for each in times]
    assert site.collect(*events) == (2, [(0, "too_old"), (2, "in_future")])
    assert days(site, "daily_visitors")[-1] <= str(now().date()), "a clock that is fast"


def test_times_at_the_ends_of_the_calendar_are_dropped_as_all_others(site: Site) -> None:
    experiment = opened(site, "order")
    times = ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]
    events = [{**saw(experiment, "a"), "time": each} for each in times]
    assert site.collect(*events) == (0, [(0, "too_old"), (1, "in_future")])


def test_a_time_counts_by_utc_whatever_its_offset(site: Site) -> None:
    experiment = opened(site, "order")
    day = noon(3).date()
    events = [{**saw(experiment, "a"), "time": f"{day}T01:00:00+02:00"}]
    assert site.collect(*events) == (1, [])
    assert days(site, "daily_visitors") == [str(day - DAY)]


@on_both_databases
def test_what_happened_before_the_run_or_in_a_pause_does_not_count(site: Site) -> None:
    experiment = opened(site, "order", days=0)
    site.collect(saw(experiment, "a"))
    live = now()
    site.walk(experiment, Status.STOPPED)
    paused = now()
    site.walk(experiment, Status.RUNNING)
    for moment, why in ((live - DAY, "not_running"), (paused, "not_running"), (live, "")):
        events = [{**saw(experiment, "b"), **at(moment)}, did("order", "a", **at(moment))]
        dropped = [(0, why), (1, why)] if why else []
        assert site.collect(*events) == (2 - len(dropped), dropped)
    assert audit.exposed(site.world, experiment) == {1: 2}
