"""The command line, for operators and scripts: one JSON object on stdout, one line on stderr.

Only `welcome`, which `make run` shows to a person, prints text, and `jobs` prints nothing.
"""

import functools
import json
import signal
import sys
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup, with_appcontext
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from app import jobs
from app.accounts import api_keys, users
from app.core import database_errors, waiting
from app.core.database import db
from app.core.errors import Busy, DomainError
from app.demo import setup
from app.experiments import creation, goals
from app.experiments.creation import Draft
from app.experiments.designs import Design, GoalUse
from app.experiments.texts import Texts
from app.lifecycle import StartsChoice
from app.models import Actor, Door, GoalRole, KeyType, Role, Wanted, now
from app.tenancy import access_changes, plans, projects
from app.tenancy.agreements import NotAgreed

COMMAND_LINE = Actor(Door.COMMAND_LINE)
MOST_VISITORS = 100_000


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


user_group = OneLineGroup("user", help="People who sign in.")
plan_group = OneLineGroup("plan", help="Plans and their limits.")
project_group = OneLineGroup("project", help="Projects.")
member_group = OneLineGroup("member", help="Who belongs to a project.")
goal_group = OneLineGroup("goal", help="What visitors are hoped to do.")
experiment_group = OneLineGroup("experiment", help="Experiments.")
key_group = OneLineGroup("key", help="API keys.")


password_option = click.option(
    "--password-stdin", is_flag=True, help="Take the password from stdin, and ask nobody."
)


@user_group.command("create")
@click.argument("email")
@click.option("--admin", is_flag=True, help="May manage plans and projects.")
@password_option
@answers_json
def create_user(email: str, *, admin: bool, password_stdin: bool) -> dict[str, object]:
    """Create a sign-in."""
    user = users.create(email, _new_password(from_stdin=password_stdin), is_admin=admin)
    return {"email": user.email, "admin": user.is_admin}


@user_group.command("password")
@click.argument("email")
@password_option
@answers_json
def set_password(email: str, *, password_stdin: bool) -> dict[str, object]:
    """Give somebody a new password, and end their sessions."""
    password = _new_password(from_stdin=password_stdin)
    return {"email": users.set_password(email, password).email}


@plan_group.command("set")
@click.argument("code", type=int)
@click.option("--name", required=True)
@click.option("--experiments-running", type=int, help="How many may run at once per project.")
@click.option("--unlimited", is_flag=True, help="No limit.")
@click.option("--yes", is_flag=True, help="Start what waits for the slots that this brings.")
@answers_json
def set_plan(
    code: int, name: str, experiments_running: int | None, *, unlimited: bool, yes: bool
) -> dict[str, object]:
    """Add a plan, or change it. Without a limit said, a plan keeps the one it has, or has none."""
    if unlimited and experiments_running is not None:
        raise click.UsageError("Say --experiments-running or --unlimited, not both.")
    keeps = experiments_running is None and not unlimited
    agreed = None if yes else ""
    try:
        saved = plans.put(
            code, name, experiments_running, COMMAND_LINE, keep_limit=keeps, agreed=agreed
        )
    except NotAgreed as asked:
        raise click.ClickException(f"{asked} Say --yes to do it.") from None
    plan = saved.plan
    started = [start.name for start in saved.started]
    return {
        "code": plan.code,
        "name": plan.name,
        "experiments_running": plan.experiments_running,
        **({"started": started} if started else {}),
    }


@project_group.command("create")
@click.argument("name")
@click.option("--plan", type=int, required=True, help="The plan's code.")
@answers_json
def create_project(name: str, plan: int) -> dict[str, object]:
    """Create a project."""
    project = projects.create(name, plan, COMMAND_LINE)
    return {"key": project.key, "name": project.name, "plan": project.plan_code}


@member_group.command("add")
@click.argument("project_key")
@click.argument("email")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option(
    "--starts",
    type=click.Choice([starts.value for starts in StartsChoice]),
    help="What becomes of the starts that a new viewer has planned.",
)
@answers_json
def add_member(project_key: str, email: str, role: str, starts: str | None) -> dict[str, object]:
    """Make somebody a member, or change a member's role."""
    put = access_changes.put_member(
        projects.by_key(project_key).id,
        email,
        Role(role),
        COMMAND_LINE,
        StartsChoice(starts) if starts else None,
    )
    return {"project": project_key, "email": put.email, "role": role}


