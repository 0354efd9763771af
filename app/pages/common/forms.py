"""The parts that the forms share."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar, cast

from flask import flash, redirect, request
from flask_wtf import FlaskForm
from werkzeug import Response
from wtforms import (
    Field,
    FieldList,
    FormField,
    HiddenField,
    StringField,
    SubmitField,
    TextAreaField,
    URLField,
)
from wtforms.fields import choices
from wtforms.form import BaseForm
from wtforms.validators import InputRequired, ValidationError

from app.core import answered_requests
from app.core.answered_requests import Outcome, RequestId
from app.core.errors import Conflict, DomainError, IdTaken, InvalidInput, TooManyRequests
from app.core.validation import (
    checked_description,
    checked_hypothesis,
    checked_name,
    checked_ticket_url,
    checked_url,
)
from app.experiments import labels, lookup
from app.experiments.texts import Texts
from app.lifecycle import Refused, Subject
from app.models import Experiment
from app.pages.common import refusal_words
from app.pages.common.callers import signed_in

Made = TypeVar("Made")

ACCEPTED = "accepted"
WRITTEN = "written"
_LONGEST_WRITTEN = 40
_SAYS_NOTHING_OF_WHAT_IS_ASKED = {"csrf_token", "request_id", WRITTEN}


def choice(value: str | int, label: str) -> Any:  # noqa: ANN401
    """Return one option of a SelectField."""
    # The type stubs of WTForms do not know this class of 3.3 yet.
    return choices.SelectChoice(value, label)  # pyright: ignore[reportAttributeAccessIssue]


class Checked:
    """What is wrong with a field, said beside it with whatever is wrong with the others.

    `check` is what the service asks for, and raises InvalidInput.
    """

    def __init__(self, check: Callable[[Any], object]) -> None:
        self.check = check

    def __call__(self, _form: BaseForm, field: Field) -> None:
        """Raise ValidationError for what the service would refuse."""
        if field.data is None:
            return
        try:
            self.check(field.data)
        except InvalidInput as error:
            raise ValidationError(str(error)) from None


class RenameForm(FlaskForm):
    """The name of something that has one already."""

    name = StringField("Name", [InputRequired("Give it a name.")])
    submit = SubmitField("Save the name")


class ExperimentTexts(FlaskForm):
    """The texts of an experiment."""

    name = StringField("Name", [InputRequired("Give it a name."), Checked(checked_name)])
    url = URLField(
        "Page URL",
        [Checked(checked_url)],
        description="The page under test, as https://example.com/cart.",
    )
    description = TextAreaField(
        "Description",
        [Checked(checked_description)],
        description="What you change, and for whom.",
    )
    hypothesis = TextAreaField(
        "Hypothesis",
        [Checked(checked_hypothesis)],
        description="What you expect of it, and why: what would prove you wrong?",
    )
    tags = StringField(
        "Tags",
        [Checked(labels.checked_tags)],
        description="Words to find it by, separated by commas.",
    )
    ticket_url = URLField(
        "Ticket",
        [Checked(checked_ticket_url)],
        description="The address where the work on it is planned.",
    )

    @property
    def texts(self) -> Texts:
        """Return the texts that were sent."""
        return Texts(
            self.name.data or "",
            self.url.data or "",
            self.description.data or "",
            self.hypothesis.data or "",
            self.ticket_url.data or "",
            tags=self.tags.data or "",
        )


def new_request_id() -> str:
    """Return an id for a form that makes something; however often it is sent, it makes one."""
    return secrets.token_urlsafe(16)


class CreatingForm(FlaskForm):
    """A form that makes something, with the id that is taken once.

    The browser keeps it with what was written: whoever sends that again after a lost answer is told
    what came of it the first time.
    """

    request_id = HiddenField(default=new_request_id, render_kw={"data-kept": True})


class ConfirmForm(CreatingForm):
    """A form of one button: the CSRF token, and an id if it makes something."""

    submit = SubmitField("OK")


@dataclass(frozen=True)
class Problem:
    """Something that is wrong with a form: in which field, by label and id, "" for the whole."""

    sentence: str
    label: str = ""
    field_id: str = ""


@dataclass(frozen=True)
class Done:
    """What whoever sent a form is told, and the address of the page that says it."""

    sentence: str
    address: str


SENT_BEFORE = (
    "This form was sent before with something else in it, and that was done. Send it again to have "
    "this done too."
)
CHANGED_SINCE = (
    "This form was sent before, and that was done, but it has been changed since. Send it again to "
    "have it done again."
)
TOO_LONG_OPEN = "This page was open for too long. Send it again."
TOO_OLD = "This page was open for too long. Nothing has changed: try again."


def is_confirmed() -> bool:
    """Return whether a form of one button came from a page of this session.

    Says so if it did not.
    """
    if ConfirmForm().validate_on_submit():
        return True
    flash(TOO_OLD)
    return False


def confirmed(change: Callable[[], Made]) -> Made | None:
    """Return what `change` makes of a form of one button; None where nothing came of it.

    The next page says why not.
    """
    if not is_confirmed():
        return None
    try:
        return change()
    except InvalidInput as error:
        flash(str(error))
        return None


def carry_out(form: FlaskForm, change: Callable[[], Made]) -> Made | None:
    """Return what `change` makes of a form that was sent.

    None when no form was sent, or when it cannot be carried out: it carries its errors then.
    Otherwise the next page says so, and the browser no longer keeps what was written.
    """
    if not form.validate_on_submit():
        return None
    try:
        made = change()
    except (InvalidInput, Conflict, TooManyRequests, Refused) as error:
        _show_error(form, error)
        return None
    if written := request.form.get(WRITTEN, ""):
        flash(written[:_LONGEST_WRITTEN], ACCEPTED)
    return made


def once(
    form: CreatingForm, work: Callable[[], Made], kept: Callable[[Made], object]
) -> Outcome[Made]:
    """Do what a form asks for, or return what is kept of it from the first time that it was sent.

    Raises Conflict for one that was sent before and says something else now: sent again, it is new.
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
    try:
        return answered_requests.once(asked, work, kept)
    except IdTaken:
        form.request_id.data = new_request_id()
        raise Conflict(SENT_BEFORE) from None


