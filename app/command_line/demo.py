"""Commands for the demo, and the welcome that `make run` shows."""

import sys
from collections.abc import Mapping

import click
from flask.cli import with_appcontext

from app.command_line.answers import COMMAND_LINE, OneLineCommand, answers_json
from app.demo import removal, setup
from app.tenancy import first_start

MOST_VISITORS = 100_000


@click.command("demo", cls=OneLineCommand)
@with_appcontext
@answers_json
def load_demo() -> setup.DemoSignIns:
    """Fill an empty database with demo data, and print its sign-ins and keys."""
    return setup.load()


@click.command("demo-remove", cls=OneLineCommand)
@with_appcontext
@answers_json
def remove_demo() -> Mapping[str, object]:
    """Erase the demo's projects and deactivate its people, where there is another admin."""
    gone = removal.remove_wholly(COMMAND_LINE)
    return {
        "erased": [project.key for project in gone.projects],
        "deactivated": [user.email for user in gone.people],
    }


@click.command("demo-traffic", cls=OneLineCommand)
@click.option("--visitors", type=click.IntRange(1, MOST_VISITORS), default=500, show_default=True)
@click.option(
    "--address", default="http://127.0.0.1:8000", show_default=True, help="Where the server is."
)
@with_appcontext
@answers_json
def send_demo_traffic(visitors: int, address: str) -> Mapping[str, object]:
    """Send simulated visitors to the demo shop of a running server."""
    # It loads an HTTP client, which no server needs that only answers.
    from app.demo import traffic  # noqa: PLC0415

    with (
        traffic.reached(address) as shop,
        click.progressbar(length=visitors, label="Visitors", file=sys.stderr) as bar,
    ):
        return shop.send(visitors, bar.update)


@click.command("welcome", cls=OneLineCommand)
@click.option("--address", required=True, help="Where the server is about to answer.")
@click.option(
    "--demo/--no-demo", default=True, show_default=True, help="Fill an empty database, or not."
)
@with_appcontext
def welcome(address: str, *, demo: bool) -> None:
    """Load the demo data if the database is empty; print the address and how to sign in."""
    if demo and setup.is_database_empty():
        setup.load(address)
    click.echo(f"\nSwitchyard answers on {address}")
    if first_start.is_open():
        click.echo(f"Nobody signs in yet. Open {address}/set-up: its code is printed here then.\n")
    if setup.is_loaded():
        click.echo(_described(setup.sign_ins(), address))


def _described(sign_ins: setup.DemoSignIns, address: str) -> str:
    rows = [
        f"Demo shop, as its visitors see it: {address}/demo/shop",
        "",
        "Demo sign-ins (email, password):",
        *(f"  {email:18} {password}" for email, password in sign_ins["sign_ins"].items()),
        "",
        "Demo projects (project key, API key):",
        *(f"  {project:22} {token}" for project, token in sign_ins["keys"].items()),
        "",
    ]
    return "\n".join(rows)
