"""The project's documents: which there are, and what they tell their readers to type."""

import re
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
MORE = "..."
_FENCE = re.compile(r"^ *```(sh|json|html|js|python)\n(.*?)^ *```", re.M | re.S)


@dataclass(frozen=True)
class Block:
    """A fenced block: of commands (`sh`), or of what those before it print (`json`)."""

    language: str
    text: str

    @property
    def commands(self) -> list[str]:
        """The block's commands; one goes on after a backslash, and within quotes."""
        if self.language != "sh":
            return []
        found = [""]
        for line in self.text.replace("\\\n", " ").splitlines(keepends=True):
            found[-1] += line
            if _is_whole(found[-1]):
                found.append("")
        return [command.strip() for command in found if command.strip()]


def _is_whole(command: str) -> bool:
    """Return whether no quotes are left open."""
    try:
        shlex.split(command)
    except ValueError:
        return False
    return True


def tracked(*patterns: str) -> list[str]:
    """The files that git would give a stranger, by name."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return sorted(name for name in listed.stdout.split("\0") if (ROOT / name).is_file())


def text_of(document: str) -> str:
    """Return what is written in a document."""
    return (ROOT / document).read_text()


def blocks(document: str) -> list[Block]:
    """The blocks of a document, from top to bottom."""
    return _blocks_in(text_of(document))


def block_below(document: str, heading: str) -> Block:
    """The one block of a section of a document."""
    section = text_of(document).partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    (block,) = _blocks_in(section)
    return block


def _blocks_in(text: str) -> list[Block]:
    return [Block(*found.groups()) for found in _FENCE.finditer(text)]


def commands(document: str) -> list[str]:
    """All commands of a document."""
    return [command for block in blocks(document) for command in block.commands]


def agrees(shown: object, printed: object) -> bool:
    """Return whether a document shows what was printed; `...` stands for what differs each time.

    At the end of a text it stands for the rest of it, as a member for further members, and at the
    end of a list for further items.
    """
    if isinstance(shown, str) and shown.endswith(MORE):
        return str(printed).startswith(shown.removesuffix(MORE))
    if isinstance(shown, dict) and isinstance(printed, dict):
        named = {name for name in shown if name != MORE}
        is_complete = MORE in shown or len(named) == len(printed)
        return is_complete and all(
            name in printed and agrees(shown[name], printed[name]) for name in named
        )
    if isinstance(shown, list) and isinstance(printed, list):
        items = shown[:-1] if shown[-1:] == [MORE] else shown
        is_complete = items is not shown or len(items) == len(printed)
        return is_complete and len(items) <= len(printed) and all(map(agrees, items, printed))
    return shown == printed
