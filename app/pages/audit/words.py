"""The words of the audit trail: of kinds, of groups of them, and of what changed."""

from app.audit_trail.entries import Entry
from app.audit_trail.filters import AnyKind
from app.models import AuditKind, Door, FieldChange, Kind, ProjectKind, Status
from app.pages.common import edit_words
from app.pages.common.edit_words import ShownChange
from app.pages.common.words import BADGES, DOORS, key_named

KINDS: dict[AnyKind, str] = {
    AuditKind.SIGNED_IN: "Signed in",
    AuditKind.SIGN_IN_FAILED: "Sign-in failed",
    AuditKind.SIGNED_OUT: "Signed out",
    AuditKind.SESSIONS_ENDED: "Other devices signed out",
    AuditKind.PASSWORD_CHANGED: "Password changed",
    AuditKind.PERSON_CREATED: "Person added",
    AuditKind.PASSWORD_LINK_MADE: "Link to choose a password made",
    AuditKind.PERSON_DEACTIVATED: "Person deactivated",
    AuditKind.PERSON_REACTIVATED: "Person reactivated",
    AuditKind.ADMIN_MADE: "Made an admin",
    AuditKind.ADMIN_UNMADE: "No admin any more",
    AuditKind.MEMBER_ADDED: "Member added",
    AuditKind.ROLE_CHANGED: "Role changed",
    AuditKind.MEMBER_REMOVED: "Member removed",
    AuditKind.KEY_CREATED: "Key created",
    AuditKind.KEY_ROTATED: "Key rotated",
    AuditKind.KEY_REVOKED: "Key revoked",
    AuditKind.SITES_CHANGED: "Sites changed",
    AuditKind.GOAL_ADDED: "Goal added",
    AuditKind.GOAL_CHANGED: "Goal changed",
    AuditKind.PLAN_ADDED: "Plan added",
    AuditKind.PLAN_CHANGED: "Plan changed",
    AuditKind.PROJECT_CREATED: "Project created",
    AuditKind.PROJECT_RENAMED: "Project renamed",
    AuditKind.PROJECT_MOVED: "Project put on another plan",
    AuditKind.OVERRIDE_GIVEN: "Another limit given",
    AuditKind.OVERRIDE_TAKEN_BACK: "Other limit taken back",
    AuditKind.OVERRIDE_ENDED: "Other limit ended",
    AuditKind.PROJECT_RETIRED: "Project retired",
    AuditKind.PROJECT_BROUGHT_BACK: "Project brought back",
    AuditKind.ERASURE_BEGUN: "Project being erased",
    AuditKind.SLOTS_REQUESTED: "More slots asked for",
    AuditKind.REQUEST_NOTED: "Note of a request changed",
    AuditKind.REQUEST_ANSWERED: "Request for slots answered",
    AuditKind.REQUEST_WITHDRAWN: "Request for slots closed",
    AuditKind.WEBHOOK_ADDED: "Webhook added",
    AuditKind.WEBHOOK_CHANGED: "Webhook changed",
    AuditKind.WEBHOOK_REMOVED: "Webhook removed",
    AuditKind.WEBHOOK_SECRET_ROTATED: "Webhook's secret rotated",
    AuditKind.WEBHOOK_TEST_SENT: "Test sent to a webhook",
    AuditKind.WEBHOOK_SENT_AGAIN: "Sent to a webhook again",
    AuditKind.DATABASE_RESTORED: "Backup put back",
    AuditKind.TRAIL_SHORTENED: "Old entries deleted",
    AuditKind.NOT_ALLOWED: "Not allowed",
    Kind.CHANGED: "Status changed",
    Kind.REFUSED: "Start refused",
    Kind.QUEUED: "Queued",
    Kind.UNQUEUED: "Left the queue",
    Kind.SCHEDULED: "Scheduled",
    Kind.UNSCHEDULED: "Schedule dropped",
    Kind.EDITED: "Edited",
    Kind.CREATED: "Created",
    Kind.CLONED: "Cloned",
    Kind.NOTED: "Note written",
    Kind.HANDED_OVER: "Handed over",
    ProjectKind.QUEUE_HELD: "Queue held",
    ProjectKind.HOLD_LIFTED: "Hold lifted",
    ProjectKind.EVERYTHING_STOPPED: "Everything stopped",
    ProjectKind.STOP_UNDONE: "Stop everything undone",
    ProjectKind.VISITOR_ERASED: "Visitor erased",
    ProjectKind.OLD_ROWS_ERASED: "Old visitors erased",
}

