"""The page that a link in each mail leads to: it stops such mails, without a sign-in."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import InvalidInput
from app.notifications.mail import stopping
from app.pages.common.forms import REFUSED
from app.web.settings import secret_key

blueprint = Blueprint("stop_mails", __name__)


@blueprint.get("/stop-mails")
def ask() -> ResponseReturnValue:
    """Ask whether to stop: whatever looks through mails follows links, and must change nothing.

    A link that is not whole leads to the sign-in page, which says so.
    """
    try:
        return _page(is_stopped=False)
    except InvalidInput as error:
        flash(str(error), REFUSED)
        return redirect(url_for("sign_in.sign_in"))


@blueprint.post("/stop-mails")
def stop() -> ResponseReturnValue:
    """Stop such mails to whoever the link is for.

    A program for mails sends this, too (RFC 8058): the token in the query is all that it needs, and
    no redirect is answered.
    """
    stopping.stop(secret_key(), request.args.get("token", ""))
    return _page(is_stopped=True)


def _page(*, is_stopped: bool) -> str:
    what = stopping.stopped(secret_key(), request.args.get("token", ""))
    return render_template(
        "account/stop_mails.html", what=what, is_stopped=is_stopped or what is None
    )
