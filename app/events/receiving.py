"""Receiving: events of visitors are collected, and those of nobody who is to count are dropped."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.accounts.networks import Network
from app.core import addresses
from app.events import bots, collecting, not_counted
from app.events.events import Dropped, Event, Reason, Receipt
from app.serving.serving_keys import ServingKey
from app.web.limits import rate_limits

LIMIT = "EVENTS_PER_ADDRESS"


@dataclass(frozen=True)
class Sender:
    """Who has sent events, from which address; it `is_page` where a browser sent them from a page.

    What programs send, for visitors of theirs, says nothing of those: user agent and address are
    the program's own. It `is_automated` where a browser says that a program leads it: no visitor
    sits before that, whoever hands on what it sends.
    """

    user_agent: str
    address: str
    is_page: bool
    is_automated: bool = False


def receive(
    key: ServingKey, own_networks: Sequence[Network], events: Sequence[Event], sender: Sender
) -> Receipt:
    """Collect the events, as `collecting.collect` does, unless their sender is not to count."""
    why = _why_not(key, own_networks, len(events), sender)
    receipt = collecting.collect(key, events) if why is None else _all_dropped(len(events), why)
    if receipt.dropped:
        not_counted.note(key.project_id, (each.reason for each in receipt.dropped))
    return receipt


def _all_dropped(number: int, why: Reason) -> Receipt:
    return Receipt(0, tuple(Dropped(index, why, WORDS[why]) for index in range(number)))


WORDS = {
    Reason.BOT: "A known bot, or an automated browser, has sent it.",
    Reason.OWN_VISIT: "It comes from one of the project's own networks.",
    Reason.TOO_MANY: "More events come from its address than people cause.",
}


def _why_not(
    key: ServingKey, own_networks: Sequence[Network], number: int, sender: Sender
) -> Reason | None:
    """Return why so many events are not to count, None where they are."""
    if sender.is_automated:
        return Reason.BOT
    return _why_not_of_page(key, own_networks, number, sender) if sender.is_page else None


def _why_not_of_page(
    key: ServingKey, own_networks: Sequence[Network], number: int, sender: Sender
) -> Reason | None:
    if bots.is_bot(sender.user_agent):
        return Reason.BOT
    if _is_in(own_networks, sender.address):
        return Reason.OWN_VISIT
    return None if _is_within(key.project_id, sender, number) else Reason.TOO_MANY


def _is_in(networks: Sequence[Network], text: str) -> bool:
    """Return whether an address is in one of some networks."""
    address = addresses.read(text)
    return address is not None and any(address in network for network in networks)


def _is_within(project_id: int, sender: Sender, number: int) -> bool:
    """Return whether no more events have come from an address of late than people cause.

    Without an address nobody knows.
    """
    place = addresses.network(sender.address)
    return place is None or rate_limits.is_within(
        LIMIT, number, "events of an address", f"{project_id} {place}"
    )
