"""Demo data: the same every time, made by walking the rule book, and marked as demo by its names.

Its passwords and keys are derived from the server's secret key: they can be printed again, and no
other server has them.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from typing import TypedDict

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts import api_keys, key_access, origins, passwords, users
from app.core.errors import InvalidInput
from app.database.engine import db
from app.database.transactions import enclosing, writing
from app.database.unit_of_work import within
from app.demo import experiments, queue, visitors
from app.demo.credentials import derived, password_of, token_of
from app.demo.data import (
    CLIENT_KEY,
    CORNER_SHOP_KEY,
    KEY,
    MARKETER,
    PEOPLE,
    PLANS,
    PROJECTS,
    UNLIMITED,
)
from app.demo.experiments import Site
from app.demo.shapes import DemoExperiment, DemoGoal, DemoProject, Later
from app.models import (
    Actor,
    ApiKey,
    Door,
    Experiment,
    Goal,
    KeyType,
    Membership,
    Origin,
    Plan,
    Project,
    Role,
    Run,
    User,
    now,
)
from app.results import summaries


class DemoSignIns(TypedDict):
    """The demo's sign-ins (e-mail to password) and keys (project key to token)."""

    demo: bool
    sign_ins: dict[str, str]
    keys: dict[str, str]


def load(address: str = "") -> DemoSignIns:
    """Load the demo data in one unit of work, and return its sign-ins and keys.

    Where it is known at which `address` the server answers, the page of the demo shop's experiment
    is there. Raises InvalidInput unless the database is empty.
    """
    with enclosing():
        if not is_database_empty():
            raise InvalidInput("Demo data goes only into an empty database; this one is not.")
        add()
        if address:
            _open_shop(address)
    return sign_ins()


def _open_shop(address: str) -> None:
    """Say where the demo shop is, so that links to its page lead there."""
    url = f"{address}/demo/shop"
    with writing() as session:
        shop = session.scalars(select(Project.id).where(Project.key == CORNER_SHOP_KEY)).one()
        its = update(Experiment).where(Experiment.project_id == shop)
        session.execute(its.values(url=url))
        session.add(Origin(project_id=shop, address=origins.of_page(url)))


def add(owner: User | None = None) -> None:
    """Add the demo data, as a part of a unit of work; its projects are the `owner`'s, too.

    Its results are read at once, so that lists can tell of them. Raises InvalidInput for an owner
    whose e-mail somebody of the demo has.
    """
    if owner and owner.email in PEOPLE:
        raise InvalidInput("Somebody of the demo has this email: take another.", "email")
    with writing() as session:
        for code, (name, limit) in PLANS.items():
            session.add(Plan(code=code, name=name, experiments_running=limit))
        user_ids = {email: _person(session, email) for email in PEOPLE}
        for project in PROJECTS:
            project_id = _project(session, project, user_ids)
            if owner:
                mine = Membership(project_id=project_id, user_id=owner.id, role=Role.OWNER)
                session.add(mine)
    summaries.renew(now())
    summaries.read_what_ended(now())


def is_database_empty() -> bool:
    """Return whether nobody has put anything into the database yet."""
    kinds = (Plan, Project, User)
    return all(db.session.scalar(select(kind).limit(1)) is None for kind in kinds)


def sign_ins() -> DemoSignIns:
    """Return the demo's sign-ins (e-mail to password) and keys (project key to token)."""
    return {
        "demo": True,
        "sign_ins": {email: password_of(email) for email in PEOPLE},
        "keys": {project.key: token_of(project.key, KeyType.ADMIN) for project in PROJECTS},
    }


def is_loaded() -> bool:
    """Return whether the demo's sign-ins open this server."""
    return users.authenticate(MARKETER, password_of(MARKETER)) is not None


def shop_key() -> str | None:
    """Return the client key of the demo shop's project, None where there is no demo.

    Costs one look-up.
    """
    token = token_of(CORNER_SHOP_KEY, KeyType.CLIENT)
    known = select(ApiKey.id).where(ApiKey.token_hash == key_access.token_hash(token))
    return None if db.session.scalar(known) is None else token


