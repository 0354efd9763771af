"""Processes that begin at once: forks of one that has loaded what servers and commands load.

To load it takes each of them a second of CPU, longer than most tests do. From there on they do what
`python -m` does; that they also begin from nothing is seen in tests/docs and tests/deploy.
"""

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from multiprocessing import connection
from pathlib import Path

ROOT = Path(__file__).parent.parent

FORKING = multiprocessing.get_context("forkserver")
FORKING.set_forkserver_preload(["tests.loaded"])


class Fork:
    """A process that runs a module, in a session of its own; to be handled as one of `Popen`.

    `words` are the module and its arguments. All it says goes to the end of `log`.
    """

    def __init__(self, words: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        log.touch()
        self._words = words
        self._process = FORKING.Process(target=_run, args=(words, dict(environment), log))
        self._process.start()
        self._asking = threading.Lock()

    @property
    def pid(self) -> int:
        """The number of the process, and of its group."""
        return self._process.pid or 0

    @property
    def returncode(self) -> int | None:
        """Return what it has ended with, None while it runs: negative if it was a signal."""
        # It can be read once, and several threads ask.
        with self._asking:
            return self._process.exitcode

    def poll(self) -> int | None:
        """Return what it has ended with, None while it runs."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return what it ends with; raise TimeoutExpired if that takes more seconds."""
        connection.wait([self._process.sentinel], timeout)
        ended_with = self.returncode
        if ended_with is None:
            raise subprocess.TimeoutExpired(self._words, timeout or 0)
        return ended_with

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Tell it to end."""
        self.send_signal(signal.SIGTERM)


def _run(words: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
    os.setsid()
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environment)
    _speak_to(log)
    sys.argv = list(words)
    # What it begins itself begins as it usually does, and not as this did.
    multiprocessing.set_start_method(None, force=True)
    runpy.run_module(words[0], run_name="__main__", alter_sys=True)


def _speak_to(log: Path) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    said = os.open(log, os.O_WRONLY | os.O_APPEND)
    for given, taken in ((nothing, 0), (said, 1), (said, 2)):
        os.dup2(given, taken)
