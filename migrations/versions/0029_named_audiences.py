"""audiences that projects keep by name; a sample of visitors to count them by"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0029"
down_revision: str | None = "0028"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "named_audience",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_named_audience_project_id_project")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_named_audience")),
        sa.UniqueConstraint("project_id", "key", name=op.f("uq_named_audience_project_id_key")),
        sa.UniqueConstraint("project_id", "name", name=op.f("uq_named_audience_project_id_name")),
    )
    op.create_table(
        "sampled_visitor",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bound", sa.BigInteger(), nullable=False),
        sa.Column("context", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_sampled_visitor_project_id_project")
        ),
        sa.PrimaryKeyConstraint("project_id", "place", name=op.f("pk_sampled_visitor")),
    )
    with op.batch_alter_table("sampled_visitor", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sampled_visitor_seen_at"), ["seen_at"], unique=False)

    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.add_column(sa.Column("named_audience_id", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("audience_name", sa.String(length=120), server_default="", nullable=False)
        )
        batch_op.create_index("ix_run_named_audience_id", ["named_audience_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_run_named_audience_id_named_audience"),
            "named_audience",
            ["named_audience_id"],
            ["id"],
        )


def downgrade() -> None:
    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_run_named_audience_id_named_audience"), type_="foreignkey"
        )
        batch_op.drop_index("ix_run_named_audience_id")
        batch_op.drop_column("audience_name")
        batch_op.drop_column("named_audience_id")

    with op.batch_alter_table("sampled_visitor", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sampled_visitor_seen_at"))

    op.drop_table("sampled_visitor")
    op.drop_table("named_audience")
