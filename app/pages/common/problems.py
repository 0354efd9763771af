"""What is wrong with a form, for the summary on top of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from flask_wtf import FlaskForm
from wtforms import Field, FieldList, FormField, HiddenField, SelectMultipleField
from wtforms.form import BaseForm

TOO_LONG_OPEN = "This page was open for too long. Send it again."


@dataclass(frozen=True)
class Problem:
    """Something that is wrong with a form: in which field, by label and id, "" for the whole."""

    sentence: str
    label: str = ""
    field_id: str = ""


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
    """Return what can be focused of a field: of several, the first thing that is not hidden."""
    if isinstance(field, FieldList) and field.entries:
        return _control(field.entries[0])
    if isinstance(field, FormField):
        return next(each for each in field.form if not isinstance(each, HiddenField))
    if isinstance(field, SelectMultipleField):
        return next(iter(field))
    return field
