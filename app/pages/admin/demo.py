"""The demo, for admins: what there is of it, and its removal."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.demo import removal
from app.demo.removal import Demo
from app.pages.common.callers import acting_admin
from app.pages.common.forms import confirmed
from app.pages.common.routes import BOTH

blueprint = Blueprint("admin_demo", __name__)


@blueprint.route("/admin/demo", methods=BOTH)
def remove() -> ResponseReturnValue:
    """Show what there is of the demo, and remove it."""
    actor = acting_admin()
    if request.method == "GET":
        return render_template("admin/demo.html", demo=removal.found())
    gone = confirmed(lambda: removal.remove(actor))
    if not gone:
        return redirect(url_for("admin_demo.remove"))
    flash(_told(gone))
    return redirect(url_for("admin_project_list.show"))


def _told(gone: Demo) -> str:
    return (
        f"The demo is removed: {len(gone.people)} people sign in no more, and {len(gone.projects)}"
        " projects go while flask jobs runs."
    )
