"""Moments by the viewer's clock: on every page, and in what a poll is told."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.core.errors import InvalidInput
from app.models import now
from app.pages.common.time_zones import COOKIE, moment_of
from tests.pages.reading import page
from tests.world import Browser, World

# Far to the east: for ten hours of each UTC day it is tomorrow there already.
KIRITIMATI = ZoneInfo("Pacific/Kiritimati")
HAPPENED = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


def in_zone(browser: Browser, name: str) -> Browser:
    """The browser, in which the page's script has said where it is."""
    browser.client.set_cookie(COOKIE, name)
    return browser


@pytest.mark.parametrize(
    ("name", "zone", "moment"),
    [
        ("Pacific/Kiritimati", "Pacific/Kiritimati", "2 Mar 2026, 02:30"),
        ("America/New_York", "America/New_York", "1 Mar 2026, 07:30"),
        ("UTC", "UTC", "1 Mar 2026, 12:30"),
        ("Mars/Olympus", "UTC", "1 Mar 2026, 12:30"),
        ("../../etc/passwd", "UTC", "1 Mar 2026, 12:30"),
        ("", "UTC", "1 Mar 2026, 12:30"),
    ],
)
def test_moments_are_by_the_viewers_clock_and_the_foot_of_the_page_names_it(
    world: World, name: str, zone: str, moment: str
) -> None:
    project = world.project()
    world.start(world.experiment(project))
    world.execute("UPDATE history SET at = :at", at=f"{HAPPENED:%Y-%m-%d %H:%M:%S}")
    browser = in_zone(world.browser(world.member(project)), name)
    shown = page(browser.get(f"/projects/{project.key}/history"))
    times = [each.the("time") for each in shown.every("li", class_="entry")]
    assert [time.text for time in times] == [moment, moment]
    assert all(time.attributes["datetime"].endswith("+00:00") for time in times)
    assert shown.the("footer").the("span").text == f"Times are in {zone}"


def test_a_scheduled_moment_is_told_by_the_viewers_clock_too(world: World) -> None:
    project = world.project()
    start_at = datetime(now().year + 1, 3, 1, 12, 30, tzinfo=UTC)
    world.schedule(world.experiment(project), start_at)
    browser = in_zone(world.browser(world.member(project)), KIRITIMATI.key)
    shown = page(browser.get(f"/projects/{project.key}/history"))
    entry, _ = shown.every("li", class_="entry")
    assert entry.the("p").text == f"Start scheduled for 2 Mar {start_at.year}, 02:30"


def test_the_day_on_which_something_happened_is_the_viewers(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    # The last minute of yesterday there, which may be today by UTC.
    midnight = now().astimezone(KIRITIMATI).replace(hour=0, minute=0, second=0, microsecond=0)
    yesterday = midnight - timedelta(minutes=1)
    world.execute(
        "UPDATE experiment SET changed_at = :at, live_since = NULL WHERE test_id = :id",
        at=f"{yesterday.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
        id=experiment.test_id,
    )
    browser = in_zone(world.browser(world.member(project)), KIRITIMATI.key)
    row = page(browser.get(f"/projects/{project.key}")).the("tr", id=f"row-{experiment.test_id}")
    assert row.the("time").text == "1 day"


def test_a_page_that_was_drawn_by_another_clock_is_drawn_again(world: World) -> None:
    project = world.project()
    browser = world.browser(world.member(project))
    path = f"/projects/{project.key}"
    tag = browser.get(path, HX_Request="true").headers["ETag"]
    poll = {"HX_Request": "true", "If_None_Match": tag}
    assert browser.get(path, **poll).status_code == 304
    assert in_zone(browser, KIRITIMATI.key).get(path, **poll).status_code == 200


@pytest.mark.parametrize(
    ("zone", "skipped", "instead"),
    [
        ("Europe/Berlin", "2027-03-28T02:15", "03:15"),
        # Its clocks go forward by half an hour.
        ("Australia/Lord_Howe", "2026-10-04T02:15", "02:45"),
    ],
)
def test_a_time_that_the_clocks_skip_is_answered_with_one_that_there_is(
    zone: str, skipped: str, instead: str
) -> None:
    with pytest.raises(InvalidInput, match=f"Take {instead}"):
        moment_of(skipped, zone, "start_at")
    taken = moment_of(f"{skipped[:11]}{instead}", zone, "start_at")
    assert taken is not None
    assert f"{taken.astimezone(ZoneInfo(zone)):%H:%M}" == instead


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("2026-06-03T09:00+02:00", "Europe/Berlin"),
        ("2026-06-03T09:00Z", "Europe/Berlin"),
        ("2026-06-03T09:00:59", "Europe/Berlin"),
        ("\u0662026-06-03T09:00", "Europe/Berlin"),
        ("2026-06-03T09:00", "Europe/Nowhere"),
        ("2026-06-03T09:00", ""),
    ],
)
def test_nothing_that_a_moment_says_is_left_unheeded(text: str, zone: str) -> None:
    with pytest.raises(InvalidInput):
        moment_of(text, zone, "start_at")


@pytest.mark.parametrize("text", ["2026-06-03 09:00", "2026-06-03T09:00:00.000"])
def test_a_moment_is_read_as_it_is_asked_for_and_as_browsers_send_it(text: str) -> None:
    assert moment_of(text, "Europe/Berlin", "start_at") == datetime(2026, 6, 3, 7, tzinfo=UTC)
