"""Where somebody is signed in, and signing out there."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from app.accounts import browser_sessions
from app.pages.account import devices
from app.pages.common import polls
from app.pages.common.callers import signed_in
from app.pages.common.forms import is_confirmed
from app.web.sessions.sessions import SignedIn
from app.web.settings import session_lifetimes

blueprint = Blueprint("where", __name__)

PLACES = "places"
"""Where the list is on its page, and the category of what is said there."""

ENDED = "That browser is signed out."
NOT_THERE = "You are not signed in there: nothing has changed."


@dataclass(frozen=True)
class Place:
    """A browser in which somebody is signed in, for its row; `is_this` is the one that asks."""

    session_id: int
    device: str
    since: datetime
    last_used_at: datetime
    is_this: bool


def places(user: SignedIn) -> list[Place]:
    """Return where somebody is signed in, the last used first."""
    return [
        Place(row.id, devices.name(row.device), *row[2:], is_this=row.id == user.session_id)
        for row in browser_sessions.listed(user.id, session_lifetimes())
    ]


@blueprint.post("/account/sessions/<number:session_id>/end")
def end(session_id: int) -> ResponseReturnValue:
    """Sign out in one browser."""
    user = signed_in()
    if not is_confirmed():
        return redirect(url_for("account.show"))
    has_ended = browser_sessions.end(user.id, session_id)
    polls.forget_callers()
    return _back(ENDED if has_ended else NOT_THERE)


@blueprint.post("/account/sessions/end-others")
def end_others() -> ResponseReturnValue:
    """Sign out everywhere but here."""
    user = signed_in()
    if not is_confirmed():
        return redirect(url_for("account.show"))
    browser_sessions.end_others(user.id, user.session_id)
    polls.forget_callers()
    return _back("You are signed out everywhere else.")


def _back(sentence: str) -> ResponseReturnValue:
    """Lead back to the list, which says what came of it."""
    flash(sentence, PLACES)
    return redirect(url_for("account.show", _anchor=PLACES))
