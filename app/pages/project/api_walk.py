"""The way from nothing to a started experiment, as commands to be copied one after the other."""

from app.pages.project.api_commands import KEY, Reader
from app.pages.project.snippets import Snippet

NAME = "First experiment"
_ALL = "/api/admin/experiments"


def steps(reader: Reader, key: str) -> dict[str, Snippet]:
    """Return the commands by their names; they make an experiment with this key, which is free."""
    one = f"{reader.address}{_ALL}/{key}"
    return {
        each.key: each
        for each in (
            Snippet("walk-key", "The key, for this shell", f"read -r {KEY}"),
            Snippet("walk-create", "Create a draft", _created(f"{reader.address}{_ALL}", key)),
            Snippet(
                "walk-try",
                "Only say what a start would do",
                _changed(f"{one}/status?dry_run=true", "running"),
            ),
            Snippet("walk-start", "Start it", _changed(f"{one}/status", "running")),
            Snippet("walk-show", "See how it stands", _asked(one)),
            Snippet("walk-pause", "Pause it again", _changed(f"{one}/status", "stopped")),
        )
    }


def _created(address: str, key: str) -> str:
    return _asked(
        address,
        '-H "Content-Type: application/json"',
        f'-H "Idempotency-Key: {key}"',
        f"""-d '{{"key": "{key}", "name": "{NAME}"}}'""",
    )


def _changed(address: str, status: str) -> str:
    return _asked(
        address,
        '-H "Content-Type: application/json"',
        f"""-d '{{"status": "{status}"}}'""",
    )


def _asked(address: str, *rest: str) -> str:
    return " \\\n  ".join([f'curl "{address}"', f'-H "Authorization: Bearer ${KEY}"', *rest])
