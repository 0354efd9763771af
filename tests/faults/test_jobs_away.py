"""The jobs without their database: they wait for it in one line, and go on when it is back."""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import make_url, text

from app.database.engine import db
from app.database.rows import heartbeats
from app.models import Status, now
from tests import audit, servers
from tests.conftest import on_both_databases
from tests.test_jobs import HOUR, let_all_be_due
from tests.watching import until
from tests.world import World

_END_ALL = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")


@contextmanager
def nobody_connects(database_url: str) -> Generator[None]:
    """Let nobody open the database until this ends."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        folder = Path(url.database or "").parent
        elsewhere = folder.rename(folder.with_name("elsewhere"))
        yield
        elsewhere.rename(folder)
        return
    with audit.connect(url.set(database="postgres").render_as_string()) as other:
        allow = f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS'
        other.exec_driver_sql(f"{allow} false")
        other.execute(_END_ALL, {"name": url.database})
        yield
        other.exec_driver_sql(f"{allow} true")


@on_both_databases
def test_without_a_database_the_jobs_wait_and_go_on_by_themselves(
    world: World, database_url: str, tmp_path: Path
) -> None:
    draft = world.experiment(world.project())
    world.schedule(draft, now() + HOUR)
    let_all_be_due(world)
    with ExitStack() as stack:
        with nobody_connects(database_url):
            worker = stack.enter_context(servers.troubled_jobs(database_url, tmp_path))
            until(lambda: "wait for the database" in worker.log.read_text())
        with world.app.app_context():
            db.engine.dispose()
        until(lambda: world.reload(draft).status is Status.RUNNING)
        until(lambda: "the database is back" in worker.log.read_text())
        with world.app.app_context():
            assert heartbeats.jobs_away() is None
    assert len(worker.log.read_text().splitlines()) == 2
