"""What holds a project's slots, with what its result says: what to swap with first comes first."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, bindparam, case, select

from app.database.engine import db
from app.lifecycle.slots import Holder
from app.models import Experiment, Standing, Status, live_since
from app.results import headlines
from app.results.headlines import Headline
from app.results.summaries import is_current
from app.results.verdict import VerdictKind

MOST_LISTED = 100
_DECIDED = (VerdictKind.WINNER, VerdictKind.ORIGINAL_WINS)


@dataclass(frozen=True)
class Measured:
    """A live experiment, and the headline of its verdict; None where it was not read."""

    holder: Holder
    headline: Headline | None


_holders = (
    select(
        Experiment.test_id,
        Experiment.public_id,
        Experiment.name,
        Experiment.changed_at,
        live_since,
        Standing.kind,
        Standing.tone,
    )
    .outerjoin(Standing, and_(Standing.test_id == Experiment.test_id, is_current))
    .where(Experiment.project_id == bindparam("project"), Experiment.status == Status.RUNNING)
    .order_by(case((Standing.kind.in_(_DECIDED), 0), else_=1), live_since, Experiment.test_id)
    .limit(MOST_LISTED + 1)
)


def of_project(project_id: int) -> Sequence[Measured]:
    """Return what is live in a project: the decided ones first, then the oldest.

    At most 101: one more than a page shows.
    """
    rows = db.session.execute(_holders, {"project": project_id})
    return [Measured(Holder(*row[:-2]), headlines.kept(row.kind, row.tone)) for row in rows]
