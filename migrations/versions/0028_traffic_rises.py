"""rises of traffic while a run is open: when they came, and those set for a moment"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0028"
down_revision: str | None = "0027"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "traffic_rise",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("before", sa.Integer(), nullable=False),
        sa.Column("after", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "before >= 0 AND before < after AND after <= 10000",
            name=op.f("ck_traffic_rise_rises"),
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_traffic_rise_run_id_run")),
        sa.PrimaryKeyConstraint("run_id", "at", name=op.f("pk_traffic_rise")),
    )
    op.create_table(
        "scheduled_rise",
        sa.Column("test_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("traffic_allocation", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("door", sa.String(length=16), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("api_key_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "traffic_allocation > 0 AND traffic_allocation <= 10000",
            name=op.f("ck_scheduled_rise_traffic_allocation"),
        ),
        sa.CheckConstraint(
            "user_id IS NULL OR api_key_id IS NULL", name=op.f("ck_scheduled_rise_one_author")
        ),
        sa.ForeignKeyConstraint(
            ["api_key_id"], ["api_key.id"], name=op.f("fk_scheduled_rise_api_key_id_api_key")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_scheduled_rise_project_id_project")
        ),
        sa.ForeignKeyConstraint(
            ["test_id"], ["experiment.test_id"], name=op.f("fk_scheduled_rise_test_id_experiment")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_scheduled_rise_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("test_id", name=op.f("pk_scheduled_rise")),
    )
    with op.batch_alter_table("scheduled_rise", schema=None) as batch_op:
        batch_op.create_index("ix_scheduled_rise_at", ["at"], unique=False)
        batch_op.create_index("ix_scheduled_rise_project_id_at", ["project_id", "at"], unique=False)


def downgrade() -> None:
    op.drop_table("scheduled_rise")
    op.drop_table("traffic_rise")
