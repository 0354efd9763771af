"""Migrations: from nothing to exactly the models, back to nothing, and up again."""

import hashlib
import re
import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import create_engine, inspect

from app.database.engine import db
from app.models import Base
from tests import databases
from tests.conftest import on_both_databases
from tests.world import World

pytestmark = pytest.mark.long

MIGRATIONS = Path(__file__).parent.parent / "migrations"
LATEST = "0033"
# Of each migration that has landed, by its name; a new one is added here.
CHECKSUMS = {
    "0001_first_tables.py": "7bb6292c4f1eadb1da3082fcd697f5e41fc2f9ead4ac7f8b65c588d6b8256d89",
    "0002_runs_goals_and_events.py": (
        "864e3bd856289bf64793a0532d381c42ff32139bd350cf5299adfbacdf84e695"
    ),
    "0003_queue_schedules_and_history.py": (
        "0f76dedc2882ec0e4cfc2e5ef8418028b42a94b17a71e911c64242393a4c95c0"
    ),
    "0004_history_keeps_facts.py": (
        "41f816fd9c3ac6f35974d5a2b730814cb0582b39d665685eae5668ecf9727520"
    ),
    "0005_desk.py": "23aa991d046192f021024f22d0d0f38217af3e4de4a636c58d2062a18dfcdcea",
    "0006_edges.py": "f7bb283274bcdcab5af74ab5500f78b228f7f898e7a01776bc472ec323b462e0",
    "0007_live_since.py": "72b0e0f49467ca4cfba6a4abadc654a3412f0c81886a74a84ce2692d9320a40e",
    "0008_project_entries.py": "25f1da5f14b63b88c1a90ea1b8be908df8ca21a490ef4320ba3a86a40dd999db",
    "0009_experiment_version.py": (
        "f3d4ded910480e08bc83f51d9298c4c45308aee40d358db50407e520740a80bd"
    ),
    "0010_keys.py": "4df3e4faa8432ad06da1470cd7ef6a641e84dfe551d5fe0258ec07ae89955ef8",
    "0011_audit.py": "b6237a5d024aad82861e3b87fd679653906626eaa1b0737167f6ee093ef8412b",
    "0012_people.py": "c6401ea0a8ca5a20d11a75d3cb992345e96d38e249703ad2d960b7c25cd63c6c",
    "0013_retired_plans.py": "b468c534096d27a2010f785c39b914b39dc6d8c0dbc23ef55a6c671cd60eb8d0",
    "0014_demand.py": "3ee1457165d0fbb879ccca7d3c91a46892ae0af3f6bb03b4f6af8dee75a45444",
    "0015_webhooks.py": "7a48d8f53812305be4850b7c405169e5e37a844aebaee95305c44d6ecaaa5a5f",
    "0016_mail.py": "1e9c6e819c7839823a976ff46ba8b98a247e183237073dc00676265f21b8a322",
    "0017_decision.py": "3505bedeae39cb68f5463380cefc0e243f0aa0aa61370654e79c3324d58599dc",
    "0018_outbox_checks.py": "ef0d06d82dd9dde634a09ce0f799169d5c8559b6575a1721d64bac8ad491bd35",
    "0019_looks.py": "936cecf7c8803e59889b41cb6da24b03f4f8672aa77af2800e86f2c883a2ba9a",
    "0020_goals_that_sum_up.py": "464a105a9f399cc357b60033f8be7f3639cf8450cc98957a5475f2120db9a823",
    "0021_own_networks.py": "b76b21a4aaee0bab487afc356798904f25fb201bedacd9d22845aa8e4726d03c",
    "0022_exclusions.py": "a4f31a9293c10a987db507a854191faa9d5d3b8574cdb8249eab9a0935a7bc83",
    "0023_time_zone.py": "2ad6ee9d230f934c8ef915d71b2c500e18d6d53ba32a30d539074bc03a4a0444",
    "0024_not_counted.py": "9b9aa7fca3ca7e9fa8007fba39b7f43bda57ecfae5fab8930e7ec173592c9fd7",
    "0025_told_as_admin.py": "e8a39fe275f8e93d78397e52f14188998b7e0e59c15820d547e8e8d13b966775",
    "0026_last_seen.py": "066d55b316b90af3d40f84e644066e19a3653799dcd7a997194d5ca690760d6a",
    "0027_audience.py": "eb488ab0aaccb1aa86d54efd8b266b3658c7c1ff8246ac9110f57c155368b62c",
    "0028_traffic_rises.py": "f9ac9f947e4fb3ed249cfbf531f92f8cd735bc46eb07cd5029c2f83fd7fda020",
    "0029_named_audiences.py": "aa117efa7c9a032d44f22df20505823c208d75e86b50d2612fb7698c677b63a4",
    "0030_previews.py": "f87fb1f12e897759b3ff2a829bedf275edfa31dc4c68f3469f511a7e9d826133",
    "0031_values_in_turn.py": "ee599d0e1060e9a699decacf13a8210eed68e19ef296e83f3ae9e93c50acbf07",
    "0032_origin_address.py": "fbab9db1627e1e6cf4dbd832112672df575f75b81a893264d72734b27da36dc1",
    "0033_wide_counts.py": "aa8f308a81354dfa39ba1c391415de6ec0e666b08b6dbd314eced08ec1aaeab8",
}
# The newest of the version before, which goes on serving on what comes after.
LANDED = "0031"
ONLY_SQLITE = pytest.mark.parametrize("empty_urls", ["sqlite"], indirect=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_urls(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[tuple[str, str]]:
    """The addresses of two databases without a table, on each kind in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/first.db", f"sqlite:///{tmp_path}/second.db"
        return
    folder = request.getfixturevalue("postgresql")
    names = [f"empty_{abs(hash(request.node.nodeid))}_{number}" for number in (1, 2)]
    first, second = (databases.create_database(folder, name) for name in names)
    yield first, second
    for name in names:
        databases.drop_database(folder, name)


@pytest.fixture
def empty(empty_urls: tuple[str, str], tmp_path: Path) -> Generator[Flask]:
    """The application on the first of them."""
    with databases.gone_through(empty_urls[0], tmp_path) as app:
        yield app


def shape(url: str) -> dict[str, dict[str, Any]]:
    """All that a database says of its tables."""
    engine = create_engine(url)
    seen = inspect(engine)
    tables = {
        table: {
            "columns": [(c["name"], str(c["type"]), c["nullable"]) for c in columns],
            "primary key": seen.get_pk_constraint(table),
            "foreign keys": by_name(seen.get_foreign_keys(table)),
            "uniques": by_name(seen.get_unique_constraints(table)),
            "checks": by_name(seen.get_check_constraints(table)),
            "indexes": by_name(seen.get_indexes(table)),
        }
        for table in seen.get_table_names()
        if table != "alembic_version"
        for columns in [sorted(seen.get_columns(table), key=lambda column: column["name"])]
    }
    engine.dispose()
    return tables


def by_name(found: Any) -> list[Any]:  # noqa: ANN401
    """Return what was found, by name; conditions of partial indexes are compared as texts."""
    for each in found:
        options = each.get("dialect_options", {})
        options.update({name: str(value) for name, value in options.items()})
    return sorted(found, key=lambda each: str(each["name"]))


@pytest.mark.usefixtures("empty")
def test_upgraded_from_nothing_a_database_is_what_the_models_say(
    empty_urls: tuple[str, str],
) -> None:
    upgrade()
    by_models = create_engine(empty_urls[1])
    Base.metadata.create_all(by_models)
    by_models.dispose()
    assert shape(empty_urls[0]) == shape(empty_urls[1])
    assert set(shape(empty_urls[0])) == set(Base.metadata.tables)


@on_both_databases
@pytest.mark.usefixtures("migrating_app")
def test_alembic_finds_nothing_left_to_migrate() -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


@on_both_databases
def test_downgraded_to_base_nothing_is_left_even_of_a_filled_database(
    migrating_app: Flask, database_url: str
) -> None:
    world = World(migrating_app)
    project = world.project()
    world.running(project, 2)
    world.member(project)
    world.key(project)
    downgrade(revision="base")
    assert shape(database_url) == {}


@on_both_databases
def test_a_limited_key_ends_with_the_version_that_knows_its_limit(migrating_app: Flask) -> None:
    world = World(migrating_app)
    project = world.project()
    world.key(project, "all")
    world.key(project, "limited")
    world.execute("UPDATE api_key SET scopes = 'pause' WHERE name = 'limited'")
    downgrade(revision="0008")
    works = world.execute("SELECT name FROM api_key WHERE revoked_at IS NULL")
    assert [row.name for row in works] == ["all"]


@on_both_databases
def test_the_demand_so_far_is_counted_by_day_and_the_present_plan(migrating_app: Flask) -> None:
    world = World(migrating_app)
    project = world.project(limit=0)
    draft, person = world.experiment(project), world.person(world.member(project))
    downgrade(revision="0012")
    facts = {"project": project.id, "test": draft.test_id, "user": person.user_id}
    world.execute(
        "INSERT INTO history (project_id, test_id, kind, from_status, to_status, door, at, code,"
        " reason, detail, times) VALUES (:project, :test, 'refused', 'draft', 'running', 'browser',"
        " '2026-03-01 12:00:00+00:00', 'PLAN_LIMIT', '', '', 3)",
        **facts,
    )
    world.execute(
        "INSERT INTO slot_request (project_id, user_id, test_id, asked_at)"
        " VALUES (:project, :user, :test, '2026-03-01 13:00:00+00:00')",
        **facts,
    )
    upgrade()
    (row,) = world.execute("SELECT * FROM slot_demand")
    day = (row.project_id, row.plan_code, str(row.day), row.refusals, row.requests)
    assert day == (project.id, project.plan_code, "2026-03-01", 3, 1)


@on_both_databases
def test_who_had_signed_out_was_last_seen_as_they_signed_in(migrating_app: Flask) -> None:
    world = World(migrating_app)
    email, new = world.user(), world.user()
    world.browser(email)
    downgrade(revision="0025")
    world.execute("UPDATE browser_session SET last_used_at = '2026-12-30 12:00:00+00:00'")
    upgrade()
    assert seen(world)[email].startswith("2026-12-30 12:00")
    downgrade(revision="0025")
    world.execute("DELETE FROM browser_session")
    upgrade()
    (entry,) = world.execute("SELECT at FROM audit_entry WHERE kind = 'signed in'")
    assert seen(world) == {email: str(entry.at), new: "None"}


def seen(world: World) -> dict[str, str]:
    """Return when everybody was last seen, as it is written."""
    rows = world.execute("SELECT email, last_seen_at FROM user_account")
    return {row.email: str(row.last_seen_at) for row in rows}


@on_both_databases
def test_up_again_after_down_is_the_same(migrating_app: Flask, database_url: str) -> None:
    first = shape(database_url)
    downgrade(revision="base")
    upgrade()
    assert shape(database_url) == first
    assert World(migrating_app).project().id == 1


@on_both_databases
def test_upgrading_an_up_to_date_database_changes_nothing(migrating_app: Flask) -> None:
    world = World(migrating_app)
    running = world.running(world.project(), 1)[0]
    upgrade()
    assert world.reload(running).name == running.name


@ONLY_SQLITE
def test_foreign_keys_are_on_again_after_a_migration(empty: Flask) -> None:
    upgrade()
    assert World(empty).execute("PRAGMA foreign_keys") == [(1,)]


def with_a_second_migration(tmp_path: Path, statements: str) -> str:
    """A copy of the migrations with one more that does `statements`."""
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    lines = ["from alembic import op", "import sqlalchemy as sa", 'revision = "9999"']
    lines += [f'down_revision = "{LATEST}"', "def upgrade():", f"    {statements}"]
    (folder / "versions" / "9999_next.py").write_text("\n".join(lines))
    return str(folder)


def test_a_migration_that_leaves_rows_pointing_nowhere_is_undone(
    migrating_app: Flask, tmp_path: Path
) -> None:
    world = World(migrating_app)
    world.running(world.project(), 1)
    with pytest.raises(SystemExit):
        upgrade(with_a_second_migration(tmp_path, 'op.execute("DELETE FROM project")'))
    assert world.execute("SELECT count(*) FROM project") == [(1,)]
    assert world.execute("SELECT version_num FROM alembic_version") == [(LATEST,)]
    assert world.execute("PRAGMA foreign_keys") == [(1,)]


@on_both_databases
def test_rebuilding_a_table_loses_none_of_the_rows_that_point_at_it(
    migrating_app: Flask, tmp_path: Path
) -> None:
    world = World(migrating_app)
    project = world.project()
    world.running(project, 2)
    world.key(project)
    world.member(project)
    tables = ("project", "experiment", "api_key", "membership", "history")
    rows = [world.execute(f"SELECT count(*) FROM {table}") for table in tables]  # noqa: S608
    change = (
        'with op.batch_alter_table("project") as table:'
        ' table.alter_column("name", type_=sa.String(length=200))'
    )
    upgrade(with_a_second_migration(tmp_path, change))
    assert world.execute("SELECT version_num FROM alembic_version") == [("9999",)]
    assert [world.execute(f"SELECT count(*) FROM {table}") for table in tables] == rows  # noqa: S608


def test_there_is_one_line_of_migrations() -> None:
    scripts = ScriptDirectory(str(MIGRATIONS))
    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1


def test_a_migration_that_has_landed_is_never_edited_again() -> None:
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (MIGRATIONS / "versions").glob("*.py")
    }
    assert found == CHECKSUMS, "Databases have run it as it was: write another that follows it."


def demands(url: str) -> dict[str, dict[str, set[str]]]:
    """Return what the tables ask of whoever writes to them, each as a sentence of its own."""
    engine = create_engine(url)
    seen = inspect(engine)
    found = {
        table: {
            # The version before reads what is wider by itself, too.
            "columns": {
                f"{each['name']} {each['type']}".replace("BIGINT", "INTEGER") for each in columns
            },
            "needed": {
                each["name"] for each in columns if not each["nullable"] and each["default"] is None
            },
            "kept apart": {
                *(str(each["column_names"]) for each in seen.get_unique_constraints(table)),
                *(str(i["column_names"]) for i in seen.get_indexes(table) if i["unique"]),
                str(seen.get_pk_constraint(table)["constrained_columns"]),
            },
            "checked": {str(each["sqltext"]) for each in seen.get_check_constraints(table)},
            "referred to": {
                f"{each['constrained_columns']} {each['referred_table']}"
                for each in seen.get_foreign_keys(table)
            },
        }
        for table in seen.get_table_names()
        if table != "alembic_version"
        for columns in [seen.get_columns(table)]
    }
    engine.dispose()
    return found


@pytest.mark.usefixtures("empty")
def test_what_the_version_before_reads_is_there_and_no_more_is_asked_of_it(
    empty_urls: tuple[str, str],
) -> None:
    upgrade(revision=LANDED)
    before = demands(empty_urls[0])
    upgrade()
    after = demands(empty_urls[0])
    for table, asked in before.items():
        assert asked["columns"] <= after[table]["columns"]
        for demand in ("needed", "kept apart"):
            assert after[table][demand] <= asked[demand]
        new = {each.partition(" ")[0] for each in after[table]["columns"] - asked["columns"]}
        # It writes nothing into columns that it does not know.
        for kind in ("checked", "referred to"):
            for demand in after[table][kind] - asked[kind]:
                assert new & {*re.findall(r"\w+", demand)}
