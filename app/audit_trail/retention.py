"""What is too old of the audit trail, deleted: the one way in which any of it goes."""

from datetime import datetime

from sqlalchemy import delete, insert

from app.database.rows import audit
from app.database.rows.audit import Deed, changed
from app.database.transactions import writing
from app.models import Actor, AuditEntry, AuditKind, AuditRetention


def shorten(until: datetime, actor: Actor) -> int:
    """Delete the trail's entries from before a moment, and enter that; return how many.

    The history of experiments stays: it goes with its project.
    """
    with writing() as session:
        session.execute(insert(AuditRetention).values(until=until))
        deleted = session.execute(
            delete(AuditEntry)
            .where(AuditEntry.at < until)
            .returning(AuditEntry.id)
            .execution_options(synchronize_session=False)
        )
        count = len(deleted.all())
        session.execute(delete(AuditRetention))
        changes = changed(before=(None, until.isoformat(timespec="seconds")), entries=(None, count))
        audit.enter(session, actor, Deed(AuditKind.TRAIL_SHORTENED, changes=changes))
    return count
