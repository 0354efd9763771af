"""the queue, schedules, a longer history, and counted statuses"""

from collections.abc import Sequence
from itertools import pairwise

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

LARGEST_ID = 2**31 - 1
STATUSES = ("draft", "running", "stopped", "archived")
# What every entry of before is given: a transition, without a reason.
HISTORY_COLUMNS = (
    (
        "project_id",
        sa.Integer(),
        "(SELECT project_id FROM experiment WHERE experiment.test_id = history.test_id)",
    ),
    ("kind", sa.String(length=16), "'changed'"),
    ("reason", sa.String(length=500), "''"),
    ("code", sa.String(length=32), "''"),
    ("detail", sa.String(length=500), "''"),
    ("times", sa.Integer(), "1"),
)
HISTORY_CHECKS = (
    (
        "kind_known",
        "kind IN ('changed', 'refused', 'queued', 'unqueued', 'scheduled', 'unscheduled',"
        " 'edited')",
    ),
    ("door_known", "door IN ('browser', 'v2', 'api', 'command line', 'queue', 'schedule')"),
    ("conclusion_known", "conclusion IN ('won', 'lost', 'inconclusive', 'unfinished')"),
    (
        "changes_something",
        "kind <> 'changed' OR (to_status IS NOT NULL AND from_status <> to_status)",
    ),
    (
        "only_a_start_swaps",
        "paused_test_id IS NULL OR"
        " (kind = 'changed' AND to_status = 'running' AND paused_test_id <> test_id)",
    ),
    (
        "only_an_end_concludes",
        "conclusion IS NULL OR (kind = 'changed' AND to_status = 'archived')",
    ),
    ("times_positive", "times > 0"),
)


