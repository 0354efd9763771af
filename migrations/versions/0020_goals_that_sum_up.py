"""goals that count or sum up, the days in which they do, and events that count once"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SUMS = ("control_measured", "control_squares", "measured", "squares")


def upgrade() -> None:
    with op.batch_alter_table("goal") as goal:
        goal.add_column(
            sa.Column("kind", sa.String(length=16), nullable=False, server_default="conversion")
        )
        goal.add_column(sa.Column("window_days", sa.Integer(), nullable=True))
        goal.add_column(sa.Column("currency", sa.String(length=3), nullable=True))
        goal.create_check_constraint(
            op.f("ck_goal_kind_known"), "kind IN ('conversion', 'count', 'revenue')"
        )
        goal.create_check_constraint(op.f("ck_goal_window_days"), "window_days BETWEEN 1 AND 90")
        goal.create_check_constraint(
            op.f("ck_goal_currency_of_revenue"), "(kind = 'revenue') = (currency IS NOT NULL)"
        )
    with op.batch_alter_table("run_goal") as run_goal:
        run_goal.add_column(sa.Column("cap", sa.Double(), nullable=True))
        run_goal.create_check_constraint(op.f("ck_run_goal_cap_positive"), "cap > 0")
    op.add_column(
        "conversion", sa.Column("events", sa.Integer(), nullable=False, server_default="1")
    )
    op.add_column(
        "daily_conversions", sa.Column("events", sa.Integer(), nullable=False, server_default="0")
    )
    for name in ("measured", "squares"):
        op.add_column(
            "daily_conversions", sa.Column(name, sa.Double(), nullable=False, server_default="0")
        )
    # Until now each that converted counted once.
    op.execute("UPDATE daily_conversions SET events = conversions")
    for name in SUMS:
        op.add_column("look", sa.Column(name, sa.Double(), nullable=True))
    op.create_table(
        "goal_event",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("goal_id", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=22), nullable=False),
        sa.Column("event_id", sa.String(length=22), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id", "goal_id", "unit"],
            ["conversion.run_id", "conversion.goal_id", "conversion.unit"],
            name=op.f("fk_goal_event_run_id_goal_id_unit_conversion"),
        ),
        sa.PrimaryKeyConstraint(
            "run_id", "goal_id", "unit", "event_id", name=op.f("pk_goal_event")
        ),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("goal_event")
    for name in SUMS:
        op.drop_column("look", name)
    for name in ("measured", "squares", "events"):
        op.drop_column("daily_conversions", name)
    op.drop_column("conversion", "events")
    with op.batch_alter_table("run_goal") as run_goal:
        run_goal.drop_constraint(op.f("ck_run_goal_cap_positive"), type_="check")
        run_goal.drop_column("cap")
    with op.batch_alter_table("goal") as goal:
        for name in ("currency_of_revenue", "window_days", "kind_known"):
            goal.drop_constraint(op.f(f"ck_goal_{name}"), type_="check")
        for name in ("currency", "window_days", "kind"):
            goal.drop_column(name)
