"""All projects, for admins: listed, and moved to a plan."""

from typing import Annotated

from flask import Blueprint
from pydantic import Field
from typing_extensions import TypedDict

from app.accounts.caller import Admin
from app.api import cursors, queries, whole_numbers
from app.api.admin import contract
from app.api.admin.for_admins import effects
from app.api.admin.for_admins.effects import AgreeingBody, BroughtShown, EffectsShown
from app.api.admin.for_admins.plans import ONE, Code
from app.api.admin.project.projects import PlanShown, SlotsShown, plan_shown, slots_shown
from app.api.answers import Answer
from app.api.dry_runs import TriedOfNoProject
from app.api.queries import Query
from app.api.shapes import Asked, Key
from app.core.validation import LARGEST_NUMBER
from app.database.rows.plan_limits import SlotRoom
from app.tenancy import moves, project_lists
from app.tenancy.agreements import NotAgreed
from app.tenancy.moves import Moved, Moves
from app.tenancy.project_lists import Listed, ProjectOrder, View

blueprint = Blueprint("moves_api", __name__, url_prefix="/api/admin")
operations = contract.operations_of_admins(blueprint, "Plans")

MOST_MOVED = 500


class ProjectsQuery(Query):
    """A page of projects, after another: on one plan, with such room, in this order."""

    plan: Annotated[int, whole_numbers.in_query("plan", 1, LARGEST_NUMBER)] | None = None
    """Only those on the plan of this code."""
    slots: SlotRoom | None = None
    """Only those over their limit, at it, or with a free slot."""
    sort: ProjectOrder = ProjectOrder.NAME
    """By name, by plan, the most live first, or the fewest free slots first."""
    limit: Annotated[int, whole_numbers.in_query("limit", 1, queries.LARGEST_LIMIT)] = 100
    """How many to show at most."""
    cursor: Asked = ""
    """The `next_cursor` of the page before, in the same order."""

    @property
    def view(self) -> View:
        """Return what is looked at. Raises InvalidInput for a cursor that is none."""
        place = cursors.read(self.cursor, self.sort)
        if place and not project_lists.is_place(place, self.sort):
            raise cursors.no_cursor()
        return View(self.plan, self.slots, self.sort, place)


class MoveBody(AgreeingBody):
    """The plan that a project is moved to."""

    plan: Code
    """The plan's code."""


class MoveManyBody(AgreeingBody):
    """The projects that are moved."""

    projects: Annotated[list[Key], Field(min_length=1, max_length=MOST_MOVED)]
    """Their keys."""


class ProjectInList(TypedDict):
    """A project, the code of its plan, and its slots."""

    id: str
    """Its key."""
    name: str
    """Its name."""
    plan: int
    """The code of its plan."""
    slots: SlotsShown
    """The slots of the plan."""
    is_held: bool
    """Whether its queue is held."""


class ProjectPage(TypedDict):
    """A page of projects; `next_cursor` is the cursor of the next, null on the last."""

    data: list[ProjectInList]
    """The projects of the page."""
    next_cursor: str | None
    """The cursor of the next page; null on the last."""


class MovedProject(BroughtShown):
    """A project that is on the plan from now on, and what that has brought there."""

    id: str
    """Its key."""
    name: str
    """Its name."""
    before: str
    """The name of the plan that it was on."""
    changed: bool
    """Whether that was another."""


class MovedOne(MovedProject, EffectsShown, TriedOfNoProject):
    """A project that is on another plan from now on, and what that has brought."""

    plan: PlanShown
    """The plan that it is on."""


class MovedMany(EffectsShown, TriedOfNoProject):
    """The projects that are on a plan from now on, and what that has brought in all of them."""

    plan: PlanShown
    """The plan that they are on."""
    projects: list[MovedProject]
    """What came of each, by name."""


@operations.get("/projects")
def list_projects(query: ProjectsQuery) -> Answer[ProjectPage]:
    """Return a page of the projects that are not retired, with their plans and slots."""
    page = project_lists.listed(query.view, query.limit)
    rows = [_listed(project) for project in page.projects]
    return Answer({"data": rows, "next_cursor": cursors.written(page.next_after, query.sort)})


@operations.patch("/projects/<project:project_key>", faults=(NotAgreed,))
def move_project(caller: Admin, project_key: str, body: MoveBody) -> Answer[MovedOne]:
    """Put a project on another plan.

    Nothing is stopped where that allows less; where it allows more, what waits in the queue starts.
    """
    done = moves.move([project_key], body.plan, caller.actor(), body.consent)
    moved, plan = _moved(done.projects[0]), plan_shown(done.plan)
    return Answer({"plan": plan, **moved, **effects.shown(done.effects)})


@operations.post(f"{ONE}/projects", faults=(NotAgreed,))
def move_projects(caller: Admin, code: int, body: MoveManyBody) -> Answer[MovedMany]:
    """Put projects on this plan, all of them or none, and tell what came of each."""
    return Answer(_all(moves.move(body.projects, code, caller.actor(), body.consent)))


def _all(done: Moves) -> MovedMany:
    return {
        "plan": plan_shown(done.plan),
        "projects": [_moved(each) for each in done.projects],
        **effects.shown(done.effects),
    }


def _moved(moved: Moved) -> MovedProject:
    return {
        "id": moved.key,
        "name": moved.name,
        "before": moved.before,
        "changed": moved.changed,
        **effects.brought(moved.effects),
    }


def _listed(project: Listed) -> ProjectInList:
    return {
        "id": project.key,
        "name": project.name,
        "plan": project.plan_code,
        "slots": slots_shown(project.slots),
        "is_held": project.is_held,
    }
