"""Projects in which more runs than they are allowed."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import String, cast, select

from app.database.engine import db
from app.database.rows import plan_limits
from app.database.rows.plan_limits import SlotRoom
from app.models import Experiment, Plan, Project, Trouble
from app.overview.dismissals import is_put_aside
from app.overview.experiments import running_status
from app.overview.scope import MOST_OF_A_KIND, of_my_projects


@dataclass(frozen=True)
class OverLimit:
    """A project in which more experiments run than it is allowed.

    `test_id` is the experiment that went live last; `state` is what is so, for whoever puts it
    aside.
    """

    project_key: str
    project_name: str
    running: int
    limit: int
    test_id: int
    state: str


_latest_live = (
    select(Experiment.test_id)
    .where(Experiment.project_id == Project.id, Experiment.status == running_status)
    .order_by(Experiment.changed_at.desc(), Experiment.test_id.desc())
    .limit(1)
    .correlate(Project)
    .scalar_subquery()
)
_limit_state = (
    cast(Project.running_count, String).concat(" of ").concat(cast(plan_limits.LIMIT, String))
)
_over_limit = (
    plan_limits.joined(
        of_my_projects(
            Project.key,
            Project.name,
            Project.running_count,
            plan_limits.LIMIT,
            Experiment.test_id,
            _limit_state,
        ).join(Plan, Plan.code == Project.plan_code)
    )
    .join(Experiment, Experiment.test_id == _latest_live)
    .where(
        plan_limits.HAVING[SlotRoom.OVER],
        ~is_put_aside(Trouble.OVER_LIMIT, Experiment.test_id, _limit_state, Experiment.changed_at),
    )
    .order_by(Project.sort_name, Project.id)
    .limit(MOST_OF_A_KIND + 1)
)


def of_member(mine: dict[str, object]) -> Sequence[OverLimit]:
    """Return the projects over their limit, one more than are shown."""
    return [OverLimit(*row) for row in db.session.execute(_over_limit, mine)]
