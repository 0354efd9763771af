"""kept looks at results, what was called at one, and how much a guardrail tolerates"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "look",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("goal_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("control_visitors", sa.Integer(), nullable=False),
        sa.Column("control_conversions", sa.Integer(), nullable=False),
        sa.Column("visitors", sa.Integer(), nullable=False),
        sa.Column("conversions", sa.Integer(), nullable=False),
        sa.Column("low", sa.Double(), nullable=False),
        sa.Column("high", sa.Double(), nullable=False),
        sa.Column("p_value", sa.Double(), nullable=False),
        sa.CheckConstraint("low <= high", name=op.f("ck_look_ordered")),
        sa.ForeignKeyConstraint(
            ["run_id", "position"],
            ["variant.run_id", "variant.position"],
            name=op.f("fk_look_run_id_position_variant"),
        ),
        sa.ForeignKeyConstraint(
            ["run_id", "goal_id"],
            ["run_goal.run_id", "run_goal.goal_id"],
            name=op.f("fk_look_run_id_goal_id_run_goal"),
        ),
        sa.PrimaryKeyConstraint("run_id", "at", "goal_id", "position", name=op.f("pk_look")),
    )
    op.create_table(
        "verdict_call",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('winner', 'original_wins')", name=op.f("ck_verdict_call_kind_known")
        ),
        sa.ForeignKeyConstraint(
            ["run_id", "position"],
            ["variant.run_id", "variant.position"],
            name=op.f("fk_verdict_call_run_id_position_variant"),
        ),
        sa.PrimaryKeyConstraint("run_id", "at", name=op.f("pk_verdict_call")),
    )
    op.create_index(
        "ix_verdict_call_open",
        "verdict_call",
        ["run_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    with op.batch_alter_table("run_goal") as run_goal:
        run_goal.add_column(sa.Column("margin", sa.Integer(), nullable=False, server_default="200"))
        run_goal.create_check_constraint(op.f("ck_run_goal_margin"), "margin BETWEEN 0 AND 5000")


def downgrade() -> None:
    with op.batch_alter_table("run_goal") as run_goal:
        run_goal.drop_constraint(op.f("ck_run_goal_margin"))
        run_goal.drop_column("margin")
    op.drop_table("verdict_call")
    op.drop_table("look")
