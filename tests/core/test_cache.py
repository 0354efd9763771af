"""What a process keeps of what it has read: for how long, and how much."""

import pytest

from app.core.cache import Recent
from tests.clock import Clock


@pytest.fixture
def clock() -> Clock:
    """A clock that a test moves."""
    return Clock()


@pytest.fixture
def recent(clock: Clock) -> Recent[str, int]:
    """Room for two numbers, for ten seconds each."""
    return Recent(10, 2, clock)


def test_what_was_read_is_known_for_its_seconds_and_no_longer(
    recent: Recent[str, int], clock: Clock
) -> None:
    assert recent.known("a") is None
    assert recent.get("a", lambda: 1) == 1
    clock.seconds = 9.9
    assert (recent.known("a"), recent.get("a", lambda: 2)) == (1, 1)
    clock.seconds = 10
    assert (recent.known("a"), recent.get("a", lambda: 2)) == (None, 2)
    clock.seconds = 19.9
    assert recent.known("a") == 2


def test_each_key_has_a_value_of_its_own(recent: Recent[str, int]) -> None:
    assert [recent.get(key, lambda key=key: ord(key)) for key in "abab"] == [97, 98, 97, 98]


def test_what_is_read_is_read_again_though_it_is_known(recent: Recent[str, int]) -> None:
    assert [recent.read("a", lambda value=value: value) for value in (1, 2)] == [1, 2]
    assert recent.known("a") == 2


def test_the_seconds_begin_before_the_reading(recent: Recent[str, int], clock: Clock) -> None:
    def slowly() -> int:
        clock.seconds += 6
        return 1

    recent.get("a", slowly)
    clock.seconds += 3.9
    assert recent.known("a") == 1
    clock.seconds += 0.1
    assert recent.known("a") is None


def test_who_began_to_read_earlier_and_is_done_later_replaces_nothing(
    recent: Recent[str, int], clock: Clock
) -> None:
    def overtaken() -> int:
        clock.seconds += 1
        recent.read("a", lambda: 2)
        return 1

    assert recent.read("a", overtaken) == 1
    assert recent.known("a") == 2


def test_a_reading_that_fails_leaves_what_was_known(recent: Recent[str, int]) -> None:
    recent.read("a", lambda: 1)
    with pytest.raises(ZeroDivisionError):
        recent.read("a", lambda: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        recent.get("b", lambda: 1 // 0)
    assert (recent.known("a"), recent.known("b")) == (1, None)


def test_for_no_seconds_nothing_is_known(clock: Clock) -> None:
    recent = Recent[str, int](0, 2, clock)
    recent.read("a", lambda: 1)
    assert recent.known("a") is None


def test_what_was_not_asked_for_the_longest_makes_room(recent: Recent[str, int]) -> None:
    for key in "ab":
        recent.read(key, lambda: 1)
    recent.known("a")
    recent.read("c", lambda: 1)
    assert [recent.known(key) for key in "abc"] == [1, None, 1]


def test_what_is_forgotten_is_known_no_more_nor_what_was_being_read(
    recent: Recent[str, int],
) -> None:
    recent.get("a", lambda: 1)

    def read_while_all_is_forgotten() -> int:
        recent.clear()
        return 2

    assert recent.get("b", read_while_all_is_forgotten) == 2
    assert (recent.known("a"), recent.known("b")) == (None, None)
    assert recent.get("b", lambda: 3) == recent.known("b") == 3


def test_all_that_was_read_is_there_with_its_age_and_does_not_count_as_asked_for(
    recent: Recent[str, int], clock: Clock
) -> None:
    assert recent.is_empty()
    recent.read("a", lambda: 1)
    clock.seconds = 20
    recent.read("b", lambda: 2)
    assert not recent.is_empty()
    assert recent.entries() == [("a", 1, 20), ("b", 2, 0)]
    recent.read("c", lambda: 3)
    assert [key for key, *_ in recent.entries()] == ["b", "c"]


def test_a_value_is_replaced_only_while_it_is_there(recent: Recent[str, int], clock: Clock) -> None:
    recent.read("a", lambda: 1000)
    clock.seconds = 5
    ((_, value, _),) = recent.entries()
    recent.replace("a", value, 2000)
    assert recent.entries() == [("a", 2000, 5)]
    recent.replace("a", value, 3000)
    recent.replace("b", value, 3000)
    assert recent.entries() == [("a", 2000, 5)]
    assert recent.known("a") == 2000
