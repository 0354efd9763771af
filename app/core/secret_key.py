"""The secret key, which signs cookies: given, or made once and kept beside the SQLite file."""

import os
import re
import secrets
import tempfile
from pathlib import Path

SHORTEST = 32
FEWEST_DIFFERENT_CHARACTERS = 8
HOW_TO_MAKE_ONE = "Make one with: python3 -c 'import secrets; print(secrets.token_hex(32))'"
_PLACEHOLDER = re.compile(
    r"change.?(me|this)|replace.?(me|this)|example|placeholder|secret|password|insecure", re.I
)


def of(given: str, instance: Path, *, is_shared: bool) -> str:
    """Return the SECRET_KEY given, or without one the key that `instance` keeps, made on first use.

    Raises ValueError for one that is weak, and for none where the database `is_shared`: each
    machine would make its own, and end the sessions of all others.
    """
    if given:
        return _checked(given, "SECRET_KEY")
    if is_shared:
        raise ValueError(
            "SECRET_KEY must be set with PostgreSQL, to the same on all machines. "
            f"{HOW_TO_MAKE_ONE}"
        )
    path = instance / "secret_key"
    return _checked(_kept(path), f"The secret key in {path}")


def _checked(key: str, name: str) -> str:
    if is_weak(key):
        raise ValueError(
            f"{name} must have at least {SHORTEST} characters that nobody can guess. "
            f"{HOW_TO_MAKE_ONE}"
        )
    return key


def is_weak(key: str) -> bool:
    """Return whether a key is short, of few characters, repeats itself, or reads as an example."""
    return (
        len(key) < SHORTEST
        or len(set(key)) < FEWEST_DIFFERENT_CHARACTERS
        or key in (key + key)[1:-1]
        or _PLACEHOLDER.search(key) is not None
    )


def _kept(path: Path) -> str:
    """Return the secret in `path`, made on first use; workers that start together agree on one."""
    if not path.exists():
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as draft:
            draft.write(secrets.token_hex(32))
            draft.flush()
            os.fsync(draft.fileno())
        try:
            os.link(draft.name, path)
        except FileExistsError:
            pass
        finally:
            Path(draft.name).unlink()
    return path.read_text().strip()
