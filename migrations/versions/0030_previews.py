"""who always sees a variant, and which preview links were taken back"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0030"
down_revision: str | None = "0029"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("experiment", sa.Column("always_shown", sa.Text(), nullable=True))
    links = sa.Column("preview_series", sa.Integer(), server_default="0", nullable=False)
    op.add_column("experiment", links)


def downgrade() -> None:
    op.drop_column("experiment", "preview_series")
    op.drop_column("experiment", "always_shown")
