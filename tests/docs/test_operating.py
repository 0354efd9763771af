"""The documents of those who keep Switchyard: on the command line, in production, upgraded."""

import json
import re
from pathlib import Path

import pytest

from tests import audit, databases, patient
from tests.docs.conftest import MakeReader
from tests.docs.reader import Reader

DRILL_URL = "postgresql://switchyard@/drill?host=/var/run/postgresql"
DATABASE_URL = "postgresql://switchyard@/switchyard?host=/var/run/postgresql"


@pytest.fixture(scope="module")
def clone(new_reader: MakeReader) -> Reader:
    """A reader in the folder of a clone, for documents that need no database of their own."""
    reader = new_reader()
    reader.clone()
    return reader


def key_of_project(reader: Reader) -> str:
    """The key of the project that the last command has created."""
    found = re.search(r"bakery-[0-9a-f]{8}", reader.printed)
    assert found, reader.printed
    return found[0]


def test_every_command_of_the_command_line_prints_what_the_reference_shows(clone: Reader) -> None:
    clone.follow("docs/reference/command-line.md", {"PROJECT_KEY": lambda: key_of_project(clone)})


def test_one_may_begin_with_people_and_projects_of_ones_own(new_reader: MakeReader) -> None:
    reader = new_reader()
    reader.clone()
    reader.follow("docs/how-to/own-projects.md", {"PROJECT_KEY": lambda: key_of_project(reader)})


def test_a_contributor_installs_tests_and_writes_a_migration_as_written(clone: Reader) -> None:
    clone.follow("CONTRIBUTING.md")
    versions = Path(clone.type("pwd").strip(), "migrations", "versions")
    written = (versions / "NEXT_what_it_brings.py").read_text()
    assert re.search(r"^down_revision.* = \W\d{4}\W$", written, re.M), written


def test_a_place_in_the_traffic_can_be_worked_out_anywhere(clone: Reader) -> None:
    clone.follow("docs/reference/visitors.md")


def test_production_on_postgresql_is_served_copied_and_upgraded_as_written(
    new_reader: MakeReader, postgresql: str
) -> None:
    # The test's own server has a role of the documents' name already, and no user postgres.
    names = {"createuser switchyard": "createuser operator", "--owner switchyard": "-O operator"}
    url = f"postgresql://operator@/operated?host={postgresql}"
    drill = databases.postgresql_url(postgresql, "drill")
    reader = new_reader(
        **names,
        **{"template0 switchyard": "template0 operated", "runuser -u postgres -- ": ""},
        **{DATABASE_URL: url, DRILL_URL: drill},
    )
    reader.type(f"export PATH='{databases.find_postgresql()}':$PATH")
    reader.type(f"export PGHOST='{postgresql}' PGUSER=switchyard")
    reader.clone()
    reader.type(".venv/bin/flask --app wsgi db upgrade")
    reader.follow("docs/how-to/postgresql.md")
    reader.follow("docs/how-to/production.md")
    keys = json.loads(reader.type(".venv/bin/flask --app wsgi demo"))["keys"]
    headers = {"x-api-key": keys["demo-outdoor-shop"]}
    status = f"{reader.address}/v2/project/demo-outdoor-shop/experiment/12/status"
    patient.patch(status, headers=headers, json={"status": 0}).raise_for_status()
    reader.follow("docs/how-to/backup.md")
    assert audit.read(drill, 1).breaks() == []
    reader.follow("docs/how-to/upgrade.md")
    answer = patient.patch(status, headers=headers, json={"status": 1}).raise_for_status()
    assert answer.json() == {"success": True, "test_id": 12, "status": 1}
