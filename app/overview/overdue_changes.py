"""Scheduled changes whose moment has passed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, case, or_

from app.database.engine import db
from app.database.rows.open_hold import is_held
from app.database.rows.overdue import OVERDUE
from app.models import Experiment, Project, Status, Trouble
from app.overview.dismissals import is_put_aside
from app.overview.scope import MOST_OF_A_KIND, of_my_projects

HELD, UNSERVED = "held", "unserved"
TROUBLES = {
    Status.RUNNING: Trouble.OVERDUE_START,
    Status.STOPPED: Trouble.OVERDUE_STOP,
    None: Trouble.OVERDUE_RISE,
}


@dataclass(frozen=True)
class Overdue:
    """A scheduled change whose moment has passed; `is_held` where its project's queue is.

    Without a `target` it is a rise of traffic, to a share in basis points.
    """

    project_key: str
    project_name: str
    test_id: int
    key: str
    name: str
    at: datetime
    target: Status | None
    traffic_allocation: int | None
    is_held: bool

    @property
    def state(self) -> str:
        """Return what is so, for whoever puts it aside."""
        return HELD if self.is_held else UNSERVED


_is_held = is_held(Project.id)
_overdue_state = case((_is_held, HELD), else_=UNSERVED)
_is_overdue_put_aside = or_(
    *(
        and_(
            OVERDUE.c.target == target,
            is_put_aside(trouble, Experiment.test_id, _overdue_state, OVERDUE.c.at),
        )
        for target, trouble in TROUBLES.items()
    )
)
_what_is_overdue = (
    of_my_projects(
        Project.key,
        Project.name,
        Experiment.test_id,
        Experiment.key,
        Experiment.name,
        OVERDUE.c.at,
        OVERDUE.c.target,
        OVERDUE.c.traffic_allocation,
        _is_held,
    )
    .join(OVERDUE, OVERDUE.c.project_id == Project.id)
    .join(Experiment, Experiment.test_id == OVERDUE.c.test_id)
    .where(~_is_overdue_put_aside)
    .order_by(OVERDUE.c.at, OVERDUE.c.test_id)
    .limit(MOST_OF_A_KIND + 1)
)


def of_member(mine: dict[str, object]) -> Sequence[Overdue]:
    """Return what is overdue, the longest first, one more than are shown."""
    return [Overdue(*row) for row in db.session.execute(_what_is_overdue, mine)]
