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
from app.models import Conclusion, Door, Role, Status
from app.pages.callers import member
from app.pages.outcomes import reason
from app.pages.words import counted
from app.refusals import WayOut

blueprint = Blueprint("bulk_page", __name__)


@dataclass(frozen=True)
class Words:
    """How a change of many is asked for and told: "Start 3", "is live", "3 experiments are live".

    `asks_reason` where the reason is asked for, `is_final` where there is no way back, and how it
    ended is asked for too.
    """

    verb: str
    done: str
    way_back: str
    asks_reason: bool = False
    is_final: bool = False


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
        is_final=True,
    ),
}


@blueprint.post("/projects/<project_key>/bulk/preview")
def preview(project_key: str) -> ResponseReturnValue:
    """What the change would do now, in either mode; nothing is done."""
    caller = _caller(project_key)
    chosen = _chosen(caller, Mode.AS_MANY_AS_FIT)
    actor = caller.actor(Door.BROWSER)
    came = bulk.rehearse(caller.project_id, chosen, actor)
    goes = _going(came)
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
    gone = _going(came) if came.done else []
    done = [f"“{item.experiment.name}” is {WORDS[chosen.target].done}." for item in gone]
    title = _title(chosen, came, len(gone))
    remaining = [item for item in came.items if item not in gone]
    return _told(caller, title, done, remaining, is_reversible=not WORDS[chosen.target].is_final)


@blueprint.post("/projects/<project_key>/bulk/queue")
def queue(project_key: str) -> ResponseReturnValue:
    """Start each when a slot frees, those for which one is free now at once."""
    caller = _caller(project_key)
    chosen = experiments.test_ids(caller.project_id, request.form.getlist("ids"))
    items = bulk.queue(caller.project_id, chosen, caller.actor(Door.BROWSER))
    live = [item for item in items if item.is_changed]
    refused = [item for item in items if item.refusal]
    queued = [item for item in items if not (item.is_changed or item.refusal)]
    counts = {"queued": len(queued), "live": len(live), "refused": len(refused)}
    done = [
        *(f"“{item.experiment.name}” is live." for item in live),
        *_places(queueing.order(caller.project_id), queued),
    ]
    return _told(caller, _title_of_queued(counts), done, refused)


def _told(
    caller: Caller,
    title: str,
    done: list[str],
    remaining: list[Item],
    *,
    is_reversible: bool = False,
) -> Response:
    """The panel: what is done, a sentence each; why what remains was refused, and what to do."""
    html = render_template(
        "_bulk_outcome.html",
        caller=caller,
        title=title,
        done=done,
        is_reversible=is_reversible,
        refused=_refused(remaining),
        waiting=_could_wait(remaining),
        remaining=[item.experiment.public_id for item in remaining],
    )
    answer = make_response(html)
    answer.headers["HX-Trigger"] = "experiments-changed"
    return answer


def _places(order: list[int], queued: Sequence[Item]) -> list[str]:
    """Where each waits; what has left the queue since is said to be queued, and no more."""
    places = {test_id: f" at place {place}" for place, test_id in enumerate(order, start=1)}
    return [
        f"“{item.experiment.name}” is queued{places.get(item.experiment.test_id, '')}."
        for item in queued
    ]


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
    conclusion = _conclusion(request.form.get("outcome", ""))
    return Order(test_ids, Status(status), mode, request.form.get("reason", ""), conclusion)


def _conclusion(text: str) -> Conclusion | None:
    if text and text not in set(Conclusion):
        raise InvalidInput("There is no such outcome.", "outcome")
    return Conclusion(text) if text else None


def _mode(text: str) -> Mode:
    if text not in set(Mode):
        raise InvalidInput("There is no such way to change many.", "mode")
    return Mode(text)


def _going(came: Came) -> list[Item]:
    """What changes: not refused, and not so already."""
    return [item for item in came.items if item.is_changed]


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
    if came.refused:
        return f"{gone} of {len(came.items)} {_are(gone)} {done}, {len(came.refused)} refused."
    return f"{counted(gone, 'experiment')} {_are(gone)} {done}."


def _title_of_queued(counts: dict[str, int]) -> str:
    said = [f"{count} {_are(count)} {what}" for what, count in counts.items() if count]
    return f"{', '.join(said)}."


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _slots(came: Came) -> str:
    before, after = came.slots_before, came.slots_after
    if before is None or after is None or before.limit is None:
        return ""
    return f"{before.running} of {before.limit} live now, {after.running} afterwards."
