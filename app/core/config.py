"""Every setting, read once from the environment."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from limits import RateLimitItem, parse
from limits.errors import ConfigurationError
from limits.storage import Storage, storage_from_string

from app.core import secret_key
from app.core.rate_counters import MemoryCounters
from app.core.waiting import SECONDS_OF_REQUEST

MAX_BODY_BYTES = 64 * 1024
# 500 events, each with a unit of 256 characters that are written as \uXXXX\uXXXX.
MAX_EVENTS_BYTES = 2 * 1024 * 1024
MOST_SECONDS_REMEMBERED = 1.0
SECONDS_TO_CONNECT = 3
FEWEST_CONNECTIONS = 4
MOST_CONNECTIONS = 100
MOST_QUEUE_DAYS = 3650
MOST_RETENTION_DAYS = 3650
MOST_LATE_START_MINUTES = 60 * 24 * 7
MOST_STALE_MINUTES = 60 * 24
MOST_KEPT_EVENTS_MB = 4096
MOST_SESSION_DAYS = 365
MOST_FREE_FAILURES = 1000
USUAL_IDLE_DAYS = 14
SHORTEST_TOKEN = 16
LOG_FORMATS = ("text", "json")
ACCESS_LOGS = ("some", "none", "all")
# Whoever asks by them is on this machine: a check of its health, or a browser through a tunnel.
LOOPBACK_HOSTS = ("localhost", "127.0.0.1")
_HOST_NAME = re.compile(
    r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*"
)
# Each request asks it: one that hangs must not hold visitors up for long.
_WAITS_FOR_REDIS = {"socket_connect_timeout": 0.25, "socket_timeout": 0.25}


def load(environment: Mapping[str, str], instance: Path) -> dict[str, object]:
    """Flask's configuration from environment variables.

    `instance` is the folder for what this server keeps: the SQLite file and the secret key.
    Raises ValueError for a setting that makes no sense.
    """
    connections = _connections(environment)
    session_days, idle_days = _session_days(environment)
    database = database_url(environment, instance)
    is_pooled = _is_pooled(environment, database)
    instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    return {
        "SECRET_KEY": secret_key.of(environment, instance, is_shared=not is_file(database)),
        "SQLALCHEMY_DATABASE_URI": database,
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "isolation_level": "AUTOCOMMIT",
            "hide_parameters": True,
            # As many as there are places to work at, each with one, for requests and for threads
            # beside them: nobody waits for a connection.
            "pool_size": connections,
            "max_overflow": 0,
            "pool_timeout": SECONDS_OF_REQUEST,
            **_connecting(database, is_pooled=is_pooled),
        },
        "API_RATE_LIMIT": _limit(environment, "API_RATE_LIMIT", "6000 per minute"),
        "SERVING_RATE_LIMIT": _limit(environment, "SERVING_RATE_LIMIT", "60000 per minute"),
        "DATABASE_CONNECTIONS": connections,
        "DATABASE_IS_POOLED": is_pooled,
        "QUEUE_DAYS": _days(environment, "QUEUE_DAYS", "30"),
        "RETENTION_DAYS": _days_or_none(environment, "RETENTION_DAYS"),
        "LATE_START_MINUTES": _minutes(environment, "LATE_START_MINUTES", "60"),
        "SECONDS_REMEMBERED": _seconds(environment, "SECONDS_REMEMBERED", "0.5"),
        "KEPT_EVENTS_FOLDER": Path(environment.get("KEPT_EVENTS_FOLDER") or instance),
        "KEPT_EVENTS_MB": _whole(environment, "KEPT_EVENTS_MB", "16", MOST_KEPT_EVENTS_MB),
        "STALE_MINUTES": _whole(environment, "STALE_MINUTES", "60", MOST_STALE_MINUTES),
        "SIGN_IN_FAILURES_BY_ACCOUNT": _failures(environment, "SIGN_IN_FAILURES_BY_ACCOUNT", "5"),
        "SIGN_IN_FAILURES_BY_NETWORK": _failures(environment, "SIGN_IN_FAILURES_BY_NETWORK", "20"),
        "RATE_LIMIT_STORAGE": _storage(environment),
        "METRICS_FOLDER": Path(environment.get("METRICS_FOLDER") or instance / "metrics"),
        "METRICS_TOKEN": _token(environment, "METRICS_TOKEN"),
        "LOG_FORMAT": _choice(environment, "LOG_FORMAT", LOG_FORMATS),
        "ACCESS_LOG": _choice(environment, "ACCESS_LOG", ACCESS_LOGS),
        "TRUSTED_PROXIES": _count(environment, "TRUSTED_PROXIES"),
        # What Flask calls the names that it answers to.
        "TRUSTED_HOSTS": _own_hosts(environment),
        "MAX_CONTENT_LENGTH": MAX_BODY_BYTES,
        "SESSION_DAYS": session_days,
        "SESSION_IDLE_DAYS": idle_days,
        "PERMANENT_SESSION_LIFETIME": session_days * 24 * 3600,
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
    """DATABASE_URL, or a SQLite file under `instance`."""
    url = environment.get("DATABASE_URL") or f"sqlite:///{instance / 'switchyard.db'}"
    url = url.replace("postgres://", "postgresql://", 1)
    if not url.startswith(("sqlite:", "postgresql:", "postgresql+psycopg:")):
        raise ValueError("DATABASE_URL must begin with postgresql:// or sqlite:///")
    return url


def is_file(database: str) -> bool:
    """Return whether the database at this address is a file on this machine alone."""
    return database.startswith("sqlite:")


def _limit(environment: Mapping[str, str], name: str, default: str) -> RateLimitItem:
    text = environment.get(name) or default
    try:
        return parse(text)
    except ValueError:
        raise ValueError(f"{name} must read like {default!r}, not {text!r}") from None


def _storage(environment: Mapping[str, str]) -> Storage:
    address = environment.get("RATE_LIMIT_STORAGE") or "memory://"
    scheme = urlsplit(address).scheme
    if scheme == "memory":
        return MemoryCounters()
    waits = _WAITS_FOR_REDIS if scheme.startswith("redis") else {}
    try:
        return cast("Storage", storage_from_string(address, wrap_exceptions=True, **waits))
    except ConfigurationError as error:
        raise ValueError(f"RATE_LIMIT_STORAGE: {error}") from None


def _token(environment: Mapping[str, str], name: str) -> str:
    """Return what somebody has to show, "" where nothing; never what is told by trying."""
    token = environment.get(name) or ""
    is_fit = len(token) >= SHORTEST_TOKEN and token.isascii() and token.isprintable()
    if token and (not is_fit or " " in token):
        raise ValueError(f"{name} must be {SHORTEST_TOKEN} characters or more, without spaces")
    return token


def _choice(environment: Mapping[str, str], name: str, choices: Sequence[str]) -> str:
    """Return which of these a setting is, the first one by default."""
    chosen = environment.get(name) or choices[0]
    if chosen not in choices:
        raise ValueError(f"{name} must be {' or '.join(choices)}, not {chosen!r}")
    return chosen


def _count(environment: Mapping[str, str], name: str) -> int:
    text = environment.get(name) or "0"
    if not text.isdecimal():
        raise ValueError(f"{name} must be a whole number, not {text!r}")
    return int(text)


def _own_hosts(environment: Mapping[str, str]) -> list[str] | None:
    """Return the names that the server answers to, this machine's for itself too; None for any."""
    names = [name for name in re.split(r"[,\s]+", environment.get("OWN_HOSTS", "")) if name]
    if not names:
        return None
    for name in names:
        if not _HOST_NAME.fullmatch(name):
            raise ValueError(f"OWN_HOSTS must be names as experiments.example.com, not {name!r}")
    # A name may end with the dot of the root of all names.
    return [*(name.lower() + end for name in names for end in ("", ".")), *LOOPBACK_HOSTS]