@goal_group.command("create")
@click.argument("project_key")
@click.argument("key")
@click.option("--name", default="", help="For people; the key by default.")
@click.option(
    "--wanted",
    type=click.Choice([wanted.value for wanted in Wanted]),
    default=Wanted.MORE.value,
    help="Whether more of it is better, or less.",
)
@answers_json
def create_goal(project_key: str, key: str, name: str, wanted: str) -> dict[str, object]:
    """Add a goal to a project's library."""
    goal = goals.create(projects.by_key(project_key).id, key, COMMAND_LINE, name, Wanted(wanted))
    return {"key": goal.key, "name": goal.name, "wanted": goal.wanted}


@experiment_group.command("create")
@click.argument("project_key")
@click.argument("name")
@click.option("--key", default="", help="How code calls it; made from the name by default.")
@click.option("--url", default="", help="The page under test.")
@click.option("--goal", default="", help="The key of its primary goal.")
@answers_json
def create_experiment(
    project_key: str, name: str, key: str, url: str, goal: str
) -> dict[str, object]:
    """Create a draft that splits all visitors in two halves."""
    project = projects.by_key(project_key)
    uses = (GoalUse(goal, GoalRole.PRIMARY),) if goal else ()
    draft = Draft(Texts(name, url), key, Design(goals=uses))
    made = creation.create(project.id, draft, COMMAND_LINE)
    return {"id": made.public_id, "test_id": made.test_id, "key": made.key}


@key_group.command("create")
@click.argument("project_key")
@click.option(
    "--type", "key_type", type=click.Choice([kind.value for kind in KeyType]), required=True
)
@click.option("--name", default="command line")
@answers_json
def create_key(project_key: str, key_type: str, name: str) -> dict[str, object]:
    """Mint an API key; its token is printed here and never again."""
    minted = api_keys.mint(projects.by_key(project_key).id, KeyType(key_type), name, COMMAND_LINE)
    return {"key": minted.token}


@click.command("demo", cls=OneLineCommand)
@with_appcontext
@answers_json
def load_demo() -> setup.DemoSignIns:
    """Fill an empty database with demo data, and print its sign-ins and keys."""
    return setup.load()


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


@click.command("jobs", cls=OneLineCommand)
@click.option("--once", is_flag=True, help="Do what is due now, and end.")
@with_appcontext
def do_jobs(*, once: bool) -> None:
    """Start and stop what is scheduled, and serve the queues, until it is told to end."""
    if once:
        if undone := jobs.once(now()):
            raise click.ClickException(f"Not done, and still due: {', '.join(undone)}.")
        return
    stopped = threading.Event()
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: stopped.set())
    jobs.run(stopped)


@click.command("welcome", cls=OneLineCommand)
@click.option("--address", required=True, help="Where the server is about to answer.")
@with_appcontext
def welcome(address: str) -> None:
    """Load the demo data if the database is empty; print the address and the demo's sign-ins."""
    if setup.is_database_empty():
        setup.load()
    click.echo(f"\nSwitchyard answers on {address}")
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


def _new_password(*, from_stdin: bool) -> str:
    """Return the password that somebody types twice, or the first line of stdin for a script."""
    if from_stdin:
        return sys.stdin.buffer.readline().decode().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise click.UsageError("Nobody can be asked for a password here: say --password-stdin.")
    return click.prompt("Password", hide_input=True, confirmation_prompt="The same again", err=True)


def prepare_migrations(app: Flask) -> None:
    """Tell Alembic of the application. It is loaded here: a server starts 0.1 s of CPU sooner."""
    from flask_migrate import Migrate  # noqa: PLC0415

    Migrate(app, db, directory=str(Path(app.root_path).parent / "migrations"))


def register(app: Flask) -> None:
    """Give the commands to `flask`."""
    if waiting.is_command():
        prepare_migrations(app)
    groups = (
        user_group,
        plan_group,
        project_group,
        member_group,
        goal_group,
        experiment_group,
        key_group,
    )
    for command in (*groups, load_demo, send_demo_traffic, do_jobs, welcome):
        app.cli.add_command(command)
