"""A database from before runs were kept, upgraded: what ran goes on, and nothing is lost."""

import hashlib
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import Row

from app.database.engine import db
from app.models import KeyType, Project
from tests import databases
from tests.lending import Lender
from tests.serving.site import Site, saw
from tests.world import World

pytestmark = pytest.mark.long

PROJECT = 101
TOKEN = "sdk_admin_from_before"
DAY = "2026-01-0{} 12:00:00+00:00"
EXPERIMENTS = {
    # key: status, started at, stopped at
    "never-started": ("draft", None, None),
    "running": ("running", DAY.format(1), None),
    "paused": ("stopped", DAY.format(2), DAY.format(3)),
    "shelved": ("stopped", None, DAY.format(3)),
    "done": ("archived", DAY.format(4), None),
    "discarded": ("archived", None, None),
}
UPGRADED = "upgraded"
OLD_TABLES = ("plan", "user_account", "project", "api_key", "membership", "experiment", "history")


Rows = Mapping[str, Sequence[dict[str, Any]]]


@dataclass(frozen=True)
class Upgraded:
    """The address of a database that was used at the first revision, and upgraded; its old rows."""

    url: str
    before: Rows


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def upgraded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Upgraded:
    """Such a database on each kind in turn, to be copied: an upgrade takes a second."""
    folder = tmp_path_factory.mktemp("upgraded")
    if request.param == "sqlite":
        url = f"sqlite:///{folder}/{UPGRADED}"
    else:
        url = databases.create_database(request.getfixturevalue("postgresql"), UPGRADED)
    with databases.gone_through(url, folder) as app:
        upgrade(revision="0001")
        fill(World(app))
        before = old_rows(World(app))
        db.session.remove()
        upgrade()
    return Upgraded(url, before)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, upgraded: Upgraded, lender: Lender) -> str:
    """The address of a copy of that database."""
    folder = lender.folder / "upgraded"
    folder.mkdir(exist_ok=True)
    if upgraded.url.startswith("sqlite"):
        return databases.copy_sqlite(Path(upgraded.url.removeprefix("sqlite:///")), folder)
    postgresql = request.getfixturevalue("postgresql")
    return databases.create_database(postgresql, f"{UPGRADED}_copy", UPGRADED)


@pytest.fixture
def app(database_url: str, lender: Lender) -> Generator[Flask]:
    """The application on that copy."""
    with lender.lend(database_url, SECONDS_REMEMBERED="0") as app, app.app_context():
        yield app


def fill(world: World) -> None:
    """A project with a key, and an experiment in each state, by plain SQL."""
    insert(world, "plan", code=1, name="Old", experiments_running=5)
    common: dict[str, object] = {"created_at": DAY.format(1)}
    named = {"key": "shop", "name": "Shop", "plan_code": 1, "version": 7}
    insert(world, "project", id=PROJECT, **named, **common)
    hashed = hashlib.sha256(TOKEN.encode()).hexdigest()
    key = {"type": "admin", "name": "old", "prefix": "sdk_admin_", "last4": "fore"}
    insert(world, "api_key", id=101, project_id=PROJECT, token_hash=hashed, **key, **common)
    moments = {**common, "updated_at": DAY.format(5), "changed_at": DAY.format(5)}
    for number, (name, (status, started, stopped)) in enumerate(EXPERIMENTS.items(), 101):
        texts = {"key": name, "name": name, "url": "", "description": "", "status": status}
        ends = {"started_at": started, "stopped_at": stopped, "public_id": f"exp_{number}"}
        insert(world, "experiment", test_id=number, project_id=PROJECT, **texts, **ends, **moments)
    states = {"from_status": "draft", "to_status": "running", "door": "v2"}
    insert(world, "history", id=101, test_id=102, at=DAY.format(1), api_key_id=101, **states)


def insert(world: World, table: str, **values: object) -> None:
    names, places = ", ".join(values), ", ".join(f":{name}" for name in values)
    world.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", **values)  # noqa: S608


def rows(world: World, table: str) -> Sequence[dict[str, Any]]:
    """All rows of a table by their columns."""
    found = world.execute(f"SELECT * FROM {table} ORDER BY 1")  # noqa: S608
    return [dict(row._mapping) for row in found]  # noqa: SLF001


