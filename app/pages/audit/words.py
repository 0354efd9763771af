"""The words of the audit trail: of kinds, of groups of them, and of entries."""

from app.audit_trail.entries import Entry
from app.audit_trail.filters import AnyKind
from app.models import (
    AuditKind,
    CauseKind,
    Door,
    FiledAs,
    Kind,
    ProjectKind,
    RequestOutcome,
    Status,
)
from app.pages.actions.words import asked_for, decided
from app.pages.common.words.labels import DOORS
from app.pages.common.words.phrases import key_named

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
    AuditKind.NETWORKS_CHANGED: "Own networks changed",
    AuditKind.TIME_ZONE_CHANGED: "Time zone changed",
    AuditKind.GOAL_ADDED: "Goal added",
    AuditKind.GOAL_CHANGED: "Goal changed",
    AuditKind.AUDIENCE_ADDED: "Audience added",
    AuditKind.AUDIENCE_CHANGED: "Audience changed",
    AuditKind.AUDIENCE_DELETED: "Audience deleted",
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
    Kind.REFUSED: "Refused",
    Kind.QUEUED: "Queued",
    Kind.UNQUEUED: "Left the queue",
    Kind.SCHEDULED: "Scheduled",
    Kind.UNSCHEDULED: "Schedule dropped",
    Kind.EDITED: "Edited",
    FiledAs.DECIDED: "Decided",
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
        "Projects, sites, goals, audiences and webhooks",
        (
            AuditKind.PROJECT_CREATED,
            AuditKind.PROJECT_RENAMED,
            AuditKind.PROJECT_RETIRED,
            AuditKind.PROJECT_BROUGHT_BACK,
            AuditKind.ERASURE_BEGUN,
            AuditKind.SITES_CHANGED,
            AuditKind.NETWORKS_CHANGED,
            AuditKind.TIME_ZONE_CHANGED,
            AuditKind.GOAL_ADDED,
            AuditKind.GOAL_CHANGED,
            AuditKind.AUDIENCE_ADDED,
            AuditKind.AUDIENCE_CHANGED,
            AuditKind.AUDIENCE_DELETED,
            AuditKind.WEBHOOK_ADDED,
            AuditKind.WEBHOOK_CHANGED,
            AuditKind.WEBHOOK_REMOVED,
            AuditKind.WEBHOOK_SECRET_ROTATED,
            AuditKind.WEBHOOK_TEST_SENT,
            AuditKind.WEBHOOK_SENT_AGAIN,
            *ProjectKind,
        ),
    ),
    "experiments": ("Experiments", (*Kind, FiledAs.DECIDED)),
    "decisions": ("Decisions", (FiledAs.DECIDED,)),
    "refused": ("Refused", (AuditKind.NOT_ALLOWED, AuditKind.SIGN_IN_FAILED, Kind.REFUSED)),
    "server": ("The server itself", (AuditKind.DATABASE_RESTORED, AuditKind.TRAIL_SHORTENED)),
}
"""What one may ask for: the words of each group, and the kinds in it."""

OF_NO_PROJECT = frozenset({"sign-ins", "server"})
"""The groups of kinds that no project has an entry of."""

_PLANNED = {Status.RUNNING: "start", Status.STOPPED: "stop"}
_OUTCOMES = {
    RequestOutcome.GRANTED: "Granted",
    RequestOutcome.DECLINED: "Declined",
    RequestOutcome.WITHDRAWN: "Withdrawn",
}


def what(entry: Entry) -> str:
    """Return what happened, but for whom or what it happened to."""
    if entry.kind is Kind.REFUSED:
        return f"{asked_for(entry.from_status, entry.to_status, entry.decision)} refused"
    if entry.decision:
        return decided(entry.decision)
    words = _OF_A_PLAN.get(entry.kind)
    if words and entry.to_status:
        return words.format(planned=_PLANNED[entry.to_status]).capitalize()
    return KINDS[entry.kind]


def detail(entry: Entry) -> str:
    """Return what else there is to say, of what has not been said by `what` and the changes."""
    match entry.kind:
        case AuditKind.REQUEST_ANSWERED:
            return _OUTCOMES[RequestOutcome(entry.detail)]
        case FiledAs.DECIDED:
            return ""
        case Kind.SCHEDULED if entry.cause is not CauseKind.LAPSED:
            return ""
        case _:
            return entry.detail


_OF_A_PLAN: dict[AnyKind, str] = {
    Kind.QUEUED: "{planned} queued",
    Kind.SCHEDULED: "{planned} scheduled",
    Kind.UNSCHEDULED: "scheduled {planned} dropped",
    Kind.HANDED_OVER: "planned {planned} handed over",
}


def author(entry: Entry) -> str:
    """Return who did it: a person, a key, the command line, nobody known, or the server."""
    if entry.author:
        return key_named(entry.author) if entry.is_by_key else entry.author
    if entry.door is Door.COMMAND_LINE:
        return "the command line"
    return "nobody signed in" if entry.door is Door.BROWSER else "the server"


_CAUSES = {
    CauseKind.FREED_SLOT: "a slot was freed",
    CauseKind.RAISED_LIMIT: "the limit was raised",
    CauseKind.MOVED_PROJECT: "the project was moved to another plan",
    CauseKind.HOLD_LIFTED: "the hold of the queue was lifted",
}


def door(entry: Entry) -> str:
    """Return by which door it was done; what brought it about, and who, where that was another."""
    # What has more to say of its cause says it by itself.
    what = "" if entry.detail or entry.cause is None else _CAUSES.get(entry.cause, "")
    why = f", as {what}" if what else _brought_about(entry) if entry.caused_by else ""
    return DOORS[entry.door] + why + (f" by {entry.caused_by}" if entry.caused_by else "")


def _brought_about(entry: Entry) -> str:
    # Who had set a limit until a moment did nothing at that moment.
    is_limits_end = entry.detail and entry.cause is CauseKind.RAISED_LIMIT
    return ", at the end of a limit set" if is_limits_end else ", brought about"
