"""the edges: sessions, failed sign-ins, heartbeats, what tells a restored state, deleted rows"""

import time
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.exc import OperationalError

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


# What this and the next two migrations change or refer to, and requests hold together.
TABLES = "api_key, project, history, experiment, run"
SECONDS_FOR_A_TRY = 0.25
SECONDS_BETWEEN_TRIES = 0.1
MOST_TRIES = 300


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        _lock_in_one_go()

    op.create_table(
        "browser_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("device", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_browser_session_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_browser_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_browser_session_token_hash")),
    )
    op.create_index("ix_browser_session_user_id", "browser_session", ["user_id"])

    op.create_table(
        "failed_sign_ins",
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("failures > 0", name=op.f("ck_failed_sign_ins_failures_positive")),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_failed_sign_ins")),
    )
    op.create_index("ix_failed_sign_ins_last_at", "failed_sign_ins", ["last_at"])

    op.create_table(
        "heartbeat",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeat")),
    )

    # Added in place: nothing is rebuilt, and whoever serves meanwhile goes on.
    op.add_column(
        "project", sa.Column("nonce", sa.String(length=16), server_default="", nullable=False)
    )
    op.add_column("run", sa.Column("rows_deleted_at", sa.DateTime(timezone=True), nullable=True))


def _lock_in_one_go() -> None:
    """Have all locks at once, or none: what serves meanwhile takes them in an order of its own.

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


def downgrade() -> None:
    op.drop_column("run", "rows_deleted_at")
    op.drop_column("project", "nonce")
    op.drop_table("heartbeat")
    op.drop_index("ix_failed_sign_ins_last_at", table_name="failed_sign_ins")
    op.drop_table("failed_sign_ins")
    op.drop_index("ix_browser_session_user_id", table_name="browser_session")
    op.drop_table("browser_session")
