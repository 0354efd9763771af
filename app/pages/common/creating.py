"""Forms that make something: sent twice, they make one, and say what came of it the first time."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TypeVar, cast

from flask import flash, redirect, request
from werkzeug import Response

from app.core.errors import Conflict, IdTaken
from app.database.rows import answered_requests
from app.database.rows.answered_requests import Outcome, RequestId
from app.models import now
from app.pages.common.callers import signed_in
from app.pages.common.forms import (
    REFUSED,
    TOO_OLD,
    WRITTEN,
    ConfirmForm,
    CreatingForm,
    carry_out,
    new_request_id,
)
from app.pages.common.words.phrases import span

Made = TypeVar("Made")

_SAYS_NOTHING_OF_WHAT_IS_ASKED = {"csrf_token", "request_id", WRITTEN}
SENT_BEFORE = (
    "This form was sent before with something else in it, and that was done. Send it again to have "
    "this done too."
)
CHANGED_SINCE = (
    "This form was sent before, and that was done, but it has been changed since. Send it again to "
    "have it done again."
)
MADE_LATELY = timedelta(minutes=10)
ASKED_ABOUT = "another-"
"""How the id of a form begins whose sender was told that there is one already."""


@dataclass(frozen=True)
class Done:
    """What whoever sent a form is told, and the address of the page that says it."""

    sentence: str
    address: str


def once(
    form: CreatingForm, work: Callable[[], Made], kept: Callable[[Made], object]
) -> Outcome[Made]:
    """Do what a form asks for, or return what is kept of it from the first time that it was sent.

    Raises Conflict for one that was sent before and says something else now, and for a new one that
    says what was done just before, as by the browser's Back: sent again, it is done.
    """
    content = sorted(
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in _SAYS_NOTHING_OF_WHAT_IS_ASKED
    )
    asked = RequestId(
        f"user:{signed_in().id}",
        form.request_id.data or new_request_id(),
        answered_requests.fingerprint(request.path, content),
    )
    _ask_about_another(form, asked)
    try:
        return answered_requests.once(asked, work, kept)
    except IdTaken:
        form.request_id.data = new_request_id()
        raise Conflict(SENT_BEFORE) from None


def _ask_about_another(form: CreatingForm, asked: RequestId) -> None:
    """Raise Conflict for what was asked for just so a few minutes ago, unless that was said."""
    if not form.makes_another or asked.id.startswith(ASKED_ABOUT):
        return
    before = answered_requests.lately(asked, now() - MADE_LATELY)
    if before:
        form.request_id.data = f"{ASKED_ABOUT}{new_request_id()}"
        ago = span(now() - before.at)
        said = cast("dict[str, str]", before.answer).get("sentence", "it was done.")
        raise Conflict(f"You sent the same {ago} ago: {said} Send it again to make another.")


def create(
    form: CreatingForm, work: Callable[[], Done], is_still_so: Callable[[], bool] | None = None
) -> Response | None:
    """Return the way to the page that says what `work` has made of a form that was sent.

    The same when it is sent twice, as when somebody presses Enter again while they wait. None when
    no form was sent, or when it cannot be carried out: it carries its errors then. A form that is
    sent twice is refused the second time unless what came of it `is_still_so`.
    """
    done = carry_out(form, lambda: _done(form, work, is_still_so))
    if done is None:
        return None
    flash(done.sentence)
    return redirect(done.address)


def _done(
    form: CreatingForm, work: Callable[[], Done], is_still_so: Callable[[], bool] | None
) -> Done:
    outcome = once(form, work, asdict)
    if outcome.made is None and is_still_so and not is_still_so():
        form.request_id.data = new_request_id()
        raise Conflict(CHANGED_SINCE)
    return Done(**cast("dict[str, str]", outcome.answer))


def create_confirmed(work: Callable[[], Done]) -> Response | None:
    """Return what `create` does, of a form of one button; the next page says why it was not."""
    form = ConfirmForm()
    created = create(form, work)
    if form.errors:
        flash(" ".join(form.form_errors) or TOO_OLD, REFUSED)
    return created
