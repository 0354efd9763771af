"""An experiment as the pages show it: what it is, since when, by whom, and what can be done."""

from dataclasses import dataclass

from app import experiments, lifecycle
from app.access import Caller
from app.models import Experiment, Role
from app.pages.buttons import Button, button
from app.pages.words import BADGES, Badge, age, author
from app.slots import Slots


@dataclass(frozen=True)
class Row:
    """One experiment, with everything that a template prints of it."""

    experiment: Experiment
    site: str
    badge: Badge
    age: str
    author: str
    buttons: list[Button]


def row(caller: Caller, experiment: Experiment, slots: Slots | None) -> Row:
    """The row of `experiment` for `caller`; somebody who may only look gets no buttons."""
    return Row(
        experiment,
        experiment.url.partition("://")[2],
        BADGES[experiment.status],
        age(experiment.changed_at),
        author(experiment, caller.user_id),
        _buttons(caller, experiment, slots) if caller.may(Role.MARKETER) else [],
    )


def _buttons(caller: Caller, experiment: Experiment, slots: Slots | None) -> list[Button]:
    subject = experiments.subject(experiment)
    return [
        button(caller.project_key, subject, edge, refused=refusal is not None)
        for edge, refusal in lifecycle.actions(subject, slots)
    ]
