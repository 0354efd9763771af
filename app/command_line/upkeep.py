"""Commands of whoever keeps a server: its jobs, and copies of its database."""

import signal
import threading
from pathlib import Path

import click
from flask.cli import with_appcontext

from app import jobs
from app.command_line.answers import OneLineCommand, answers_json
from app.command_line.asking import ask_twice
from app.database import schema
from app.events.kept import event_stream, stream_reading
from app.models import now


@click.command("jobs", cls=OneLineCommand)
@click.option("--once", is_flag=True, help="Do what is due now, and end.")
@with_appcontext
def do_jobs(*, once: bool) -> None:
    """Start and stop what is scheduled, and serve the queues, until it is told to end."""
    if once:
        if undone := jobs.once(now()):
            raise click.ClickException(f"Not done, and still due: {', '.join(undone)}.")
        return
    jobs.run(_told_to_end())


@click.command("events", cls=OneLineCommand)
@with_appcontext
def read_events() -> None:
    """Record what is in the event stream, until it is told to end."""
    stream = event_stream.of_app()
    if stream is None:
        raise click.ClickException("EVENT_STREAM names no event stream to read.")
    stream_reading.read(stream, _told_to_end())


def _told_to_end() -> threading.Event:
    """Return what is set when this process is told to end."""
    stopped = threading.Event()
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: stopped.set())
    return stopped


@click.command("backup", cls=OneLineCommand)
@click.argument("file", type=click.Path(path_type=Path))
@with_appcontext
@answers_json
def back_up(file: Path) -> dict[str, object]:
    """Write the whole database, as it is now, to a new FILE."""
    # It loads what no server needs that only answers.
    from app import backups  # noqa: PLC0415

    manifest = backups.back_up(file)
    return {"file": str(file), **manifest.model_dump(mode="json", exclude={"rows", "format"})}


@click.command("restore", cls=OneLineCommand)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Take it for all that the database holds now.")
@click.option("--yes", is_flag=True, help="Replace without being asked.")
@with_appcontext
@answers_json
def restore(file: Path, *, replace: bool, yes: bool) -> dict[str, object]:
    """Put what a backup holds into the database, whose tables it makes."""
    from app import backups  # noqa: PLC0415

    offered = backups.examine(file)
    if not backups.is_database_empty():
        if not replace:
            raise click.ClickException("The database is not empty. Say --replace to replace it.")
        if not yes:
            question = f"Everything since {offered.at:%d %b %Y %H:%M} UTC is lost. Go on?"
            ask_twice(question, "the database's name", backups.database_name(), "--yes")
    manifest = backups.restore(file)
    restored = manifest.model_dump(mode="json", exclude={"rows", "format"})
    return {**restored, "is_newest_schema": manifest.schema_version == schema.known()[-1]}
