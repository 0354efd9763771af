"""version of an experiment"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

CHANGES = (
    "'created', 'cloned', 'changed', 'edited', 'queued', 'unqueued', 'scheduled', 'unscheduled'"
)
OWN, OF_A_SWAP = (
    f"(SELECT max(id) FROM history WHERE {its_own} = experiment.test_id AND kind IN ({CHANGES}))"  # noqa: S608
    for its_own in ("history.test_id", "history.paused_test_id")
)


def upgrade() -> None:
    # Added in place: the version before goes on writing this table, and knows of no version.
    op.add_column(
        "experiment", sa.Column("version", sa.Integer(), server_default="0", nullable=False)
    )
    op.execute(f"UPDATE experiment SET version = coalesce({OWN}, 0)")  # noqa: S608
    op.execute(
        f"UPDATE experiment SET version = {OF_A_SWAP} WHERE {OF_A_SWAP} > version"  # noqa: S608
    )


def downgrade() -> None:
    op.drop_column("experiment", "version")