def old_rows(world: World) -> Rows:
    return {table: rows(world, table) for table in OLD_TABLES}


def site_of(world: World) -> Site:
    """The old project's site, with a server key that is new."""
    site = Site(world, db.session.get_one(Project, PROJECT), "")
    return Site(world, site.project, site.key(KeyType.SERVER))


def runs_of_all(world: World) -> Sequence[Row[Any]]:
    return world.execute(
        "SELECT key, run.id, number, is_current, salt, opened_at, started_at, traffic_allocation"
        " FROM experiment JOIN run USING (test_id)"
    )


def test_every_experiment_gets_a_run_that_opened_when_it_was_started(world: World) -> None:
    found = runs_of_all(world)
    assert sorted(row.key for row in found) == sorted(EXPERIMENTS)
    same = {(row.number, bool(row.is_current), row.traffic_allocation) for row in found}
    assert same == {(1, True, 10_000)}
    assert [row.key for row in found if row.opened_at != row.started_at] == []
    assert {row.key for row in found if row.opened_at} == {"running", "paused", "done"}


def test_every_run_is_split_in_control_and_treatment_by_a_salt_of_its_own(world: World) -> None:
    variants = rows(world, "variant")
    halves = [(0, "control", "Control", 5000), (1, "treatment", "Treatment", 5000)]
    for run in runs_of_all(world):
        mine = [each for each in variants if each["run_id"] == run.id]
        assert [(v["position"], v["key"], v["name"], v["weight"]) for v in mine] == halves
    salts = {run.salt for run in runs_of_all(world)}
    assert len(salts) == len(EXPERIMENTS)
    assert {len(salt) for salt in salts} == {32}


def test_every_project_gets_a_salt_for_its_units(world: World) -> None:
    assert [len(project["unit_salt"]) for project in rows(world, "project")] == [32]


def test_upgrading_leaves_every_row_that_there_was_as_it_was(
    world: World, upgraded: Upgraded
) -> None:
    after = old_rows(world)
    for table, kept in upgraded.before.items():
        assert [{name: row[name] for name in kept[0]} for row in after[table]] == kept


def test_what_was_running_is_evaluated_and_collects_and_nothing_else_is(world: World) -> None:
    site = site_of(world)
    assert list(site.flags("visitor-1")) == ["running"]
    value = (site.ask("running", "visitor-1").json or {})["value"]
    assert value == site.flags("visitor-1")["running"]
    assert site.collect(saw("running", "visitor-1")) == (1, [])


@pytest.mark.parametrize("name", ["never-started", "paused", "shelved"])
def test_what_was_not_running_can_be_started_by_the_old_admin_key(world: World, name: str) -> None:
    test_id = next(row["test_id"] for row in rows(world, "experiment") if row["key"] == name)
    path = f"/v2/project/shop/experiment/{test_id}/status"
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer = world.app.test_client().patch(path, json={"status": 1}, headers=headers)
    assert answer.status_code == 200
    assert set(site_of(world).flags("visitor-1")) == {"running", name}
    run = next(run for run in runs_of_all(world) if run.key == name)
    assert (run.number, run.opened_at is not None) == (1, True)


def test_back_at_the_old_revision_every_old_row_is_there_and_up_again_the_runs_are(
    upgraded: Upgraded, database_url: str, tmp_path: Path
) -> None:
    before = upgraded.before
    with databases.gone_through(database_url, tmp_path) as app:
        site = site_of(world := World(app))
        site.collect(saw("running", "visitor-1"))
        db.session.remove()
        downgrade(revision="0001")
        after = old_rows(world)
        assert {**after, "api_key": before["api_key"]} == {
            **before,
            "api_key": [{**key, "last_used_at": None} for key in after["api_key"]],
            # The key that the site got since is news for the pages of its project.
            "project": [
                {**old, "version": new["version"]}
                for old, new in zip(before["project"], after["project"], strict=True)
            ],
        }
        db.session.remove()
        upgrade()
        opened = {run.key for run in runs_of_all(world) if run.opened_at}
        assert opened == {"running", "paused", "done"}