GROUPS: dict[str, tuple[str, tuple[AnyKind, ...]]] = {
    "sign-ins": (
        "Sign-ins",
        (
            AuditKind.SIGNED_IN,
            AuditKind.SIGN_IN_FAILED,
            AuditKind.SIGNED_OUT,
            AuditKind.SESSIONS_ENDED,
            AuditKind.PASSWORD_CHANGED,
        ),
    ),
    "people": (
        "People and members",
        (
            AuditKind.PERSON_CREATED,
            AuditKind.PASSWORD_LINK_MADE,
            AuditKind.PERSON_DEACTIVATED,
            AuditKind.PERSON_REACTIVATED,
            AuditKind.ADMIN_MADE,
            AuditKind.ADMIN_UNMADE,
            AuditKind.MEMBER_ADDED,
            AuditKind.ROLE_CHANGED,
            AuditKind.MEMBER_REMOVED,
        ),
    ),
    "keys": ("Keys", (AuditKind.KEY_CREATED, AuditKind.KEY_ROTATED, AuditKind.KEY_REVOKED)),
    "plans": (
        "Plans and slots",
        (
            AuditKind.PLAN_ADDED,
            AuditKind.PLAN_CHANGED,
            AuditKind.PROJECT_MOVED,
            AuditKind.OVERRIDE_GIVEN,
            AuditKind.OVERRIDE_TAKEN_BACK,
            AuditKind.OVERRIDE_ENDED,
            AuditKind.SLOTS_REQUESTED,
            AuditKind.REQUEST_NOTED,
            AuditKind.REQUEST_ANSWERED,
            AuditKind.REQUEST_WITHDRAWN,
        ),
    ),
    "projects": (
        "Projects, sites, goals and webhooks",
        (
            AuditKind.PROJECT_CREATED,
            AuditKind.PROJECT_RENAMED,
            AuditKind.PROJECT_RETIRED,
            AuditKind.PROJECT_BROUGHT_BACK,
            AuditKind.ERASURE_BEGUN,
            AuditKind.SITES_CHANGED,
            AuditKind.GOAL_ADDED,
            AuditKind.GOAL_CHANGED,
            AuditKind.WEBHOOK_ADDED,
            AuditKind.WEBHOOK_CHANGED,
            AuditKind.WEBHOOK_REMOVED,
            AuditKind.WEBHOOK_SECRET_ROTATED,
            AuditKind.WEBHOOK_TEST_SENT,
            AuditKind.WEBHOOK_SENT_AGAIN,
            *ProjectKind,
        ),
    ),
    "experiments": ("Experiments", tuple(Kind)),
    "refused": ("Refused", (AuditKind.NOT_ALLOWED, AuditKind.SIGN_IN_FAILED, Kind.REFUSED)),
    "server": ("The server itself", (AuditKind.DATABASE_RESTORED, AuditKind.TRAIL_SHORTENED)),
}
"""What one may ask for: the words of each group, and the kinds in it."""

OF_NO_PROJECT = frozenset({"sign-ins", "server"})
"""The groups of kinds that no project has an entry of."""

_FIELDS = {
    "experiments_running": "Live at once",
    "is_admin": "Admin",
    "is_retired": "Retired",
    "is_on": "Switched on",
    "expires_at": "Works until",
    "old_ends_at": "The old one works until",
}


def author(entry: Entry) -> str:
    """Return who did it: a person, a key, the command line, nobody known, or the server."""
    if entry.author:
        return key_named(entry.author) if entry.is_by_key else entry.author
    if entry.door is Door.COMMAND_LINE:
        return "the command line"
    return "nobody signed in" if entry.door is Door.BROWSER else "the server"


def door(entry: Entry) -> str:
    """Return by which door it was done, and who brought it about where that was another."""
    caused = f", brought about by {entry.caused_by}" if entry.caused_by else ""
    return DOORS[entry.door] + caused


def changes(entry: Entry) -> tuple[ShownChange, ...]:
    """Return what an entry changed, field by field; an edit as history tells it."""
    return tuple(_change(each) for each in entry.changes)


def _change(change: FieldChange) -> ShownChange:
    field, before, after = change["field"], change["before"], change["after"]
    if field in edit_words.FIELDS and before is not None:
        return edit_words.shown([change])[0]
    name = _FIELDS.get(field, field.replace("_", " ").capitalize())
    return ShownChange(name, "" if before is None else _value(field, before), _value(field, after))


def _value(field: str, value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case None:
            return "no limit" if field == "experiments_running" else "none"
        case list():
            return ", ".join(map(str, value)) or "none"
        case str() if field == "status":
            return BADGES[Status(value)].word
        case _:
            return str(value)
