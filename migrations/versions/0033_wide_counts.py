"""on PostgreSQL, room for what a flood makes of the number of events that were not counted"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0033"
down_revision: str | None = "0032"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    _become(sa.BigInteger())


def downgrade() -> None:
    largest = sa.text("UPDATE not_counted SET number = 2147483647 WHERE number > 2147483647")
    op.execute(largest)
    _become(sa.Integer())


def _become(kind: sa.types.TypeEngine[int]) -> None:
    """Change the column where its type bounds it: SQLite's integers have 64 bits anyway."""
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("not_counted", "number", type_=kind)
