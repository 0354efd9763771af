"""The command line: where the server and the key are, and the commands."""

from pathlib import Path

import click

from switchyard import changing, reading
from switchyard.options import Seconds
from switchyard.telling import Connection


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="switchyard-client", message="%(version)s")
@click.option("--url", envvar="SWITCHYARD_URL", help="Address of the server, or SWITCHYARD_URL.")
@click.option(
    "--key-file",
    envvar="SWITCHYARD_KEY_FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with the key, or SWITCHYARD_KEY_FILE; otherwise the key is in SWITCHYARD_KEY.",
)
@click.option(
    "--retry-for",
    envvar="SWITCHYARD_RETRY_FOR",
    type=Seconds(min=0),
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="How long a request is sent again after lost answers, or SWITCHYARD_RETRY_FOR.",
)
@click.pass_context
def switchyard(
    context: click.Context, url: str | None, key_file: Path | None, retry_for: float
) -> None:
    """Experiments of a Switchyard server, for jobs.

    Exit codes: 0 done or already so, 1 refused, 2 not understood, 3 changed meanwhile or taken, 4
    no answer, 5 not allowed, 6 timed out, 7 not found, 8 a fault of this program.
    """
    context.obj = Connection(url, key_file, retry_for)


@switchyard.group()
def experiments() -> None:
    """List, show, create and change experiments, and wait for what becomes of them.

    EXPERIMENT is the key or the id of an experiment.
    """


for command in (*reading.COMMANDS, *changing.COMMANDS):
    experiments.add_command(command)