def _connections(environment: Mapping[str, str]) -> int:
    """Return how many connections to the database a process keeps, one for each kind at least."""
    name, most = "DATABASE_CONNECTIONS", MOST_CONNECTIONS
    text = environment.get(name) or "10"
    if text.isascii() and text.isdecimal() and FEWEST_CONNECTIONS <= int(text) <= most:
        return int(text)
    raise ValueError(f"{name} must be from {FEWEST_CONNECTIONS} to {most}, not {text!r}")


def _is_pooled(environment: Mapping[str, str], database: str) -> bool:
    """Return whether a pooler gives each transaction another connection to the database."""
    pooler = environment.get("DATABASE_POOLER") or ""
    if pooler not in {"", "transaction"}:
        raise ValueError(f"DATABASE_POOLER must be transaction or empty, not {pooler!r}")
    if pooler and database.startswith("sqlite:"):
        raise ValueError("DATABASE_POOLER is for PostgreSQL")
    return bool(pooler)


def _connecting(database: str, *, is_pooled: bool) -> dict[str, object]:
    """Return how a connection to PostgreSQL is opened: SQLite's file is there or is not."""
    if is_file(database):
        return {}
    # What one connection of a pooler's has prepared, another does not know.
    prepared = {"prepare_threshold": None} if is_pooled else {}
    return {"connect_args": {"connect_timeout": SECONDS_TO_CONNECT} | _NOTICING | prepared}


