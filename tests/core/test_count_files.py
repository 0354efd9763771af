"""The files of processes that count: what becomes of an ended one's, and of damaged ones."""

import fcntl
import multiprocessing
import signal
from multiprocessing.context import ForkProcess
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest
from prometheus_client.mmap_dict import MmapedDict

from app.core.count_files import CountFiles

KEY = '["a", "a_total", {}, "says"]'
FORKING = multiprocessing.get_context("fork")


def count_until_killed(folder: Path, number: int, counted: Event) -> None:
    files = CountFiles(folder)
    name = files.claim()
    for kind in ("counter", "gauge_livesum"):
        MmapedDict(str(folder / f"{kind}_{name}.db")).write_value(KEY, number, 0.0)
    counted.set()
    signal.pause()


def begin(folder: Path, number: int) -> ForkProcess:
    """Have a process count so far."""
    counted = FORKING.Event()
    arguments = (folder, number, counted)
    process = FORKING.Process(target=count_until_killed, args=arguments, daemon=True)
    process.start()
    assert counted.wait(20)
    return process


def kill(process: ForkProcess) -> None:
    process.kill()
    process.join()


def ended(folder: Path) -> dict[str, float]:
    """Return what processes that have ended had counted."""
    with CountFiles(folder).settled():
        pass
    path = folder / "counter_ended.db"
    if not path.exists():
        return {}
    return {key: value for key, value, *_ in MmapedDict.read_all_values_from_file(str(path))}


def test_what_processes_counted_that_were_killed_is_added_up(tmp_path: Path) -> None:
    for number in (3, 4, 5):
        kill(begin(tmp_path, number))
    assert ended(tmp_path) == {KEY: 12}
    assert ended(tmp_path) == {KEY: 12}, "and once"
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"turn", "counter_ended.db", "histogram_ended.db"}


def test_a_process_that_lives_keeps_its_files(tmp_path: Path) -> None:
    process = begin(tmp_path, 3)
    assert ended(tmp_path) == {}
    kill(process)
    assert ended(tmp_path) == {KEY: 3}


# Nothing at all, a key of no length, and one that is longer than the file.
DAMAGES = [b"", b"\x40" + bytes(80), b"\x40" + bytes(7) + b"\xff\xff\xff\x7f" + bytes(80)]


@pytest.mark.parametrize("damage", DAMAGES, ids=["empty", "no key", "too long"])
def test_what_a_loss_of_power_has_damaged_is_left_out_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: bytes
) -> None:
    kill(begin(tmp_path, 3))
    (path,) = tmp_path.glob("counter_*.db")
    path.write_bytes(damage)
    assert ended(tmp_path) == {}
    (record,) = caplog.records
    assert "damaged" in record.getMessage()


def test_somebody_who_never_ends_their_turn_is_not_waited_for_forever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.core.count_files.SECONDS_TO_WAIT", 0.02)
    with (tmp_path / "turn").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        with pytest.raises(OSError, match="too long"):
            CountFiles(tmp_path).claim()
