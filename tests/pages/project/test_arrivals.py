"""What the Install page says of the moments when events arrived."""

from datetime import timedelta

import pytest

from app.events.arrivals import Arrivals
from app.events.events import Reason
from app.events.not_counted import Sum
from app.models import now
from app.pages.project.arrivals import LOOK_AT, NOTHING_RUNS, check


@pytest.mark.parametrize(
    ("age", "told"),
    [
        (timedelta(0), "just now"),
        (timedelta(seconds=12), "12 seconds ago"),
        (timedelta(seconds=80), "1 minute ago"),
        (timedelta(hours=5, minutes=59), "5 hours ago"),
        (timedelta(days=3), "3 days ago"),
        (timedelta(seconds=-5), "just now"),
    ],
    ids=str,
)
def test_the_age_of_an_event_is_said_in_one_unit(age: timedelta, told: str) -> None:
    found = check(Arrivals(None, now() - age, is_anything_running=True))
    assert (found.sentence, found.tone, found.hints) == (f"Last event {told}", "arriving", ())


def test_while_nothing_runs_an_old_event_is_no_sign_of_life() -> None:
    found = check(Arrivals(now(), now(), is_anything_running=False))
    assert (found.tone, found.hints) == ("idle", (NOTHING_RUNS,))


def test_what_is_heard_but_not_counted_says_what_counts() -> None:
    found = check(Arrivals(now(), None, is_anything_running=True))
    assert found.sentence == (
        "Something arrived just now, but nothing has been counted for what is live or paused"
    )
    assert (found.tone, found.hints) == ("waiting", LOOK_AT[-1:])


def test_own_visits_are_those_of_own_networks_and_of_who_always_sees_a_variant() -> None:
    left_out = (Sum(Reason.OWN_VISIT, 3, now()),)
    [left] = check(
        Arrivals(now(), now(), is_anything_running=True, not_counted=left_out)
    ).not_counted
    assert left.words == "Events from your own networks, or of visitors who always see a variant"
