"""What may be done with experiments now, and what happens to them by itself."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NotRequired

from typing_extensions import TypedDict

from app import lifecycle
from app.accounts.caller import Caller
from app.api import refusal_member
from app.api.moments import Written, written
from app.api.refusal_member import RefusalMember
from app.core.validation import percents
from app.experiments import lookup
from app.lifecycle import Action, Edge, Planned, Refusal, Slots, Subject
from app.models import Experiment, Status


class PossibleAction(TypedDict):
    """An action that leads on from the experiment's status, allowed or refused."""

    action: Action
    """Its name in the rule book."""
    allowed: bool
    """Whether it may be taken now."""
    detail: NotRequired[str]
    """Of one that is refused: why, in a sentence."""
    refusal: NotRequired[RefusalMember]
    """Of one that is refused."""


class StartAndStop(TypedDict):
    """When an experiment is to start and to stop, and when its traffic is to rise."""

    start_at: Written | None
    """When it is to start; null for not at all."""
    stop_at: Written | None
    """When it is to stop; null for not at all."""
    raise_at: Written | None
    """When its traffic is to rise; null for not at all."""
    raise_to: float | None
    """To how much of its audience, in percent; null for not at all."""


class NextSteps(TypedDict):
    """What may be done with an experiment now, and what happens to it by itself."""

    queue_position: int | None
    """1 is next; null where it does not wait."""
    schedule: StartAndStop | None
    """When what is to happen to it; null where nothing is set."""
    allowed_actions: list[PossibleAction]
    """None for who may change nothing."""


def beside(
    caller: Caller, experiments: Sequence[Experiment]
) -> Iterator[tuple[Experiment, NextSteps]]:
    """Return each experiment with three more members.

    Its `queue_position` and its `schedule`, null without one, and its `allowed_actions`: those that
    lead on from its status, each allowed or its refusal; none for who may change nothing, and of a
    key that is limited those that it may take.
    """
    slots = lifecycle.slots_of(caller.project_id)
    order = lifecycle.queue_order(caller.project_id)
    places = {test_id: place for place, test_id in enumerate(order, start=1)}
    planned = defaultdict[int, list[Planned]](list)
    for change in lifecycle.scheduled_for([each.test_id for each in experiments]):
        planned[change.test_id].append(change)
    for each in experiments:
        known = _known_to(caller, lookup.subject(each), slots)
        yield (
            each,
            {
                "queue_position": places.get(each.test_id),
                "schedule": _schedule(planned[each.test_id]),
                "allowed_actions": [_action(*action) for action in known],
            },
        )


def _known_to(
    caller: Caller, experiment: Subject, slots: Slots | None
) -> list[tuple[Edge, Refusal | None]]:
    if not caller.may_change:
        return []
    actions = lifecycle.actions(experiment, slots)
    return [
        (edge, refusal)
        for edge, refusal in actions
        if all(caller.has(scope) for scope in lifecycle.scopes_of(edge, experiment))
    ]


def _schedule(changes: Sequence[Planned]) -> StartAndStop | None:
    moments = {change.target: change.at for change in changes}
    if not moments:
        return None
    share = next((each.traffic_allocation for each in changes if each.target is None), None)
    return {
        "start_at": written(moments.get(Status.RUNNING)),
        "stop_at": written(moments.get(Status.STOPPED)),
        "raise_at": written(moments.get(None)),
        "raise_to": None if share is None else percents(share),
    }


def _action(edge: Edge, refusal: Refusal | None) -> PossibleAction:
    if refusal is None:
        return {"action": edge.action, "allowed": True}
    told = refusal_member.beside(refusal)
    return {"action": edge.action, "allowed": False, "detail": refusal.sentence, **told}
