"""which variant an experiment always shows to whom"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0030"
down_revision: str | None = "0028"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("experiment", sa.Column("always_shown", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("experiment", "always_shown")
