"""The databases that are measured: one project of a certain size, and some for status changes."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import insert, select, text

from app import create_app
from app.models import ApiKey, Experiment, Project, Role, Status, User, names, now, table_of
from tests import databases
from tests.bench.visitors import Shop, open_shop
from tests.settings import SECRET_KEY
from tests.world import World

CLIENTS = 16
ROWS_AT_ONCE = 5_000
LIMIT = 2
MIX = (
    Status.STOPPED,
    Status.ARCHIVED,
    Status.DRAFT,
    Status.ARCHIVED,
    Status.STOPPED,
    Status.ARCHIVED,
)
# What the service would have made of each: a run of two halves, opened where it was started.
DESIGNS = (
    "INSERT INTO run (test_id, number, is_current, salt, traffic_allocation, minimum_days,"
    " minimum_visitors, opened_at) SELECT test_id, 1, true, key, 10000, 7, 500, started_at"
    " FROM experiment WHERE project_id = :project",
    "INSERT INTO variant (run_id, position, key, name, weight, value)"
    " SELECT id, 0, 'control', 'Control', 5000, '\"control\"' FROM run",
    "INSERT INTO variant (run_id, position, key, name, weight, value)"
    " SELECT id, 1, 'treatment', 'Treatment', 5000, '\"treatment\"' FROM run",
)
# Of each, the change that made it what it is.
CHANGES = (
    "INSERT INTO history (project_id, test_id, kind, from_status, to_status, door, at, user_id,"
    " api_key_id, reason, code, detail, times) SELECT project_id, test_id, 'changed',"
    " CASE status WHEN 'running' THEN 'draft' WHEN 'stopped' THEN 'running' ELSE 'stopped' END,"
    " status, CASE WHEN user_id IS NULL THEN 'v2' ELSE 'browser' END, changed_at, user_id,"
    " api_key_id, '', '', '', 1 FROM experiment"
    " WHERE project_id = :project AND status <> 'draft' ORDER BY test_id",
)
COUNTS = tuple(
    f"UPDATE project SET {status}_count = (SELECT count(*) FROM experiment"  # noqa: S608
    f" WHERE project_id = :project AND status = '{status}') WHERE id = :project"
    for status in Status
)


@dataclass(frozen=True)
class Target:
    """A project's experiment that a client starts and pauses, and the key that opens it."""

    path: str
    key: str


@dataclass(frozen=True)
class Prepared:
    """A filled database: a project with a member, and what to change in others."""

    database_url: str
    app: Flask
    email: str
    path: str
    targets: list[Target]
    shop: Shop | None


def prepare(database_url: str, folder: Path, size: int, *, with_shop: bool) -> Prepared:
    """Migrate the empty database at `database_url` and fill it, with a shop's visitors or not."""
    databases.migrate(database_url, folder)
    app = create_app({"DATABASE_URL": database_url, "SECRET_KEY": SECRET_KEY}, folder)
    world = World(app)
    project = world.project(LIMIT)
    email = world.member(project, Role.MARKETER)
    world.key(project)
    _fill(database_url, project, size)
    targets = [_target(world) for _ in range(CLIENTS)]
    shop = open_shop(world) if with_shop else None
    if not database_url.startswith("sqlite"):
        # As PostgreSQL does by itself within a minute of a large change.
        databases.at_once(database_url, "VACUUM ANALYZE")
    return Prepared(database_url, app, email, f"/projects/{project.key}", targets, shop)


def _target(world: World) -> Target:
    project = world.project(LIMIT)
    experiment = world.experiment(project)
    path = f"/v2/project/{project.key}/experiment/{experiment.test_id}/status"
    return Target(path, world.key(project))


def _fill(database_url: str, project: Project, size: int) -> None:
    with databases.filling(database_url) as connection:
        authors = (connection.scalar(select(User.id)), connection.scalar(select(ApiKey.id)))
        rows = list(_rows(project.id, size, authors))
        for begin in range(0, size, ROWS_AT_ONCE):
            connection.execute(insert(table_of(Experiment)), rows[begin : begin + ROWS_AT_ONCE])
        for statement in (*DESIGNS, *CHANGES, *COUNTS):
            connection.execute(text(statement), {"project": project.id})


def _rows(
    project_id: int, size: int, authors: tuple[int | None, int | None]
) -> Iterator[dict[str, Any]]:
    """Two running experiments, the newest, and before them years of drafts and finished ones."""
    moment = now()
    for number in range(size):
        age = size - 1 - number
        status = Status.RUNNING if age < LIMIT else MIX[age % len(MIX)]
        changed = moment - timedelta(minutes=7 * age)
        by_person = age % 2 == 0
        yield {
            "public_id": f"exp_{secrets.token_hex(13)}",
            "project_id": project_id,
            "key": f"experiment-{number}",
            "name": f"Experiment number {number}",
            "folded_name": names.folded(f"Experiment number {number}"),
            "sort_name": names.sort_name(f"Experiment number {number}"),
            "url": f"https://shop.example.test/page-{number}",
            "description": "A shorter form, to see whether more visitors finish it.",
            "status": status,
            "created_at": changed - timedelta(days=20),
            "updated_at": changed,
            "changed_at": changed,
            "started_at": None if status is Status.DRAFT else changed - timedelta(days=14),
            "stopped_at": changed if status is Status.STOPPED else None,
            "user_id": authors[0] if by_person else None,
            "api_key_id": None if by_person else authors[1],
        }
