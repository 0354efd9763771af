"""Removing the demo: its projects are erased, its plans retired, and its people sign in no more."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Select, exists, select

from app.accounts.rights import changing_as_admin
from app.core.errors import InvalidInput
from app.database.engine import db
from app.database.transactions import enclosing, writing
from app.demo.data import PEOPLE, PLANS, PROJECTS
from app.lifecycle import StartsChoice, close
from app.models import Actor, Plan, Project, User
from app.tenancy import departures, plans, project_erasure, projects
from app.tenancy.departures import KeysChoice
from app.tenancy.plans import PlanChange

WHY = "The demo is removed."


class DemoProject(NamedTuple):
    """A project of the demo."""

    id: int
    key: str
    name: str


class DemoPerson(NamedTuple):
    """Somebody of the demo who signs in."""

    id: int
    email: str


@dataclass(frozen=True)
class Demo:
    """What there is of the demo: its projects, and its people who sign in."""

    projects: Sequence[DemoProject]
    people: Sequence[DemoPerson]

    def __bool__(self) -> bool:
        return bool(self.projects or self.people)


def found() -> Demo:
    """Return what there is of the demo on this server."""
    return Demo(
        [DemoProject(*row) for row in db.session.execute(_projects())],
        [DemoPerson(*row) for row in db.session.execute(_people())],
    )


def remove(actor: Actor) -> Demo:
    """Stop everything in the demo's projects, begin to erase them, and deactivate its people.

    Its plans are retired, but for those that other projects are on. In one unit of work; returns
    what there was. The jobs erase the rest.

    Raises Forbidden for who is no admin, and InvalidInput where no admin would be left.
    """
    with enclosing():
        demo = found()
        _require_another_admin(demo, actor)
        _lock_plans()
        for project in sorted(demo.projects):
            _end(project, actor)
        for user in demo.people:
            departures.deactivate_within(user.id, actor, StartsChoice.DROP, KeysChoice.END)
        for code in db.session.scalars(_unused_plans()).all():
            plans.change(code, PlanChange(is_retired=True), actor)
    return demo


def remove_wholly(actor: Actor) -> Demo:
    """Remove the demo, and erase its projects until nothing is left; raises what `remove` does."""
    demo = remove(actor)
    project_erasure.finish([project.id for project in demo.projects])
    return demo


def _lock_plans() -> None:
    """Lock the demo's plans before its projects, as is done everywhere."""
    in_order = select(Plan.code).where(Plan.code.in_(PLANS)).order_by(Plan.code)
    with writing() as session:
        session.execute(in_order.with_for_update(key_share=True)).all()


def _end(project: DemoProject, actor: Actor) -> None:
    with changing_as_admin(project.id, actor) as work:
        close(work, WHY)
    projects.retire(project.key, actor)
    project_erasure.begin(project.key, project.name, actor)


def _require_another_admin(demo: Demo, actor: Actor) -> None:
    theirs = [user.id for user in demo.people]
    if actor.user_id in theirs:
        raise InvalidInput("You are somebody of the demo: sign in as an admin of your own first.")
    others = select(User.id).where(
        User.is_admin, User.deactivated_at.is_(None), User.id.not_in(theirs)
    )
    if db.session.scalar(others.limit(1)) is None:
        raise InvalidInput("The demo's admin goes with it: make an admin of your own first.")


def _projects() -> Select[int, str, str]:
    keys = [project.key for project in PROJECTS]
    columns = select(Project.id, Project.key, Project.name).order_by(Project.sort_name)
    return columns.where(Project.key.in_(keys), Project.unit_salt != "")


def _unused_plans() -> Select[int]:
    """Return the demo's plans that are offered, and that no project is on which stays."""
    is_used = exists().where(Project.plan_code == Plan.code, Project.unit_salt != "")
    return select(Plan.code).where(Plan.code.in_(PLANS), Plan.retired_at.is_(None), ~is_used)


def _people() -> Select[int, str]:
    columns = select(User.id, User.email).order_by(User.email)
    return columns.where(User.email.in_(PEOPLE), User.deactivated_at.is_(None))
