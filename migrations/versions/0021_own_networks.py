"""networks of a project's own people, whose visits do not count"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "own_network",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("network", sa.String(length=43), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_own_network_project_id_project")
        ),
        sa.PrimaryKeyConstraint("project_id", "network", name=op.f("pk_own_network")),
    )


def downgrade() -> None:
    op.drop_table("own_network")
