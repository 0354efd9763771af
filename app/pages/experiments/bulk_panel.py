"""The panel that says what came of a change of many, with what to do about it."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, make_response, render_template

from app.accounts.caller import Caller
from app.api.answers import EXPERIMENTS_CHANGED
from app.core.version_tokens import token_of_version
from app.lifecycle import Item, Subject
from app.pages.experiments import bulk_words

Fields = Sequence[tuple[str, str]]
"""Names and values that a form sends."""


@dataclass(frozen=True)
class WayBack:
    """The button that takes a change of many back: where it sends which fields."""

    id: str
    address: str
    fields: Fields
    label: str = "Undo"


@dataclass(frozen=True)
class Told:
    """What came of a change of many, a sentence each, and why what remains was refused.

    `notes` say more of it. `is_reversible` where history takes each back, `is_selected` where
    what remains stays selected, and `is_held` where the queue is held after it.
    """

    title: str
    done: Sequence[str]
    remaining: Sequence[Item] = ()
    notes: Sequence[str] = ()
    way_back: WayBack | None = None
    is_reversible: bool = False
    is_selected: bool = False
    is_held: bool = False


def answer(caller: Caller, told: Told, changed: int) -> Response:
    """Return the panel, of which so many were changed; the page is told to draw itself anew."""
    refused = bulk_words.refused(told.remaining)
    html = render_template(
        "experiments/_bulk_outcome.html",
        caller=caller,
        told=told,
        changed=changed,
        refused=refused,
        is_mostly_refused=len(refused) > changed,
        waiting=with_versions([item.experiment for item in could_wait(told.remaining)]),
        remaining=[item.experiment.public_id for item in told.remaining],
    )
    response = make_response(html)
    response.headers.update(EXPERIMENTS_CHANGED)
    return response


def could_wait(items: Sequence[Item]) -> list[Item]:
    """Return what only the plan keeps from running."""
    return [item for item in items if item.could_wait]


def with_status_tokens(experiments: Sequence[Subject]) -> list[tuple[str, str]]:
    """Return what a form says of each: its id, and the token of its status as it is now."""
    return [(each.public_id, each.status_token) for each in experiments]


def with_versions(experiments: Sequence[Subject]) -> list[tuple[str, str]]:
    """Return what a form that makes them live says of each: its id, and its version's token."""
    return [(each.public_id, token_of_version(each.version)) for each in experiments]
