"""The action buttons: each calls the JSON status endpoint of the contract that offers its edge."""

import json
from dataclasses import dataclass

from flask import url_for

from app.api import v2
from app.ledger import Subject
from app.lifecycle import Action, Contract, Edge
from app.pages.words import CONSEQUENCES
from app.slots import Holder

FILLED = frozenset({Action.START})
PLAIN = frozenset({Action.PAUSE, Action.RESUME})


@dataclass(frozen=True)
class Button:
    """A button as the page draws it.

    `verb` is the attribute by which htmx sends, `outcome` the address of the fragment that says
    what came of it, `question` and `consequence` what a dialog asks before an action that is final.
    """

    identity: str
    label: str
    style: str
    verb: str
    address: str
    body: str
    outcome: str
    described_by: str
    question: str = ""
    consequence: str = ""


def button(
    project_key: str,
    experiment: Subject | Holder,
    edge: Edge,
    *,
    label: str | None = None,
    refused: bool = False,
) -> Button:
    """The button that takes `edge`, under the edge's own label unless another is given.

    A refused one stays pressable, since pressing it explains.
    """
    verb, address, body = _request(project_key, experiment, edge)
    asks = edge.action in CONSEQUENCES
    return Button(
        identity=f"{edge.action}-{experiment.test_id}",
        label=label or edge.label or "",
        style=_style(edge.action, refused=refused),
        verb=verb,
        address=address,
        body=json.dumps(body),
        outcome=url_for(
            "experiment.outcome", project_key=project_key, key=experiment.key, action=edge.action
        ),
        described_by=f"name-{experiment.test_id}",
        question=f"{edge.label} “{experiment.name}”?" if asks else "",
        consequence=CONSEQUENCES.get(edge.action, ""),
    )


def _request(
    project_key: str, experiment: Subject | Holder, edge: Edge
) -> tuple[str, str, dict[str, int | str]]:
    if edge.page_contract is Contract.INTEGERS:
        address = url_for("v2.set_status", project_key=project_key, test_id=experiment.test_id)
        return "hx-patch", address, {"status": v2.CODES[edge.target]}
    address = url_for("admin_api.set_status", public_id=experiment.public_id)
    return "hx-post", address, {"status": edge.target}


def _style(action: Action, *, refused: bool) -> str:
    if action in FILLED and not refused:
        return "filled"
    return "plain" if action in FILLED | PLAIN else "quiet"
