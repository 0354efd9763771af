"""overrides of a project's limit, answers to requests for slots, and demand by day"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ANSWERED = sa.text("outcome IN ('granted', 'declined') AND dismissed_at IS NULL")
# By the plan that a project is on now: of the one before nothing is known.
DEMAND_SO_FAR = """
INSERT INTO slot_demand (project_id, plan_code, day, refusals, requests)
SELECT project.id, project.plan_code, asked.day, sum(asked.refusals), sum(asked.requests)
FROM project JOIN (
  SELECT project_id, {day_of_refusal} AS day, times AS refusals, 0 AS requests
  FROM history WHERE kind = 'refused' AND code = 'PLAN_LIMIT'
  UNION ALL
  SELECT project_id, {day_of_request}, 0, 1 FROM slot_request
) AS asked ON asked.project_id = project.id
GROUP BY project.id, project.plan_code, asked.day
"""


def upgrade() -> None:
    op.create_table(
        "plan_override",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("experiments_running", sa.Integer(), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "experiments_running >= 0",
            name=op.f("ck_plan_override_experiments_running_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_plan_override_project_id_project")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_plan_override_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_plan_override")),
    )
    op.create_index("ix_plan_override_until", "plan_override", ["until"])
    op.create_table(
        "slot_demand",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("plan_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "refusals >= 0 AND requests >= 0", name=op.f("ck_slot_demand_counts_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["plan_code"], ["plan.code"], name=op.f("fk_slot_demand_plan_code_plan")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_slot_demand_project_id_project")
        ),
        sa.PrimaryKeyConstraint("project_id", "plan_code", "day", name=op.f("pk_slot_demand")),
    )
    op.create_index("ix_slot_demand_day", "slot_demand", ["day"])
    # Added in place: the version before writes this table.
    for name in ("note", "answer"):
        column = sa.Column(name, sa.String(length=500), server_default="", nullable=False)
        op.add_column("slot_request", column)
    op.add_column("slot_request", sa.Column("outcome", sa.String(length=16), nullable=True))
    op.add_column(
        "slot_request", sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_index(
        "ix_slot_request_answered",
        "slot_request",
        ["user_id", "project_id"],
        sqlite_where=ANSWERED,
        postgresql_where=ANSWERED,
    )
    op.execute(
        DEMAND_SO_FAR.format(day_of_refusal=_day_of("at"), day_of_request=_day_of("asked_at"))
    )


def downgrade() -> None:
    op.drop_index("ix_slot_request_answered", table_name="slot_request")
    for name in ("dismissed_at", "outcome", "answer", "note"):
        op.drop_column("slot_request", name)
    op.drop_table("slot_demand")
    op.drop_table("plan_override")


def _day_of(column: str) -> str:
    """Return the day of UTC that a moment is on."""
    if op.get_bind().dialect.name == "sqlite":
        return f"date({column})"
    return f"date({column} AT TIME ZONE 'UTC')"
