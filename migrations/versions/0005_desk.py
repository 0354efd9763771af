"""the desk: holds, owners, tags, outcomes, notes, what was put aside, requests sent twice"""

import re
import unicodedata
from collections.abc import Callable, Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KINDS = (
    "'changed', 'refused', 'queued', 'unqueued', 'scheduled', 'unscheduled', 'edited',"
    " 'created', 'cloned'"
)
CAUSES = "'request', 'schedule', 'freed slot', 'raised limit', 'moved project', 'lapsed'"
CONCLUSIONS = "conclusion IN ('won', 'lost', 'inconclusive', 'unfinished')"
LONGEST_SORT_NAME = 240
LONGEST_FOLDED_NAME = 360
ROWS_AT_ONCE = 1_000


def upgrade() -> None:
    op.create_table(
        "answered_request",
        sa.Column("caller", sa.String(length=32), nullable=False),
        sa.Column("request_id", sa.String(length=255), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("caller", "request_id", name=op.f("pk_answered_request")),
    )
    with op.batch_alter_table("answered_request", schema=None) as batch_op:
        batch_op.create_index("ix_answered_request_at", ["at"], unique=False)

    op.create_table(
        "queue_hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("door", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by_user_id", sa.Integer(), nullable=True),
        sa.Column("lifted_by_api_key_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("api_key_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(lifted_by_user_id IS NULL OR lifted_by_api_key_id IS NULL) AND"
            " (lifted_at IS NOT NULL OR"
            " (lifted_by_user_id IS NULL AND lifted_by_api_key_id IS NULL))",
            name=op.f("ck_queue_hold_lifted_by_one"),
        ),
        sa.CheckConstraint(
            "user_id IS NULL OR api_key_id IS NULL", name=op.f("ck_queue_hold_one_author")
        ),
        sa.ForeignKeyConstraint(
            ["api_key_id"], ["api_key.id"], name=op.f("fk_queue_hold_api_key_id_api_key")
        ),
        sa.ForeignKeyConstraint(
            ["lifted_by_api_key_id"],
            ["api_key.id"],
            name=op.f("fk_queue_hold_lifted_by_api_key_id_api_key"),
        ),
        sa.ForeignKeyConstraint(
            ["lifted_by_user_id"],
            ["user_account.id"],
            name=op.f("fk_queue_hold_lifted_by_user_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_queue_hold_project_id_project")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_queue_hold_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_hold")),
    )
    with op.batch_alter_table("queue_hold", schema=None) as batch_op:
        batch_op.create_index(
            "ix_queue_hold_open",
            ["project_id"],
            unique=True,
            sqlite_where=sa.text("lifted_at IS NULL"),
            postgresql_where=sa.text("lifted_at IS NULL"),
        )
        batch_op.create_index("ix_queue_hold_project_id_id", ["project_id", "id"], unique=False)

    op.create_table(
        "dismissal",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("test_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["test_id"], ["experiment.test_id"], name=op.f("fk_dismissal_test_id_experiment")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_dismissal_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("user_id", "test_id", "kind", name=op.f("pk_dismissal")),
    )
    op.create_table(
        "experiment_tag",
        sa.Column("test_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tag", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_experiment_tag_project_id_project")
        ),
        sa.ForeignKeyConstraint(
            ["test_id"], ["experiment.test_id"], name=op.f("fk_experiment_tag_test_id_experiment")
        ),
        sa.PrimaryKeyConstraint("test_id", "tag", name=op.f("pk_experiment_tag")),
    )
    with op.batch_alter_table("experiment_tag", schema=None) as batch_op:
        batch_op.create_index(
            "ix_experiment_tag_project_id_tag", ["project_id", "tag", "test_id"], unique=False
        )

    with op.batch_alter_table("experiment", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "sort_name",
                sa.String(length=240).with_variant(
                    sa.String(length=240, collation="C"), "postgresql"
                ),
                server_default="",
                nullable=False,
            )
        )
        batch_op.add_column(sa.Column("hypothesis", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(
            sa.Column("ticket_url", sa.String(length=2000), server_default="", nullable=False)
        )
        batch_op.add_column(sa.Column("owner_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("conclusion", sa.String(length=16), nullable=True))
        batch_op.alter_column(
            "folded_name",
            existing_type=sa.VARCHAR(length=360),
            type_=sa.Text(),
            existing_nullable=False,
        )
        batch_op.drop_index(batch_op.f("ix_experiment_name"))
        batch_op.create_index("ix_experiment_owner_id", ["owner_id"], unique=False)
        batch_op.create_index(
            "ix_experiment_sort_name", ["project_id", "sort_name", "test_id"], unique=False
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_experiment_owner_id_user_account"), "user_account", ["owner_id"], ["id"]
        )
        batch_op.create_check_constraint(op.f("ck_experiment_conclusion_known"), CONCLUSIONS)
        batch_op.create_check_constraint(
            op.f("ck_experiment_only_an_end_concludes"),
            "conclusion IS NULL OR status = 'archived'",
        )

    with op.batch_alter_table("goal", schema=None) as batch_op:
        batch_op.add_column(sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("project", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "sort_name",
                sa.String(length=240).with_variant(
                    sa.String(length=240, collation="C"), "postgresql"
                ),
                server_default="",
                nullable=False,
            )
        )
        batch_op.add_column(sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.drop_index(batch_op.f("ix_project_name_id"))
        batch_op.create_index("ix_project_sort_name", ["sort_name", "id"], unique=False)

    with op.batch_alter_table("standing", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(length=32), nullable=True))

    with op.batch_alter_table("history", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_history_kind_known"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_history_kind_known"), f"kind IN ({KINDS}, 'noted', 'handed over')"
        )
        batch_op.drop_constraint(op.f("ck_history_cause_known"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_history_cause_known"), f"cause IN ({CAUSES}, 'access ended', 'hold lifted')"
        )

    op.execute(
        "UPDATE experiment SET conclusion = (SELECT history.conclusion FROM history"
        " WHERE history.test_id = experiment.test_id AND history.conclusion IS NOT NULL"
        " ORDER BY history.id DESC LIMIT 1) WHERE status = 'archived'"
    )
    write_names("experiment", "test_id", {"folded_name": folded, "sort_name": sort_name})
    write_names("project", "id", {"sort_name": sort_name})


def write_names(table: str, key: str, columns: dict[str, Callable[[str], str]]) -> None:
    """Fill columns that are made of the name, some rows at a time."""
    connection = op.get_bind()
    written = ", ".join(f"{column} = :{column}" for column in columns)
    update = sa.text(f"UPDATE {table} SET {written} WHERE {key} = :row")  # noqa: S608
    some = sa.text(
        f"SELECT {key}, name FROM {table} WHERE {key} > :last"  # noqa: S608
        f" ORDER BY {key} LIMIT {ROWS_AT_ONCE}"
    )
    last = 0
    while rows := connection.execute(some, {"last": last}).all():
        made = [{n: make(name) for n, make in columns.items()} | {"row": row} for row, name in rows]
        connection.execute(update, made)
        last = rows[-1][0]


def folded(text: str) -> str:
    composed = unicodedata.normalize("NFKC", text).casefold()
    seen = (each for each in composed if unicodedata.category(each) != "Cf")
    return " ".join(unicodedata.normalize("NFKC", "".join(seen)).split())


def sort_name(text: str) -> str:
    letters = unicodedata.normalize("NFKD", folded(text))
    plain = "".join(each for each in letters if not unicodedata.combining(each))
    return re.sub(r"\d+", with_length, plain)[:LONGEST_SORT_NAME]


def with_length(number: re.Match[str]) -> str:
    digits = number[0].lstrip("0") or "0"
    return f"{len(digits):03}{digits}"


def downgrade() -> None:
    op.execute("UPDATE history SET cause_entry_id = NULL")
    op.execute("DELETE FROM history WHERE kind IN ('noted', 'handed over')")
    op.execute("UPDATE history SET cause = NULL WHERE cause IN ('access ended', 'hold lifted')")
    cut = f"substr(folded_name, 1, {LONGEST_FOLDED_NAME})"
    op.execute(f"UPDATE experiment SET folded_name = {cut}")  # noqa: S608
    with op.batch_alter_table("history", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_history_cause_known"), type_="check")
        batch_op.create_check_constraint(op.f("ck_history_cause_known"), f"cause IN ({CAUSES})")
        batch_op.drop_constraint(op.f("ck_history_kind_known"), type_="check")
        batch_op.create_check_constraint(op.f("ck_history_kind_known"), f"kind IN ({KINDS})")

    with op.batch_alter_table("standing", schema=None) as batch_op:
        batch_op.drop_column("kind")

    with op.batch_alter_table("project", schema=None) as batch_op:
        batch_op.drop_index("ix_project_sort_name")
        batch_op.create_index(batch_op.f("ix_project_name_id"), ["name", "id"], unique=False)
        batch_op.drop_column("retired_at")
        batch_op.drop_column("sort_name")

    with op.batch_alter_table("goal", schema=None) as batch_op:
        batch_op.drop_column("retired_at")

    with op.batch_alter_table("experiment", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_experiment_owner_id_user_account"), type_="foreignkey"
        )
        batch_op.drop_constraint(op.f("ck_experiment_only_an_end_concludes"), type_="check")
        batch_op.drop_constraint(op.f("ck_experiment_conclusion_known"), type_="check")
        batch_op.drop_index("ix_experiment_sort_name")
        batch_op.drop_index("ix_experiment_owner_id")
        batch_op.create_index(
            batch_op.f("ix_experiment_name"), ["project_id", "folded_name", "test_id"], unique=False
        )
        batch_op.alter_column(
            "folded_name",
            existing_type=sa.Text(),
            type_=sa.VARCHAR(length=360),
            existing_nullable=False,
        )
        batch_op.drop_column("conclusion")
        batch_op.drop_column("owner_id")
        batch_op.drop_column("ticket_url")
        batch_op.drop_column("hypothesis")
        batch_op.drop_column("sort_name")

    with op.batch_alter_table("experiment_tag", schema=None) as batch_op:
        batch_op.drop_index("ix_experiment_tag_project_id_tag")

    op.drop_table("experiment_tag")
    op.drop_table("dismissal")
    with op.batch_alter_table("queue_hold", schema=None) as batch_op:
        batch_op.drop_index("ix_queue_hold_project_id_id")
        batch_op.drop_index(
            "ix_queue_hold_open",
            sqlite_where=sa.text("lifted_at IS NULL"),
            postgresql_where=sa.text("lifted_at IS NULL"),
        )

    op.drop_table("queue_hold")
    with op.batch_alter_table("answered_request", schema=None) as batch_op:
        batch_op.drop_index("ix_answered_request_at")

    op.drop_table("answered_request")
