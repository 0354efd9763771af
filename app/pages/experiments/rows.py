"""An experiment as the pages show it: what it is, since when, by whom, and what can be done."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app import lifecycle
from app.accounts.caller import Caller
from app.experiments import lookup, tagging
from app.lifecycle import Slots
from app.models import Experiment, Status
from app.pages.actions.buttons import Button, offered
from app.pages.common.time_zones import zone
from app.pages.common.words.labels import BADGES, Badge, concluded, shipped_badge
from app.pages.common.words.launch_words import not_split
from app.pages.common.words.phrases import age, author
from app.pages.common.words.waits import Wait, waits
from app.results import summaries

DISCARDED = "Discarded for good: it was a draft"
NO_VISITOR_COUNTED = "No visitor has been counted: is it really won? Press Archive again if it is."


@dataclass(frozen=True)
class Listed:
    """One experiment, with what every list prints of it."""

    experiment: Experiment
    badge: Badge
    age: str
    conclusion: str
    verdict: str
    owner: str
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Row(Listed):
    """One experiment of a project, with everything that a template prints of it."""

    site: str
    author: str
    waits: tuple[Wait, ...]
    buttons: tuple[Button, ...]


def rows(
    caller: Caller, shown: Sequence[Experiment], slots: Slots | None, queue: Sequence[int]
) -> list[Row]:
    """Return the rows of experiments for `caller`; somebody who may only look gets no buttons.

    `queue` has the test ids of what waits for a slot in the project, the next one first.
    """
    test_ids = [each.test_id for each in shown]
    waiting = waits(
        test_ids,
        queue,
        zone(),
        is_held=caller.hold is not None,
        is_unserved=_is_unserved(caller, slots, queue),
    )
    return [_row(caller, each, slots, waiting[each.test_id], queue) for each in shown]


def _is_unserved(caller: Caller, slots: Slots | None, queue: Sequence[int]) -> bool:
    """Return whether the first of the queue waits although it need not; reads on where it may."""
    if not queue or caller.hold or slots is None or slots.full:
        return False
    return lifecycle.is_unserved(lifecycle.queue_of(caller.project_id), slots, is_held=False)


def listed(experiment: Experiment) -> Listed:
    """Return an experiment as every list shows it."""
    return Listed(
        experiment,
        badge(experiment),
        age(experiment.since),
        concluded(experiment.conclusion),
        _verdict(experiment),
        experiment.owner_email or "",
        tagging.tags_of(experiment.tag_words or ""),
    )


def badge(experiment: Experiment) -> Badge:
    """Return the badge of an experiment: what is so, where a live one splits nobody."""
    usual = BADGES[experiment.status]
    if experiment.is_shipped:
        return shipped_badge(experiment.shipped_name or "")
    if experiment.status is Status.ARCHIVED and experiment.started_at is None:
        return replace(usual, meaning=DISCARDED)
    why = not_split(experiment) if experiment.status is Status.RUNNING else ""
    return replace(usual, meaning=f"{why[0].upper()}{why[1:]}", warns=True) if why else usual


def _row(
    caller: Caller,
    experiment: Experiment,
    slots: Slots | None,
    waiting: tuple[Wait, ...],
    queue: Sequence[int],
) -> Row:
    is_queued = experiment.test_id in queue
    return Row(
        **vars(listed(experiment)),
        site=experiment.url.partition("://")[2],
        author=_author(caller, experiment),
        waits=waiting,
        buttons=_buttons(caller, experiment, slots, is_queued=is_queued)
        if caller.may_change
        else (),
    )


def _author(caller: Caller, experiment: Experiment) -> str:
    """Return who made it what it is; "" where somebody has only taken a pause of it back."""
    is_theirs = experiment.since == experiment.changed_at
    return author(experiment, caller.user_id) if is_theirs else ""


def _verdict(experiment: Experiment) -> str:
    """Return the kind of what the result says, or said last; "" where nothing was read of it."""
    said = summaries.said(experiment)
    if not (said and said.headline):
        return ""
    return f"{'Verdict so far' if said.may_change else 'Last verdict'}: {said.headline.word}"


def _buttons(
    caller: Caller, experiment: Experiment, slots: Slots | None, *, is_queued: bool
) -> tuple[Button, ...]:
    subject = lookup.subject(experiment)
    buttons = offered(caller.project_key, subject, slots, is_queued=is_queued)
    doubt = "" if experiment.has_visitors else NO_VISITOR_COUNTED
    return tuple(replace(each, doubt=doubt if each.asks_conclusion else "") for each in buttons)
