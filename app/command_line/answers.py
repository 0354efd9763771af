"""How commands answer: one JSON object on stdout, or one line on stderr that says what is wrong."""

import functools
import json
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager

import click
from flask.cli import AppGroup
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from app.core.errors import Busy, DomainError
from app.database import database_errors
from app.models import Actor, Door

COMMAND_LINE = Actor(Door.COMMAND_LINE)


@contextmanager
def one_line() -> Generator[None]:
    """Word a mistake in a command's arguments in one line, without the usage around it."""
    try:
        yield
    except click.UsageError as error:
        raise click.ClickException(" ".join(error.format_message().split())) from None


class OneLineGroup(AppGroup):
    """Commands whose every complaint is one line."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command of the group."""
        with one_line():
            return super().invoke(ctx)


class OneLineCommand(click.Command):
    """A command outside of any group whose every complaint is one line."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the command's arguments."""
        with one_line():
            return super().parse_args(ctx, args)


def answers_json(command: Callable[..., Mapping[str, object]]) -> Callable[..., None]:
    """Print what the command returns as JSON; what goes wrong becomes one line on stderr."""

    @functools.wraps(command)
    def run(**arguments: object) -> None:
        try:
            answer = command(**arguments)
        except DomainError as error:
            raise click.ClickException(str(error)) from None
        except UnicodeError:
            raise click.ClickException("This is not text in UTF-8.") from None
        except SQLAlchemyError as error:
            raise click.ClickException(_refused(error)) from None
        click.echo(json.dumps(answer))

    return run


def _refused(error: SQLAlchemyError) -> str:
    """Return why the database did not do what a command asked for, and what may help."""
    reason = str(error.orig if isinstance(error, DBAPIError) else error).splitlines()[0]
    match database_errors.as_unavailable(error):
        case None:
            return f"The database refuses: {reason}. Run flask --app wsgi db upgrade?"
        case Busy():
            return f"Others keep the database busy: {reason}. Try again."
        case _:
            return f"The database cannot be used: {reason}"
