"""A small world to test in, built by the application's own services."""

import itertools
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from flask import Flask, request, session
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from sqlalchemy import Row, select, text
from werkzeug.test import TestResponse

from app.accounts import api_keys, browser_sessions, tokens, users
from app.core.start_terms import StartTerms
from app.database.engine import db
from app.database.rows.heartbeats import JOBS
from app.database.transactions import writing
from app.experiments import creation, designs, edits, goals, named_audiences, redesigns, texts
from app.experiments.audiences.conditions import Audience, Condition, Operator
from app.experiments.creation import Draft
from app.experiments.designs import Design
from app.experiments.texts import Texts
from app.lifecycle import named_actions, pending, transitions
from app.lifecycle.ends.decisions import ActionRequest
from app.lifecycle.queueing import queue as queueing
from app.lifecycle.queueing.queue import Asked
from app.lifecycle.rules import Action
from app.lifecycle.scheduling import due_changes, schedules
from app.lifecycle.scheduling.handovers import StartsChoice
from app.lifecycle.scheduling.schedules import Schedule
from app.lifecycle.traffic import rises
from app.lifecycle.traffic.rises import RiseRequest
from app.models import (
    Actor,
    Conclusion,
    Door,
    Experiment,
    Heartbeat,
    History,
    KeyType,
    Kind,
    NamedAudience,
    Plan,
    Project,
    Role,
    Status,
    User,
    now,
)
from app.tenancy import access_changes, plans, projects
from app.tenancy.plans import Limit, PlanChange
from app.web.sessions import sessions
from tests.contracts import Contract, wish

