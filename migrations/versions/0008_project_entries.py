"""history of what is done to a whole project"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KINDS = (
    "'queue held', 'hold lifted', 'everything stopped', 'stop undone', 'visitor erased',"
    " 'old rows erased'"
)
CAUSES = (
    "'request', 'schedule', 'freed slot', 'raised limit', 'moved project', 'lapsed',"
    " 'access ended', 'hold lifted'"
)
REFERENCES = (
    ("project_id", "project", "id"),
    ("test_id", "experiment", "test_id"),
    ("hold_id", "queue_hold", "id"),
    ("cause_entry_id", "project_entry", "id"),
    ("user_id", "user_account", "id"),
    ("api_key_id", "api_key", "id"),
)
BELONGS = "cause_project_entry_id IS NOT NULL"


def upgrade() -> None:
    op.create_table(
        "project_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("after_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("door", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("test_id", sa.Integer(), nullable=True),
        sa.Column("hold_id", sa.Integer(), nullable=True),
        sa.Column("counts", sa.Text(), nullable=True),
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("cause_entry_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("api_key_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_project_entry_kind_known")),
        sa.CheckConstraint(f"cause IN ({CAUSES})", name=op.f("ck_project_entry_cause_known")),
        sa.CheckConstraint(
            "user_id IS NULL OR api_key_id IS NULL", name=op.f("ck_project_entry_one_author")
        ),
        *(
            sa.ForeignKeyConstraint(
                [column],
                [f"{table}.{referred}"],
                name=op.f(f"fk_project_entry_{column}_{table}"),
            )
            for column, table, referred in REFERENCES
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_entry")),
    )
    op.create_index("ix_project_entry_place", "project_entry", ["project_id", "after_id", "id"])

    # Added in place, and with no reference: the version before writes this table, and is asked
    # for no more than before.
    op.add_column("history", sa.Column("cause_project_entry_id", sa.Integer(), nullable=True))
    op.create_index(
        "ix_history_cause_project_entry_id",
        "history",
        ["cause_project_entry_id"],
        sqlite_where=sa.text(BELONGS),
        postgresql_where=sa.text(BELONGS),
    )


def downgrade() -> None:
    op.drop_index("ix_history_cause_project_entry_id", table_name="history")
    op.drop_column("history", "cause_project_entry_id")
    op.drop_index("ix_project_entry_place", table_name="project_entry")
    op.drop_table("project_entry")
