"""A reader, who types a document's commands from top to bottom into one shell."""

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path

import httpx

from tests import patient
from tests.docs.documents import MORE, ROOT, agrees, blocks
from tests.watching import until

# Each runs the whole test suite, or parts of it, or for a long time: they are CI's to run.
IN_CI = frozenset({"make check", "make test", "make lint", "make bench", "make soak"})
_SERVER = re.compile(r"make run\b|wsgi:app|wsgi jobs$")
_PASTED = re.compile(rf"(\w+)=\S*{re.escape(MORE)}")
_DONE = "reader-has-seen-what-came-of-it"
_PORT = "8000"
_ASKS_FOR_PASSWORD = re.compile(r"wsgi user (create|password)(?!.*--password-stdin)")
_AT_TERMINAL = f"{shlex.quote(sys.executable)} {shlex.quote(str(ROOT / 'tests' / 'terminal.py'))}"
_PASSWORD = "a long password"

Pasted = Mapping[str, Callable[[], str]]
InBrowser = Mapping[str, Callable[[], object]]


class Reader:
    """Somebody in a folder, at a shell. `repository` is where they have Switchyard from.

    Servers run in the background, as in a second terminal, on a port that nobody else uses.
    `printed` is what the last block of commands has printed so far.
    """

    def __init__(
        self, folder: Path, repository: Path, replaced: Mapping[str, str] | None = None
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
        self._replaced = {
            _PORT: str(self.port),
            "REPOSITORY": str(repository),
            **(replaced or {}),
        }
        self._log, self._errors = folder / "servers.log", folder / "errors.log"
        self._servers = 0
        self.printed = ""
        with self._errors.open("w") as errors:
            self._shell = subprocess.Popen(
                ["bash", "-e"],
                cwd=folder,
                env=_environment(self.port),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            )

    @property
    def address(self) -> str:
        """Return where the reader's server answers."""
        return f"http://127.0.0.1:{self.port}"

    def follow(
        self, document: str, pasted: Pasted | None = None, in_browser: InBrowser | None = None
    ) -> None:
        """Type a document's commands, and compare what they print with what it shows.

        `pasted` gives what the reader copies from elsewhere, by the name of the variable, and
        `in_browser` does what they press before a block, by a word of its commands.
        """
        for block in blocks(document):
            if block.language == "json":
                assert agrees(json.loads(block.text), json.loads(self.printed)), (
                    block.text,
                    self.printed,
                )
                continue
            for word, press in (in_browser or {}).items():
                if word in block.text:
                    press()
            self._type_all(block.commands, pasted or {})

    def clone(self) -> None:
        """Get the repository, as the README says, and go on in its folder."""
        self._typed("git clone REPOSITORY switchyard && cd switchyard")

    def type(self, command: str) -> str:
        """Return what a command prints; it fails the test where the command fails."""
        assert self._shell.stdin
        assert self._shell.stdout
        self._shell.stdin.write(f"{command}\nprintf '\\n%s\\n' {_DONE}\n")
        self._shell.stdin.flush()
        printed = ""
        for line in self._shell.stdout:
            if line == f"{_DONE}\n":
                return printed
            printed += line
        raise AssertionError(f"{command}\n{printed}\n{self._errors.read_text()}")

    def printed_beside(self, word: str) -> str:
        """Return what the server printed beside a sign-in or a project."""
        found = re.search(rf"^ *{word} +(\S+)$", self._log.read_text(), re.M)
        assert found, self._log.read_text()
        return found[1]

    def leave(self) -> None:
        """End everything that was started; none of the servers may have ended by itself."""
        try:
            if self._shell.poll() is None:
                running = self.type("jobs -r").count("Running")
                assert running == self._servers, self._log.read_text()
        finally:
            _end(self._shell.pid, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self._shell.communicate(timeout=10)
            _end(self._shell.pid, signal.SIGKILL)

    def _type_all(self, commands: Sequence[str], pasted: Pasted) -> None:
        printed = ""
        for command in commands:
            if found := _PASTED.fullmatch(command):
                self.type(f"{found[1]}='{pasted[found[1]]()}'")
            elif command not in IN_CI:
                printed += self._typed(command)
                self.printed = printed

    def _typed(self, command: str) -> str:
        for written, meant in self._replaced.items():
            command = command.replace(written, meant)
        if _ASKS_FOR_PASSWORD.search(command):
            command = f"{_AT_TERMINAL} {shlex.quote(_PASSWORD)} {command}"
        if _SERVER.search(command):
            return self._serve(command)
        printed = self.type(command)
        if command.startswith("git clone"):
            clone = Path(self.type("pwd").strip())
            lend_tools(clone)
            lend_compiled(clone)
        return printed

    def _serve(self, command: str) -> str:
        self._servers += 1
        self.type(f"{{ {command}; }} >> '{self._log}' 2>&1 &")
        if not command.endswith("jobs"):
            until(self._is_answered)
        return ""

    def _is_answered(self) -> bool:
        try:
            return patient.get(f"{self.address}/sign-in").is_success
        except httpx.TransportError:
            return False


def lend_tools(folder: Path) -> None:
    """Have what is installed here serve in a clone, too, and pass for installed there."""
    for tools in (".tools", ".venv"):
        (folder / tools).symlink_to(ROOT / tools)
    for locked in ("uv.lock", "pyproject.toml", "clients/switchyard/pyproject.toml"):
        # Nothing is installed anew: what is here would be the clone's, which goes away.
        shutil.copystat(ROOT / ".venv" / "installed", folder / locked)


def lend_compiled(folder: Path) -> None:
    """Have modules that are compiled here serve in a clone: each of its commands loads them all."""
    for module in (folder / "app").rglob("*.py"):
        ours = ROOT / module.relative_to(folder)
        # A compiled module is known by when its source was written.
        shutil.copystat(ours, module)
        compiled, lent = (Path(cache_from_source(each)) for each in (ours, module))
        if compiled.exists():
            lent.parent.mkdir(exist_ok=True)
            shutil.copy2(compiled, lent)


def _environment(port: int) -> dict[str, str]:
    settings = {"DATABASE_URL", "SECRET_KEY"}
    kept = {name: value for name, value in os.environ.items() if name not in settings}
    # Compiled modules are kept, whatever the environment says: each command is seconds faster.
    return {**kept, "PORT": str(port), "PYTHONDONTWRITEBYTECODE": ""}


def _end(group: int, by: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, by)
