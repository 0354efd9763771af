"""runs, goals and events"""

import secrets
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "goal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("wanted", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("wanted IN ('more', 'less')", name=op.f("ck_goal_wanted_known")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_goal_project_id_project")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goal")),
        sa.UniqueConstraint("project_id", "key", name=op.f("uq_goal_project_id_key")),
    )
    op.create_table(
        "origin",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_origin_project_id_project")
        ),
        sa.PrimaryKeyConstraint("project_id", "address", name=op.f("pk_origin")),
    )
    with op.batch_alter_table("origin", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_origin_address"), ["address"], unique=False)

    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("test_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("traffic_allocation", sa.Integer(), nullable=False),
        sa.Column("minimum_days", sa.Integer(), nullable=False),
        sa.Column("minimum_visitors", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "minimum_days >= 0 AND minimum_visitors >= 0", name=op.f("ck_run_minimums")
        ),
        sa.CheckConstraint(
            "traffic_allocation BETWEEN 0 AND 10000", name=op.f("ck_run_traffic_allocation")
        ),
        sa.ForeignKeyConstraint(
            ["test_id"], ["experiment.test_id"], name=op.f("fk_run_test_id_experiment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
    )
    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.create_index(
            "ix_run_current",
            ["test_id"],
            unique=True,
            sqlite_where=sa.text("is_current = 1"),
            postgresql_where=sa.text("is_current"),
        )
        batch_op.create_index("ix_run_test_id_number", ["test_id", "number"], unique=True)

    op.create_table(
        "run_goal",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("goal_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.CheckConstraint(
            "role IN ('primary', 'secondary', 'guardrail')", name=op.f("ck_run_goal_role_known")
        ),
        sa.ForeignKeyConstraint(["goal_id"], ["goal.id"], name=op.f("fk_run_goal_goal_id_goal")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_run_goal_run_id_run")),
        sa.PrimaryKeyConstraint("run_id", "goal_id", name=op.f("pk_run_goal")),
    )
    with op.batch_alter_table("run_goal", schema=None) as batch_op:
        batch_op.create_index(
            "ix_run_goal_primary",
            ["run_id"],
            unique=True,
            sqlite_where=sa.text("role = 'primary'"),
            postgresql_where=sa.text("role = 'primary'"),
        )

    op.create_table(
        "variant",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.CheckConstraint("position BETWEEN 0 AND 19", name=op.f("ck_variant_position")),
        sa.CheckConstraint("weight BETWEEN 0 AND 10000", name=op.f("ck_variant_weight")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_variant_run_id_run")),
        sa.PrimaryKeyConstraint("run_id", "position", name=op.f("pk_variant")),
    )
    with op.batch_alter_table("variant", schema=None) as batch_op:
        batch_op.create_index("ix_variant_run_id_key", ["run_id", "key"], unique=True)

    op.create_table(
        "daily_conversions",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("goal_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("conversions", sa.Integer(), nullable=False),
        sa.Column("total_value", sa.Double(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "conversions > 0", name=op.f("ck_daily_conversions_conversions_positive")
        ),
        sa.ForeignKeyConstraint(
            ["run_id", "goal_id"],
            ["run_goal.run_id", "run_goal.goal_id"],
            name=op.f("fk_daily_conversions_run_id_goal_id_run_goal"),
        ),
        sa.ForeignKeyConstraint(
            ["run_id", "position"],
            ["variant.run_id", "variant.position"],
            name=op.f("fk_daily_conversions_run_id_position_variant"),
        ),
        sa.PrimaryKeyConstraint(
            "run_id", "day", "goal_id", "position", name=op.f("pk_daily_conversions")
        ),
    )
    op.create_table(
        "daily_visitors",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("visitors", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("visitors > 0", name=op.f("ck_daily_visitors_visitors_positive")),
        sa.ForeignKeyConstraint(
            ["run_id", "position"],
            ["variant.run_id", "variant.position"],
            name=op.f("fk_daily_visitors_run_id_position_variant"),
        ),
        sa.PrimaryKeyConstraint("run_id", "day", "position", name=op.f("pk_daily_visitors")),
    )
    op.create_table(
        "exposure",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=22), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id", "position"],
            ["variant.run_id", "variant.position"],
            name=op.f("fk_exposure_run_id_position_variant"),
        ),
        sa.PrimaryKeyConstraint("run_id", "unit", name=op.f("pk_exposure")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "conversion",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("goal_id", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=22), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id", "goal_id"],
            ["run_goal.run_id", "run_goal.goal_id"],
            name=op.f("fk_conversion_run_id_goal_id_run_goal"),
        ),
        sa.ForeignKeyConstraint(
            ["run_id", "unit"],
            ["exposure.run_id", "exposure.unit"],
            name=op.f("fk_conversion_run_id_unit_exposure"),
        ),
        sa.PrimaryKeyConstraint("run_id", "goal_id", "unit", name=op.f("pk_conversion")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("api_key", schema=None) as batch_op:
        batch_op.add_column(sa.Column("public_token", sa.String(length=64), nullable=True))
        batch_op.drop_constraint(op.f("ck_api_key_type_known"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_api_key_type_known"), "type IN ('admin', 'server', 'client')"
        )
        batch_op.create_check_constraint(
            op.f("ck_api_key_only_client_tokens_public"), "public_token IS NULL OR type = 'client'"
        )

    with op.batch_alter_table("project", schema=None) as batch_op:
        batch_op.add_column(sa.Column("unit_salt", sa.String(length=32), nullable=True))

    salt_the_projects()
    with op.batch_alter_table("project", schema=None) as batch_op:
        batch_op.alter_column("unit_salt", existing_type=sa.String(length=32), nullable=False)

    give_every_experiment_a_run()


def salt_the_projects() -> None:
    connection = op.get_bind()
    salts = [
        {"id": project_id, "salt": secrets.token_hex(16)}
        for (project_id,) in connection.execute(sa.text("SELECT id FROM project")).all()
    ]
    if salts:
        connection.execute(sa.text("UPDATE project SET unit_salt = :salt WHERE id = :id"), salts)


def give_every_experiment_a_run() -> None:
    """What was started before has been running its two halves since; nobody has counted yet."""
    connection = op.get_bind()
    runs = [
        {"test_id": test_id, "salt": secrets.token_hex(16)}
        for (test_id,) in connection.execute(sa.text("SELECT test_id FROM experiment")).all()
    ]
    if not runs:
        return
    connection.execute(
        sa.text(
            "INSERT INTO run (test_id, number, is_current, salt, traffic_allocation,"
            " minimum_days, minimum_visitors, opened_at)"
            " SELECT test_id, 1, true, :salt, 10000, 7, 500, started_at"
            " FROM experiment WHERE test_id = :test_id"
        ),
        runs,
    )
    for position, key, name in ((0, "control", "Control"), (1, "treatment", "Treatment")):
        connection.execute(
            sa.text(
                "INSERT INTO variant (run_id, position, key, name, weight, value)"
                " SELECT id, :position, :key, :name, 5000, :value FROM run"
            ),
            {"position": position, "key": key, "name": name, "value": f'"{key}"'},
        )


def downgrade() -> None:
    with op.batch_alter_table("project", schema=None) as batch_op:
        batch_op.drop_column("unit_salt")

    op.execute("DELETE FROM api_key WHERE type <> 'admin'")
    with op.batch_alter_table("api_key", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_api_key_only_client_tokens_public"), type_="check")
        batch_op.drop_constraint(op.f("ck_api_key_type_known"), type_="check")
        batch_op.create_check_constraint(op.f("ck_api_key_type_known"), "type IN ('admin')")
        batch_op.drop_column("public_token")

    op.drop_table("conversion")
    op.drop_table("exposure")
    op.drop_table("daily_visitors")
    op.drop_table("daily_conversions")
    with op.batch_alter_table("variant", schema=None) as batch_op:
        batch_op.drop_index("ix_variant_run_id_key")

    op.drop_table("variant")
    with op.batch_alter_table("run_goal", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_run_goal_primary",
            sqlite_where=sa.text("role = 'primary'"),
            postgresql_where=sa.text("role = 'primary'"),
        )

    op.drop_table("run_goal")
    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.drop_index("ix_run_test_id_number")
        batch_op.drop_index(
            "ix_run_current",
            sqlite_where=sa.text("is_current = 1"),
            postgresql_where=sa.text("is_current"),
        )

    op.drop_table("run")
    with op.batch_alter_table("origin", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_origin_address"))

    op.drop_table("origin")
    op.drop_table("goal")
