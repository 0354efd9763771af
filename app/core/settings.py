"""What may be set in the environment, within which bounds, and what is usual."""

import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self, cast
from urllib.parse import urlsplit

from limits import RateLimitItem, parse, parse_many
from limits.errors import ConfigurationError
from limits.storage import Storage, storage_from_string
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from app.core.mail_terms import SmtpServer, mail_address, public_address, smtp_server
from app.core.rate_counters import MemoryCounters

USUAL_IDLE_DAYS = 14
# Some files of settings take these away, and others leave them in the value.
QUOTES, COMMENT = frozenset("\"'"), " #"
# Whoever asks by them is on this machine: a check of its health, or a browser through a tunnel.
LOOPBACK_HOSTS = ("localhost", "127.0.0.1")
_HOST_NAME = re.compile(
    r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*"
)
_DATABASES = ("sqlite:", "postgresql:", "postgresql+psycopg:")
_REDIS = ("redis://", "rediss://", "unix://")
_KNOWN_STORAGES = "memory://, redis://, rediss:// or redis+unix://"
# Each request asks it: one that hangs must not hold visitors up for long.
_WAITS_FOR_REDIS = {"socket_connect_timeout": 0.25, "socket_timeout": 0.25}


def _address(text: str) -> str:
    """Return a database's address as SQLAlchemy takes it."""
    address = text.replace("postgres://", "postgresql://", 1)
    if not address.startswith(_DATABASES) or address == "sqlite://":
        raise ValueError("must begin with postgresql:// or sqlite:///")
    try:
        make_url(address)
    except (ArgumentError, ValueError):
        raise ValueError("is no address of a database") from None
    return address


def _limit(text: str) -> RateLimitItem:
    try:
        limits = parse_many(text)
    except ValueError:
        limits = []
    # One of nothing would let nobody in, and of two the second would be dropped.
    if len(limits) != 1 or limits[0].amount < 1:
        raise ValueError(f"must read like '100 per minute', not {text!r}")
    return limits[0]


def _storage(address: str) -> Storage:
    scheme = urlsplit(address).scheme
    if scheme == "memory":
        return MemoryCounters()
    waits = _WAITS_FOR_REDIS if scheme.startswith("redis") else {}
    try:
        return cast("Storage", storage_from_string(address, wrap_exceptions=True, **waits))
    except ConfigurationError as error:
        raise ValueError(f"names no storage that is known: {_KNOWN_STORAGES}") from error


def _stream(address: str) -> str:
    """Return the address of a Redis."""
    if not address.startswith(_REDIS):
        raise ValueError(f"must begin with {', '.join(_REDIS[:-1])} or {_REDIS[-1]}")
    return address


def _whole(folder: Path) -> Path:
    if not folder.is_absolute():
        raise ValueError(f"must begin at the root, as /var/lib/switchyard, not {str(folder)!r}")
    return folder


def _hard_to_guess(token: str) -> str:
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError("must be visible characters without spaces")
    return token


def _host_names(text: str) -> list[str]:
    """Return the names that the server answers to, this machine's for itself too."""
    names = [name for name in re.split(r"[,\s]+", text) if name]
    if not names:
        raise ValueError(f"must be names as experiments.example.com, not {text!r}")
    for name in names:
        if not _HOST_NAME.fullmatch(name):
            raise ValueError(f"must be names as experiments.example.com, not {name!r}")
    # A name may end with the dot of the root of all names.
    own = [name.lower() + end for name in names for end in ("", ".")]
    return [*own, *LOOPBACK_HOSTS]


class SetUp(StrEnum):
    """How a server is set up."""

    BY_HAND = "by hand"
    SYSTEMD = "systemd"
    CONTAINERS = "containers"


Days = Annotated[int, Field(ge=1, le=3650)]
DaysOfSession = Annotated[int, Field(ge=1, le=365)]
Folder = Annotated[Path, AfterValidator(_whole)]
Failures = Annotated[int, Field(ge=1, le=1000)]
RateLimit = Annotated[RateLimitItem, BeforeValidator(_limit)]


