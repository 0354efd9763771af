"""since when an experiment is live, where a pause was taken back at once"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("experiment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("live_since", sa.DateTime(timezone=True), nullable=True))

    op.execute("UPDATE experiment SET live_since = changed_at WHERE status = 'running'")


def downgrade() -> None:
    with op.batch_alter_table("experiment", schema=None) as batch_op:
        batch_op.drop_column("live_since")
