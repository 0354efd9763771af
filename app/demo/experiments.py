"""The demo's experiments: created as they were then, and walked through the rule book."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from slugify import slugify
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.database.unit_of_work import within
from app.demo.shapes import DemoExperiment, DemoGoal, DemoProject, Step
from app.experiments import designs, lookup, tagging
from app.experiments.designs import Design
from app.lifecycle import rules, store, transitions
from app.lifecycle.rules import ChangeRequest, Offer
from app.models import Actor, Door, Experiment, History, Kind, Project, Run, now

SALT_LENGTH = 32


@dataclass(frozen=True)
class Site:
    """A demo project in the database, with who acts in it and its goals by their ids."""

    session: Session
    demo: DemoProject
    project: Project
    actors: dict[str, Actor]
    goals: dict[int, DemoGoal]


def create(site: Site, demo: DemoExperiment) -> Run:
    """Create an experiment, a draft still, and give its run."""
    key = demo.key or slugify(demo.name)
    digest = hashlib.sha256(f"{site.demo.site}/{key}".encode()).hexdigest()
    created = now() - timedelta(days=demo.created)
    experiment = Experiment(
        public_id=f"exp_{digest[:26]}",
        project_id=site.project.id,
        key=key,
        name=demo.name,
        url=f"https://{site.demo.site}/{demo.page}",
        description=demo.description,
        hypothesis=demo.hypothesis,
        owner_id=site.actors[demo.by].user_id,
        created_at=created,
        updated_at=created,
        changed_at=created,
        user_id=site.actors[demo.by].user_id,
    )
    site.session.add(experiment)
    site.session.flush()
    tagging.write_tags(site.session, experiment, demo.tags)
    design = Design(goals=tuple(goal.use for goal in site.demo.goals))
    designs.plan(site.session, site.project.id, experiment.test_id, design)
    return _split_by(site.session, experiment.test_id, salt=digest[-SALT_LENGTH:])


def enter_creation(site: Site, test_id: int) -> None:
    """Enter in the history that an experiment was created, when it was."""
    experiment = site.session.get_one(Experiment, test_id)
    author = Actor(Door.BROWSER, user_id=experiment.user_id)
    work = within(site.session, site.project.id, author)
    store.write_creation(work, lookup.subject(experiment), Kind.CREATED)
    entry = update(History).where(History.test_id == test_id)
    site.session.execute(entry.values(at=experiment.created_at))


def _split_by(session: Session, test_id: int, salt: str) -> Run:
    """Split by a known salt, so that the demo's visitors fall to the same sides every time."""
    run = session.scalars(select(Run).where(Run.test_id == test_id, Run.is_current)).one()
    run.salt = salt
    return run


def take(site: Site, test_id: int, step: Step) -> None:
    """Take a step by the rules, then move what it wrote to its day."""
    session, edge = site.session, rules.edge_of(step.action)
    work = within(session, site.project.id, site.actors[step.by])
    offer = Offer(edge.target, {edge.origin: edge.action})
    transitions.change_status(work, test_id, ChangeRequest(offer, step.reason, step.conclusion))
    session.expire_all()
    moment = now() - timedelta(days=step.days_ago)
    experiment = session.get_one(Experiment, test_id)
    experiment.changed_at = experiment.updated_at = moment
    if experiment.live_since and experiment.live_since > moment:
        experiment.live_since = moment
    if experiment.stopped_at:
        experiment.stopped_at = moment
    if experiment.started_at and experiment.started_at > moment:
        experiment.started_at = moment
    latest = select(History.id).where(History.test_id == test_id).order_by(History.id.desc())
    newest = session.scalar(latest.limit(1))
    session.execute(update(History).where(History.id == newest).values(at=moment))
    opened_now = update(Run).where(Run.test_id == test_id, Run.opened_at > moment)
    session.execute(opened_now.values(opened_at=moment))