def upgrade() -> None:
    op.create_table(
        "queued_start",
        sa.Column("test_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("door", sa.String(length=16), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("api_key_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "door IN ('browser', 'v2', 'api', 'command line', 'queue', 'schedule')",
            name=op.f("ck_queued_start_door_known"),
        ),
        sa.CheckConstraint(
            "user_id IS NULL OR api_key_id IS NULL", name=op.f("ck_queued_start_one_author")
        ),
        sa.ForeignKeyConstraint(
            ["api_key_id"], ["api_key.id"], name=op.f("fk_queued_start_api_key_id_api_key")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_queued_start_project_id_project")
        ),
        sa.ForeignKeyConstraint(
            ["test_id"], ["experiment.test_id"], name=op.f("fk_queued_start_test_id_experiment")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_queued_start_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("test_id", name=op.f("pk_queued_start")),
    )
    with op.batch_alter_table("queued_start", schema=None) as batch_op:
        batch_op.create_index(
            "ix_queued_start_project_id_place", ["project_id", "place"], unique=False
        )

    op.create_table(
        "scheduled_change",
        sa.Column("test_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("target", sa.String(length=16), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("door", sa.String(length=16), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("api_key_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "door IN ('browser', 'v2', 'api', 'command line', 'queue', 'schedule')",
            name=op.f("ck_scheduled_change_door_known"),
        ),
        sa.CheckConstraint(
            "target IN ('running', 'stopped')", name=op.f("ck_scheduled_change_target_known")
        ),
        sa.CheckConstraint(
            "user_id IS NULL OR api_key_id IS NULL", name=op.f("ck_scheduled_change_one_author")
        ),
        sa.ForeignKeyConstraint(
            ["api_key_id"], ["api_key.id"], name=op.f("fk_scheduled_change_api_key_id_api_key")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_scheduled_change_project_id_project")
        ),
        sa.ForeignKeyConstraint(
            ["test_id"], ["experiment.test_id"], name=op.f("fk_scheduled_change_test_id_experiment")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_scheduled_change_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("test_id", "target", name=op.f("pk_scheduled_change")),
    )
    with op.batch_alter_table("scheduled_change", schema=None) as batch_op:
        batch_op.create_index("ix_scheduled_change_at", ["at"], unique=False)
        batch_op.create_index(
            "ix_scheduled_change_project_id_at", ["project_id", "at"], unique=False
        )

    op.create_table(
        "slot_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("test_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (closed_by_id IS NULL)",
            name=op.f("ck_slot_request_closed_by_somebody"),
        ),
        sa.ForeignKeyConstraint(
            ["closed_by_id"],
            ["user_account.id"],
            name=op.f("fk_slot_request_closed_by_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_slot_request_project_id_project")
        ),
        sa.ForeignKeyConstraint(
            ["test_id"], ["experiment.test_id"], name=op.f("fk_slot_request_test_id_experiment")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_slot_request_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot_request")),
    )
    with op.batch_alter_table("slot_request", schema=None) as batch_op:
        batch_op.create_index(
            "ix_slot_request_open",
            ["project_id", "user_id"],
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )

    op.create_table(
        "standing",
        sa.Column("test_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tone", sa.String(length=16), nullable=False),
        sa.Column("sentence", sa.String(length=1000), nullable=False),
        sa.Column("needs_attention", sa.Boolean(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["test_id"], ["experiment.test_id"], name=op.f("fk_standing_test_id_experiment")
        ),
        sa.PrimaryKeyConstraint("test_id", name=op.f("pk_standing")),
    )
    with op.batch_alter_table("standing", schema=None) as batch_op:
        batch_op.create_index("ix_standing_read_at", ["read_at"], unique=False)

    with op.batch_alter_table("experiment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("folded_name", sa.String(length=360), nullable=True))

    fold_the_names()
    with op.batch_alter_table("experiment", schema=None) as batch_op:
        batch_op.alter_column("folded_name", existing_type=sa.String(length=360), nullable=False)
        batch_op.create_index(
            "ix_experiment_changed", ["project_id", "status", "changed_at", "test_id"], unique=False
        )
        batch_op.create_index(
            "ix_experiment_name", ["project_id", "folded_name", "test_id"], unique=False
        )
        batch_op.create_index(
            "ix_experiment_project_id_changed_at_test_id",
            ["project_id", "changed_at", "test_id"],
            unique=False,
        )

    with op.batch_alter_table("history", schema=None) as batch_op:
        batch_op.add_column(sa.Column("paused_test_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("conclusion", sa.String(length=16), nullable=True))
        for name, kind, _ in HISTORY_COLUMNS:
            batch_op.add_column(sa.Column(name, kind, nullable=True))

    values = ", ".join(f"{name} = {value}" for name, _, value in HISTORY_COLUMNS)
    op.execute(f"UPDATE history SET {values}")  # noqa: S608
    with op.batch_alter_table("history", schema=None) as batch_op:
        for name, kind, _ in HISTORY_COLUMNS:
            batch_op.alter_column(name, existing_type=kind, nullable=False)
        batch_op.alter_column("to_status", existing_type=sa.String(length=16), nullable=True)
        batch_op.drop_constraint(op.f("ck_history_changes_something"), type_="check")
        batch_op.drop_constraint(op.f("ck_history_door_known"), type_="check")
        for name, condition in HISTORY_CHECKS:
            batch_op.create_check_constraint(op.f(f"ck_history_{name}"), condition)
        batch_op.create_index(
            "ix_history_paused",
            ["paused_test_id", "id"],
            unique=False,
            sqlite_where=sa.text("paused_test_id IS NOT NULL"),
            postgresql_where=sa.text("paused_test_id IS NOT NULL"),
        )
        batch_op.create_index("ix_history_project_id_id", ["project_id", "id"], unique=False)
        batch_op.create_index(
            "ix_history_dropped",
            ["project_id", "at"],
            unique=False,
            sqlite_where=sa.text("kind IN ('unqueued', 'unscheduled')"),
            postgresql_where=sa.text("kind IN ('unqueued', 'unscheduled')"),
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_history_project_id_project"), "project", ["project_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_history_paused_test_id_experiment"),
            "experiment",
            ["paused_test_id"],
            ["test_id"],
        )

    with op.batch_alter_table("project", schema=None) as batch_op:
        for status in STATUSES:
            batch_op.add_column(sa.Column(f"{status}_count", sa.Integer(), nullable=True))

    for status in STATUSES:
        op.execute(
            f"UPDATE project SET {status}_count = (SELECT count(*) FROM experiment"  # noqa: S608
            f" WHERE experiment.project_id = project.id AND experiment.status = '{status}')"
        )
    with op.batch_alter_table("project", schema=None) as batch_op:
        for status in STATUSES:
            batch_op.alter_column(f"{status}_count", existing_type=sa.Integer(), nullable=False)
        batch_op.create_check_constraint(
            op.f("ck_project_counts_not_negative"),
            "draft_count >= 0 AND running_count >= 0"
            " AND stopped_count >= 0 AND archived_count >= 0",
        )


def fold_the_names() -> None:
    """As Python folds them: the databases know the cases of different letters."""
    connection = op.get_bind()
    names = [
        {"test_id": test_id, "folded": name.casefold()}
        for test_id, name in connection.execute(sa.text("SELECT test_id, name FROM experiment"))
    ]
    if names:
        statement = "UPDATE experiment SET folded_name = :folded WHERE test_id = :test_id"
        connection.execute(sa.text(statement), names)


def downgrade() -> None:
    with op.batch_alter_table("project", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_project_counts_not_negative"), type_="check")
        for status in STATUSES:
            batch_op.drop_column(f"{status}_count")

    op.execute("DELETE FROM history WHERE kind <> 'changed'")
    op.execute("UPDATE history SET door = 'command line' WHERE door IN ('queue', 'schedule')")
    part_the_swaps()
    with op.batch_alter_table("history", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_history_paused_test_id_experiment"), type_="foreignkey"
        )
        batch_op.drop_constraint(batch_op.f("fk_history_project_id_project"), type_="foreignkey")
        batch_op.drop_index("ix_history_project_id_id")
        batch_op.drop_index(
            "ix_history_dropped",
            sqlite_where=sa.text("kind IN ('unqueued', 'unscheduled')"),
            postgresql_where=sa.text("kind IN ('unqueued', 'unscheduled')"),
        )
        batch_op.drop_index(
            "ix_history_paused",
            sqlite_where=sa.text("paused_test_id IS NOT NULL"),
            postgresql_where=sa.text("paused_test_id IS NOT NULL"),
        )
        for name, _ in HISTORY_CHECKS:
            batch_op.drop_constraint(op.f(f"ck_history_{name}"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_history_door_known"), "door IN ('browser', 'v2', 'api', 'command line')"
        )
        batch_op.create_check_constraint(
            op.f("ck_history_changes_something"), "from_status <> to_status"
        )
        batch_op.alter_column("to_status", existing_type=sa.String(length=16), nullable=False)
        for name, _, _ in HISTORY_COLUMNS:
            batch_op.drop_column(name)
        batch_op.drop_column("conclusion")
        batch_op.drop_column("paused_test_id")

    with op.batch_alter_table("experiment", schema=None) as batch_op:
        batch_op.drop_index("ix_experiment_project_id_changed_at_test_id")
        batch_op.drop_index("ix_experiment_name")
        batch_op.drop_index("ix_experiment_changed")
        batch_op.drop_column("folded_name")

    with op.batch_alter_table("standing", schema=None) as batch_op:
        batch_op.drop_index("ix_standing_read_at")

    op.drop_table("standing")
    with op.batch_alter_table("slot_request", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_slot_request_open",
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )

    op.drop_table("slot_request")
    with op.batch_alter_table("scheduled_change", schema=None) as batch_op:
        batch_op.drop_index("ix_scheduled_change_project_id_at")
        batch_op.drop_index("ix_scheduled_change_at")

    op.drop_table("scheduled_change")
    with op.batch_alter_table("queued_start", schema=None) as batch_op:
        batch_op.drop_index("ix_queued_start_project_id_place")

    op.drop_table("queued_start")


def part_the_swaps() -> None:
    """A swap was one entry of two experiments; each has its own again, the pause before the start.

    The entries after it make room, since an experiment's history is read in the order of the ids.
    """
    connection = op.get_bind()
    swaps = connection.scalars(
        sa.text("SELECT id FROM history WHERE paused_test_id IS NOT NULL ORDER BY id")
    ).all()
    shift = sa.text("UPDATE history SET id = -(id + :by) WHERE id >= :first AND id < :end")
    pause = sa.text(
        "INSERT INTO history (id, project_id, kind, reason, code, detail, times, test_id,"
        " from_status, to_status, door, at, user_id, api_key_id)"
        " SELECT id + 1, project_id, kind, reason, code, detail, times, paused_test_id,"
        " 'running', 'stopped', door, at, user_id, api_key_id FROM history WHERE id = :start"
    )
    for by, (first, end) in enumerate(pairwise([*swaps, LARGEST_ID]), start=1):
        # Negative until all are placed: no two entries ever have the same id.
        connection.execute(shift, {"by": by, "first": first, "end": end})
        connection.execute(pause, {"start": -(first + by)})
    connection.execute(sa.text("UPDATE history SET id = -id WHERE id < 0"))
    if connection.dialect.name == "postgresql":
        connection.execute(
            sa.text("SELECT setval(pg_get_serial_sequence('history', 'id'), max(id)) FROM history")
        )
