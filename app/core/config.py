"""Flask's configuration, from the settings in the environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.core import secret_key, settings
from app.core.settings import Settings, SetUp
from app.core.waiting import SECONDS_OF_REQUEST

MAX_BODY_BYTES = 64 * 1024
# 500 events, each with a unit of 256 characters that are written as \uXXXX\uXXXX.
MAX_EVENTS_BYTES = 2 * 1024 * 1024
SECONDS_TO_CONNECT = 3
SECONDS_OF_DAY = 24 * 3600
# A server that is gone without a word is noticed within a quarter of a minute (libpq, over TCP).
_NOTICING = {
    "keepalives_idle": 5,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
_FIXED = {
    "MAX_CONTENT_LENGTH": MAX_BODY_BYTES,
    "SESSION_REFRESH_EACH_REQUEST": False,
    # A session is bound to its token. Comparing addresses and user agents besides would only mark
    # it as not fresh, which nothing here asks for.
    "SESSION_PROTECTION": None,
    "SESSION_COOKIE_NAME": "switchyard",
    "SESSION_COOKIE_SAMESITE": "Lax",
    # A page left open overnight must still be able to act: the token lives as long as the session
    # does.
    "WTF_CSRF_TIME_LIMIT": None,
    # Each door checks for itself, since a request with an API key needs no token.
    "WTF_CSRF_CHECK_DEFAULT": False,
}


@dataclass(frozen=True)
class Installation:
    """Where the set-up of `deploy/systemd` keeps what its processes keep, and its settings."""

    instance: Path
    settings: Path


WITH_SYSTEMD = Installation(Path("/opt/switchyard/instance"), Path("/etc/switchyard/settings.env"))


def load(
    environment: Mapping[str, str], instance: Path, installed: Installation = WITH_SYSTEMD
) -> dict[str, object]:
    """Return Flask's configuration: the settings by their names, and what follows from them.

    `instance` is the folder for what this server keeps: the SQLite file and the secret key.
    Raises ValueError for a setting that makes no sense, and for settings that were not loaded where
    they are `installed`.
    """
    given = settings.read(environment)
    _require_loaded(given, instance, installed)
    instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    return {
        **dict(given),
        **_FIXED,
        **_database(given, instance),
        "SECRET_KEY": secret_key.of(given.SECRET_KEY, instance, is_shared=given.is_shared),
        "KEPT_EVENTS_FOLDER": given.KEPT_EVENTS_FOLDER or instance,
        "METRICS_FOLDER": given.METRICS_FOLDER or instance / "metrics",
        # What Flask calls the names that it answers to.
        "TRUSTED_HOSTS": given.OWN_HOSTS,
        "SESSION_IDLE_DAYS": given.session_idle_days,
        "PERMANENT_SESSION_LIFETIME": given.SESSION_DAYS * SECONDS_OF_DAY,
    }


def _require_loaded(given: Settings, instance: Path, installed: Installation) -> None:
    """Raise ValueError for a command that would begin a database of its own beside the server's."""
    is_told = given.SET_UP is not SetUp.BY_HAND or given.DATABASE_URL
    if not is_told and instance == installed.instance and installed.settings.exists():
        raise ValueError(
            f"The settings of {installed.settings} are not loaded: without them this would use"
            " another database than the server does. Run the command as root with them:"
            " switchyard COMMAND"
        )


def _database(given: Settings, instance: Path) -> dict[str, object]:
    return {
        "DATABASE_IS_POOLED": bool(given.DATABASE_POOLER),
        "SQLALCHEMY_DATABASE_URI": given.DATABASE_URL or f"sqlite:///{instance / 'switchyard.db'}",
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "isolation_level": "AUTOCOMMIT",
            "hide_parameters": True,
            # As many as there are places to work at, each with one, for requests and for threads
            # beside them: nobody waits for a connection.
            "pool_size": given.DATABASE_CONNECTIONS,
            "max_overflow": 0,
            "pool_timeout": SECONDS_OF_REQUEST,
            **_connecting(given),
        },
    }


def _connecting(given: Settings) -> dict[str, object]:
    """Return how a connection to PostgreSQL is opened: SQLite's file is there or is not."""
    if not given.is_shared:
        return {}
    # What one connection of a pooler's has prepared, another does not know.
    prepared = {"prepare_threshold": None} if given.DATABASE_POOLER else {}
    return {"connect_args": {"connect_timeout": SECONDS_TO_CONNECT} | _NOTICING | prepared}