PASSWORD = "correct horse"
# Hashes of the real kind, with the cheapest settings: hundreds of tests sign in.
QUICK_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD_HASH = QUICK_HASHER.hash(PASSWORD)
COMMAND_LINE = Actor(Door.COMMAND_LINE)
QUEUE_UNTIL = now() + timedelta(days=30)
TERMS = StartTerms(QUEUE_UNTIL, timedelta(hours=1))
MOBILE: Audience = ((Condition("device", Operator.IS, ("mobile",)),),)
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
        """A plan's code; written past the services, since all tests begin with one."""
        code = 1000 + next(self.numbers)
        with self.app.app_context(), writing() as session:
            session.merge(Plan(code=code, name=f"Plan {code}", experiments_running=limit))
        return code

    def project(self, limit: int | None = 2, *, connected: bool = False) -> Project:
        """A project on a plan of its own, whose site may ask for variants if it is `connected`."""
        code = self.plan(limit)
        with self.app.app_context():
            made = projects.create(f"Project {code}", code, COMMAND_LINE)
            if connected:
                token = f"{tokens.PREFIXES[KeyType.SERVER]}{secrets.token_hex(24)}"
                with writing() as session:
                    session.add(api_keys.of_token(made.id, KeyType.SERVER, "shop", token))
            return made

    def experiment(
        self, project: Project, status: Status = Status.DRAFT, name: str = ""
    ) -> Experiment:
        """An experiment that has walked to `status` by the rules."""
        with self.app.app_context():
            name = name or f"Experiment {next(self.numbers)}"
            made = creation.create(project.id, Draft(Texts(name)), COMMAND_LINE)
            for step in WALKS[status]:
                contract = Contract.NAMES if step is Status.ARCHIVED else Contract.INTEGERS
                transitions.transition(project.id, made.test_id, wish(step, contract), COMMAND_LINE)
            return self.reload(made) if WALKS[status] else made

    def design(self, experiment: Experiment) -> Design:
        """The design of the experiment's current run."""
        with self.app.app_context():
            return designs.of(designs.current(experiment.test_id))

    def redesign(self, experiment: Experiment, design: Design) -> None:
        """Give a draft another design."""
        with self.app.app_context():
            redesigns.change(
                experiment.project_id, experiment.test_id, lambda _: design, COMMAND_LINE
            )

    def goal(self, project: Project, key: str) -> None:
        """Add a goal to the project's library."""
        with self.app.app_context():
            goals.create(project.id, key, COMMAND_LINE)

    def audience(self, project: Project, name: str, rules: Audience = MOBILE) -> NamedAudience:
        """Keep an audience under a name, by default of visitors with a mobile."""
        with self.app.app_context():
            return named_audiences.create(project.id, name, rules, COMMAND_LINE)

    def running(self, project: Project, count: int) -> list[Experiment]:
        """So many running experiments."""
        return [self.experiment(project, Status.RUNNING) for _ in range(count)]

    def crowd(self, project: Project, count: int) -> list[str]:
        """So many drafts, written at once past the services; gives their names, newest first."""
        names = [f"Crowd {number:03}" for number in range(count)]
        with self.app.app_context(), writing() as session:
            drafts = [
                Experiment(
                    project_id=project.id,
                    public_id=f"exp_{secrets.token_hex(13)}",
                    key=f"crowd-{next(self.numbers)}",
                    name=name,
                )
                for name in names
            ]
            session.add_all(drafts)
            session.flush()
            for draft in drafts:
                designs.plan(session, project.id, draft.test_id, designs.DEFAULT)
        return names[::-1]

    def live_crowd(self, project: Project, count: int) -> None:
        """So many running experiments, written at once past the services."""
        self.crowd(project, count)
        facts = {"id": project.id, "at": now()}
        its = "WHERE test_id IN (SELECT test_id FROM experiment WHERE project_id = :id)"
        self.execute(f"UPDATE run SET opened_at = :at {its}", **facts)  # noqa: S608
        self.execute(
            "UPDATE experiment SET status = 'running', started_at = :at, changed_at = :at"
            " WHERE project_id = :id",
            **facts,
        )
        self.execute(
            "UPDATE project SET running_count = :count WHERE id = :id", count=count, id=project.id
        )

    def jobs_were_there(self, at: datetime) -> None:
        """Let the process of the jobs have been at its work at this moment, for the last time."""
        self.execute("DELETE FROM heartbeat")
        with self.app.app_context(), writing() as session:
            session.add(Heartbeat(name=JOBS, at=at))

    def set_limit(self, project: Project, limit: int | None) -> None:
        """Change the limit of the project's plan."""
        with self.app.app_context():
            plans.change(project.plan_code, PlanChange(limit=Limit(limit)), COMMAND_LINE)

    def execute(self, statement: str, **values: object) -> Sequence[Row[Any]]:
        """Run SQL past the application, and give the rows of a SELECT."""
        with self.app.app_context(), db.engine.begin() as connection:
            result = connection.execute(text(statement), values)
            return result.all() if result.returns_rows else []

    def move(
        self,
        experiment: Experiment,
        target: Status,
        contract: Contract,
        conclusion: Conclusion | None = None,
    ) -> None:
        """Change an experiment's status on the command line."""
        asked = wish(target, contract, conclusion=conclusion)
        with self.app.app_context():
            transitions.transition(experiment.project_id, experiment.test_id, asked, COMMAND_LINE)

    def partly_live(self, project: Project, traffic_allocation: int = 500) -> Experiment:
        """A live experiment that so many of all visitors take part in, in basis points."""
        made = self.experiment(project)
        self.redesign(made, Design(traffic_allocation=traffic_allocation))
        self.start(made)
        return self.reload(made)

    def raise_traffic(self, experiment: Experiment, share: int) -> None:
        """Let so many of all visitors take part in what is open, in basis points."""
        with self.app.app_context():
            asked = RiseRequest(share)
            rises.raise_traffic(experiment.project_id, experiment.test_id, asked, COMMAND_LINE)

    def paused_by(self, experiment: Experiment, actor: Actor) -> Experiment:
        """Pause an experiment as somebody, and return it as it is then."""
        asked = wish(Status.STOPPED, Contract.INTEGERS)
        with self.app.app_context():
            transitions.transition(experiment.project_id, experiment.test_id, asked, actor)
        return self.reload(experiment)

    def start(self, experiment: Experiment) -> None:
        """Start an experiment elsewhere."""
        self.move(experiment, Status.RUNNING, Contract.INTEGERS)

    def ship(self, experiment: Experiment, variant: str = "treatment") -> None:
        """Have everybody get a variant of it."""
        request = ActionRequest(Action.SHIP, variant=variant)
        with self.app.app_context():
            named_actions.take_action(
                experiment.project_id, experiment.test_id, request, COMMAND_LINE
            )

    def archive(self, experiment: Experiment, conclusion: Conclusion | None = None) -> None:
        """Archive an experiment elsewhere."""
        self.move(experiment, Status.ARCHIVED, Contract.NAMES, conclusion)

    def swap(self, incoming: Experiment, holder: Experiment, actor: Actor = COMMAND_LINE) -> None:
        """Start an experiment in the place of another."""
        with self.app.app_context():
            transitions.swap(incoming.project_id, incoming.test_id, holder.test_id, actor)

    def queue(self, experiment: Experiment, actor: Actor = COMMAND_LINE) -> Asked:
        """Start an experiment when a slot is free."""
        with self.app.app_context():
            return queueing.join(experiment.project_id, experiment.test_id, actor, QUEUE_UNTIL)

    def queued(self, project: Project, count: int) -> list[Experiment]:
        """So many drafts that wait for a slot, the next one first."""
        drafts = [self.experiment(project) for _ in range(count)]
        for draft in drafts:
            self.queue(draft)
        return drafts

    def line(self, project: Project) -> list[int]:
        """The test ids of what waits for a slot, the next one first."""
        with self.app.app_context():
            return pending.order(project.id)

    def schedule(
        self,
        experiment: Experiment,
        start_at: datetime | None = None,
        stop_at: datetime | None = None,
        actor: Actor = COMMAND_LINE,
    ) -> None:
        """Have an experiment start and stop at a moment."""
        with self.app.app_context():
            schedule = Schedule(start_at, stop_at)
            schedules.put(experiment.project_id, experiment.test_id, lambda _: schedule, actor)

    def let_be_due(
        self, experiment: Experiment, since: timedelta, target: Status = Status.RUNNING
    ) -> None:
        """Have the start, or the stop, that an experiment is scheduled for be due for so long."""
        self.execute(
            "UPDATE scheduled_change SET at = :at WHERE test_id = :id AND target = :target",
            at=f"{now() - since:%Y-%m-%d %H:%M:%S.%f}",
            id=experiment.test_id,
            target=target.value,
        )

    def overdue_rise(self, project: Project) -> Experiment:
        """A live experiment of 5 % of traffic that should have risen to 50 % five minutes ago."""
        live = self.partly_live(project)
        with self.app.app_context():
            schedule = Schedule(None, None, now() + timedelta(hours=1), 5_000)
            schedules.put(project.id, live.test_id, lambda _: schedule, COMMAND_LINE)
        due_at = f"{now() - timedelta(minutes=5):%Y-%m-%d %H:%M:%S.%f}"
        self.execute("UPDATE scheduled_rise SET at = :at", at=due_at)
        return live

    def carry_out(self, project: Project) -> None:
        """Do what is due in a project now, as the jobs do it."""
        with self.app.app_context():
            due_changes.carry_out(project.id, now(), TERMS)

    def planned(self, experiment: Experiment) -> Schedule:
        """Return when an experiment is to start and to stop."""
        with self.app.app_context():
            return schedules.of(experiment.test_id)

    def reload(self, experiment: Experiment) -> Experiment:
        """The experiment as the database holds it now."""
        with self.app.app_context():
            found = db.session.get_one(Experiment, experiment.test_id, populate_existing=True)
            db.session.expunge(found)
            return found

    def history(self, experiment: Experiment) -> list[tuple[Status, Status, Door]]:
        """From, to and door of the experiment's history, oldest first."""
        statement = (
            select(History)
            .where(History.test_id == experiment.test_id, History.kind == Kind.CHANGED)
            .order_by(History.id)
        )
        with self.app.app_context():
            found = db.session.scalars(statement).all()
            return [(row.from_status, row.to_status, row.door) for row in found if row.to_status]

    def entries(self, experiment: Experiment) -> Sequence[History]:
        """Return an experiment's history, oldest first: all but how it came into being."""
        statement = select(History).where(
            History.test_id == experiment.test_id,
            History.kind.not_in((Kind.CREATED, Kind.CLONED)),
        )
        with self.app.app_context():
            return db.session.scalars(statement.order_by(History.id)).all()

    def key(self, project: Project, name: str = "key") -> str:
        """An API key's token."""
        with self.app.app_context():
            return api_keys.mint(project.id, KeyType.ADMIN, name, COMMAND_LINE).token

    def user(self, *, admin: bool = False) -> str:
        """The e-mail of somebody who can sign in with PASSWORD."""
        email = f"person{next(self.numbers)}@example.test"
        with self.app.app_context():
            user = User(email=email, password_hash=PASSWORD_HASH, is_admin=admin)
            user.session_token = secrets.token_hex(16)
            db.session.add(user)
            db.session.commit()
        return email

    def member(self, project: Project, role: Role = Role.MARKETER) -> str:
        """The e-mail of a new member of `project`."""
        email = self.user()
        self.give_role(project, email, role)
        return email

    def give_role(
        self,
        project: Project,
        email: str,
        role: Role,
        actor: Actor = COMMAND_LINE,
        starts: StartsChoice | None = None,
    ) -> None:
        """Make somebody a member, or change a member's role."""
        with self.app.app_context():
            access_changes.put_member(project.id, email, role, actor, starts)

    def demote(self, project: Project, email: str) -> None:
        """Make a member a viewer past the services, which leave nothing of theirs to nobody."""
        self.execute(
            "UPDATE membership SET role = 'viewer' WHERE project_id = :project AND user_id ="
            " (SELECT id FROM user_account WHERE email = :email)",
            project=project.id,
            email=email,
        )

    def remove(
        self,
        project: Project,
        email: str,
        actor: Actor = COMMAND_LINE,
        starts: StartsChoice | None = None,
    ) -> None:
        """End a membership."""
        user_id = self.person(email).user_id or 0
        with self.app.app_context():
            access_changes.remove_member(project.id, user_id, actor, starts)

    def revoke(
        self,
        project: Project,
        key_id: int,
        actor: Actor = COMMAND_LINE,
        starts: StartsChoice | None = None,
    ) -> None:
        """End a key."""
        with self.app.app_context():
            access_changes.revoke_key(project.id, key_id, actor, starts)

    def person(self, email: str) -> Actor:
        """Somebody in a browser."""
        (row,) = self.execute("SELECT id FROM user_account WHERE email = :email", email=email)
        return Actor(Door.BROWSER, user_id=row.id)

    def browser(self, email: str | None = None) -> "Browser":
        """A browser, signed in if an e-mail is given."""
        browser = Browser(self.app.test_client())
        if email:
            browser.be_signed_in(email)
        return browser


