"""The audit trail: what people, keys and the command line did, or were refused.

What was done to experiments, and to the queue of a project, is in history, read beside it.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import (
    LONGEST_NOTE,
    Base,
    JsonText,
    ShortText,
    UtcDateTime,
    now,
    one_of,
    stored_as_value,
)
from app.models.history.history import FieldChange
from app.models.people.authorship import CameByRequest, CauseKind, Door

LONGEST_KIND = 32
LONGEST_SUBJECT = 254


class AuditKind(StrEnum):
    """The kind of an entry of the audit trail."""

    SIGNED_IN = "signed in"
    SIGN_IN_FAILED = "sign-in failed"
    SIGNED_OUT = "signed out"
    SESSIONS_ENDED = "sessions ended"
    PASSWORD_CHANGED = "password changed"  # noqa: S105
    PERSON_CREATED = "person created"
    PASSWORD_LINK_MADE = "password link made"  # noqa: S105
    PERSON_DEACTIVATED = "person deactivated"
    PERSON_REACTIVATED = "person reactivated"
    ADMIN_MADE = "admin made"
    ADMIN_UNMADE = "admin unmade"
    MEMBER_ADDED = "member added"
    ROLE_CHANGED = "role changed"
    MEMBER_REMOVED = "member removed"
    KEY_CREATED = "key created"
    KEY_ROTATED = "key rotated"
    KEY_REVOKED = "key revoked"
    SITES_CHANGED = "sites changed"
    NETWORKS_CHANGED = "networks changed"
    TIME_ZONE_CHANGED = "time zone changed"
    GOAL_ADDED = "goal added"
    GOAL_CHANGED = "goal changed"
    AUDIENCE_ADDED = "audience added"
    AUDIENCE_CHANGED = "audience changed"
    AUDIENCE_DELETED = "audience deleted"
    PLAN_ADDED = "plan added"
    PLAN_CHANGED = "plan changed"
    PROJECT_CREATED = "project created"
    PROJECT_RENAMED = "project renamed"
    PROJECT_MOVED = "project moved"
    OVERRIDE_GIVEN = "override given"
    OVERRIDE_TAKEN_BACK = "override taken back"
    OVERRIDE_ENDED = "override ended"
    PROJECT_RETIRED = "project retired"
    PROJECT_BROUGHT_BACK = "project brought back"
    ERASURE_BEGUN = "erasure begun"
    SLOTS_REQUESTED = "slots requested"
    REQUEST_NOTED = "request noted"
    REQUEST_ANSWERED = "request answered"
    REQUEST_WITHDRAWN = "request withdrawn"
    WEBHOOK_ADDED = "webhook added"
    WEBHOOK_CHANGED = "webhook changed"
    WEBHOOK_REMOVED = "webhook removed"
    WEBHOOK_SECRET_ROTATED = "webhook secret rotated"  # noqa: S105
    WEBHOOK_TEST_SENT = "webhook test sent"
    WEBHOOK_SENT_AGAIN = "webhook sent again"
    DATABASE_RESTORED = "database restored"
    TRAIL_SHORTENED = "trail shortened"
    NOT_ALLOWED = "not allowed"


class AuditEntry(CameByRequest, Base):
    """One entry, which is never changed: the database refuses that.

    It names people, keys and projects by what they were called then, and refers to none of them:
    it outlives a project that is erased. `author` is an e-mail or a key's name, empty for the
    command line; `subject` is what it was done to. `changes` say from what to what, field by field.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_at_id", "at", "id"),
        Index("ix_audit_entry_project_id_id", "project_id", "id"),
        one_of("cause", CauseKind),
        CheckConstraint("user_id IS NULL OR api_key_id IS NULL", name="one_author"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    kind: Mapped[AuditKind] = mapped_column(stored_as_value(AuditKind, LONGEST_KIND))
    door: Mapped[Door] = mapped_column(stored_as_value(Door))
    user_id: Mapped[int | None]
    api_key_id: Mapped[int | None]
    author: Mapped[str] = mapped_column(String(LONGEST_SUBJECT), default="")
    project_id: Mapped[int | None]
    project_name: Mapped[str] = mapped_column(ShortText, default="")
    subject: Mapped[str] = mapped_column(String(LONGEST_SUBJECT), default="")
    detail: Mapped[str] = mapped_column(String(LONGEST_NOTE), default="")
    reason: Mapped[str] = mapped_column(String(LONGEST_NOTE), default="")
    changes: Mapped[list[FieldChange] | None] = mapped_column(JsonText)
    cause: Mapped[CauseKind] = mapped_column(stored_as_value(CauseKind))


class AuditRetention(Base):
    """Until when entries of the audit trail are being deleted; a row is there only meanwhile.

    The database lets nobody delete an entry that is not older than it says.
    """

    __tablename__ = "audit_retention"

    until: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