class Settings(BaseModel):
    """The settings by their names in the environment, as docs/reference/settings.md has them."""

    model_config = ConfigDict(arbitrary_types_allowed=True, frozen=True)

    SECRET_KEY: str = ""
    DATABASE_URL: Annotated[str, AfterValidator(_address)] = ""
    DATABASE_CONNECTIONS: int = Field(10, ge=4, le=100)
    DATABASE_POOLER: Literal["", "transaction"] = ""
    API_RATE_LIMIT: RateLimit = Field(default_factory=lambda: parse("6000 per minute"))
    SERVING_RATE_LIMIT: RateLimit = Field(default_factory=lambda: parse("60000 per minute"))
    REQUESTS_PER_ADDRESS: RateLimit = Field(default_factory=lambda: parse("600 per minute"))
    EVENTS_PER_ADDRESS: RateLimit = Field(default_factory=lambda: parse("600 per minute"))
    RATE_LIMIT_STORAGE: Annotated[Storage, BeforeValidator(_storage)] = Field(
        default_factory=MemoryCounters
    )
    QUEUE_DAYS: Days = 30
    RETENTION_DAYS: Days | None = None
    LATE_START_MINUTES: int = Field(60, ge=1, le=60 * 24 * 7)
    SECONDS_REMEMBERED: float = Field(0.5, ge=0, le=1, allow_inf_nan=False)
    EDGE_SECONDS: int = Field(5, ge=1, le=300)
    EDGE_AWAY_MINUTES: int = Field(60, ge=1, le=60 * 24)
    STALE_MINUTES: int = Field(60, ge=0, le=60 * 24)
    EVENT_STREAM: Annotated[str, AfterValidator(_stream)] = ""
    EVENT_STREAM_MB: int = Field(256, ge=1, le=65_536)
    KEPT_EVENTS_FOLDER: Folder | None = None
    KEPT_EVENTS_MB: int = Field(16, ge=0, le=4096)
    SIGN_IN_FAILURES_BY_ACCOUNT: Failures = 5
    SIGN_IN_FAILURES_BY_NETWORK: Failures = 20
    SESSION_DAYS: DaysOfSession = 90
    SESSION_IDLE_DAYS: DaysOfSession | None = None
    METRICS_FOLDER: Folder | None = None
    METRICS_TOKEN: Annotated[str, Field(min_length=16), AfterValidator(_hard_to_guess)] = ""
    SET_UP: SetUp = SetUp.BY_HAND
    LOG_FORMAT: Literal["text", "json"] = "text"
    ACCESS_LOG: Literal["some", "none", "all"] = "some"
    TRUSTED_PROXIES: int = Field(0, ge=0)
    VISITOR_SAMPLE: bool = True
    COUNTRY_HEADER: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{0,100}$")] = ""
    WEBHOOKS_TO_PRIVATE_ADDRESSES: bool = False
    SMTP_URL: Annotated[SmtpServer | None, BeforeValidator(smtp_server)] = None
    SMTP_PLAIN: bool = False
    MAIL_FROM: Annotated[str, AfterValidator(mail_address)] = ""
    PUBLIC_ADDRESS: Annotated[str, AfterValidator(public_address)] = ""
    OWN_HOSTS: Annotated[list[str] | None, BeforeValidator(_host_names)] = None

    @property
    def session_idle_days(self) -> int:
        """Return how long a session lasts without being used: never longer than it does at all."""
        return self.SESSION_IDLE_DAYS or min(USUAL_IDLE_DAYS, self.SESSION_DAYS)

    @property
    def is_shared(self) -> bool:
        """Return whether other machines may use the database: it is no file on this one."""
        return self.DATABASE_URL.startswith("postgresql")

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.session_idle_days > self.SESSION_DAYS:
            raise ValueError(f"SESSION_IDLE_DAYS must be at most SESSION_DAYS, {self.SESSION_DAYS}")
        if self.DATABASE_POOLER and not self.is_shared:
            raise ValueError("DATABASE_POOLER is for PostgreSQL")
        if self.SMTP_URL and not (self.MAIL_FROM and self.PUBLIC_ADDRESS):
            raise ValueError("SMTP_URL needs MAIL_FROM and PUBLIC_ADDRESS")
        return self


def read(environment: Mapping[str, str]) -> Settings:
    """Return the settings of an environment, where an empty variable is one that is not set.

    Raises ValueError that names the first one that makes no sense.
    """
    given = {name: environment[name] for name in Settings.model_fields if environment.get(name)}
    for name, value in given.items():
        if value != value.strip() or value[0] in QUOTES or COMMENT in value:
            raise ValueError(f"{name} must be without quotes, spaces or a comment around it")
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        raise ValueError(_worded(error.errors()[0])) from None


def _worded(error: ErrorDetails) -> str:
    name = "".join(map(str, error["loc"][:1]))
    context: dict[str, Any] = error.get("ctx", {})
    if "error" in context:
        return f"{name} {context['error']}".strip()
    # What has to be kept secret is not repeated.
    said = "" if name == "METRICS_TOKEN" else f", not {error['input']!r}"
    return f"{name}: {error['msg']}{said}"
