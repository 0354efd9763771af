"""How the database's tables fit: as they are, behind, ahead, or not to be read."""

import pytest

from app.database import schema
from app.database.schema import Fit
from tests.conftest import on_both_databases
from tests.world import World


def fit(world: World) -> Fit:
    with world.app.app_context():
        return schema.fit()


@on_both_databases
@pytest.mark.parametrize(
    ("version", "expected"),
    [(schema.known()[-1], Fit.CURRENT), (schema.known()[0], Fit.OLDER), ("9999", Fit.NEWER)],
)
def test_the_version_of_the_tables_is_compared_with_the_migrations_there_are(
    world: World, version: str, expected: Fit
) -> None:
    world.execute("UPDATE alembic_version SET version_num = :version", version=version)
    assert fit(world) is expected


@on_both_databases
def test_a_database_that_was_never_migrated_is_older(world: World) -> None:
    world.execute("DROP TABLE alembic_version")
    assert fit(world) is Fit.OLDER


def test_on_newer_tables_it_serves_since_migrations_only_add() -> None:
    assert {each for each in Fit if each.can_serve} == {Fit.CURRENT, Fit.NEWER}
