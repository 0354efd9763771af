"""when people were last seen, which outlives their sessions"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0026"
down_revision: str | None = "0025"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "user_account", sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True)
    )
    # Who has signed out since was seen when they signed in.
    op.execute(
        "UPDATE user_account SET last_seen_at = seen.at FROM ("
        " SELECT user_id, max(at) AS at FROM ("
        "  SELECT user_id, last_used_at AS at FROM browser_session"
        "  UNION ALL SELECT user_id, at FROM audit_entry WHERE kind = 'signed in'"
        " ) AS moments GROUP BY user_id"
        ") AS seen WHERE seen.user_id = user_account.id"
    )


def downgrade() -> None:
    op.drop_column("user_account", "last_seen_at")
