"""people who are deactivated, and links by which a password is chosen"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # Added in place: the version before writes this table. Whom it lets sign in has a password,
    # which deactivating somebody takes away, too.
    op.add_column(
        "user_account", sa.Column("deactivated_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_table(
        "password_link",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_password_link_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_password_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_password_link_token_hash")),
    )


def downgrade() -> None:
    op.drop_table("password_link")
    op.drop_column("user_account", "deactivated_at")
