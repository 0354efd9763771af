"""The actions that this contract's names of statuses ask for. The present one is refused."""

from app.lifecycle import Action, Offer
from app.models import Status

OFFERS = {
    Status.RUNNING: Offer(Status.RUNNING, {Status.DRAFT: Action.START}),
    Status.STOPPED: Offer(Status.STOPPED, {Status.RUNNING: Action.PAUSE}),
    Status.ARCHIVED: Offer(
        Status.ARCHIVED, {Status.STOPPED: Action.ARCHIVE, Status.DRAFT: Action.DISCARD}
    ),
    Status.DRAFT: Offer(Status.DRAFT, {}),
}
