"""the time zone that days begin by, of a project and of each run"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0023"
down_revision: str | None = "0022"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    for table in ("project", "run"):
        column = sa.Column("time_zone", sa.String(length=64), server_default="UTC", nullable=False)
        op.add_column(table, column)


def downgrade() -> None:
    for table in ("run", "project"):
        op.drop_column(table, "time_zone")