def _project(session: Session, demo: DemoProject, user_ids: dict[str, int]) -> int:
    """Walk every experiment on the unlimited plan, then put the project on its own.

    Return the project's id.
    """
    unit_salt = derived(f"units {demo.key}")[: experiments.SALT_LENGTH]
    project = Project(key=demo.key, name=demo.name, plan_code=UNLIMITED, unit_salt=unit_salt)
    session.add(project)
    session.flush()
    session.add_all(
        Membership(project_id=project.id, user_id=user_ids[email], role=role)
        for email, role in demo.members.items()
    )
    session.add(Origin(project_id=project.id, address=f"https://{demo.site}"))
    actors = {email: Actor(Door.BROWSER, user_id=user_ids[email]) for email in PEOPLE}
    key_id = _key(session, project, KeyType.ADMIN, KEY)
    _key(session, project, KeyType.CLIENT, CLIENT_KEY)
    actors[KEY] = Actor(Door.INTEGERS, api_key_id=key_id)
    site = Site(session, demo, project, actors, _goals(session, project.id, demo))
    made = [(each, experiments.create(site, each)) for each in demo.experiments]
    walked = [pair for pair in made if not _is_new(demo, pair[0])]
    _happen(_steps(site, walked))
    _let_visitors_in(site, walked)
    project.plan_code = demo.plan
    session.flush()
    _happen(_later(site, [pair for pair in made if pair not in walked]))
    return project.id


Event = tuple[int, Callable[[], None]]
"""Something that happened so many days ago."""

Made = Sequence[tuple[DemoExperiment, Run]]


def _happen(events: Sequence[Event]) -> None:
    """Let events happen as they followed each other: history is told in the order of its ids."""
    for _, happen in sorted(events, key=lambda event: -event[0]):
        happen()


def _is_new(demo: DemoProject, experiment: DemoExperiment) -> bool:
    """Return whether it was created after the project had been put on its own plan."""
    latest = max((later.days_ago for later in demo.later), default=0)
    return not experiment.steps and experiment.created <= latest


def _steps(site: Site, made: Made) -> list[Event]:
    created = [
        (each.created, partial(experiments.enter_creation, site, run.test_id)) for each, run in made
    ]
    return created + [
        (step.days_ago, partial(experiments.take, site, run.test_id, step))
        for each, run in made
        for step in each.steps
    ]


def _later(site: Site, new: Made) -> list[Event]:
    return [
        *_steps(site, new),
        *((later.days_ago, partial(_put, site, later)) for later in site.demo.later),
    ]


def _put(site: Site, later: Later) -> None:
    queue.put(within(site.session, site.project.id, site.actors[later.by]), later)


def _let_visitors_in(site: Site, made: Made) -> None:
    salt = site.project.unit_salt
    came = [
        visitors.record(site.session, run, salt, site.goals, each.past, each.steps)
        for each, run in made
        if each.past
    ]
    is_theirs = (ApiKey.project_id == site.project.id) & (ApiKey.type == KeyType.CLIENT)
    heard = update(ApiKey).where(is_theirs)
    site.session.execute(heard.values(last_used_at=max(came, default=None)))


def _goals(session: Session, project_id: int, demo: DemoProject) -> dict[int, DemoGoal]:
    goals = [
        Goal(
            project_id=project_id,
            key=goal.key,
            name=goal.name,
            wanted=goal.wanted,
            **asdict(goal.measure),
        )
        for goal in demo.goals
    ]
    session.add_all(goals)
    session.flush()
    return {goal.id: demo_goal for goal, demo_goal in zip(goals, demo.goals, strict=True)}


def _person(session: Session, email: str) -> int:
    user = User(
        email=email,
        password_hash=passwords.hashed(password_of(email)),
        is_admin=PEOPLE[email],
        session_token=derived(f"session {email}"),
    )
    session.add(user)
    session.flush()
    return user.id


def _key(session: Session, project: Project, key_type: KeyType, name: str) -> int:
    key = api_keys.of_token(project.id, key_type, name, token_of(project.key, key_type))
    session.add(key)
    session.flush()
    return key.id
