"""A person at a terminal, who answers each question of a command with the same words.

python tests/terminal.py WORDS COMMAND [ARGUMENT]...
"""

import fcntl
import os
import select
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

SECONDS_TO_END = 60
# A terminal has given up what was typed before when the space behind the question is there.
QUESTION = b": "


@dataclass(frozen=True)
class Ran:
    """What came of a command: its exit code, what it printed, and what the terminal showed."""

    code: int
    printed: str
    shown: str


def run(
    command: Sequence[str], words: Sequence[str], environment: Mapping[str, str] | None = None
) -> Ran:
    """Run a command that asks, and answer its questions one after another with `words`."""
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        command,
        env=environment,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=_take_terminal,  # noqa: PLW1509
    )
    os.close(theirs)
    try:
        shown = _answered(ours, list(words))
        printed, _ = process.communicate(timeout=SECONDS_TO_END)
    finally:
        process.kill()
        os.close(ours)
    return Ran(process.returncode, printed.decode(), shown.decode())


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _answered(terminal: int, words: list[str]) -> bytes:
    """Return what the terminal shows until the command lets go of it."""
    shown, deadline = b"", time.monotonic() + SECONDS_TO_END
    with suppress(OSError):
        while select.select([terminal], [], [], max(0, deadline - time.monotonic()))[0]:
            shown += os.read(terminal, 4096)
            if words and shown.endswith(QUESTION):
                os.write(terminal, words.pop(0).encode() + b"\n")
    return shown


if __name__ == "__main__":
    ran = run(sys.argv[2:], [sys.argv[1]] * 2)
    sys.stderr.write(ran.shown)
    sys.stdout.write(ran.printed)
    sys.exit(ran.code)
