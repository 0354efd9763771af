"""Places to work at: first come, first served, and none is lost."""

import threading
from concurrent.futures import ThreadPoolExecutor

from app.web.limits.places import Places
from tests.watching import until

LONG = 20.0


def waiting(places: Places) -> int:
    return len(places._waiting)  # noqa: SLF001 - nothing else says that a thread has come to wait


def test_who_has_waited_for_the_longest_is_next_and_nobody_slips_in() -> None:
    places, served = Places(1), list[int]()
    assert places.acquire(0)
    gone_on = threading.Semaphore(0)

    def wait(number: int) -> None:
        assert places.acquire(LONG)
        served.append(number)
        gone_on.acquire()
        places.release()

    with ThreadPoolExecutor() as pool:
        at_work = []
        for number in range(4):
            at_work.append(pool.submit(wait, number))
            until(lambda: waiting(places) == len(at_work))
        places.release()
        for so_many in range(1, 5):
            until(lambda expected=so_many: len(served) == expected)
            assert not places.acquire(0), "it is taken, or promised to who waits"
            gone_on.release()
        for each in at_work:
            each.result()
    assert served == [0, 1, 2, 3]
    assert places.acquire(0)


def test_who_gives_up_leaves_the_place_to_others() -> None:
    places = Places(1)
    assert places.acquire(0)
    assert not places.acquire(0.01)
    places.release()
    assert places.acquire(0)
    assert not places.acquire(0)


def test_under_a_press_of_threads_that_give_up_no_place_is_lost_or_made() -> None:
    places, at_once, most = Places(3), 0, 0
    lock = threading.Lock()

    def press(_number: int) -> None:
        nonlocal at_once, most
        for _ in range(300):
            if places.acquire(0.0005):
                with lock:
                    at_once += 1
                    most = max(most, at_once)
                with lock:
                    at_once -= 1
                places.release()

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(press, range(16)))
    assert most <= 3
    assert [places.acquire(0) for _ in range(4)] == [True, True, True, False]
