"""Receiving: events of visitors are collected, and those of nobody who is to count are dropped."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.serving import bots, collecting
from app.serving.events import Dropped, Event, Reason, Receipt
from app.serving.serving_keys import ServingKey


@dataclass(frozen=True)
class Sender:
    """Who has sent events; it `is_page` where a browser sent them from a page.

    It `is_automated` where the browser says that a program leads it. What programs send, for
    visitors of theirs, says nothing of those: the user agent is the program's own.
    """

    user_agent: str
    is_page: bool
    is_automated: bool = False


def receive(key: ServingKey, events: Sequence[Event], sender: Sender) -> Receipt:
    """Collect the events, as `collecting.collect` does, unless their sender is not to count."""
    if sender.is_page and (sender.is_automated or bots.is_bot(sender.user_agent)):
        return _dropped(events, Reason.BOT, "A known bot, or an automated browser, has sent it.")
    return collecting.collect(key, events)


def _dropped(events: Sequence[Event], reason: Reason, detail: str) -> Receipt:
    return Receipt(0, tuple(Dropped(index, reason, detail) for index in range(len(events))))
