"""Through a pooler that has fewer connections than the server's processes would open."""

import shutil
import subprocess
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from tests import audit, crowd, databases
from tests.conftest import missing, on_postgresql
from tests.faults.outages import folder_of
from tests.servers import serve
from tests.serving.site import COLLECT, FLAGS, Site, make_site, saw
from tests.watching import until
from tests.world import World

HOW_TO_GET_PGBOUNCER = "PgBouncer is not installed: apt-get install pgbouncer"
# Of the 20 that the two processes of the server keep.
CONNECTIONS = 3
# So many that what is sent again and again would be prepared.
CHANGES = 100
PORT = 6432
SETTINGS = """
[databases]
* = host={server}
[pgbouncer]
listen_port = {port}
unix_socket_dir = {folder}
pool_mode = transaction
default_pool_size = {connections}
auth_type = trust
auth_file = {folder}/users
"""


@pytest.fixture
def pooled_url(database_url: str) -> Generator[str]:
    """The address of the test's database behind a PgBouncer that hands out transactions."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if not program:
        missing(HOW_TO_GET_PGBOUNCER)
    folder = Path(tempfile.mkdtemp(prefix="switchyard-pgbouncer-"))
    server = folder_of(database_url)
    (folder / "users").write_text('"switchyard" ""\n')
    (folder / "pgbouncer.ini").write_text(
        SETTINGS.format(server=server, port=PORT, folder=folder, connections=CONNECTIONS)
    )
    process = subprocess.Popen(
        [str(program), "--quiet", str(folder / "pgbouncer.ini")], user=databases.hand_over(folder)
    )
    try:
        until((folder / f".s.PGSQL.{PORT}").exists)
        yield database_url.replace(server, f"{folder}&port={PORT}")
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


@on_postgresql
def test_many_changes_and_visitors_share_the_few_connections_of_a_pooler(
    world: World, database_url: str, pooled_url: str, tmp_path: Path
) -> None:
    site = make_site(world)
    live = site.experiment()
    key = {"x-api-key": world.key(site.project)}
    drafts = [world.experiment(site.project) for _ in range(CHANGES)]
    calls = [
        call
        for number, draft in enumerate(drafts)
        for call in (
            crowd.by_integer(site.project, draft, 1, key),
            crowd.sending_json("POST", FLAGS, {"context": {"targetingKey": "a"}}, site.headers),
            _seen(site, live.key, number),
        )
    ]
    with serve(pooled_url, tmp_path, environment={"DATABASE_POOLER": "transaction"}) as server:
        answers = crowd.send_all(server.address, calls)
    assert {(answer.call.path == COLLECT, answer.status) for answer in answers} == {
        (False, 200),
        (True, 202),
    }
    record = audit.read(database_url, site.project.id)
    assert record.running == len(drafts) + 1
    assert record.breaks() == []


def _seen(site: Site, experiment: str, number: int) -> crowd.Call:
    events = {"events": [saw(experiment, f"visitor {number}")]}
    return crowd.sending_json("POST", COLLECT, events, site.headers)
