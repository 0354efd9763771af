"""What may be done with experiments now, and what happens to them by itself."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from app import lifecycle
from app.accounts.caller import Caller
from app.api import refusal_member
from app.api.moments import written
from app.experiments import lookup
from app.lifecycle import Edge, Refusal
from app.models import Experiment, ScheduledChange, Status


def beside(
    caller: Caller, experiments: Sequence[Experiment]
) -> Iterator[tuple[Experiment, dict[str, object]]]:
    """Return each experiment with three more members.

    Its `queue_position` and its `schedule`, null without one, and its `allowed_actions`: those that
    lead on from its status, each allowed or its refusal; none for who may change nothing.
    """
    slots = lifecycle.slots_of(caller.project_id)
    order = lifecycle.queue_order(caller.project_id)
    places = {test_id: place for place, test_id in enumerate(order, start=1)}
    planned = defaultdict[int, list[ScheduledChange]](list)
    for change in lifecycle.scheduled_for([each.test_id for each in experiments]):
        planned[change.test_id].append(change)
    for each in experiments:
        known = lifecycle.actions(lookup.subject(each), slots) if caller.may_change else []
        yield (
            each,
            {
                "queue_position": places.get(each.test_id),
                "schedule": _schedule(planned[each.test_id]),
                "allowed_actions": [_action(*action) for action in known],
            },
        )


def _schedule(changes: Sequence[ScheduledChange]) -> dict[str, str | None] | None:
    moments = {change.target: change.at for change in changes}
    if not moments:
        return None
    return {
        "start_at": written(moments.get(Status.RUNNING)),
        "stop_at": written(moments.get(Status.STOPPED)),
    }


def _action(edge: Edge, refusal: Refusal | None) -> dict[str, object]:
    if refusal is None:
        return {"action": edge.action, "allowed": True}
    told = {"detail": refusal.sentence} | refusal_member.beside(refusal)
    return {"action": edge.action, "allowed": False, **told}
