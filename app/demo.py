"""Demo data: the same every time, made by walking the rule book, and marked as demo by its names.

Its passwords and keys are derived from the server's secret key: they can be printed again, and no
other server has them.
"""

import hashlib
import hmac
from datetime import timedelta
from typing import TypedDict

from flask import current_app
from slugify import slugify
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import api_keys, designs, lifecycle, users
from app.demo_data import (
    KEY,
    MARKETER,
    PEOPLE,
    PLANS,
    PROJECTS,
    UNLIMITED,
    DemoExperiment,
    DemoProject,
    Step,
)
from app.errors import InvalidInput
from app.extensions import db
from app.ledger import Actor
from app.models import (
    Door,
    Experiment,
    History,
    KeyType,
    Membership,
    Plan,
    Project,
    User,
    now,
)
from app.transactions import writing

SECRET_LENGTH = 48


class DemoSignIns(TypedDict):
    """The demo's sign-ins (e-mail to password) and keys (project key to token)."""

    demo: bool
    sign_ins: dict[str, str]
    keys: dict[str, str]


def load() -> DemoSignIns:
    """Load the demo data in one unit of work, and return its sign-ins and keys.

    Raises InvalidInput unless the database is empty.
    """
    people = {email: users.hashed(_password(email)) for email in PEOPLE}
    with writing() as session:
        if not is_database_empty():
            raise InvalidInput("Demo data goes only into an empty database; this one is not.")
        session.add_all(
            Plan(code=code, name=name, experiments_running=limit)
            for code, (name, limit) in PLANS.items()
        )
        user_ids = {email: _person(session, email, people[email]) for email in PEOPLE}
        for project in PROJECTS:
            _project(session, project, user_ids)
    return sign_ins()


def is_database_empty() -> bool:
    """Whether nobody has put anything into the database yet."""
    kinds = (Plan, Project, User)
    return all(db.session.scalar(select(kind).limit(1)) is None for kind in kinds)


def sign_ins() -> DemoSignIns:
    """The demo's sign-ins (e-mail to password) and keys (project key to token)."""
    return {
        "demo": True,
        "sign_ins": {email: _password(email) for email in PEOPLE},
        "keys": {project.key: _token(project) for project in PROJECTS},
    }


def is_loaded() -> bool:
    """Whether the demo's sign-ins open this server."""
    return users.authenticate(MARKETER, _password(MARKETER)) is not None


def _project(session: Session, demo: DemoProject, user_ids: dict[str, int]) -> None:
    """Walk every experiment on the unlimited plan, then put the project on its own."""
    project = Project(key=demo.key, name=demo.name, plan_code=UNLIMITED)
    session.add(project)
    session.flush()
    session.add_all(
        Membership(project_id=project.id, user_id=user_ids[email], role=role)
        for email, role in demo.members.items()
    )
    actors = {email: Actor(Door.BROWSER, user_id=user_ids[email]) for email in PEOPLE}
    actors[KEY] = Actor(Door.INTEGERS, api_key_id=_key(session, project.id, _token(demo)))
    for experiment in demo.experiments:
        _experiment(session, project.id, demo.site, experiment, actors)
    project.plan_code = demo.plan


def _experiment(
    session: Session, project_id: int, site: str, demo: DemoExperiment, actors: dict[str, Actor]
) -> None:
    key = slugify(demo.name)
    created = now() - timedelta(days=demo.created)
    experiment = Experiment(
        public_id=f"exp_{hashlib.sha256(f'{site}/{key}'.encode()).hexdigest()[:26]}",
        project_id=project_id,
        key=key,
        name=demo.name,
        url=f"https://{site}/{demo.page}",
        created_at=created,
        updated_at=created,
        changed_at=created,
        user_id=actors[demo.by].user_id,
    )
    session.add(experiment)
    session.flush()
    designs.plan(session, project_id, experiment.test_id, designs.DEFAULT)
    for step in demo.steps:
        _step(session, project_id, experiment.test_id, step, actors[step.by])


def _step(session: Session, project_id: int, test_id: int, step: Step, actor: Actor) -> None:
    """Take a step by the rules, then move what it wrote to its day."""
    edge = lifecycle.edge_of(step.action)
    contract = edge.page_contract
    lifecycle.transition_within(session, project_id, test_id, edge.target, contract, actor)
    session.expire_all()
    moment = now() - timedelta(days=step.days_ago)
    experiment = session.get_one(Experiment, test_id)
    experiment.changed_at = experiment.updated_at = moment
    if experiment.stopped_at:
        experiment.stopped_at = moment
    if experiment.started_at and experiment.started_at > moment:
        experiment.started_at = moment
    latest = select(History.id).where(History.test_id == test_id).order_by(History.id.desc())
    newest = session.scalar(latest.limit(1))
    session.execute(update(History).where(History.id == newest).values(at=moment))


def _person(session: Session, email: str, password_hash: str) -> int:
    user = User(
        email=email,
        password_hash=password_hash,
        is_admin=PEOPLE[email],
        session_token=_secret(f"session {email}"),
    )
    session.add(user)
    session.flush()
    return user.id


def _key(session: Session, project_id: int, token: str) -> int:
    key = api_keys.of_token(project_id, KeyType.ADMIN, KEY, token)
    session.add(key)
    session.flush()
    return key.id


def _password(email: str) -> str:
    return f"demo-{_secret(f'password {email}')[:10]}"


def _token(project: DemoProject) -> str:
    return api_keys.PREFIXES[KeyType.ADMIN] + _secret(f"key {project.key}")


def _secret(purpose: str) -> str:
    secret = current_app.config["SECRET_KEY"].encode()
    return hmac.new(secret, f"demo {purpose}".encode(), hashlib.sha256).hexdigest()[:SECRET_LENGTH]
