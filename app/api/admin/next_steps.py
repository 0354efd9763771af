"""What may be done with experiments now, and what happens to them by itself."""

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

    Its place in the `queue` and its `schedule`, null without one, and its `allowed_actions`: those
    that lead on from its status, each allowed or its refusal; none for who may change nothing.
    """
    slots = lifecycle.slots_of(caller.project_id)
    places = {test_id: place for place, test_id in _line(caller.project_id)}
    planned = lifecycle.scheduled_for([each.test_id for each in experiments])
    for each in experiments:
        own = [change for change in planned if change.test_id == each.test_id]
        known = lifecycle.actions(lookup.subject(each), slots) if caller.may_change else []
        yield (
            each,
            {
                "queue_position": places.get(each.test_id),
                "schedule": _schedule(own),
                "allowed_actions": [_action(*action) for action in known],
            },
        )


def _line(project_id: int) -> Iterator[tuple[int, int]]:
    return iter(enumerate(lifecycle.queue_order(project_id), start=1))


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
