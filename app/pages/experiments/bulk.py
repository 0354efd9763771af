"""The same change for the selected experiments: first what it would do, then what came of it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import lifecycle
from app.accounts.caller import Caller
from app.core.errors import InvalidInput
from app.experiments import lookup
from app.lifecycle import BulkOutcome, Mode, Order, Precondition, Subject
from app.models import Conclusion, Door, Role, Status
from app.pages.common.callers import member
from app.pages.experiments import bulk_panel, bulk_words
from app.pages.experiments.bulk_panel import (
    Told,
    WayBack,
    could_wait,
    with_status_tokens,
    with_versions,
)
from app.pages.experiments.bulk_words import WORDS
from app.web.extensions import csrf
from app.web.settings import queue_until

blueprint = Blueprint("bulk_page", __name__)

SWAPS_BACK = "Swapping back pauses what the queue has started, and sets what you paused live again."


@blueprint.post("/projects/<project_key>/bulk/preview")
def preview(project_key: str) -> ResponseReturnValue:
    """Show what the change would do now, in either mode; nothing is done."""
    caller = _caller(project_key)
    order = _order(caller, Mode.AS_MANY_AS_FIT)
    came = lifecycle.dry_run(caller.project_id, order, caller.actor(Door.BROWSER))
    return render_template(
        "experiments/_bulk_question.html",
        caller=caller,
        order=order,
        chosen=_tokens(order)([item.experiment for item in came.items]),
        modes=Mode,
        goes=came.changed,
        already=len(came.already),
        besides=bulk_words.besides(came),
        refused=bulk_words.refused(came.items),
        waiting=len(could_wait(came.items)),
        brings=bulk_words.brings(order.target, came.changed),
        never=bulk_words.never_measures(came.items),
        words=WORDS[order.target],
        slots=bulk_words.slots(came),
        undecided=bulk_words.undecided(came),
        doubt=_doubt(order, came),
    )


@blueprint.post("/projects/<project_key>/bulk")
def change(project_key: str) -> ResponseReturnValue:
    """Carry the change out, and tell what came of each experiment."""
    caller = _caller(project_key)
    mode = _mode(request.form.get("mode", Mode.AS_MANY_AS_FIT))
    return _carried_out(caller, _order(caller, mode))


@blueprint.post("/projects/<project_key>/bulk/undo")
def undo(project_key: str) -> ResponseReturnValue:
    """Take a change of many back, of as many as it can be, and tell what came of each."""
    caller = _caller(project_key)
    order = _order(caller, Mode.AS_MANY_AS_FIT)
    return _carried_out(
        caller, replace(order, takes_back=True, in_place_of=_holders(caller, order.test_ids))
    )


@blueprint.post("/projects/<project_key>/bulk/queue")
def queue(project_key: str) -> ResponseReturnValue:
    """Start each when a slot frees, those for which one is free now at once."""
    caller = _caller(project_key)
    chosen, seen = _chosen(caller)
    items = lifecycle.queue_many(
        caller.project_id, chosen, caller.actor(Door.BROWSER), queue_until(), seen
    )
    live = [item for item in items if item.is_changed]
    refused = [item for item in items if item.refusal]
    queued = [item for item in items if not (item.is_changed or item.refusal)]
    title = bulk_words.title_of_queued(len(queued), len(live), len(refused))
    places = bulk_words.places(lifecycle.queue_order(caller.project_id), queued)
    done = [
        *(bulk_words.told(item, "live") for item in live),
        *places,
        *bulk_words.held(caller, queued),
    ]
    told = Told(title, done, refused, is_selected=True, is_held=bool(caller.hold))
    return bulk_panel.answer(caller, told, len(done))


def _carried_out(caller: Caller, order: Order) -> Response:
    came = lifecycle.change_many(caller.project_id, order, caller.actor(Door.BROWSER))
    done = WORDS[order.target].done
    sentences = [
        *(bulk_words.told(item, done) for item in came.changed),
        *bulk_words.besides(came),
    ]
    told = Told(
        bulk_words.title(came, order.target),
        sentences,
        came.refused if came.done else came.unchanged,
        [SWAPS_BACK] if _takers(came) else [],
        _way_back(caller, came),
        is_reversible=None not in came.ways_back,
        is_selected=True,
        is_held=bool(caller.hold),
    )
    return bulk_panel.answer(caller, told, len(came.changed))


def _way_back(caller: Caller, came: BulkOutcome) -> WayBack | None:
    """Return the button that takes back what `came` has done, where there is one."""
    target = came.way_back
    if target is None:
        return None
    changed = with_status_tokens([item.after for item in came.changed])
    holders = _takers(came)
    return WayBack(
        f"undo-to-{target}",
        url_for("bulk_page.undo", project_key=caller.project_key),
        [
            ("status", target),
            *(("ids", public_id) for public_id, _ in changed),
            *(("seen", stamp) for _, stamp in changed),
            *(("holders", holder) for holder in holders),
        ],
        "Swap back" if holders else "Undo",
    )


def _tokens(order: Order) -> Callable[[Sequence[Subject]], list[tuple[str, str]]]:
    """Return what says how each was: a start depends on its design and texts, too."""
    return with_versions if order.target is Status.RUNNING else with_status_tokens


def _takers(came: BulkOutcome) -> list[str]:
    """Return for what was paused by whom the queue has filled its slot, as long as there are any.

    They have to make room again for what goes back to be live.
    """
    return [taker.public_id for taker in came.takers] if came.way_back is Status.RUNNING else []


def _holders(caller: Caller, test_ids: Sequence[int]) -> dict[int, int]:
    """Return what makes room for the first of the experiments, one each, by the form."""
    holders = lookup.test_ids(caller.project_id, request.form.getlist("holders"))
    return dict(zip(test_ids, holders, strict=False))


def _doubt(order: Order, came: BulkOutcome) -> str:
    if order.target is not Status.ARCHIVED:
        return ""
    changed = {item.experiment.test_id: item.experiment.name for item in came.changed}
    seen = lookup.with_visitors(list(changed))
    return bulk_words.doubt([name for test_id, name in changed.items() if test_id not in seen])


def _caller(project_key: str) -> Caller:
    caller = member(project_key, Role.MARKETER)
    csrf.protect()
    return caller


def _order(caller: Caller, mode: Mode) -> Order:
    """Return the order that the form describes; InvalidInput for a status that is none."""
    status = request.form.get("status", "")
    if status not in set(Status):
        raise InvalidInput("Choose a status that there is.", "status")
    test_ids, seen = _chosen(caller)
    conclusion = _conclusion(request.form.get("outcome", ""))
    reason = request.form.get("reason", "")
    return Order(test_ids, Status(status), mode, reason, conclusion, seen)


def _chosen(caller: Caller) -> tuple[list[int], dict[int, Precondition]]:
    """Return the experiments that the form names, and how each was when it was drawn."""
    test_ids = lookup.test_ids(caller.project_id, request.form.getlist("ids"))
    stamps = request.form.getlist("seen")
    if len(stamps) not in (0, len(test_ids)):
        raise InvalidInput("Say of each experiment how it was, or of none.", "seen")
    seen = (Precondition.of_tokens([stamp]) for stamp in stamps)
    return test_ids, dict(zip(test_ids, seen, strict=False))


def _conclusion(text: str) -> Conclusion | None:
    if text and text not in set(Conclusion):
        raise InvalidInput("Choose an outcome that there is.", "outcome")
    return Conclusion(text) if text else None


def _mode(text: str) -> Mode:
    if text not in set(Mode):
        raise InvalidInput("Choose as many as fit, or all or nothing.", "mode")
    return Mode(text)
