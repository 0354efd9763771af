"""Commands for the audit trail."""

from datetime import UTC, datetime

import click

from app.audit_trail import retention
from app.command_line.answers import COMMAND_LINE, OneLineGroup, answers_json

audit_group = OneLineGroup("audit", help="What anybody did or was refused.")


@audit_group.command("shorten")
@click.argument("before", type=click.DateTime(["%Y-%m-%d"]))
@answers_json
def shorten(before: datetime) -> dict[str, object]:
    """Delete the entries from BEFORE a day, in UTC; the history of experiments stays."""
    deleted = retention.shorten(before.replace(tzinfo=UTC), COMMAND_LINE)
    return {"before": f"{before:%Y-%m-%d}", "deleted": deleted}
