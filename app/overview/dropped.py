"""What was to come by itself and did not, and that nobody has seen to: starts, stops, rises."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, String, bindparam, cast, func, select, text
from sqlalchemy.orm import aliased, contains_eager

from app.database.engine import db
from app.models import IS_DROPPED, Door, History, Kind, Project, Trouble
from app.overview.dismissals import is_put_aside
from app.overview.scope import MOST_OF_A_KIND, of_my_projects

DROPPED_WITHIN = timedelta(days=7)


@dataclass(frozen=True)
class Dropped:
    """A start or a stop that was to come by itself and did not."""

    project_key: str
    project_name: str
    entry: History

    @property
    def state(self) -> str:
        """Return what is so, for whoever puts it aside."""
        return str(self.entry.id)


def _is_as_asked(entry: type[History]) -> ColumnElement[bool]:
    """Return the condition that what was dropped was so already: that is no news."""
    return (entry.kind == Kind.UNSCHEDULED) & entry.from_status.is_not_distinct_from(
        entry.to_status
    )


_following = aliased(History)
_latest = (
    select(func.max(_following.id))
    .where(
        _following.test_id == History.test_id,
        _following.kind.not_in((Kind.REFUSED, Kind.EDITED, Kind.NOTED)),
        ~_is_as_asked(_following),
    )
    .correlate(History)
    .scalar_subquery()
)
# What nobody has dropped by hand, and nobody has seen to since.
_dropped = (
    of_my_projects(Project.key, Project.name, History)
    .join(History, History.project_id == Project.id)
    .join(History.experiment)
    .options(contains_eager(History.experiment))
    .where(
        text(f"history.{IS_DROPPED}"),
        History.door.in_((Door.QUEUE, Door.SCHEDULE)),
        History.at > bindparam("dropped_after"),
        History.id == _latest,
        ~_is_as_asked(History),
        ~is_put_aside(Trouble.DROPPED, History.test_id, cast(History.id, String), History.at),
    )
    .order_by(History.id.desc())
    .limit(MOST_OF_A_KIND + 1)
)


def of_member(mine: dict[str, object]) -> Sequence[Dropped]:
    """Return what was dropped lately, the latest first, one more than are shown."""
    return [Dropped(*row) for row in db.session.execute(_dropped, mine)]
