"""what the outbox, deliveries, mails and requests may hold"""

from collections.abc import Sequence

from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KIND = (
    "kind IN ("
    "'experiment_changed', 'queued_start_came', 'winner_called', 'split_broken', "
    "'no_visitors_for_a_day', 'overdue', 'jobs_away', 'slots_requested', "
    "'slots_answered', 'plan_lowered', 'webhook_switched_off')"
)
DOOR = "door IN ('browser', 'v2', 'api', 'command line', 'queue', 'schedule')"
CAUSE = (
    "cause IN ("
    "'request', 'schedule', 'freed slot', 'raised limit', 'moved project', 'lapsed', "
    "'access ended', 'hold lifted')"
)
OUTCOME = "outcome IN ('granted', 'declined', 'withdrawn')"
ATTEMPTS = "attempts >= 0"
# All of it is what the version before has written only.
CHECKS = {
    "outbox_entry": {"kind_known": KIND, "door_known": DOOR, "cause_known": CAUSE},
    "webhook_delivery": {"attempts_not_negative": ATTEMPTS},
    "mail": {"kind_known": KIND, "attempts_not_negative": ATTEMPTS},
    "notification_choice": {"kind_known": KIND},
    "slot_request": {"outcome_known": OUTCOME},
}


def upgrade() -> None:
    for table, checks in CHECKS.items():
        with op.batch_alter_table(table) as batch_op:
            for name, condition in checks.items():
                batch_op.create_check_constraint(op.f(f"ck_{table}_{name}"), condition)


def downgrade() -> None:
    for table, checks in CHECKS.items():
        with op.batch_alter_table(table) as batch_op:
            for name in checks:
                batch_op.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
