"""What the forms share."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import flash, request
from flask_wtf import FlaskForm
from wtforms import StringField, SubmitField, TextAreaField, URLField
from wtforms.fields import choices
from wtforms.validators import InputRequired

from app.core.errors import Conflict, DomainError, InvalidInput, TooManyRequests
from app.experiments import lookup
from app.experiments.texts import Texts
from app.lifecycle import Refused, Subject
from app.models import Experiment
from app.pages.common import refusal_words

Made = TypeVar("Made")

ACCEPTED = "accepted"
WRITTEN = "written"
_LONGEST_WRITTEN = 40


def choice(value: str | int, label: str) -> Any:  # noqa: ANN401
    """Return one option of a SelectField."""
    # The type stubs of WTForms do not know this class of 3.3 yet.
    return choices.SelectChoice(value, label)  # pyright: ignore[reportAttributeAccessIssue]


class ExperimentTexts(FlaskForm):
    """What an experiment says of itself."""

    name = StringField("Name", [InputRequired("Give it a name.")])
    url = URLField("Page URL", description="The page under test, as https://example.com/cart.")
    description = TextAreaField(
        "Description", description="What you change, and what you expect of it."
    )

    @property
    def texts(self) -> Texts:
        """Return the texts that were sent."""
        return Texts(self.name.data or "", self.url.data or "", self.description.data or "")


class ConfirmForm(FlaskForm):
    """A form of one button: it carries nothing but the CSRF token."""

    submit = SubmitField("OK")


TOO_OLD = "This page was open for too long. Nothing has changed: try again."


def is_confirmed() -> bool:
    """Return whether a form of one button came from a page of this session.

    Says so if it did not.
    """
    if ConfirmForm().validate_on_submit():
        return True
    flash(TOO_OLD)
    return False


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
