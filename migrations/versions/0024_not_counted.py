"""what was not counted, by day and reason; word of unusual traffic"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0024"
down_revision: str | None = "0023"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BEFORE = (
    "kind IN ("
    "'experiment_changed', 'queued_start_came', 'winner_called', 'split_broken', "
    "'no_visitors_for_a_day', 'overdue', 'jobs_away', 'slots_requested', "
    "'slots_answered', 'plan_lowered', 'webhook_switched_off')"
)
AFTER = BEFORE.replace("'overdue'", "'unusual_traffic', 'overdue'")
KINDS = ("outbox_entry", "mail", "notification_choice")


def upgrade() -> None:
    op.create_table(
        "not_counted",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_not_counted_number_positive")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_not_counted_project_id_project")
        ),
        sa.PrimaryKeyConstraint("project_id", "day", "reason", name=op.f("pk_not_counted")),
    )
    _let_in(AFTER)


def downgrade() -> None:
    for table in KINDS:
        kind = sa.column("kind")
        op.execute(sa.table(table, kind).delete().where(kind == "unusual_traffic"))
    _let_in(BEFORE)
    op.drop_table("not_counted")


def _let_in(kinds: str) -> None:
    """Have the tables of announcements take these kinds."""
    for table in KINDS:
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_constraint(op.f(f"ck_{table}_kind_known"), type_="check")
            batch_op.create_check_constraint(op.f(f"ck_{table}_kind_known"), kinds)
