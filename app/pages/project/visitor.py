"""Erasing of what is kept of one visitor, for owners whom somebody has asked to."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import StringField, SubmitField
from wtforms.validators import InputRequired

from app.accounts.caller import Caller
from app.core.validation import checked_unit
from app.events import visitor_erasure
from app.events.visitor_erasure import Erased
from app.models import Door, Role
from app.pages.common.callers import member
from app.pages.common.forms import Checked, answer, carry_out
from app.pages.common.routes import BOTH

blueprint = Blueprint("visitor", __name__)


class VisitorForm(FlaskForm):
    """The visitor, as the site names them."""

    unit = StringField(
        "Visitor",
        [InputRequired("Say which visitor."), Checked(checked_unit)],
        description="The cookie switchyard_visitor of their browser, or the targeting key that your"
        " servers send.",
    )
    submit = SubmitField("Delete what is kept")


@blueprint.route("/projects/<project_key>/visitor", methods=BOTH)
def erase(project_key: str) -> ResponseReturnValue:
    """Delete all that is kept of a visitor."""
    caller = member(project_key, Role.OWNER)
    form = VisitorForm()
    erased = carry_out(form, lambda: _erased(caller, form))
    if erased:
        flash(_told(erased))
        return redirect(url_for("visitor.erase", project_key=project_key))
    return answer(form, render_template("project/visitor.html", caller=caller, form=form))


def _erased(caller: Caller, form: VisitorForm) -> Erased:
    return visitor_erasure.erase(
        caller.project_id, form.unit.data or "", caller.actor(Door.BROWSER)
    )


def _told(erased: Erased) -> str:
    if not any(erased):
        return "Nothing is kept of this visitor: they took part in no experiment, by this name."
    exposures = _counted(erased.exposures, "experiment that they saw", "experiments that they saw")
    conversions = _counted(erased.conversions, "goal that they reached", "goals that they reached")
    kept = _counted(erased.kept, "event that was", "events that were")
    also = f", {kept} still to be recorded" if erased.kept else ""
    return f"Deleted: {exposures}, {conversions}{also}. The sums of days stay."


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
