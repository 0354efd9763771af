"""Every setting, read once from the environment."""

import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path

MAX_BODY_BYTES = 64 * 1024
SESSION_DAYS = 14


def load(environment: Mapping[str, str], instance: Path) -> dict[str, object]:
    """Flask's configuration from environment variables.

    `instance` is the folder for what this server keeps: the SQLite file and the secret key.
    Raises ValueError for a setting that makes no sense.
    """
    instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    return {
        "SECRET_KEY": environment.get("SECRET_KEY") or _kept_secret(instance / "secret_key"),
        "SQLALCHEMY_DATABASE_URI": database_url(environment, instance),
        "SQLALCHEMY_ENGINE_OPTIONS": {"isolation_level": "AUTOCOMMIT"},
        "API_RATE_LIMIT": environment.get("API_RATE_LIMIT") or "6000 per minute",
        "SIGN_IN_LIMIT_BY_ADDRESS": environment.get("SIGN_IN_LIMIT_BY_ADDRESS") or "30 per minute",
        "SIGN_IN_LIMIT_BY_ACCOUNT": environment.get("SIGN_IN_LIMIT_BY_ACCOUNT")
        or "10 per 15 minutes",
        "RATE_LIMIT_STORAGE": environment.get("RATE_LIMIT_STORAGE") or "memory://",
        "TRUSTED_PROXIES": _count(environment, "TRUSTED_PROXIES"),
        "MAX_CONTENT_LENGTH": MAX_BODY_BYTES,
        "PERMANENT_SESSION_LIFETIME": SESSION_DAYS * 24 * 3600,
        "SESSION_REFRESH_EACH_REQUEST": False,
        # A session is bound to its token. Comparing addresses and user agents besides would only
        # mark it as not fresh, which nothing here asks for.
        "SESSION_PROTECTION": None,
        "SESSION_COOKIE_NAME": "switchyard",
        "SESSION_COOKIE_SAMESITE": "Lax",
        # A page left open overnight must still be able to act: the token lives as long as the
        # session does.
        "WTF_CSRF_TIME_LIMIT": None,
        # Each door checks for itself, since a request with an API key needs no token.
        "WTF_CSRF_CHECK_DEFAULT": False,
    }


def database_url(environment: Mapping[str, str], instance: Path) -> str:
    """The database's address: DATABASE_URL, or a SQLite file under `instance`."""
    url = environment.get("DATABASE_URL") or f"sqlite:///{instance / 'switchyard.db'}"
    return url.replace("postgres://", "postgresql://", 1)


def _count(environment: Mapping[str, str], name: str) -> int:
    text = environment.get(name) or "0"
    if not text.isdecimal():
        raise ValueError(f"{name} must be a whole number, not {text!r}")
    return int(text)


def _kept_secret(path: Path) -> str:
    """The secret in `path`, made on first use; workers that start together agree on one."""
    if not path.exists():
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as draft:
            draft.write(secrets.token_hex(32))
        try:
            os.link(draft.name, path)
        except FileExistsError:
            pass
        finally:
            Path(draft.name).unlink()
    return path.read_text()
