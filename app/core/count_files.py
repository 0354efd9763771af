"""The files in which the processes of a machine count, and what becomes of an ended one's.

A process has a name of its own, and holds a lock as long as it lives: by its number it could not
be told from one of another container. When it has ended its sums are added to those of all that
have, so that a counter never falls, and no file is left for each process that ever was.
"""

import fcntl
import json
import logging
import os
import secrets
import struct
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client.mmap_dict import MmapedDict

from app.core import file_locks

SUMMED = ("counter", "histogram")
LIVE = ("gauge_livesum", "gauge_livemax", "gauge_livemostrecent")
ENDED = "ended"
BYTES_OF_FILE = 128 * 1024
SECONDS_TO_WAIT = 1.0

_log = logging.getLogger(__name__)


class CountFiles:
    """The files in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # A descriptor, which the end of the process closes without a word.
        self._held: int | None = None

    def claim(self) -> str:
        """Return a name to count under, which is this process's until it ends. Raises OSError."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self.settled():
            name = secrets.token_hex(8)
            self._hold(self._lock_of(name))
            for kind in SUMMED + LIVE:
                _reserve(self._file(kind, name))
        return name

    @contextmanager
    def settled(self) -> Generator[None]:
        """Have what ended processes counted added up, and nobody change that within.

        Raises OSError where somebody else takes too long with it.
        """
        with (self.folder / "turn").open("w") as turn:
            if not file_locks.take(turn, SECONDS_TO_WAIT):
                raise TimeoutError("another process has its turn for too long")
            for lock in self.folder.glob("*.lock"):
                with lock.open() as file:
                    if file_locks.take(file):
                        self._add_up(lock.stem)
                        lock.unlink()
            yield

    def _add_up(self, name: str) -> None:
        for kind in SUMMED:
            source, target = self._file(kind, name), self._file(kind, ENDED)
            _write_sums(_values(source) + _values(target), target)
            source.unlink(missing_ok=True)
        for kind in LIVE:
            self._file(kind, name).unlink(missing_ok=True)

    def _hold(self, lock: Path) -> None:
        """Hold the lock of a file, in place of the one that this process held before."""
        if self._held is not None:
            os.close(self._held)
        self._held = os.open(lock, os.O_WRONLY | os.O_CREAT, 0o600)
        fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _file(self, kind: str, name: str) -> Path:
        return self.folder / f"{kind}_{name}.db"

    def _lock_of(self, name: str) -> Path:
        return self.folder / f"{name}.lock"


def _values(path: Path) -> "Counter[str]":
    """Return what is in a file; nothing of one that a loss of power has left in pieces."""
    found: Counter[str] = Counter()
    try:
        for key, value, _, _ in MmapedDict.read_all_values_from_file(str(path)):
            json.loads(key)
            found[key] += value
    except FileNotFoundError:
        pass
    except (ValueError, RuntimeError, struct.error):
        _log.warning("what %s had counted is lost: the file is damaged", path)
    return found


def _write_sums(sums: "Counter[str]", path: Path) -> None:
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    _reserve(draft)
    written = MmapedDict(str(draft))
    for key, value in sums.items():
        written.write_value(key, value, 0.0)
    written.close()
    draft.replace(path)


def _reserve(path: Path) -> None:
    """Make a file, with the room that it needs.

    A process ends when it writes to the memory of a file for which the disk has no room left.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, BYTES_OF_FILE)
    except OSError:
        path.unlink()
        raise
    finally:
        os.close(descriptor)