def fingerprint(experiment: Experiment) -> str:
    """Return what tells the texts of an experiment, as they are there, from any others."""
    return edits.fingerprint(texts.of(experiment))


@dataclass
class Browser:
    """A client with cookies that sends the CSRF token of its session, as the pages do."""

    client: FlaskClient
    csrf_token: str = ""

    def sign_in(self, email: str, password: str = PASSWORD) -> TestResponse:
        """Sign in as the sign-in page does, and remember the session's token."""
        self.take_token()
        form = {"email": email, "password": password, "csrf_token": self.csrf_token}
        answer = self.client.post("/sign-in", data=form)
        self.take_token()
        return answer

    def be_signed_in(self, email: str) -> None:
        """Have the session that the sign-in page begins, without that page: thousands have one."""
        app = self.client.application
        with self.client.session_transaction() as kept, app.test_request_context():
            with writing() as database:
                user = users.known(database, email)
                assert user, f"nobody has the email {email}"
                begun = browser_sessions.sign_in(database, user, request.user_agent.string)
            sessions.begin(begun)
            self.csrf_token = generate_csrf()
            kept.update(session)

    def take_token(self) -> None:
        """Take the CSRF token that a form would have, without a page: thousands sign in."""
        app = self.client.application
        with self.client.session_transaction() as kept, app.test_request_context():
            session.update(kept)
            self.csrf_token = generate_csrf()
            kept.update(session)

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

    def press(self, path: str, **fields: str | int) -> TestResponse:
        """Send what a button of htmx sends, which is answered with a part of a page."""
        headers = {"X-CSRFToken": self.csrf_token, "HX-Request": "true"}
        return self.client.post(path, data=fields, headers=headers)

    def call(self, method: str, path: str, body: object, **headers: str) -> TestResponse:
        """Call a JSON endpoint as a button does."""
        sent = {"X-CSRFToken": self.csrf_token, **_named(headers)}
        return self.client.open(path, method=method, json=body, headers=sent)


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
