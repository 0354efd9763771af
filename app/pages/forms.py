"""What the forms share."""

from flask_wtf import FlaskForm
from wtforms import SubmitField

from app.errors import DomainError, InvalidInput


class ConfirmForm(FlaskForm):
    """A form of one button: it carries nothing but the CSRF token."""

    submit = SubmitField("OK")


def show_error(form: FlaskForm, error: DomainError) -> None:
    """Put an error of the domain beside the field that it names, or on top of the form."""
    field = error.field if isinstance(error, InvalidInput) else None
    if field and field in form:
        form[field].errors = [*form[field].errors, str(error)]
    else:
        form.form_errors.append(str(error))
