"""When a run was running, and which of its days are looked at."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.core.errors import InvalidInput
from app.experiments.live_changes import Change
from app.models import Status
from app.results.days.period import DAY, WHOLE_RUN, DayRange, Opened, Period, Span, asked, course

OPENED = datetime(2026, 3, 3, 10, tzinfo=UTC)


def after(days: float) -> datetime:
    return OPENED + timedelta(days=days)


def stopped(days: float) -> Change:
    return Change(after(days), is_start=False)


def resumed(days: float) -> Change:
    return Change(after(days), is_start=True)


def test_a_run_without_changes_is_running() -> None:
    run = course(Opened(1, OPENED, "UTC"), [], Status.RUNNING)
    assert (run.is_running, run.opened_at, run.stopped_at, run.pauses) == (True, OPENED, None, ())


def test_a_pause_begins_when_it_stops_and_ends_when_it_runs_again() -> None:
    changes = [resumed(0), stopped(2), resumed(3.5), stopped(5), resumed(6)]
    run = course(Opened(1, OPENED, "UTC"), changes, Status.RUNNING)
    assert run.pauses == (Span(after(2), after(3.5)), Span(after(5), after(6)))
    assert run.is_running


def test_a_paused_run_has_a_pause_that_lasts() -> None:
    run = course(Opened(1, OPENED, "UTC"), [stopped(2)], Status.STOPPED)
    assert run.pauses == (Span(after(2), None),)
    assert run.stopped_at == after(2)


@pytest.mark.parametrize("present", [None, Status.DRAFT, Status.ARCHIVED])
def test_how_a_run_ended_is_no_pause(present: Status | None) -> None:
    run = course(Opened(1, OPENED, "UTC"), [stopped(2), resumed(3), stopped(4)], present)
    assert run.pauses == (Span(after(2), after(3)),)
    assert run.stopped_at == after(4)


def test_the_period_of_a_run_is_from_its_first_day_to_today_or_to_its_stop() -> None:
    running = course(Opened(1, OPENED, "UTC"), [], Status.RUNNING)
    assert running.period(WHOLE_RUN, after(4)) == Period(date(2026, 3, 3), date(2026, 3, 7))
    over = course(Opened(1, OPENED, "UTC"), [stopped(2)], None)
    assert over.period(WHOLE_RUN, after(40)) == Period(date(2026, 3, 3), date(2026, 3, 5))


@pytest.mark.parametrize(
    ("first", "last", "period"),
    [
        (4, 5, (4, 5)),
        (1, 5, (3, 5)),
        (4, 30, (4, 7)),
        (4, None, (4, 7)),
        (None, 5, (3, 5)),
        (1, 2, None),
        (None, 2, None),
        (20, None, None),
        (20, 22, None),
    ],
)
def test_asked_for_days_the_period_is_those_on_which_it_was_open(
    first: int | None, last: int | None, period: tuple[int, int] | None
) -> None:
    days = DayRange(date(2026, 3, first) if first else None, date(2026, 3, last) if last else None)
    run = course(Opened(1, OPENED, "UTC"), [], Status.RUNNING)
    expected = period and Period(date(2026, 3, period[0]), date(2026, 3, period[1]))
    assert run.period(days, after(4)) == expected


@pytest.mark.parametrize(
    ("changes", "days"),
    [
        ([], 10),
        ([stopped(2), resumed(4)], 8),
        ([stopped(2), resumed(4.5), stopped(6.9)], 4),
        ([stopped(0.9)], 0),
        ([stopped(0.5), resumed(3), stopped(3.5)], 1),
    ],
)
def test_days_running_are_whole_days_without_the_pauses(changes: list[Change], days: int) -> None:
    is_running = not changes or changes[-1].is_start
    status = Status.RUNNING if is_running else Status.STOPPED
    run = course(Opened(1, OPENED, "UTC"), changes, status)
    period = run.period(WHOLE_RUN, after(10.2))
    assert period
    assert run.time_running([period], after(10.2)) // DAY == days


@pytest.mark.parametrize("day", [date(1, 1, 1), date(9999, 12, 31)])
def test_days_at_either_end_of_the_calendar_are_none_of_the_runs(day: date) -> None:
    assert (
        course(Opened(1, OPENED, "UTC"), [], Status.RUNNING).period(DayRange(day, day), after(4))
        is None
    )


def test_days_running_are_counted_within_the_period() -> None:
    run = course(Opened(1, OPENED, "UTC"), [stopped(2), resumed(4)], Status.RUNNING)
    day = date(2026, 3, 3)
    for first, last, days in [(4, 4, 1), (3, 3, 0), (3, 4, 1), (5, 7, 1), (6, 6, 0), (1, 2, 0)]:
        period = Period(day.replace(day=first), day.replace(day=last))
        assert run.time_running([period], after(10)) // DAY == days, period


def test_days_are_read_strictly() -> None:
    assert asked("2026-03-03", "2026-03-03", ("from", "to")) == DayRange(
        date(2026, 3, 3), date(2026, 3, 3)
    )
    assert asked("", "", ("from", "to")) == WHOLE_RUN


@pytest.mark.parametrize(
    "text", ["20260303", "2026-W10-2", "2026-3-3", "2026-02-30", "tomorrow", " 2026-03-03", "٢"]
)
def test_a_day_that_is_none_is_refused_with_its_field(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"to takes a day, written as 2026-03-31\.") as caught:
        asked("", text, ("from", "to"))
    assert caught.value.field == "to"


def test_a_last_day_before_the_first_is_refused() -> None:
    with pytest.raises(InvalidInput, match="The last day is earlier") as caught:
        asked("2026-03-03", "2026-03-02", ("from", "to"))
    assert caught.value.field == "to"
