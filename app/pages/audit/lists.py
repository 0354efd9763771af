"""A list of the audit trail: what its form asks for, and the entries as a page shows them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar

from flask import request
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, StringField
from wtforms.validators import Optional

from app.accounts import people
from app.audit_trail import reading
from app.audit_trail.entries import Entry
from app.audit_trail.filters import Filters, Place
from app.core.errors import InvalidInput, NotFound
from app.pages.audit import change_words, words
from app.pages.common.forms import Checked, choice
from app.pages.common.time_zones import zone
from app.pages.common.words.edit_words import ShownChange


def what_field(without: Collection[str] = ()) -> SelectField:
    """Return the field that asks for one group of kinds, of all but those named."""
    groups = [choice(key, name) for key, (name, _) in words.GROUPS.items() if key not in without]
    return SelectField("What", choices=[choice("", "Everything"), *groups], validate_choice=False)


def _require_known(typed: str) -> None:
    """Raise InvalidInput for an e-mail that nobody has ever signed in with here."""
    if not typed.strip():
        return
    try:
        people.by_email(typed)
    except NotFound as error:
        raise InvalidInput(str(error)) from None


class AuditForm(FlaskForm):
    """What the list of a project is to show. It changes nothing, so that it needs no token."""

    person = StringField("Person (email)", [Checked(_require_known)])
    what = what_field(without=words.OF_NO_PROJECT)
    since = DateField("From", [Optional()])
    until = DateField("To", [Optional()])


Form = TypeVar("Form", bound=AuditForm)


@dataclass(frozen=True)
class Line:
    """An entry as the page shows it."""

    entry: Entry
    what: str
    detail: str
    author: str
    door: str
    changes: tuple[ShownChange, ...]


@dataclass(frozen=True)
class Listed:
    """A page of the list: its lines, and where the next one begins, None on the last."""

    lines: list[Line]
    next_before: str | None
    is_newest: bool


def read_form(kind: type[Form]) -> Form:
    """Return a form of this kind as the address fills it."""
    form = kind(request.args, meta={"csrf": False})
    form.validate()
    return form


def require_sense(form: AuditForm) -> None:
    """Raise InvalidInput where it makes none, for what has no field to say so beside."""
    for field in form:
        if field.errors:
            raise InvalidInput(f"{field.label.text}: {field.errors[0]}", field.name)


def query(form: AuditForm) -> dict[str, str]:
    """Return what the address says of the form's fields."""
    return {field.name: said for field in form if (said := request.args.get(field.name, ""))}


def filters(form: AuditForm, project_id: int | None) -> Filters:
    """Return the entries that a form asks for, of one project or of everything."""
    return Filters(
        project_id,
        (form.person.data or "").strip().lower(),
        words.GROUPS.get(form.what.data or "", ("", ()))[1],
        _begins(form.since.data),
        _begins(form.until.data, timedelta(days=1)),
    )


def listed(form: AuditForm, wanted: Filters) -> Listed:
    """Return the entries that are asked for, from where the address begins; none of no sense."""
    if form.errors:
        return Listed([], None, is_newest=True)
    before = Place.read(request.args.get("before", ""))
    page = reading.listed(wanted, before)
    lines = [_line(entry) for entry in page.entries]
    return Listed(lines, str(page.next_before) if page.next_before else None, before is None)


def _line(entry: Entry) -> Line:
    return Line(
        entry,
        words.what(entry),
        words.detail(entry),
        words.author(entry),
        words.door(entry),
        change_words.shown(entry),
    )


def _begins(day: date | None, later: timedelta = timedelta()) -> datetime | None:
    """Return when a day of the viewer's calendar begins, or one that is so much later."""
    if day is None:
        return None
    try:
        return datetime.combine(day + later, time(), zone()).astimezone(UTC)
    except OverflowError:  # Before the first moment that there is, or after the last: no bound.
        return None
