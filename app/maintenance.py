"""Commands of whoever keeps Switchyard: copies, and what is erased for good."""

import sys
from pathlib import Path

import click
from flask import Flask
from flask.cli import with_appcontext

from app.commands import (
    COMMAND_LINE,
    OneLineCommand,
    OneLineGroup,
    answers_json,
    project_group,
)
from app.core import schema
from app.serving import erasure as visitor_erasure
from app.tenancy import erasure as project_erasure
from app.tenancy import projects

visitor_group = OneLineGroup("visitor", help="Visitors of the sites under test.")


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


@visitor_group.command("erase")
@click.argument("project_key")
@click.argument("unit")
@answers_json
def erase_visitor(project_key: str, unit: str) -> dict[str, object]:
    """Delete all that is kept of a visitor, by the name that the site gives them.

    The sums of days stay.
    """
    erased = visitor_erasure.erase(projects.by_key(project_key).id, unit, COMMAND_LINE)
    return {"project": project_key, **erased._asdict()}


@project_group.command("erase")
@click.argument("project_key")
@click.option("--name", help="The project's name: whoever gives it is not asked.")
@answers_json
def erase_project(project_key: str, name: str | None) -> dict[str, object]:
    """Delete a project and all that it has recorded. Nothing may be live, queued or scheduled."""
    project = projects.by_key(project_key)
    if name is None:
        question = f"“{project.name}” and all that it has recorded is deleted for good. Go on?"
        name = ask_twice(question, "the project's name", project.name, "--name")
    project_erasure.erase(project_key, name, COMMAND_LINE)
    return {"key": project_key, "erased": True}


def ask_twice(question: str, what: str, wanted: str, instead: str) -> str:
    """Return what somebody at a terminal has typed who agrees, and who knows what is meant."""
    if not sys.stdin.isatty():
        raise click.ClickException(f"Nobody is at a terminal to be asked: say {instead}.")
    click.confirm(question, abort=True, err=True)
    typed = click.prompt(f"Type {what}, {wanted}", err=True)
    if typed != wanted:
        raise click.ClickException("That is another name. Nothing was done.")
    return typed


def register(app: Flask) -> None:
    """Give the commands to `flask`."""
    for command in (back_up, restore, visitor_group):
        app.cli.add_command(command)
