"""Signs of life of the jobs: written now and then, and believed for half a minute."""

from datetime import datetime, timedelta

import pytest

from app.database.rows import heartbeats
from app.database.rows.heartbeats import JOBS, SECONDS_BETWEEN, Away, Heart
from app.models import now
from tests.clock import Clock
from tests.conftest import on_both_databases
from tests.statements import recorded
from tests.world import World

SECOND = timedelta(seconds=1)


@on_both_databases
def test_a_heart_says_that_it_beats_and_says_it_again(world: World) -> None:
    clock = Clock()
    heart = Heart(JOBS, clock)
    with world.app.app_context():
        assert heartbeats.jobs_away() == Away(None)
        heart.beat()
        first = heartbeats.last_of_jobs()
        assert first
        assert heartbeats.jobs_away() is None
        clock.seconds += SECONDS_BETWEEN
        heart.beat()
        second = heartbeats.last_of_jobs()
    assert second
    assert now() - SECOND < first < second


def test_between_two_beats_it_asks_nothing_of_the_database(world: World) -> None:
    clock = Clock()
    heart = Heart(JOBS, clock)
    with world.app.app_context():
        heart.beat()
        clock.seconds += SECONDS_BETWEEN - 0.1
        with recorded(world.app) as sent:
            heart.beat()
    assert sent == []


def test_a_beat_is_written_where_nobody_can_be_told_and_they_are_told_after_the_next(
    world: World,
) -> None:
    clock, told = Clock(), list[datetime]()

    def tell(since: datetime, _until: datetime) -> None:
        told.append(since)
        if len(told) == 1:
            raise RuntimeError

    heart, last = Heart(JOBS, clock, tell), now() - 60 * SECOND
    world.jobs_were_there(last)
    with world.app.app_context():
        with pytest.raises(RuntimeError):
            heart.beat()
        assert heartbeats.jobs_away() is None
        for _ in range(2):
            clock.seconds += SECONDS_BETWEEN
            heart.beat()
    assert told == [last, last]


def test_one_that_was_heard_of_half_a_minute_ago_is_away_since_then() -> None:
    moment = now()
    assert heartbeats.away(moment - 30 * SECOND, moment) is None
    long_ago = moment - 31 * SECOND
    assert heartbeats.away(long_ago, moment) == Away(long_ago)
