"""Group work: who is alone begins at once, and who comes meanwhile is in the next group."""

import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, Lock

import pytest

from app.core.errors import Busy
from app.core.group_work import GroupWork
from tests.watching import until

PATIENCE = 60.0


class Groups:
    """Work that waits for a word of the test; what each group was, in their order."""

    def __init__(self, *, largest: int = 100, most_waiting: int = 100) -> None:
        self.work = GroupWork(self._do, len, largest=largest, most_waiting=most_waiting)
        self.groups: list[list[str]] = []
        self.may_go_on, self.slow_may_end = Event(), Event()
        self._begun = Lock()

    def _do(self, several: Sequence[str]) -> list[str]:
        with self._begun:
            self.groups.append(list(several))
        assert self.may_go_on.wait(PATIENCE)
        assert "slow" not in several or self.slow_may_end.wait(PATIENCE)
        if "bad" in several:
            raise ZeroDivisionError
        return [each.upper() for each in several if each != "forgotten"]

    def asked(
        self, pool: ThreadPoolExecutor, *several: str, name: str = "", patience: float = PATIENCE
    ) -> "list[Future[str]]":
        """Have threads ask for work, each once the one before has begun it, or waits."""
        asked = list[Future[str]]()
        for each in several:
            before = len(self.groups) + self.work.waiting(name)
            asked.append(pool.submit(self.work.done, name, each, patience))
            until(lambda: len(self.groups) + self.work.waiting(name) > before)  # noqa: B023
        return asked


def test_who_comes_while_another_is_at_work_is_in_the_next_group() -> None:
    groups = Groups()
    with ThreadPoolExecutor() as pool:
        asked = groups.asked(pool, "a", "b", "c", "d")
        groups.may_go_on.set()
        assert [each.result() for each in asked] == ["A", "B", "C", "D"]
    assert groups.groups == [["a"], ["b", "c", "d"]]


def test_who_is_alone_waits_for_nobody() -> None:
    groups = Groups()
    groups.may_go_on.set()
    assert [groups.work.done("", each, 0) for each in ("a", "b")] == ["A", "B"]


def test_those_of_another_name_are_worked_on_meanwhile() -> None:
    groups = Groups()
    with ThreadPoolExecutor() as pool:
        asked = groups.asked(pool, "a") + groups.asked(pool, "b", name="other")
        assert groups.groups == [["a"], ["b"]]
        groups.may_go_on.set()
        assert [each.result() for each in asked] == ["A", "B"]


def test_a_group_grows_no_larger_than_it_may_unless_its_first_alone_is() -> None:
    groups = Groups(largest=4)
    with ThreadPoolExecutor() as pool:
        asked = groups.asked(pool, "first", "b", "cc", "dd", "too large", "e")
        groups.may_go_on.set()
        assert [each.result() for each in asked][3:] == ["DD", "TOO LARGE", "E"]
    assert groups.groups == [["first"], ["b", "cc"], ["dd"], ["too large"], ["e"]]


def test_a_group_that_fails_fails_for_all_of_it_and_the_next_goes_on() -> None:
    groups = Groups(largest=4)
    with ThreadPoolExecutor() as pool:
        asked = groups.asked(pool, "a", "b", "bad", "next")
        groups.may_go_on.set()
        errors = [type(each.exception()) for each in asked]
        assert asked[3].result() == "NEXT"
    assert errors == [type(None), ZeroDivisionError, ZeroDivisionError, type(None)]


def test_nobody_waits_for_ever_where_an_outcome_is_missing() -> None:
    groups = Groups()
    with ThreadPoolExecutor() as pool:
        asked = groups.asked(pool, "a", "b", "forgotten")
        groups.may_go_on.set()
        errors = [type(each.exception(PATIENCE)) for each in asked]
        assert groups.work.done("", "next", PATIENCE) == "NEXT"
    assert errors == [type(None), ValueError, ValueError]


def test_who_has_waited_for_long_enough_is_told_so_and_left_out() -> None:
    groups = Groups()
    with ThreadPoolExecutor() as pool:
        asked = groups.asked(pool, "a")
        with pytest.raises(Busy):
            groups.work.done("", "impatient", 0)
        asked += groups.asked(pool, "b")
        groups.may_go_on.set()
        assert [each.result() for each in asked] == ["A", "B"]
    assert groups.groups == [["a"], ["b"]]


def test_who_was_given_up_takes_no_room_from_those_who_wait() -> None:
    groups = Groups(largest=4)
    with ThreadPoolExecutor() as pool:
        asked = groups.asked(pool, "a", "b")
        with pytest.raises(Busy):
            groups.work.done("", "impatient", 0)
        asked += groups.asked(pool, "cc")
        groups.may_go_on.set()
        assert [each.result() for each in asked] == ["A", "B", "CC"]
    assert groups.groups == [["a"], ["b", "cc"]]


def test_who_is_in_a_group_already_is_told_what_came_of_it_however_long_it_takes() -> None:
    groups, patience = Groups(), 1.0
    with ThreadPoolExecutor() as pool:
        asked = groups.asked(pool, "a", "slow")
        asked += groups.asked(pool, "b", patience=patience)
        groups.may_go_on.set()
        until(lambda: groups.groups[1:] == [["slow", "b"]])
        in_group_at = time.monotonic()
        until(lambda: time.monotonic() > in_group_at + patience)
        assert not asked[2].done()
        groups.slow_may_end.set()
        assert [each.result() for each in asked] == ["A", "SLOW", "B"]


def test_no_more_wait_than_may() -> None:
    groups = Groups(most_waiting=1)
    with ThreadPoolExecutor() as pool:
        asked = groups.asked(pool, "a", "b")
        with pytest.raises(Busy):
            groups.work.done("", "one too many", PATIENCE)
        groups.may_go_on.set()
        assert [each.result() for each in asked] == ["A", "B"]
