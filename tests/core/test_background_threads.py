"""A worker: one thread while there is something to do, whoever wakes it, however often."""

import threading

import pytest

from app.core.background_threads import Worker
from tests.watching import until


def test_what_is_brought_while_it_works_is_worked_on_by_the_same_thread() -> None:
    waiting, threads, may_go_on = [1], list[str](), threading.Event()

    def work() -> None:
        assert may_go_on.wait(30)
        waiting.pop()
        threads.append(threading.current_thread().name)

    worker = Worker(work, lambda: bool(waiting), "worker")
    worker.wake()
    waiting.append(2)
    worker.wake()
    may_go_on.set()
    until(lambda: threads == ["worker"] * 2)


def test_it_ends_and_is_there_again_for_the_next() -> None:
    done = list[str]()
    worker = Worker(lambda: done.append("done"), lambda: False, "short")
    for times in (1, 2):
        worker.wake()
        until(lambda times=times: len(done) == times and not is_there("short"))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_work_that_fails_keeps_nobody_from_waking_it_again() -> None:
    tries = list[str]()

    def fail() -> None:
        tries.append("tried")
        raise ZeroDivisionError

    worker = Worker(fail, lambda: True, "failing")
    for times in (1, 2):
        worker.wake()
        until(lambda times=times: len(tries) == times and not is_there("failing"))


def is_there(name: str) -> bool:
    """Return whether there is a thread of this name."""
    return any(each.name == name for each in threading.enumerate())
