"""history keeps facts: moments, changes field by field, causes; doors are no constraint"""

from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KINDS = "'changed', 'refused', 'queued', 'unqueued', 'scheduled', 'unscheduled', 'edited'"
CAUSES = "'request', 'schedule', 'freed slot', 'raised limit', 'moved project', 'lapsed'"
DOORS = "door IN ('browser', 'v2', 'api', 'command line', 'queue', 'schedule')"
WITH_A_DOOR = ("history", "queued_start", "scheduled_change")
REFERENCES = (
    ("cause_entry_id", "history"),
    ("cause_user_id", "user_account"),
    ("cause_api_key_id", "api_key"),
)
WRITTEN = "%Y-%m-%d %H:%M UTC"
FOLLOWS = "cause_entry_id IS NOT NULL"

history = sa.table(
    "history",
    sa.column("id", sa.Integer()),
    sa.column("kind", sa.String()),
    sa.column("detail", sa.String()),
    sa.column("scheduled_for", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    for table in WITH_A_DOOR:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_constraint(op.f(f"ck_{table}_door_known"), type_="check")

    with op.batch_alter_table("history", schema=None) as batch_op:
        batch_op.add_column(sa.Column("scheduled_for", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("changes", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("cause", sa.String(length=16), nullable=True))
        for column, _ in REFERENCES:
            batch_op.add_column(sa.Column(column, sa.Integer(), nullable=True))
        batch_op.drop_constraint(op.f("ck_history_kind_known"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_history_kind_known"), f"kind IN ({KINDS}, 'created', 'cloned')"
        )
        batch_op.create_check_constraint(op.f("ck_history_cause_known"), f"cause IN ({CAUSES})")
        for column, referred in REFERENCES:
            batch_op.create_foreign_key(
                batch_op.f(f"fk_history_{column}_{referred}"), referred, [column], ["id"]
            )
        batch_op.create_index(
            "ix_history_cause_entry_id",
            ["cause_entry_id"],
            unique=False,
            sqlite_where=sa.text(FOLLOWS),
            postgresql_where=sa.text(FOLLOWS),
        )

    op.execute(
        "UPDATE history SET cause = CASE door WHEN 'schedule' THEN 'schedule'"
        " WHEN 'queue' THEN 'freed slot' ELSE 'request' END"
    )
    keep_the_moments()


def keep_the_moments() -> None:
    """What was scheduled was kept as words, as "2026-06-03 09:00 UTC"."""
    connection = op.get_bind()
    scheduled = sa.select(history.c.id, history.c.detail).where(history.c.kind == "scheduled")
    moments = [
        {"entry": entry, "moment": datetime.strptime(words, WRITTEN).replace(tzinfo=UTC)}
        for entry, words in connection.execute(scheduled)
    ]
    if moments:
        kept = (
            sa.update(history)
            .where(history.c.id == sa.bindparam("entry"))
            .values(scheduled_for=sa.bindparam("moment"))
        )
        connection.execute(kept, moments)


def downgrade() -> None:
    op.execute("UPDATE history SET cause_entry_id = NULL")
    op.execute("DELETE FROM history WHERE kind IN ('created', 'cloned')")
    with op.batch_alter_table("history", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_history_cause_entry_id",
            sqlite_where=sa.text(FOLLOWS),
            postgresql_where=sa.text(FOLLOWS),
        )
        for column, referred in REFERENCES:
            batch_op.drop_constraint(
                batch_op.f(f"fk_history_{column}_{referred}"), type_="foreignkey"
            )
        batch_op.drop_constraint(op.f("ck_history_cause_known"), type_="check")
        batch_op.drop_constraint(op.f("ck_history_kind_known"), type_="check")
        batch_op.create_check_constraint(op.f("ck_history_kind_known"), f"kind IN ({KINDS})")
        for column, _ in REFERENCES:
            batch_op.drop_column(column)
        batch_op.drop_column("cause")
        batch_op.drop_column("changes")
        batch_op.drop_column("scheduled_for")

    for table in WITH_A_DOOR:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.create_check_constraint(op.f(f"ck_{table}_door_known"), DOORS)
