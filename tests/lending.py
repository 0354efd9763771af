"""Applications to lend: wired once in a process, and as new for each test that borrows one.

Wiring one takes longer than most tests do, and each engine compiles every statement by itself.
"""

import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from weakref import WeakSet

from flask import Flask
from jinja2 import BytecodeCache
from sqlalchemy import QueuePool

from app import create_app
from app.api.openapi import served
from app.core import config
from app.database.engine import db
from app.events import group_commits, not_counted
from app.events.kept import keeping, kept_events
from app.pages.common import polls
from app.serving import memory, visitor_sample
from app.web.limits import rate_limits
from app.web.request_log import refused_requests
from app.web.sessions import last_uses
from tests.documented import DocumentedClient
from tests.kept_database import KeptDatabase
from tests.settings import SECRET_KEY

# What takes long to make, of nothing but the operations that there are.
MADE_ONCE = served.EXTENSION
# What an application remembers from one request to the next, apart from its settings.
MEMORIES = (
    rate_limits,
    memory,
    kept_events,
    keeping,
    group_commits,
    not_counted,
    visitor_sample,
    polls,
    last_uses,
    refused_requests,
)

SECONDS_TO_WRITE = 5.0
_WAITED_FOR = WeakSet[threading.Thread]()

Settings = frozenset[tuple[str, str]]


class Kept:
    """One application, and what it was like when it had just been wired."""

    def __init__(self, environment: Mapping[str, str], instance: Path) -> None:
        self.app = create_app(environment, instance)
        self.app.test_client_class = DocumentedClient
        self._environment, self._instance = environment, instance
        self._attributes = dict(vars(self.app))
        self._settings = dict(self.app.config)
        self._extensions = dict(self.app.extensions)

    @property
    def url(self) -> str:
        """The address of its database."""
        return self._environment["DATABASE_URL"]

    def is_in_use(self) -> bool:
        """Return whether somebody holds a connection to its database."""
        with self.app.app_context():
            pool = db.engine.pool
            return isinstance(pool, QueuePool) and pool.checkedout() > 0

    def disconnect(self) -> None:
        """Close its connections: whoever holds one keeps it to themselves."""
        with self.app.app_context():
            db.engine.dispose()

    def as_new(self) -> Flask:
        """The application, in which nothing is left of whoever borrowed it before."""
        if MADE_ONCE in self.app.extensions:
            self._extensions[MADE_ONCE] = self.app.extensions[MADE_ONCE]
        _put_back(vars(self.app), self._attributes)
        _put_back(self.app.extensions, self._extensions)
        _put_back(self.app.config, self._settings)
        self.app.config.update(config.load(self._environment, self._instance))
        for left in self._instance.glob("kept-events.*"):
            left.unlink()
        for each in MEMORIES:
            each.register(self.app)
        return self.app


@dataclass(frozen=True)
class Lender:
    """The applications of this process, one for each set of settings. `folder` is all theirs."""

    folder: Path
    compiled_templates: BytecodeCache
    _kept: dict[Settings, Kept] = field(default_factory=dict)
    _databases: dict[str, KeptDatabase] = field(default_factory=dict)

    def empty_sqlite(self, name: str, migrated: Path) -> str:
        """The address of an empty database on SQLite, the same whenever it is asked for by name."""
        if name not in self._databases:
            self._databases[name] = KeptDatabase(self.folder / name, migrated)
        return self._databases[name].empty(self._let_go)

    def _let_go(self, url: str) -> None:
        for kept in self._kept.values():
            if kept.url == url:
                kept.disconnect()

    @contextmanager
    def lend(self, database_url: str, **settings: str) -> Generator[Flask]:
        """An application on that database, with these settings: one that nobody else has now."""
        # Its thread writes for ten seconds more, when the database is another test's.
        usual = {"SECRET_KEY": SECRET_KEY, "VISITOR_SAMPLE": "no"}
        environment = {"DATABASE_URL": database_url, **usual, **settings}
        key = frozenset(environment.items())
        kept = self._kept.pop(key, None) or self._new(environment)
        yield kept.as_new()
        _let_notes_be_written()
        if not self._stays(database_url) or kept.is_in_use():
            kept.disconnect()
        self._kept[key] = kept

    def _stays(self, url: str) -> bool:
        """Return whether that database is emptied for the next one, with connections that go on."""
        return any(each.url == url for each in self._databases.values())

    def _new(self, environment: Mapping[str, str]) -> Kept:
        kept = Kept(environment, self.folder / "instance")
        kept.app.jinja_env.bytecode_cache = self.compiled_templates
        return kept


def _let_notes_be_written() -> None:
    """Wait for what writes beside the tests: the next one's database has the same address.

    Once for each: one that tries again and again, its database being gone, does not come to an end.
    """
    for thread in threading.enumerate():
        is_writing = thread.name in (not_counted.THREAD, visitor_sample.THREAD)
        if is_writing and thread not in _WAITED_FOR:
            thread.join(SECONDS_TO_WRITE)
            _WAITED_FOR.add(thread)


def _put_back(present: dict[str, object], kept: Mapping[str, object]) -> None:
    present.clear()
    present.update(kept)
