"""What an entry of the audit trail changed, in words and by the viewer's clock."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from app.audit_trail.entries import Entry
from app.core.errors import NotFound
from app.experiments.audiences import conditions
from app.models import (
    AnnouncementKind,
    Conclusion,
    FieldChange,
    KeyType,
    Kind,
    Role,
    Scope,
    Status,
    WebhookFormat,
)
from app.notifications.kinds import TOLD
from app.pages.common.time_zones import by_the_clock
from app.pages.common.words import audience_words, edit_words
from app.pages.common.words.edit_words import ShownChange
from app.pages.common.words.labels import BADGES, CONCLUSIONS, KEY_TYPES, SCOPES
from app.pages.project.webhook_words import FORMATS
from app.tenancy import plans

_FIELDS = {
    "audience": "Who that is",
    "due": "Due",
    "experiments_running": "Live at once",
    "expires_at": "Works until",
    "is_admin": "Admin",
    "is_on": "Switched on",
    "is_retired": "Retired",
    "kinds": "Told of",
    "old_ends_at": "The old one works until",
    "shipped": "Everybody gets it",
    "url": "Address",
}


def shown(entry: Entry) -> tuple[ShownChange, ...]:
    """Return what an entry changed, field by field; an edit as history tells it."""
    if entry.kind is Kind.EDITED:
        return edit_words.shown(entry.changes)
    return tuple(_shown(each) for each in entry.changes)


def _shown(change: FieldChange) -> ShownChange:
    field, before, after = change["field"], change["before"], change["after"]
    name = _FIELDS.get(field, field.replace("_", " ").capitalize())
    return ShownChange(name, "" if before is None else _value(field, before), _value(field, after))


def _value(field: str, value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case None:
            return "no limit" if field == "experiments_running" else "none"
        case list() if field == "audience":
            return audience_words.in_words(conditions.read(value))
        case list():
            return ", ".join(_word(field, each) for each in value) or "none"
        case _:
            return _word(field, value)


def _word(field: str, value: object) -> str:
    """Return a value in words; as it is kept where none are known, as of an older version."""
    in_words = _WORDS.get(field)
    with suppress(ValueError, KeyError, NotFound):
        return in_words(str(value)) if in_words else str(value)
    return str(value)


def _plan(code: str) -> str:
    return f"{plans.by_code(int(code)).name} ({code})"


def _status(value: str) -> str:
    return BADGES[Status(value)].word


def _moment(written: str) -> str:
    return by_the_clock(datetime.fromisoformat(written))


_WORDS: dict[str, Callable[[str], str]] = {
    "before": _moment,
    "due": _moment,
    "expires_at": _moment,
    "format": lambda value: FORMATS[WebhookFormat(value)],
    "kinds": lambda value: TOLD[AnnouncementKind(value)].when,
    "old_ends_at": _moment,
    "outcome": lambda value: CONCLUSIONS[Conclusion(value)],
    "plan": _plan,
    "role": lambda value: Role(value).capitalize(),
    "scopes": lambda value: SCOPES[Scope(value)].partition(":")[0],
    "status": _status,
    "type": lambda value: KEY_TYPES[KeyType(value)].partition(":")[0],
    "until": _moment,
}