# A server that is gone without a word is noticed within a quarter of a minute (libpq, over TCP).
_NOTICING = {
    "keepalives_idle": 5,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


def _session_days(environment: Mapping[str, str]) -> tuple[int, int]:
    """Return how long a session lasts in all, and without being used."""
    whole = _span(environment, "SESSION_DAYS", "90", MOST_SESSION_DAYS, "days")
    usual = str(min(USUAL_IDLE_DAYS, whole))
    idle = _span(environment, "SESSION_IDLE_DAYS", usual, MOST_SESSION_DAYS, "days")
    if idle > whole:
        raise ValueError(f"SESSION_IDLE_DAYS must be at most SESSION_DAYS, {whole}, not {idle}")
    return whole, idle


def _failures(environment: Mapping[str, str], name: str, default: str) -> int:
    return _span(environment, name, default, MOST_FREE_FAILURES, "failures")


def _days(environment: Mapping[str, str], name: str, default: str) -> int:
    return _span(environment, name, default, MOST_QUEUE_DAYS, "days")


def _days_or_none(environment: Mapping[str, str], name: str) -> int | None:
    if not environment.get(name):
        return None
    return _span(environment, name, "", MOST_RETENTION_DAYS, "days")


def _minutes(environment: Mapping[str, str], name: str, default: str) -> int:
    return _span(environment, name, default, MOST_LATE_START_MINUTES, "minutes")


def _span(environment: Mapping[str, str], name: str, default: str, most: int, unit: str) -> int:
    text = environment.get(name) or default
    if text.isascii() and text.isdecimal() and 1 <= int(text) <= most:
        return int(text)
    raise ValueError(f"{name} must be from 1 to {most} {unit}, not {text!r}")


def _whole(environment: Mapping[str, str], name: str, default: str, most: int) -> int:
    text = environment.get(name) or default
    if text.isascii() and text.isdecimal() and int(text) <= most:
        return int(text)
    raise ValueError(f"{name} must be from 0 to {most}, not {text!r}")


def _seconds(environment: Mapping[str, str], name: str, default: str) -> float:
    text = environment.get(name) or default
    with suppress(ValueError):
        if 0 <= float(text) <= MOST_SECONDS_REMEMBERED:
            return float(text)
    raise ValueError(f"{name} must be from 0 to {MOST_SECONDS_REMEMBERED:.0f}, not {text!r}")
