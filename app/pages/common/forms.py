"""What the forms of all pages share: their fields, and how one that was sent is carried out."""

import re
import secrets
from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple, TypeVar

from flask import flash, request
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, IntegerField, SelectField, StringField, SubmitField
from wtforms.fields import choices
from wtforms.form import BaseForm
from wtforms.validators import InputRequired, StopValidation, ValidationError

from app.core.days import known_zones
from app.core.errors import (
    ChangedMeanwhile,
    Conflict,
    DomainError,
    InvalidInput,
    TooManyRequests,
)
from app.core.validation import ungrouped, whole_number
from app.lifecycle import Refused
from app.web.header_names import RETRY_AFTER

Made = TypeVar("Made")
Form = TypeVar("Form", bound=FlaskForm)

ACCEPTED = "accepted"
WRITTEN = "written"
REFUSED = "refused"
MOST_FIELDS = 1_000
_LONGEST_WRITTEN = 40
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,20}")


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


class WholeNumberField(IntegerField):
    """A number in digits, of which there is nothing but a sign before them."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take the number. Raises ValueError for what is none, as `1_0`."""
        written = [ungrouped(each) for each in valuelist]
        if written and not _WHOLE_NUMBER.fullmatch(written[0]):
            self.data = None
            raise ValueError("Give a whole number.")
        super().process_formdata(written)

    def pre_validate(self, form: BaseForm) -> None:  # noqa: ARG002 - as fields are asked
        """Leave it at one sentence for what is no number. Raises StopValidation for it."""
        if self.process_errors and "".join(self.raw_data or ()).strip():
            raise StopValidation


def number(chosen: object) -> int | None:
    """Return what is chosen of options that are numbers, None for what is none."""
    return whole_number(str(chosen))


def time_zone_field() -> SelectField:
    """Return the choice of a zone that days begin by."""
    zones = sorted(known_zones(), key=lambda name: ("/" in name, name))
    return SelectField("Time zone", choices=[choice(name, name) for name in zones])


class RenameForm(FlaskForm):
    """The name of something that has one already."""

    name = StringField("Name", [InputRequired("Give it a name.")])
    submit = SubmitField("Save the name")


def new_request_id() -> str:
    """Return an id for a form that makes something; however often it is sent, it makes one."""
    return secrets.token_urlsafe(16)


class PatientForm(FlaskForm):
    """A form that may come too early; `seconds_to_wait` are left then until it is taken again."""

    seconds_to_wait = 0


class CreatingForm(FlaskForm):
    """A form that makes something, with the id that is taken once.

    The browser keeps it with what was written: whoever sends that again after a lost answer is told
    what came of it the first time.
    """

    request_id = HiddenField(default=new_request_id, render_kw={"data-kept": True})
    makes_another: ClassVar[bool] = True
    """Whether a second one, of what was made just before, may be a mistake that is asked about."""


class ConfirmForm(CreatingForm):
    """A form of one button: the CSRF token, and an id if it makes something."""

    makes_another = False
    submit = SubmitField("OK")


class SeenForm(FlaskForm):
    """A form about what others may change meanwhile: `seen` stands for what it was drawn from."""

    seen = HiddenField()


class Present(NamedTuple):
    """What something is by now: what stands for it, and in words what it is."""

    token: str
    words: str


TOO_OLD = "This page was open for too long. Nothing has changed: try again."
OVERTAKEN = (
    "Somebody has changed this since you opened it, and nothing of yours is saved yet. It is {} "
    "now. Saving again saves what the form says."
)


def of_rows(kind: type[Form]) -> Form:
    """Return a form that has rows, as it was sent. Raises InvalidInput for too many, or alike."""
    # Each row is drawn again with its errors: thousands would hold a worker for seconds.
    if len(request.form) > MOST_FIELDS:
        raise InvalidInput("There are more rows than there can be.")
    try:
        return kind()
    except ValueError:
        # WTForms takes the number of a row for one where it is only written like one.
        raise InvalidInput("Two rows have the same number: open the page anew.") from None


def is_confirmed() -> bool:
    """Return whether a form of one button came from a page of this session.

    Says so if it did not.
    """
    if ConfirmForm().validate_on_submit():
        return True
    flash(TOO_OLD, REFUSED)
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
        flash(str(error), REFUSED)
        return None


def carry_out(form: FlaskForm, change: Callable[[], Made]) -> Made | None:
    """Return what `change` makes of a form that was sent; TooManyRequests goes through.

    None when no form was sent, or when it cannot be carried out: it carries its errors then.
    Otherwise the next page says so, and the browser no longer keeps what was written.
    """
    if not form.validate_on_submit():
        return None
    try:
        made = change()
    except (InvalidInput, Conflict, Refused) as error:
        _show_error(form, error)
        return None
    if written := request.form.get(WRITTEN, ""):
        flash(written[:_LONGEST_WRITTEN], ACCEPTED)
    return made


def unless_overtaken(
    form: SeenForm, change: Callable[[], Made], present: Callable[[], Present]
) -> Made:
    """Return what `change` makes of a form of what has not changed since that was drawn.

    Raises Conflict for one that was overtaken, which says what is `present`: sent again, it is
    carried out.
    """
    try:
        return change()
    except ChangedMeanwhile:
        form.seen.data, words = present()
        raise Conflict(OVERTAKEN.format(words)) from None


def answer(form: FlaskForm, html: str) -> tuple[str, int]:
    """Return the page of a form, with the HTTP status that its errors ask for."""
    return html, 400 if form.errors else 200


def wait_told(
    form: PatientForm, limit: TooManyRequests, page: Callable[[], str]
) -> tuple[str, int, dict[str, str]]:
    """Return the page of a form that came too early: it says when to send it again."""
    form.form_errors.append(str(limit))
    form.seconds_to_wait = limit.retry_after
    return page(), 429, {RETRY_AFTER: str(limit.retry_after)}


def _show_error(form: FlaskForm, error: DomainError) -> None:
    """Put an error of the domain beside the field that it names, or on top of the form."""
    field = error.field if isinstance(error, InvalidInput) else None
    if field and field in form:
        form[field].errors = [*form[field].errors, str(error)]
    else:
        form.form_errors.append(str(error))
