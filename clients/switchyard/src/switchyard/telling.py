"""How every command asks and answers: its connection, its output, its exit code."""

import json
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from os import environ
from pathlib import Path

import click
import httpx

from switchyard import api, words
from switchyard.api import Api
from switchyard.failures import Document, ExitCode, Failure, of_our_own

KEY_VARIABLE = "SWITCHYARD_KEY"


@dataclass(frozen=True)
class Told:
    """What a command answers: as JSON, and in words."""

    document: Document
    words: str


Work = Callable[..., Told]


@dataclass(frozen=True)
class Connection:
    """Where the server is, where the key is, and for how many seconds lost answers are retried."""

    url: str | None
    key_file: Path | None
    patience: float

    @contextmanager
    def opened(self) -> Generator[Api]:
        """Open the connection. Raises UsageError where something for it is missing or wrong."""
        if not self.url:
            raise click.UsageError("Where is the server? Set SWITCHYARD_URL, or --url.")
        with api.connected(_checked(self.url), self._key(), self.patience) as opened:
            yield opened

    def _key(self) -> str:
        """Return the key. An error never shows it."""
        if self.key_file:
            key = self.key_file.read_text(errors="replace").strip()
        else:
            key = environ.get(KEY_VARIABLE, "").strip()
        if not key:
            raise click.UsageError(f"Where is the key? Set {KEY_VARIABLE}, or --key-file.")
        if not (key.isascii() and key.isprintable()) or " " in key:
            raise click.UsageError("The key has characters that no key has.")
        return key


def telling(work: Work) -> Callable[..., None]:
    """Return a command that prints what `work` answers, and ends with an exit code."""

    @click.option("--json", "as_json", is_flag=True, help="Print JSON instead of words.")
    @click.pass_obj
    @wraps(work)
    def run(connection: Connection, /, *, as_json: bool, **options: object) -> None:
        asked = str(options.get("experiment", ""))
        try:
            with connection.opened() as opened:
                told = work(opened, **options)
        except Failure as failure:
            _complain(failure, asked, as_json=as_json)
            raise click.exceptions.Exit(failure.code) from failure
        except KeyboardInterrupt as interrupt:
            raise click.exceptions.Exit(ExitCode.INTERRUPTED) from interrupt
        except click.ClickException:
            raise
        except Exception as error:
            click.echo(traceback.format_exc(), err=True)
            _complain(_unexpected(error), asked, as_json=as_json)
            raise click.exceptions.Exit(ExitCode.UNEXPECTED) from error
        click.echo(json.dumps(told.document, ensure_ascii=False) if as_json else told.words)
        for warning in words.warnings(told.document):
            click.echo(warning, err=True)

    return run


def _unexpected(error: Exception) -> Failure:
    """Return the failure of a command that an error has ended which nobody thought of."""
    detail = f"{type(error).__name__}: {error}. What was asked for may have been done."
    return Failure(ExitCode.UNEXPECTED, of_our_own("Unexpected error", "UNEXPECTED", detail))


def _complain(failure: Failure, asked: str, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(failure.document, ensure_ascii=False))
    title = failure.document.get("error") or "Not done"
    for line in [f"{title}: {failure}", *words.refusal(failure.document, asked)]:
        click.echo(line, err=True)


def _checked(url: str) -> str:
    try:
        address = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise click.UsageError(f"{url} is no address: {error}") from error
    if address.scheme not in {"http", "https"} or not address.host:
        raise click.UsageError(f"{url} is no address: it begins with https:// or http://.")
    if address.userinfo:
        # It would take the place of the key, and be shown where nobody answers.
        raise click.UsageError("The address has a name or a password in it: leave them out.")
    return url
