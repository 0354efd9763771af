"""Requests for more slots, for admins."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.pages.common.callers import acting_admin, admin
from app.pages.common.forms import is_confirmed
from app.pages.common.meters import meter
from app.pages.common.words import BADGES
from app.tenancy import slot_requests
from app.tenancy.slot_requests import OpenRequest

blueprint = Blueprint("admin_requests", __name__, url_prefix="/admin/requests")


@blueprint.app_context_processor
def head() -> dict[str, Callable[[], int]]:
    """Show how many requests are open, for the head of every page; it asks when an admin looks."""
    return {"open_requests": slot_requests.count}


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show the open requests, the oldest first."""
    admin()
    listed = [(each.request, meter(each.slots), _state(each)) for each in slot_requests.listed()]
    return render_template(
        "admin/requests.html", requests=listed, is_cut=slot_requests.count() > len(listed)
    )


@blueprint.post("/<int(max=2147483647):request_id>/answered")
def answered(request_id: int) -> ResponseReturnValue:
    """Close a request."""
    actor = acting_admin()
    if is_confirmed():
        slot_requests.close(request_id, actor)
        flash("The request is closed.")
    return redirect(url_for("admin_requests.show"))


def _state(asked: OpenRequest) -> str:
    """Return what has become of the experiment since."""
    if asked.is_queued:
        return "Waits in the queue"
    return f"{BADGES[asked.request.experiment.status].word} now, not in the queue"
