"""Units are kept as hashes alone, which no other project's can be compared with."""

import base64
import hashlib
from collections.abc import Sequence

from app.models import KeyType, Project
from tests import audit
from tests.conftest import on_both_databases
from tests.serving.site import Site, did, make_site, saw, towards
from tests.world import World

UNIT = "ada.lovelace@example.test"


def stored(database_url: str) -> list[object]:
    """Everything in every column of every row of the database."""
    tables = audit.everything(database_url).values()
    return [value for rows in tables for row in rows for value in row]


def as_bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def hashed(salt: str) -> str:
    """Return what the documentation says is kept of UNIT under that salt."""
    digest = hashlib.blake2b(UNIT.encode(), key=salt.encode(), digest_size=16).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def hashes(world: World, project: Project) -> Sequence[str]:
    """Return what is kept of the project's units."""
    rows = world.execute(
        "SELECT DISTINCT unit FROM exposure JOIN run ON run.id = run_id"
        " JOIN experiment USING (test_id) WHERE project_id = :project ORDER BY unit",
        project=project.id,
    )
    return [row.unit for row in rows]


@on_both_databases
def test_nothing_that_is_stored_holds_the_unit(site: Site, database_url: str) -> None:
    site.goal("order")
    experiment = site.experiment(towards("order"))
    site.collect(saw(experiment, UNIT), did("order", UNIT), did("order", UNIT + "?"))
    kept = [as_bytes(value) for value in stored(database_url)]
    assert experiment.key.encode() in kept
    assert not [value for value in kept if UNIT.encode() in value]
    assert hashed("").encode() not in kept


def test_a_unit_has_another_hash_in_another_project(world: World) -> None:
    sites = [make_site(world) for _ in range(2)]
    for each in sites:
        each.collect(saw(each.experiment(), UNIT))
    first, second = (hashes(world, each.project) for each in sites)
    assert (len(first), len(second)) == (1, 1)
    assert first != second


def test_a_unit_has_one_hash_in_all_experiments_of_a_project_the_documented_one(site: Site) -> None:
    site.collect(*(saw(site.experiment(), UNIT) for _ in range(3)))
    salt = site.world.execute("SELECT unit_salt FROM project")[0].unit_salt
    assert hashes(site.world, site.project) == [hashed(salt)]


def test_units_that_differ_at_all_are_different_units(site: Site) -> None:
    experiment = site.experiment()
    units = ["a", "A", " a", "a ", "ä", "a\N{COMBINING DIAERESIS}", "a\0", "1", "1.0", "01"]
    assert site.collect(*(saw(experiment, unit) for unit in units)) == (len(units), [])
    assert len(hashes(site.world, site.project)) == len(units)


def test_the_server_and_the_client_key_of_a_project_know_the_same_units(site: Site) -> None:
    experiment = site.experiment()
    client_key = {"Authorization": f"Bearer {site.key(KeyType.CLIENT)}"}
    site.collect(saw(experiment, UNIT))
    assert site.send(saw(experiment, UNIT), headers=client_key).status_code == 202
    assert len(hashes(site.world, site.project)) == 1
