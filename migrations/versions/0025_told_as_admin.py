"""mails to admins who are no members, and what they choose of them"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0025"
down_revision: str | None = "0024"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KIND = (
    "kind IN ("
    "'experiment_changed', 'queued_start_came', 'winner_called', 'split_broken', "
    "'no_visitors_for_a_day', 'unusual_traffic', 'overdue', 'jobs_away', 'slots_requested', "
    "'slots_answered', 'plan_lowered', 'webhook_switched_off')"
)
OF_MEMBER = "fk_mail_project_id_user_id_membership"
OF_PROJECT, OF_PERSON = "fk_mail_project_id_project", "fk_mail_user_id_user_account"


def upgrade() -> None:
    op.create_table(
        "admin_choice",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("how", sa.String(length=16), nullable=False),
        sa.CheckConstraint(
            "how IN ('at once', 'daily', 'off')", name=op.f("ck_admin_choice_how_known")
        ),
        sa.CheckConstraint(KIND, name=op.f("ck_admin_choice_kind_known")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_admin_choice_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("user_id", "kind", name=op.f("pk_admin_choice")),
    )
    with op.batch_alter_table("mail") as batch_op:
        batch_op.drop_constraint(op.f(OF_MEMBER), type_="foreignkey")
        batch_op.create_foreign_key(op.f(OF_PROJECT), "project", ["project_id"], ["id"])
        batch_op.create_foreign_key(op.f(OF_PERSON), "user_account", ["user_id"], ["id"])


def downgrade() -> None:
    op.execute(
        "DELETE FROM mail WHERE NOT EXISTS (SELECT 1 FROM membership"
        " WHERE membership.project_id = mail.project_id AND membership.user_id = mail.user_id)"
    )
    with op.batch_alter_table("mail") as batch_op:
        batch_op.drop_constraint(op.f(OF_PROJECT), type_="foreignkey")
        batch_op.drop_constraint(op.f(OF_PERSON), type_="foreignkey")
        batch_op.create_foreign_key(
            op.f(OF_MEMBER),
            "membership",
            ["project_id", "user_id"],
            ["project_id", "user_id"],
            ondelete="CASCADE",
        )
    op.drop_table("admin_choice")
