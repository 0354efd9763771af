"""A small world to test in, built by the application's own services."""

import itertools
from dataclasses import dataclass, field

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app import api_keys, experiments, lifecycle, members, plans, projects, users
from app.experiments import Draft
from app.extensions import db
from app.ledger import Actor
from app.lifecycle import Contract
from app.models import Door, Experiment, History, KeyType, Project, Role, Status

PASSWORD = "correct horse"
COMMAND_LINE = Actor(Door.COMMAND_LINE)
WALKS = {
    Status.DRAFT: (),
    Status.RUNNING: (Status.RUNNING,),
    Status.STOPPED: (Status.RUNNING, Status.STOPPED),
    Status.ARCHIVED: (Status.ARCHIVED,),
}


@dataclass
class World:
    """Factories; each call makes something new. Needs no application context around it."""

    app: Flask
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def plan(self, limit: int | None = 2) -> int:
        """A plan's code."""
        code = 1000 + next(self.numbers)
        with self.app.app_context():
            plans.put(code, f"Plan {code}", limit)
        return code

    def project(self, limit: int | None = 2) -> Project:
        """A project on a plan of its own."""
        code = self.plan(limit)
        with self.app.app_context():
            return projects.create(f"Project {code}", code)

    def experiment(
        self, project: Project, status: Status = Status.DRAFT, name: str = ""
    ) -> Experiment:
        """An experiment that has walked to `status` by the rules."""
        with self.app.app_context():
            name = name or f"Experiment {next(self.numbers)}"
            made = experiments.create(project.id, Draft(name=name), COMMAND_LINE)
            for step in WALKS[status]:
                contract = Contract.NAMES if step is Status.ARCHIVED else Contract.INTEGERS
                lifecycle.transition(project.id, made.test_id, step, contract, COMMAND_LINE)
            return self.reload(made)

    def reload(self, experiment: Experiment) -> Experiment:
        """The experiment as the database holds it now."""
        with self.app.app_context():
            found = db.session.get_one(Experiment, experiment.test_id, populate_existing=True)
            db.session.expunge(found)
            return found

    def history(self, experiment: Experiment) -> list[tuple[Status, Status, Door]]:
        """From, to and door of the experiment's history, oldest first."""
        statement = (
            select(History).where(History.test_id == experiment.test_id).order_by(History.id)
        )
        with self.app.app_context():
            found = db.session.scalars(statement).all()
            return [(row.from_status, row.to_status, row.door) for row in found]

    def key(self, project: Project, name: str = "key") -> str:
        """An API key's token."""
        with self.app.app_context():
            return api_keys.mint(project.id, KeyType.ADMIN, name).token

    def user(self, *, admin: bool = False) -> str:
        """The e-mail of somebody who can sign in with PASSWORD."""
        email = f"person{next(self.numbers)}@example.test"
        with self.app.app_context():
            users.create(email, PASSWORD, is_admin=admin)
        return email

    def member(self, project: Project, role: Role = Role.MARKETER) -> str:
        """The e-mail of a new member of `project`."""
        email = self.user()
        with self.app.app_context():
            members.put(project.id, email, role)
        return email

    def browser(self, email: str | None = None) -> "Browser":
        """A browser, signed in if an e-mail is given."""
        browser = Browser(self.app.test_client())
        if email:
            browser.sign_in(email)
        return browser


@dataclass
class Browser:
    """A client with cookies that sends the CSRF token of its session, as the pages do."""

    client: FlaskClient
    csrf_token: str = ""

    def sign_in(self, email: str, password: str = PASSWORD) -> TestResponse:
        """Sign in as the sign-in page does, and remember the session's token."""
        self.refresh_token("/sign-in")
        form = {"email": email, "password": password, "csrf_token": self.csrf_token}
        answer = self.client.post("/sign-in", data=form)
        self.refresh_token("/account")
        return answer

    def refresh_token(self, path: str) -> None:
        """Take the CSRF token from a form of the page at `path`."""
        html = self.client.get(path).get_data(as_text=True)
        _, found, rest = html.partition('name="csrf_token" type="hidden" value="')
        self.csrf_token = rest.partition('"')[0] if found else ""

    def get(self, path: str, **headers: str) -> TestResponse:
        """Fetch a page."""
        return self.client.get(path, headers=_named(headers))

    def submit(self, path: str, **fields: str | int) -> TestResponse:
        """Send a form with its CSRF token."""
        return self.client.post(path, data={"csrf_token": self.csrf_token, **fields})

    def call(self, method: str, path: str, body: object, **headers: str) -> TestResponse:
        """Call a JSON endpoint as a button does."""
        sent = {"X-CSRFToken": self.csrf_token, **_named(headers)}
        return self.client.open(path, method=method, json=body, headers=sent)


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
