"""scopes of keys, who made them, and which one took the place of which"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # Added in place, and with no reference: the version before writes this table, and is asked
    # for no more than before.
    op.add_column("api_key", sa.Column("made_by_id", sa.Integer(), nullable=True))
    op.add_column("api_key", sa.Column("replaces_id", sa.Integer(), nullable=True))
    op.add_column("api_key", sa.Column("scopes", sa.String(length=64), nullable=True))


def downgrade() -> None:
    # Without its limit, a key would open everything.
    op.execute(
        "UPDATE api_key SET revoked_at = CURRENT_TIMESTAMP"
        " WHERE scopes IS NOT NULL AND revoked_at IS NULL"
    )
    op.drop_column("api_key", "scopes")
    op.drop_column("api_key", "replaces_id")
    op.drop_column("api_key", "made_by_id")
