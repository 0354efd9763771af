"""Actions of the rule book, taken by their names, each in one unit of work."""

from app.core.errors import InvalidInput
from app.lifecycle import subjects
from app.lifecycle.ends.decisions import ActionRequest, decide_within
from app.lifecycle.ends.taking_back import take_back
from app.lifecycle.queueing import queue_processing
from app.lifecycle.rules import Action, ChangeRequest, edge_of, offer_of
from app.lifecycle.subjects import Reference
from app.lifecycle.transitions import Change, deciding, transition
from app.models import Actor, Status


def take_action(
    project_id: int, experiment: Reference, request: ActionRequest, actor: Actor
) -> Change:
    """Take an action in one unit of work; what is decided so already changes nothing.

    Raises what `transition` raises, and InvalidInput for an unknown variant, for a variant or an
    outcome that the action cannot keep, and without an outcome where one is to be kept.
    """
    if not edge_of(request.action).decides:
        return _take_plain(project_id, experiment, request, actor)
    action = request.action
    with deciding(project_id, experiment, Status.STOPPED, actor, deciding_action=action) as work:
        change = decide_within(work, subjects.load(work, experiment, request.hidden), request)
        if change.edge and change.edge.frees_slot and change.has_queue:
            queue_processing.fill_freed(work, [change.entry_id])
        return change


def _take_plain(
    project_id: int, experiment: Reference, request: ActionRequest, actor: Actor
) -> Change:
    if request.variant is not None:
        raise InvalidInput("Only what is shipped or concluded names a variant.", "variant")
    offer, reason, outcome = offer_of(request.action), request.reason, request.outcome
    change_request = ChangeRequest(offer, reason, outcome, request.expected)
    carry_out = take_back if request.action is Action.UNREDRAFT else transition
    return carry_out(project_id, experiment, change_request, actor)