def create(
    form: CreatingForm, work: Callable[[], Done], is_still_so: Callable[[], bool] | None = None
) -> Response | None:
    """Return the way to the page that says what `work` has made of a form that was sent.

    The same when it is sent twice, as when somebody presses Enter again while they wait. None when
    no form was sent, or when it cannot be carried out: it carries its errors then. What it says of
    how things are is not said again unless it `is_still_so`.
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
        flash(" ".join(form.form_errors) or TOO_OLD)
    return created


def problems(form: FlaskForm) -> list[Problem]:
    """Return all that is wrong with a form, as it stands on the page."""
    is_too_old = "csrf_token" in form.errors
    of_whole = [*form.form_errors, *([TOO_LONG_OPEN] if is_too_old else [])]
    return [*map(Problem, of_whole), *_problems_of_fields(form)]


def _problems_of_fields(form: BaseForm) -> Iterator[Problem]:
    for field in form:
        if field.name == "csrf_token":
            continue
        for error in cast("Sequence[object]", field.errors):
            # Those of rows come in a mapping, and are told with the rows.
            if isinstance(error, str):
                yield Problem(error, field.label.text, _control(field).id)
        if isinstance(field, FieldList):
            for row in field.entries:
                yield from _problems_of_fields(row.form)


def _control(field: Field) -> Field:
    """Return what can be focused of a field: of rows, the first thing that is not hidden."""
    if isinstance(field, FieldList) and field.entries:
        return _control(field.entries[0])
    if isinstance(field, FormField):
        return next(each for each in field.form if not isinstance(each, HiddenField))
    return field


def answer(form: FlaskForm, html: str) -> tuple[str, int]:
    """Return the page of a form, with the HTTP status that its errors ask for."""
    return html, 400 if form.errors else 200


def why_not(require: Callable[[Subject], None], experiment: Experiment) -> str:
    """Return why the rules refuse what `require` requires of an experiment.

    "" where they do not.
    """
    try:
        require(lookup.subject(experiment))
    except Refused as refused:
        return refusal_words.sentence(refused.refusal)
    return ""


def _show_error(form: FlaskForm, error: DomainError) -> None:
    """Put an error of the domain beside the field that it names, or on top of the form."""
    field = error.field if isinstance(error, InvalidInput) else None
    if field and field in form:
        form[field].errors = [*form[field].errors, str(error)]
    else:
        form.form_errors.append(str(error))
