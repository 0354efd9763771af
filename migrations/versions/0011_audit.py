"""the audit trail, which the database lets nobody change"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

CAUSES = (
    "'request', 'schedule', 'freed slot', 'raised limit', 'moved project', 'lapsed',"
    " 'access ended', 'hold lifted'"
)
INDEXES = {
    "ix_audit_entry_at_id": ("audit_entry", "at"),
    "ix_audit_entry_project_id_id": ("audit_entry", "project_id"),
    "ix_history_at_id": ("history", "at"),
    "ix_project_entry_at_id": ("project_entry", "at"),
}
# All but what is counted, completed or explained afterwards: of the audit trail that is nothing.
KEPT_COLUMNS = {
    "audit_entry": (
        "id, at, kind, door, user_id, api_key_id, author, project_id, project_name, subject,"
        " detail, reason, changes, cause, request_id, address"
    ),
    "history": (
        "id, project_id, test_id, kind, from_status, to_status, paused_test_id, door, conclusion,"
        " code, scheduled_for, changes, cause, cause_entry_id, cause_user_id, cause_api_key_id,"
        " cause_project_entry_id, user_id, api_key_id, request_id, address"
    ),
    "project_entry": (
        "id, project_id, after_id, kind, door, at, reason, test_id, cause, cause_entry_id, user_id,"
        " api_key_id, request_id, address"
    ),
}
# When a row may go: an old entry during its retention, history with its whole project.
DURING_RETENTION = "EXISTS (SELECT 1 FROM audit_retention WHERE OLD.at < until)"
WITH_PROJECT = "EXISTS (SELECT 1 FROM project WHERE id = OLD.project_id AND unit_salt = '')"
MAY_GO = {
    "audit_entry": DURING_RETENTION,
    "history": WITH_PROJECT,
    "project_entry": WITH_PROJECT,
}
REFUSAL = "what has happened is never changed or deleted"
# The conditions of its triggers cannot ask other tables.
FUNCTION = f"""
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF TG_TABLE_NAME = 'audit_entry' AND {DURING_RETENTION} THEN
      RETURN OLD;
    ELSIF TG_TABLE_NAME <> 'audit_entry' AND {WITH_PROJECT} THEN
      RETURN OLD;
    END IF;
  END IF;
  RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'restrict_violation';
END $$
"""


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("door", sa.String(length=16), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("api_key_id", sa.Integer(), nullable=True),
        sa.Column("author", sa.String(length=254), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("project_name", sa.String(length=120), nullable=False),
        sa.Column("subject", sa.String(length=254), nullable=False),
        sa.Column("detail", sa.String(length=500), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("changes", sa.Text(), nullable=True),
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("address", sa.String(length=45), nullable=True),
        sa.CheckConstraint(f"cause IN ({CAUSES})", name=op.f("ck_audit_entry_cause_known")),
        sa.CheckConstraint(
            "user_id IS NULL OR api_key_id IS NULL", name=op.f("ck_audit_entry_one_author")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    for name, (table, column) in INDEXES.items():
        op.create_index(name, table, [column, "id"])
    op.create_table(
        "audit_retention",
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("until", name=op.f("pk_audit_retention")),
    )
    # Added in place: the version before writes these tables, and knows of no request.
    for table in ("history", "project_entry"):
        op.add_column(table, sa.Column("request_id", sa.String(length=64), nullable=True))
        op.add_column(table, sa.Column("address", sa.String(length=45), nullable=True))
    if _is_sqlite():
        _refuse_on_sqlite()
    else:
        _refuse_on_postgresql()


def downgrade() -> None:
    for table in KEPT_COLUMNS:
        where = "" if _is_sqlite() else f" ON {table}"
        op.execute(f"DROP TRIGGER {table}_is_kept_as_it_is{where}")
        op.execute(f"DROP TRIGGER {table}_is_kept{where}")
        other = "replaced" if _is_sqlite() else "emptied"
        op.execute(f"DROP TRIGGER {table}_is_not_{other}{where}")
    if not _is_sqlite():
        op.execute("DROP FUNCTION refuse_change()")
    for name, (table, _) in INDEXES.items():
        op.drop_index(name, table_name=table)
    for table in ("project_entry", "history"):
        op.drop_column(table, "address")
        op.drop_column(table, "request_id")
    op.drop_table("audit_retention")
    op.drop_table("audit_entry")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _refuse_on_sqlite() -> None:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    for table, columns in KEPT_COLUMNS.items():
        op.execute(
            f"CREATE TRIGGER {table}_is_kept_as_it_is"
            f" BEFORE UPDATE OF {columns} ON {table} {refuse}"
        )
        op.execute(
            f"CREATE TRIGGER {table}_is_kept BEFORE DELETE ON {table}"
            f" WHEN NOT {MAY_GO[table]} {refuse}"
        )
        # Whatever is replaced is deleted without its trigger.
        op.execute(
            f"CREATE TRIGGER {table}_is_not_replaced BEFORE INSERT ON {table}"  # noqa: S608
            f" WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) {refuse}"
        )


def _refuse_on_postgresql() -> None:
    op.execute(FUNCTION)
    for table, columns in KEPT_COLUMNS.items():
        op.execute(
            f"CREATE TRIGGER {table}_is_kept_as_it_is"
            f" BEFORE UPDATE OF {columns} ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_is_kept BEFORE DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_is_not_emptied BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
