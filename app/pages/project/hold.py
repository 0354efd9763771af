"""Holding a project's queue, lifting that hold, and stopping everything that is live in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import lifecycle
from app.accounts.caller import Caller
from app.core.errors import NotFound
from app.core.validation import whole_number
from app.lifecycle import Hold, HoldEnd, PastHold, Restarted, StopLeft, Stopped, StopUndo, Subject
from app.models import Door, Role
from app.pages.common import fragments
from app.pages.common.callers import member
from app.pages.common.forms import ConfirmForm, is_confirmed
from app.pages.common.time_zones import by_the_clock
from app.pages.common.words import hold_words
from app.pages.common.words.hold_words import NOTHING_STARTS, brought_back, held_by
from app.pages.common.words.phrases import called, counted, quoted
from app.pages.experiments import bulk_panel, bulk_words, stop_undo
from app.pages.experiments.bulk_panel import Told, WayBack
from app.web.extensions import csrf
from app.web.settings import late_start, start_terms

blueprint = Blueprint("hold", __name__)


@blueprint.get("/projects/<project_key>/hold")
def show(project_key: str) -> ResponseReturnValue:
    """Ask whether to lift the hold, and say what that would start and what stays paused.

    Leads to where one holds, where there is none.
    """
    caller = member(project_key, Role.MARKETER)
    if not caller.hold:
        return redirect(url_for("slots.show", project_key=project_key))
    starting = lifecycle.forecast_of_lift(caller.project_id, late_start())
    stops = lifecycle.stops_left_under(caller.project_id, caller.hold)
    staying = _staying(stops, starting)
    return render_template(
        "project/hold.html",
        caller=caller,
        form=ConfirmForm(),
        starting=starting,
        staying=staying,
        names_staying=quoted(staying),
        undos=[
            (stop, stop_undo.brings(stop), stop_undo.way_back(project_key, stop.undo))
            for stop in stops
            if stop.paused or stop.unserved
        ],
    )


@blueprint.post("/projects/<project_key>/hold")
def place(project_key: str) -> ResponseReturnValue:
    """Hold the queue."""
    caller, said_by = member(project_key, Role.MARKETER), None
    if is_confirmed():
        reason = request.form.get("reason", "")
        held = lifecycle.hold_queue(caller.project_id, caller.actor(Door.BROWSER), reason)
        # The page says on top that it is held, since when and by whom: that takes the focus.
        if held.is_new:
            said_by = "hold"
        else:
            flash("Nothing had to change: the queue was held already.")
    return redirect(url_for("slots.show", project_key=project_key, _anchor=said_by))


@blueprint.post("/projects/<project_key>/hold/<number:hold_id>/lift")
def lift(project_key: str, hold_id: int) -> ResponseReturnValue:
    """Lift the hold that the page was about, and no other."""
    caller = member(project_key, Role.MARKETER)
    if is_confirmed():
        flash(_lifted(caller, hold_id))
    return redirect(url_for("slots.show", project_key=project_key))


@blueprint.post("/projects/<project_key>/stop-all")
def stop_everything(project_key: str) -> ResponseReturnValue:
    """Pause all that is live and hold the queue, and tell what came of it."""
    caller = member(project_key, Role.MARKETER)
    csrf.protect()
    reason, actor = request.form.get("reason", ""), caller.actor(Door.BROWSER)
    stops_serving = bool(request.form.get("stop_serving"))
    stopped = lifecycle.stop_everything(
        caller.project_id, actor, reason, stops_serving=stops_serving
    )
    done = [bulk_words.told(item, "paused") for item in stopped.outcome.changed]
    done += [f"“{each.name}” is served no more." for each, _ in stopped.unserved]
    shipped = hold_words.served_still(lifecycle.shipped_in(caller.project_id))
    told = Told(
        _title(stopped),
        done,
        notes=[
            *(shipped or (["Every visitor sees the original; data is kept."] if done else [])),
            f"{NOTHING_STARTS}{brought_back(stopped.outcome.slots_after, _paused(stopped))}",
        ],
        way_back=_way_back(caller, stopped.undo),
    )
    return bulk_panel.answer(caller, told, len(done))


@blueprint.post("/projects/<project_key>/stop-all/undo")
def undo_stop(project_key: str) -> ResponseReturnValue:
    """Resume what was paused and lift the hold, and tell what came of it.

    In a panel of the page that stays; a form of a whole page leads to slots and queue.
    """
    caller = member(project_key, Role.MARKETER)
    if fragments.is_wanted():
        csrf.protect()
    elif not is_confirmed():
        return redirect(url_for("hold.show", project_key=project_key))
    restarted = lifecycle.undo_stop(
        caller.project_id, caller.actor(Door.BROWSER), _stop_undo(), start_terms()
    )
    live = [bulk_words.told(item, "live again") for item in restarted.outcome.changed]
    live += [f"“{each.name}” is shipped again." for each in restarted.served]
    started = [f"“{each.name}” starts by itself." for each in restarted.lifted.started]
    notes = [_still_held(caller, restarted.held)] if restarted.held else []
    told = Told(
        _title_of_undo(restarted),
        [*live, *started],
        restarted.outcome.refused,
        notes,
        is_held=bool(restarted.held),
    )
    if not fragments.is_wanted():
        flash(" ".join([told.title, *_refused(restarted), *started, *notes]))
        return redirect(url_for("slots.show", project_key=project_key))
    return bulk_panel.answer(caller, told, len(live))


COMMAND_LINE = "the command line"


@dataclass(frozen=True)
class PrintedHold:
    """A hold as the page prints it; `lifter` is "" while it is open."""

    since: datetime
    author: str
    reason: str
    lifted_at: datetime | None
    lifter: str


def printed(past: PastHold, reader_id: int | None) -> PrintedHold:
    """Return a hold as the reader is shown it."""
    return PrintedHold(
        past.hold.since,
        held_by(past.hold, reader_id),
        past.hold.reason,
        past.end and past.end.at,
        _lifted_by(past.end, reader_id) if past.end else "",
    )


def _still_held(caller: Caller, hold: Hold) -> str:
    who = held_by(hold, caller.user_id)
    return f"The queue is held since {by_the_clock(hold.since)} by {who}."


def _lifted(caller: Caller, hold_id: int) -> str:
    actor = caller.actor(Door.BROWSER)
    lifted = lifecycle.lift_hold(caller.project_id, actor, start_terms(), hold_id)
    if lifted.hold is None:
        return f"That hold was lifted already{_ended(caller, lifted.earlier)}."
    return f"The hold is lifted. {_started(lifted.started)}"


def _ended(caller: Caller, end: HoldEnd | None) -> str:
    if end is None:
        return ""
    return f", {by_the_clock(end.at)} by {_lifted_by(end, caller.user_id)}"


def _lifted_by(end: HoldEnd, reader_id: int | None) -> str:
    """Return who lifted a hold, as the reader would say it."""
    return called(end.user_id, end.email, end.api_key, reader_id) or COMMAND_LINE


def _started(experiments: Sequence[Subject]) -> str:
    if not experiments:
        return "Nothing has started by that."
    names = quoted([each.name for each in experiments])
    return f"{names} {'is' if len(experiments) == 1 else 'are'} live now."


def _paused(stopped: Stopped) -> int:
    return len(stopped.outcome.changed)


def _title(stopped: Stopped) -> str:
    paused = _paused(stopped)
    queue = "the queue is held" if stopped.held.is_new else "the queue was held already"
    if not paused:
        return f"Nothing was live, and {queue}."
    is_paused = "is paused" if paused == 1 else "are paused"
    return f"Everything is stopped: {counted(paused, 'experiment')} {is_paused}, and {queue}."


def _title_of_undo(restarted: Restarted) -> str:
    live, refused = len(restarted.outcome.changed), len(restarted.outcome.refused)
    is_live = f"{counted(live, 'experiment')} {'is' if live == 1 else 'are'} live again"
    said = [
        *([is_live] if live or refused else []),
        *([f"{refused} refused"] if refused else []),
        *(["the hold is lifted"] if restarted.lifted.hold else []),
    ]
    sentence = ", ".join(said) or "nothing is left to undo"
    return f"{sentence[0].upper()}{sentence[1:]}."


def _way_back(caller: Caller, undo: StopUndo) -> WayBack | None:
    return None if undo.is_empty else stop_undo.way_back(caller.project_key, undo)


def _staying(stops: Sequence[StopLeft], starting: Sequence[Subject]) -> list[str]:
    """Return the names of what was paused and does not start with the lift."""
    start = {each.test_id for each in starting}
    return [each.name for stop in stops for each in stop.paused if each.test_id not in start]


def _refused(restarted: Restarted) -> list[str]:
    refused = bulk_words.refused(restarted.outcome.refused)
    if not refused:
        return []
    names, reasons = zip(*refused, strict=True)
    are = "is" if len(names) == 1 else "are"
    return [f"{quoted(names)} {are} refused: {'; '.join(dict.fromkeys(reasons))}."]


def _stop_undo() -> StopUndo:
    """Return what the form takes back. Raises NotFound for what is no number."""
    return StopUndo(*(_number(name) for name in ("hold", "first", "last")))


def _number(name: str) -> int | None:
    written = request.form.get(name, "")
    number = whole_number(written)
    if written and number is None:
        raise NotFound("No Stop everything has this number, so nothing is taken back.")
    return number
