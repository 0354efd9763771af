"""What the forms share."""

from flask import flash
from flask_wtf import FlaskForm
from wtforms import SubmitField

from app.errors import DomainError, InvalidInput


class ConfirmForm(FlaskForm):
    """A form of one button: it carries nothing but the CSRF token."""

    submit = SubmitField("OK")


TOO_OLD = "This page was open for too long. Nothing has changed: try again."


def is_confirmed() -> bool:
    """Whether a form of one button came from a page of this session; says so if it did not."""
    if ConfirmForm().validate_on_submit():
        return True
    flash(TOO_OLD)
    return False


def show_error(form: FlaskForm, error: DomainError) -> None:
    """Put an error of the domain beside the field that it names, or on top of the form."""
    field = error.field if isinstance(error, InvalidInput) else None
    if field and field in form:
        form[field].errors = [*form[field].errors, str(error)]
    else:
        form.form_errors.append(str(error))
