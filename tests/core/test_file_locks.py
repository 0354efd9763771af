"""Locks of files: whoever holds one has it until it closes the file."""

import time
from pathlib import Path

from app.core import file_locks


def test_a_lock_is_had_by_one_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "turn.lock"
    with path.open("w") as first, path.open("w") as second:
        assert file_locks.take(first)
        assert not file_locks.take(second)
        first.close()
        assert file_locks.take(second)


def test_a_lock_is_waited_for_until_the_time_is_over(tmp_path: Path) -> None:
    path, seconds = tmp_path / "turn.lock", 0.05
    with path.open("w") as first, path.open("w") as second:
        assert file_locks.take(first)
        began_at = time.monotonic()
        assert not file_locks.take(second, seconds)
        assert time.monotonic() - began_at >= seconds
