"""The same change for the selected experiments: first what it would do, then what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from app import bulk, experiments, queueing
from app.access import Caller
from app.bulk import Came, Item, Mode, Order
from app.errors import InvalidInput
from app.extensions import csrf
from app.models import Door, Role, Status
from app.pages.callers import member
from app.pages.outcomes import reason
from app.pages.words import counted
from app.refusals import WayOut

blueprint = Blueprint("bulk_page", __name__)


@dataclass(frozen=True)
class Words:
    """How a change of many is asked for and told: "Start 3", "is live", "3 experiments are live".

    `asks_reason` where the reason is asked for.
    """

    verb: str
    done: str
    way_back: str
    asks_reason: bool = False


WORDS = {
    Status.RUNNING: Words("Start", "live", "Visitors are split. Way back: Pause, at any moment."),
    Status.STOPPED: Words(
        "Pause",
        "paused",
        "Everybody sees the original; data is kept. Way back: Resume, while there is a slot.",
        asks_reason=True,
    ),
    Status.DRAFT: Words(
        "Move back to draft", "back in draft", "Nobody sees them; data is kept. Way back: Start."
    ),
    Status.ARCHIVED: Words(
        "Archive",
        "archived",
        "There is no way back: an archived experiment is never started again. Clones begin anew.",
        asks_reason=True,
    ),
}


@blueprint.post("/projects/<project_key>/bulk/preview")
def preview(project_key: str) -> ResponseReturnValue:
    """What the change would do now, in either mode; nothing is done."""
    caller = _caller(project_key)
    chosen = _chosen(caller, Mode.AS_MANY_AS_FIT)
    actor = caller.actor(Door.BROWSER)
    came = bulk.rehearse(caller.project_id, chosen, actor)
    goes = _going(chosen, came)
    return render_template(
        "_bulk_question.html",
        caller=caller,
        order=chosen,
        ids=request.form.getlist("ids"),
        came=came,
        modes=Mode,
        goes=goes,
        already=len(came.items) - len(came.refused) - len(goes),
        refused=_refused(came.items),
        waiting=_could_wait(came.items),
        words=WORDS[chosen.target],
        slots=_slots(came),
    )


@blueprint.post("/projects/<project_key>/bulk")
def change(project_key: str) -> ResponseReturnValue:
    """Carry the change out, and tell what came of each experiment."""
    caller = _caller(project_key)
    chosen = _chosen(caller, _mode(request.form.get("mode", Mode.AS_MANY_AS_FIT)))
    came = bulk.carry_out(caller.project_id, chosen, caller.actor(Door.BROWSER))
    gone = _going(chosen, came) if came.done else []
    done = [f"“{item.experiment.name}” is {WORDS[chosen.target].done}." for item in gone]
    title = _title(chosen, came, len(gone))
    return _told(caller, title, done, [item for item in came.items if item not in gone])


@blueprint.post("/projects/<project_key>/bulk/queue")
def queue(project_key: str) -> ResponseReturnValue:
    """Start each when a slot frees, those for which one is free now at once."""
    caller = _caller(project_key)
    chosen = experiments.test_ids(caller.project_id, request.form.getlist("ids"))
    items = bulk.queue(caller.project_id, chosen, caller.actor(Door.BROWSER))
    places = {each: place for place, each in enumerate(queueing.order(caller.project_id), start=1)}
    done = [_place(item, places) for item in items if not item.refusal]
    waiting = sum(item.experiment.test_id in places for item in items)
    title = _title_of_queued(waiting, len(done) - waiting, len(items) - len(done))
    return _told(caller, title, done, [item for item in items if item.refusal])


def _told(caller: Caller, title: str, done: list[str], remaining: list[Item]) -> Response:
    """The panel: what is done, a sentence each; why what remains was refused, and what to do."""
    html = render_template(
        "_bulk_outcome.html",
        caller=caller,
        title=title,
        done=done,
        refused=_refused(remaining),
        waiting=_could_wait(remaining),
        remaining=[item.experiment.public_id for item in remaining],
    )
    answer = make_response(html)
    answer.headers["HX-Trigger"] = "experiments-changed"
    return answer


def _place(item: Item, places: dict[int, int]) -> str:
    place = places.get(item.experiment.test_id)
    where = f"in the queue, at place {place}" if place else "live"
    return f"“{item.experiment.name}” is {where}."


def _caller(project_key: str) -> Caller:
    caller = member(project_key, Role.MARKETER)
    csrf.protect()
    return caller


def _chosen(caller: Caller, mode: Mode) -> Order:
    """The order that the form describes; InvalidInput for a status that is none."""
    status = request.form.get("status", "")
    if status not in set(Status):
        raise InvalidInput("There is no such status.", "status")
    test_ids = experiments.test_ids(caller.project_id, request.form.getlist("ids"))
    return Order(test_ids, Status(status), mode, request.form.get("reason", ""))


def _mode(text: str) -> Mode:
    if text not in set(Mode):
        raise InvalidInput("There is no such way to change many.", "mode")
    return Mode(text)


def _going(chosen: Order, came: Came) -> list[Item]:
    """What changes: not refused, and not so already."""
    return [
        item
        for item in came.items
        if not item.refusal and item.experiment.status is not chosen.target
    ]


def _refused(items: Sequence[Item]) -> list[tuple[str, str]]:
    """The names of what is refused, each with why."""
    return [
        (item.experiment.name, reason(item.experiment.status, item.refusal))
        for item in items
        if item.refusal
    ]


def _could_wait(items: Sequence[Item]) -> list[str]:
    """The ids of what only the plan keeps from running."""
    return [
        item.experiment.public_id
        for item in items
        if item.refusal and WayOut.QUEUE in item.refusal.ways_out
    ]


def _title(chosen: Order, came: Came, gone: int) -> str:
    done = WORDS[chosen.target].done
    if not came.done:
        return f"Nothing is changed: {len(came.refused)} of {len(came.items)} were refused."
    are = "is" if gone == 1 else "are"
    if came.refused:
        return f"{gone} of {len(came.items)} {are} {done}, {len(came.refused)} refused."
    return f"{counted(gone, 'experiment')} {are} {done}."


def _title_of_queued(waiting: int, live: int, refused: int) -> str:
    counts = {"queued": waiting, "live": live, "refused": refused}
    said = [f"{count} {'is' if count == 1 else 'are'} {what}" for what, count in counts.items()]
    return f"{', '.join(each for each in said if not each.startswith('0 '))}."


def _slots(came: Came) -> str:
    before, after = came.slots_before, came.slots_after
    if before is None or after is None or before.limit is None:
        return ""
    return f"{before.running} of {before.limit} live now, {after.running} afterwards."
