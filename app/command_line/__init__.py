"""The command line, for operators and scripts.

Only `welcome`, which `make run` shows to a person, prints text, and `jobs` prints nothing.
"""

from pathlib import Path

import click
from flask import Flask

from app.command_line import audit, demo, overrides, people, plans, projects, upkeep
from app.core import waiting
from app.database.engine import db

COMMANDS = (
    people.user_group,
    people.member_group,
    plans.plan_group,
    projects.project_group,
    overrides.override_group,
    projects.goal_group,
    projects.experiment_group,
    projects.key_group,
    projects.visitor_group,
    audit.audit_group,
    upkeep.do_jobs,
    upkeep.read_events,
    upkeep.back_up,
    upkeep.restore,
    demo.load_demo,
    demo.remove_demo,
    demo.send_demo_traffic,
    demo.welcome,
)

# Flask's own commands for whoever looks at what requests are answered.
OF_REQUESTS = frozenset({"run", "routes", "shell"})


def answers_requests() -> bool:
    """Return whether this process may be sent requests: a server is, and no command of ours."""
    return not waiting.is_command() or (
        click.get_current_context().find_root().invoked_subcommand in OF_REQUESTS
    )


def prepare_migrations(app: Flask) -> None:
    """Tell Alembic of the application. It is loaded here: a server starts 0.1 s of CPU sooner."""
    from flask_migrate import Migrate  # noqa: PLC0415

    Migrate(app, db, directory=str(Path(app.root_path).parent / "migrations"))


def register(app: Flask) -> None:
    """Give the commands to `flask`."""
    if waiting.is_command():
        prepare_migrations(app)
    for command in COMMANDS:
        app.cli.add_command(command)
