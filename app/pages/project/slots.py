"""A project's slots: who holds them, who waits for one, and what is scheduled."""

from dataclasses import dataclass, replace

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from app import lifecycle
from app.accounts.caller import Caller
from app.database.rows.overdue import is_overdue
from app.experiments import lookup
from app.lifecycle import Slots
from app.models import Experiment, QueuedStart, ScheduledChange, ScheduledRise, Status, now
from app.pages.actions.buttons import Button, button, drop_start_button, move_button, unqueue_button
from app.pages.actions.hints import hints
from app.pages.common import fragments, polls
from app.pages.common.meters import meter
from app.pages.common.values import written_percents
from app.pages.common.words import hold_words, limit_words, over_words, standstill_words
from app.pages.common.words.phrases import author, span
from app.pages.experiments.rows import rows
from app.pages.project.hold import printed
from app.web.settings import late_start

blueprint = Blueprint("slots", __name__)

TARGETS = {Status.RUNNING: "Start", Status.STOPPED: "Stop"}


@dataclass(frozen=True)
class ShownChange:
    """A scheduled change, or rise of traffic, as the page prints it; `id` is its own.

    `overdue` says that it has not happened, "" while it is to come; `buttons` are what to do then.
    """

    change: ScheduledChange | ScheduledRise
    id: str
    what: str
    author: str
    overdue: str
    buttons: tuple[Button, ...]


@dataclass(frozen=True)
class Place:
    """A place in the queue as the page prints it."""

    position: int
    queued: QueuedStart
    author: str
    buttons: tuple[Button, ...]


@blueprint.get("/projects/<project_key>/slots")
def show(project_key: str) -> ResponseReturnValue:
    """Show the slots, the queue and the schedule of a project."""
    return polls.answer(project_key, _render)


def _render(caller: Caller, version: str) -> Response:
    held = lifecycle.slots_of(caller.project_id)
    running = lookup.running(caller.project_id)
    line = lifecycle.queue_of(caller.project_id)
    scheduled = _scheduled(caller)
    html = render_template(
        "project/_slots.html" if fragments.is_wanted() else "project/slots.html",
        caller=caller,
        meter=meter(held),
        overridden=limit_words.overridden(held),
        override=held and held.override,
        over=over_words.notice(caller, held),
        stopping=hold_words.stopping(held),
        shipped=hold_words.shipped(caller),
        is_all_stopped=caller.hold is not None and held is not None and not held.running,
        may_change=caller.may_change,
        rows=rows(caller, running.experiments, held, queue=()),
        is_cut=running.next_after is not None,
        places=[_place(caller, *each, len(line)) for each in enumerate(line, start=1)],
        standstill=standstill_words.for_members(caller.jobs_away) if line or scheduled else "",
        is_unserved=lifecycle.is_unserved(line, held, is_held=bool(caller.hold)),
        scheduled=[
            _printed(caller, each, held) for each in scheduled[: lifecycle.MOST_SCHEDULED_LISTED]
        ],
        late_start=span(late_start()),
        is_schedule_cut=len(scheduled) > lifecycle.MOST_SCHEDULED_LISTED,
        holds=[printed(each, caller.user_id) for each in lifecycle.latest_holds(caller.project_id)],
        hints=hints(held, len(line), is_held=bool(caller.hold)),
        version=version if held else fragments.UNREAD,
    )
    return fragments.shown(html, version)


def _scheduled(caller: Caller) -> list[ScheduledChange | ScheduledRise]:
    """Return what is scheduled in the project, the nearest first."""
    changes = lifecycle.scheduled_in_project(caller.project_id)
    rises = lifecycle.rises_scheduled_in(caller.project_id)
    return sorted((*changes, *rises), key=lambda each: (each.at, each.test_id))


def _place(caller: Caller, position: int, queued: QueuedStart, length: int) -> Place:
    return Place(
        position,
        queued,
        author(queued, caller.user_id),
        _buttons(caller, position, queued.experiment, length) if caller.may_change else (),
    )


def _buttons(
    caller: Caller, position: int, experiment: Experiment, length: int
) -> tuple[Button, ...]:
    subject = lookup.subject(experiment)
    earlier = move_button(caller.project_key, subject, (position, position - 1), "Move up")
    later = move_button(caller.project_key, subject, (position, position + 1), "Move down")
    if position == 1:
        earlier = replace(earlier, label="First", is_at_its_end=True)
    if position == length:
        later = replace(later, label="Last", is_at_its_end=True)
    moves = (earlier, later) if length > 1 else ()
    return (*moves, unqueue_button(caller.project_key, subject))


def _printed(
    caller: Caller, change: ScheduledChange | ScheduledRise, slots: Slots | None
) -> ShownChange:
    is_late = is_overdue(change.at)
    if isinstance(change, ScheduledRise):
        return ShownChange(
            change,
            f"rise-{change.test_id}",
            f"Raise traffic to {written_percents(change.traffic_allocation)} %",
            author(change, caller.user_id),
            _late(change) if is_late else "",
            (),
        )
    return ShownChange(
        change,
        f"{change.target}-{change.test_id}",
        TARGETS[change.target],
        author(change, caller.user_id),
        _overdue(caller, change) if is_late else "",
        _ways_on(caller, change, slots) if is_late and caller.may_change else (),
    )


def _overdue(caller: Caller, change: ScheduledChange) -> str:
    is_held = caller.hold is not None and change.target is Status.RUNNING
    return "held" if is_held else _late(change)


def _late(change: ScheduledChange | ScheduledRise) -> str:
    return f"overdue for {span(now() - change.at)}"


def _ways_on(caller: Caller, change: ScheduledChange, slots: Slots | None) -> tuple[Button, ...]:
    """Return the buttons that start what was to start, or drop that."""
    if change.target is Status.STOPPED:
        return ()
    subject = lookup.subject(change.experiment)
    starts = [
        button(caller.project_key, subject, edge, refused=refusal is not None)
        for edge, refusal in lifecycle.actions(subject, slots)
        if edge.takes_slot
    ]
    return (*starts, drop_start_button(caller.project_key, subject))
