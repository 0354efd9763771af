"""The way from nothing to a started experiment, as commands to be copied one after the other."""

from app.pages.project.api_commands import KEY, Reader
from app.pages.project.snippets import Snippet

EXPERIMENT = "first-experiment"
_ALL = "/api/admin/experiments"
_ONE = f"{_ALL}/{EXPERIMENT}"
_STATUS = f"{_ONE}/status"


def steps(reader: Reader) -> dict[str, Snippet]:
    """Return the commands by their names."""
    return {
        each.key: each
        for each in (
            Snippet("walk-key", "The key, for this shell", f"read -r {KEY}"),
            Snippet("walk-create", "Create a draft", _created(reader)),
            Snippet(
                "walk-try",
                "Only say what a start would do",
                _changed(reader, "?dry_run=true", "running"),
            ),
            Snippet("walk-start", "Start it", _changed(reader, "", "running")),
            Snippet("walk-show", "See how it stands", _asked(f'"{reader.address}{_ONE}"')),
            Snippet("walk-pause", "Pause it again", _changed(reader, "", "stopped")),
        )
    }


def _created(reader: Reader) -> str:
    return _asked(
        f'"{reader.address}{_ALL}"',
        '-H "Content-Type: application/json"',
        f'-H "Idempotency-Key: {EXPERIMENT}"',
        f"""-d '{{"key": "{EXPERIMENT}", "name": "First experiment"}}'""",
    )


def _changed(reader: Reader, query: str, status: str) -> str:
    return _asked(
        f'"{reader.address}{_STATUS}{query}"',
        '-H "Content-Type: application/json"',
        f"""-d '{{"status": "{status}"}}'""",
    )


def _asked(address: str, *rest: str) -> str:
    return " \\\n  ".join([f"curl {address}", f'-H "Authorization: Bearer ${KEY}"', *rest])
