"""decisions before the archive: how an experiment ended, and the variant that everybody gets"""

import time
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.exc import OperationalError

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# All that this changes and those that come with it, up to 0022: they run in one transaction.
TABLES = "history, experiment, project, run, variant, goal, run_goal, conversion, daily_conversions"
SECONDS_FOR_A_TRY = 0.25
SECONDS_BETWEEN_TRIES = 0.1
MOST_TRIES = 300
ENDS = {
    "0016": "conclusion IS NULL OR status = 'archived'",
    "0017": "conclusion IS NULL OR status IN ('stopped', 'archived')",
}
KEPT_COLUMNS = (
    "id, project_id, test_id, kind, from_status, to_status, paused_test_id, door, conclusion,"
    " code, scheduled_for, changes, cause, cause_entry_id, cause_user_id, cause_api_key_id,"
    " cause_project_entry_id, user_id, api_key_id, request_id, address"
)
REFUSAL = "what has happened is never changed or deleted"


def upgrade() -> None:
    if not _is_sqlite():
        _lock_in_one_go()
    with op.batch_alter_table("experiment") as table:
        table.add_column(sa.Column("shipped_variant", sa.String(length=64), nullable=True))
        table.add_column(sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=True))
        table.drop_constraint(op.f("ck_experiment_only_an_end_concludes"), type_="check")
        table.create_check_constraint(op.f("ck_experiment_only_an_end_concludes"), ENDS["0017"])
        table.create_check_constraint(
            op.f("ck_experiment_shipped_is_a_variant"),
            "shipped_at IS NULL OR shipped_variant IS NOT NULL",
        )
    op.create_index(
        "ix_experiment_shipped",
        "experiment",
        ["project_id"],
        sqlite_where=sa.text("shipped_at IS NOT NULL"),
        postgresql_where=sa.text("shipped_at IS NOT NULL"),
    )
    # Added in place: the version before writes this table, and knows of no decision.
    op.add_column("history", sa.Column("decision", sa.Text(), nullable=True))
    _keep(f"{KEPT_COLUMNS}, decision")


def downgrade() -> None:
    if not _is_sqlite():
        _lock_in_one_go()
    # The version before knows an outcome of what is archived alone.
    op.execute("UPDATE experiment SET conclusion = NULL WHERE status <> 'archived'")
    _keep(KEPT_COLUMNS)
    op.drop_column("history", "decision")
    op.drop_index("ix_experiment_shipped", table_name="experiment")
    with op.batch_alter_table("experiment") as table:
        table.drop_constraint(op.f("ck_experiment_shipped_is_a_variant"), type_="check")
        table.drop_constraint(op.f("ck_experiment_only_an_end_concludes"), type_="check")
        table.create_check_constraint(op.f("ck_experiment_only_an_end_concludes"), ENDS["0016"])
        table.drop_column("shipped_at")
        table.drop_column("shipped_variant")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _keep(columns: str) -> None:
    """Have the database refuse to change these columns of history, and no others."""
    refuse = (
        f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        if _is_sqlite()
        else "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(f"DROP TRIGGER history_is_kept_as_it_is{'' if _is_sqlite() else ' ON history'}")
    op.execute(
        f"CREATE TRIGGER history_is_kept_as_it_is BEFORE UPDATE OF {columns} ON history {refuse}"
    )


def _lock_in_one_go() -> None:
    """Have both locks at once, or none: what serves meanwhile takes them in an order of its own.

    A try is given up before PostgreSQL looks for a deadlock, which ends whom it likes.
    """
    connection = op.get_bind()
    before = connection.execute(sa.text("SHOW lock_timeout")).scalar_one()
    for number in range(1, MOST_TRIES + 1):
        attempt = connection.begin_nested()
        try:
            op.execute(f"SET LOCAL lock_timeout = '{SECONDS_FOR_A_TRY}s'")
            op.execute(f"LOCK TABLE {TABLES} IN ACCESS EXCLUSIVE MODE")
            op.execute(f"SET LOCAL lock_timeout = '{before}'")
            attempt.commit()
            break
        except OperationalError:
            attempt.rollback()
            if number == MOST_TRIES:
                raise
            time.sleep(SECONDS_BETWEEN_TRIES)
