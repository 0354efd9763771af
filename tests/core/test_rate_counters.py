"""Rate counters in memory: windows, threads and bounds."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.core import config, rate_counters
from app.core.rate_counters import MemoryCounters
from tests.clock import Clock

THREADS = 8
COUNTS = 2000


@pytest.fixture
def clock() -> Clock:
    """A clock that a test moves."""
    return Clock()


@pytest.fixture
def counters(clock: Clock) -> MemoryCounters:
    """Counters by that clock."""
    return MemoryCounters(clock)


def test_a_key_is_counted_until_the_window_of_its_first_count_ends(
    counters: MemoryCounters, clock: Clock
) -> None:
    assert [counters.incr("a", 60), counters.incr("a", 60, 3)] == [1, 4]
    clock.seconds += 59.9
    assert (counters.incr("a", 60), counters.get_expiry("a")) == (5, 60)
    clock.seconds += 0.1
    assert (counters.get("a"), counters.get_expiry("a")) == (0, 60)
    assert (counters.incr("a", 60), counters.get_expiry("a")) == (1, 120)


def test_each_key_has_a_count_of_its_own(counters: MemoryCounters) -> None:
    assert [counters.incr(key, 60) for key in "abab"] == [1, 1, 2, 2]


def test_counters_are_forgotten_one_by_one_and_all_together(counters: MemoryCounters) -> None:
    for key in "abc":
        counters.incr(key, 60)
    counters.clear("a")
    assert [counters.get(key) for key in "abc"] == [0, 1, 1]
    assert counters.reset() == 2
    assert [counters.get(key) for key in "abc"] == [0, 0, 0]


def test_beyond_its_bound_the_counter_longest_unused_is_forgotten(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr(rate_counters, "MOST_COUNTERS", 2)
    counters = MemoryCounters(clock)
    for key in "abac":
        counters.incr(key, 60)
    assert [counters.get(key) for key in "abc"] == [2, 0, 1]


def test_a_window_that_is_over_makes_room_before_one_that_is_not(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr(rate_counters, "MOST_COUNTERS", 2)
    counters = MemoryCounters(clock)
    counters.incr("long", 60)
    counters.incr("short", 10)
    clock.seconds += 10
    counters.incr("new", 60)
    assert [counters.get(key) for key in ("long", "short", "new")] == [1, 0, 1]


def test_threads_lose_no_count(counters: MemoryCounters) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda _: counters.incr("a", 60), range(THREADS * COUNTS)))
    assert counters.get("a") == THREADS * COUNTS


def test_counting_as_by_default_starts_no_thread(tmp_path: Path) -> None:
    before = threading.enumerate()
    storage = config.load({}, tmp_path)["RATE_LIMIT_STORAGE"]
    assert isinstance(storage, MemoryCounters)
    storage.incr("a", 60)
    assert threading.enumerate() == before
