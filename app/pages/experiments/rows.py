"""An experiment as the pages show it: what it is, since when, by whom, and what can be done."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.accounts.access import Caller
from app.experiments import lookup
from app.lifecycle import Slots
from app.models import Experiment, Role
from app.pages.actions.buttons import Button, offered
from app.pages.common.time_zones import zone
from app.pages.common.waits import waits
from app.pages.common.words import BADGES, Badge, age, author


@dataclass(frozen=True)
class Row:
    """One experiment, with everything that a template prints of it."""

    experiment: Experiment
    site: str
    badge: Badge
    age: str
    author: str
    waits: tuple[str, ...]
    buttons: tuple[Button, ...]


def rows(
    caller: Caller, shown: Sequence[Experiment], slots: Slots | None, queue: Sequence[int]
) -> list[Row]:
    """Return the rows of experiments for `caller`; somebody who may only look gets no buttons.

    `queue` has the test ids of what waits for a slot in the project, the next one first.
    """
    waiting = waits([each.test_id for each in shown], queue, zone())
    return [_row(caller, each, slots, waiting[each.test_id]) for each in shown]


def _row(
    caller: Caller, experiment: Experiment, slots: Slots | None, waiting: tuple[str, ...]
) -> Row:
    return Row(
        experiment,
        experiment.url.partition("://")[2],
        BADGES[experiment.status],
        age(experiment.changed_at),
        author(experiment, caller.user_id),
        waiting,
        offered(caller.project_key, lookup.subject(experiment), slots)
        if caller.may(Role.MARKETER)
        else (),
    )
