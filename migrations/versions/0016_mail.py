"""what members want to be mailed, and the mails"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "notification_choice",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("how", sa.String(length=16), nullable=False),
        sa.CheckConstraint(
            "how IN ('at once', 'daily', 'off')", name=op.f("ck_notification_choice_how_known")
        ),
        sa.ForeignKeyConstraint(
            ["project_id", "user_id"],
            ["membership.project_id", "membership.user_id"],
            name=op.f("fk_notification_choice_project_id_user_id_membership"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "project_id", "user_id", "kind", name=op.f("pk_notification_choice")
        ),
    )
    op.create_table(
        "mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("how", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("experiment_key", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fault", sa.String(length=200), nullable=False),
        sa.CheckConstraint("how IN ('at once', 'daily')", name=op.f("ck_mail_how_known")),
        sa.CheckConstraint("sent_at IS NULL OR next_at IS NULL", name=op.f("ck_mail_sent_once")),
        sa.ForeignKeyConstraint(
            ["project_id", "user_id"],
            ["membership.project_id", "membership.user_id"],
            name=op.f("fk_mail_project_id_user_id_membership"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
    )
    op.create_index("ix_mail_created_at", "mail", ["created_at"])
    op.create_index(
        "ix_mail_due",
        "mail",
        ["next_at"],
        sqlite_where=sa.text("next_at IS NOT NULL"),
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_index("ix_mail_project_id_user_id", "mail", ["project_id", "user_id"])


def downgrade() -> None:
    op.drop_table("mail")
    op.drop_table("notification_choice")
