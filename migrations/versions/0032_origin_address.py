"""no index over the addresses of origins: each is looked for within its project"""

from collections.abc import Sequence

from alembic import op

revision: str = "0032"
down_revision: str | None = "0031"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.drop_index("ix_origin_address", "origin")


def downgrade() -> None:
    op.create_index("ix_origin_address", "origin", ["address"])
