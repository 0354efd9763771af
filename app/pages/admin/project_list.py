"""All projects, for admins: found by their plan and its room, and moved, many at once."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import SelectField, SelectMultipleField, SubmitField
from wtforms.validators import InputRequired

from app.core.errors import InvalidInput
from app.core.paging import Cursor
from app.database.rows.plan_limits import SlotRoom
from app.demo import removal
from app.models import Actor, Plan
from app.pages.admin import effects_words, plan_words
from app.pages.common import cursors
from app.pages.common.callers import acting_admin, admin
from app.pages.common.forms import REFUSED, TOO_OLD, choice, number
from app.pages.common.meters import meter
from app.pages.common.routes import BOTH
from app.pages.common.words.phrases import counted
from app.tenancy import moves, plans, project_lists
from app.tenancy.agreements import NotAgreed
from app.tenancy.project_lists import ProjectOrder, Retired, View

blueprint = Blueprint("admin_project_list", __name__, url_prefix="/admin/projects")

ROOMS = {
    SlotRoom.OVER: "Over the limit",
    SlotRoom.AT: "At the limit",
    SlotRoom.FREE: "With a free slot",
}
SORTS = {
    ProjectOrder.NAME: "By name",
    ProjectOrder.PLAN: "By plan",
    ProjectOrder.LIVE: "Most live first",
    ProjectOrder.FREE: "Fewest free slots first",
}


class ViewForm(FlaskForm):
    """Which projects are shown, in which order. It changes nothing, so that it needs no token."""

    plan = SelectField("Plan", validate_choice=False)
    slots = SelectField(
        "Slots",
        choices=[choice("", "Any"), *(choice(room, word) for room, word in ROOMS.items())],
        validate_choice=False,
    )
    sort = SelectField(
        "Order", choices=[choice(sort, word) for sort, word in SORTS.items()], validate_choice=False
    )


class MoveForm(FlaskForm):
    """The projects that are chosen, and the plan that they are moved to."""

    projects = SelectMultipleField("Projects", validate_choice=False)
    to_plan = SelectField("New plan", [InputRequired()], coerce=number)
    submit = SubmitField("Move to this plan")


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show projects that are not retired, and below all of them those that are."""
    admin()
    every = plans.listed()
    form, view = _asked(every)
    page = project_lists.listed(view)
    return render_template(
        "admin/projects.html",
        view_form=form,
        view=view,
        move_form=_move_form(),
        move_address=url_for("admin_project_list.move", **_query(view)),
        projects=[(project, meter(project.slots)) for project in page.projects],
        more=page.next_after and _address(view, page.next_after),
        retired=Retired() if view.is_narrowed else project_lists.retired(),
        demo=removal.found(),
    )


@blueprint.route("/move", methods=BOTH)
def move() -> ResponseReturnValue:
    """Move the chosen projects to a plan, and tell of each; what that brings is asked about first.

    Whoever comes back to this address gets the list that they were chosen from.
    """
    actor, form = acting_admin(), _move_form()
    try:
        return _moved(form, actor) if form.is_submitted() else redirect(_list())
    except InvalidInput as error:
        flash(str(error), REFUSED)
        return redirect(_list())


def _moved(form: MoveForm, actor: Actor) -> ResponseReturnValue:
    code, keys = _checked(form), form.projects.data or []
    try:
        done = moves.move(keys, code, actor, effects_words.agreed())
    except NotAgreed as asked:
        what = f"{counted(len(keys), 'project')} to {plan_words.offered(plans.by_code(code))}"
        question = effects_words.question(asked, what, "Move")
        return render_template("admin/move.html", form=form, question=question, back=_list())
    told = [(each, _told(each, done.plan)) for each in done.projects]
    named = plan_words.offered(done.plan)
    return render_template("admin/moved.html", told=told, plan=named, back=_list())


def _checked(form: MoveForm) -> int:
    """Return the code of the plan; InvalidInput where something is not chosen, or too old."""
    if not form.projects.data:
        raise InvalidInput("Choose the projects to be moved first.")
    code = form.to_plan.data
    if form.validate() and code is not None:
        return code
    raise InvalidInput("Choose the plan to move them to." if form.to_plan.errors else TOO_OLD)


def _list() -> str:
    """Return the list that the projects were chosen from: the address says which."""
    return _address(_asked(plans.listed())[1], None)


def _told(moved: moves.Moved, plan: Plan) -> list[str]:
    """Return what came of a project, a sentence each."""
    if not moved.changed:
        return [f"It was on the {plan.name} plan already."]
    started = effects_words.started_of(moved.effects)
    return [
        f"From the {moved.before} plan.",
        *([f"Went live from the queue: {started}."] if started else []),
        *(
            f"Over the limit: {effects_words.live(each)}. Nothing was stopped."
            for each in moved.effects.over
        ),
    ]


def _move_form() -> MoveForm:
    form = MoveForm()
    offered = (choice(each.code, plan_words.offered(each)) for each in plans.offered())
    form.to_plan.choices = [choice("", "Choose a plan"), *offered]
    return form


def _asked(every: Sequence[Plan]) -> tuple[ViewForm, View]:
    """Return the form as the address fills it, and its view; what it does not know is as usual."""
    form = ViewForm(request.args, meta={"csrf": False})
    named = {str(plan.code): plan_words.offered(plan) for plan in every}
    form.plan.choices = [choice("", "Any"), *(choice(*each) for each in named.items())]
    plan, slots, sort = form.plan.data or "", form.slots.data or "", form.sort.data or ""
    order = ProjectOrder(sort) if sort in set(ProjectOrder) else ProjectOrder.NAME
    place = cursors.cursor()
    return form, View(
        int(plan) if plan in named else None,
        SlotRoom(slots) if slots in set(SlotRoom) else None,
        order,
        place if place and project_lists.is_place(place, order) else None,
    )


def _address(view: View, place: Cursor | None) -> str:
    return cursors.address("admin_project_list.show", place, **_query(view))


def _query(view: View) -> dict[str, Any]:
    """Return a view as an address names it; what is as usual is left out."""
    return {
        "plan": None if view.plan_code is None else str(view.plan_code),
        "slots": view.room,
        "sort": None if view.sort is ProjectOrder.NAME else view.sort,
    }
