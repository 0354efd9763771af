"""The action buttons: each calls a JSON endpoint, as a program would.

Those of the rule book's edges call the status endpoint that the action's words name.
"""

import json
from dataclasses import dataclass, replace

from flask import url_for

from app.api.v2.statuses import CODES
from app.core.version_tokens import token_of, token_of_version
from app.lifecycle import (
    SPLIT_FAULTS,
    UNDECIDED,
    ActionRequest,
    Edge,
    Holder,
    Slots,
    Subject,
    actions,
    edge_of,
)
from app.pages.actions.words import WORDS, Endpoint
from app.pages.common.words.labels import concluded

NOTE_FIELD = "note-to-admins"


@dataclass(frozen=True)
class Button:
    """A button as the page draws it.

    `verb` is the attribute by which htmx sends, `outcome` the address of the fragment that says
    what came of it, `question` and `consequence` what a dialog asks before an action that is final
    or can never measure anything; `asks_conclusion` where it asks how the experiment ended, and
    `doubt` what it asks once more where that is “won”. Its button is the label again unless
    `confirm` is said; `check` is the address of the launch check, where it shows that. `hint` names
    the text that says what the action brings. `seen` is the token of the experiment as the page
    shows it: of its version where the action may make it live, of its status otherwise.
    Pressed when that is past, the button changes nothing. `is_undo` marks what takes back
    what was just done, `note_field` names the field whose text goes along, and `keeps_focus` what
    one presses again and again; it `is_at_its_end` where there is no further way: a word stands in
    its place then, so that nothing else comes under the finger.
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
    confirm: str = ""
    check: str = ""
    asks_conclusion: bool = False
    doubt: str = ""
    hint: str = ""
    seen: str = ""
    is_undo: bool = False
    keeps_focus: bool = False
    is_at_its_end: bool = False
    note_field: str = ""


def button(
    project_key: str,
    experiment: Subject | Holder,
    edge: Edge,
    *,
    label: str | None = None,
    refused: bool = False,
) -> Button:
    """Return the button that takes `edge`, under the action's own label unless another is given.

    A refused one stays pressable, since pressing it explains.
    """
    verb, address, body = _request(project_key, experiment, edge)
    words = WORDS[edge.action]
    label = label or words.label
    is_holder = isinstance(experiment, Holder)
    ending = UNDECIDED if is_holder else experiment.ending
    made = Button(
        identity=f"{edge.action}-{experiment.test_id}",
        label=label,
        style="plain" if refused and words.style == "filled" else words.style,
        verb=verb,
        address=address,
        body=json.dumps(body),
        outcome=_outcome(project_key, experiment, edge.action),
        described_by=f"name-{experiment.test_id}",
        question=f"{words.label} “{experiment.name}”?" if words.consequence else "",
        consequence=words.consequence and f"{words.consequence}{_besides(experiment)}",
        asks_conclusion=words.asks_conclusion and ending.outcome is None,
        hint=edge.action if words.label else "",
        seen=token_of(experiment.changed_at) if is_holder else experiment.status_token,
    )
    if not edge.takes_slot or is_holder:
        return made
    made = replace(made, seen=token_of_version(experiment.version))
    return _asking_first(made, project_key, experiment, f"{words.label} “{experiment.name}”?")


def decision_button(project_key: str, experiment: Subject, request: ActionRequest) -> Button:
    """Return the button that decides something of `experiment`, for an Undo."""
    made = button(project_key, experiment, edge_of(request.action), label="Undo")
    body = {"variant": request.variant, "outcome": request.outcome}
    said = {name: value for name, value in body.items() if value is not None}
    return replace(made, body=json.dumps(said), seen=token_of_version(experiment.version))


def _besides(experiment: Subject | Holder) -> str:
    """Return what becomes of a decision, where the experiment is archived."""
    if isinstance(experiment, Holder) or experiment.ending == UNDECIDED:
        return ""
    ending, name = experiment.ending, experiment.variant_name
    no_more = f" Everybody sees “{name}” now, and the original from then on."
    stays = f" Its outcome stays: {concluded(ending.outcome)}."
    return f"{no_more if ending.is_shipped else ''}{stays if ending.outcome else ''}"


def offered(
    project_key: str, experiment: Subject, slots: Slots | None, *, is_queued: bool = False
) -> tuple[Button, ...]:
    """Return the buttons of the actions that the experiment has now, if they have a button.

    What is queued starts by itself: its button says that it should not. Quiet ones come last, so
    that four of them stand two by two where they do not fit into one line.
    """
    leave = (unqueue_button(project_key, experiment),) if is_queued else ()
    others = [
        button(project_key, experiment, edge, refused=refusal is not None)
        for edge, refusal in actions(experiment, slots)
        if WORDS[edge.action].label and not (is_queued and edge.takes_slot)
    ]
    return (*leave, *sorted(others, key=lambda each: each.style == "quiet"))


def undo(button: Button) -> Button:
    """Return the button as what takes back an action that was just done."""
    return replace(
        button, label="Undo", style="plain", is_undo=True, question="", consequence="", check=""
    )


def swap_button(
    project_key: str, experiment: Subject, holder: Subject | Holder, label: str
) -> Button:
    """Return the button that pauses `holder` and starts `experiment` in its slot."""
    made = replace(
        _start_button(project_key, experiment, "swap", label),
        identity=f"swap-{experiment.test_id}-{holder.test_id}",
        body=json.dumps({"pause": holder.public_id}),
        outcome=_outcome(project_key, experiment, "swap", holder.public_id),
    )
    question = f"Start “{experiment.name}” in place of “{holder.name}”?"
    return _asking_first(made, project_key, experiment, question)


def queue_button(project_key: str, experiment: Subject, label: str = "Queue it") -> Button:
    """Return the button that has `experiment` start when a slot frees."""
    made = _start_button(project_key, experiment, "queue", label)
    made = replace(made, verb="hx-put", address=_queue_address(experiment))
    return _asking_first(made, project_key, experiment, f"Queue “{experiment.name}”?")


def unqueue_button(project_key: str, experiment: Subject) -> Button:
    """Return the button that takes `experiment` out of the queue."""
    made = _start_button(project_key, experiment, "unqueue", "Leave the queue")
    address = _queue_address(experiment)
    return replace(made, verb="hx-delete", address=address, style="quiet", seen="")


def drop_start_button(project_key: str, experiment: Subject) -> Button:
    """Return the button that drops the start which `experiment` was scheduled for."""
    made = _start_button(project_key, experiment, "unschedule", "Drop the start")
    return replace(
        made,
        verb="hx-put",
        address=url_for("schedules_api.put_schedule", public_id=experiment.public_id),
        body=json.dumps({"start_at": None}),
        style="quiet",
        seen="",
    )


def move_button(
    project_key: str, experiment: Subject, positions: tuple[int, int], label: str
) -> Button:
    """Return the button that moves `experiment` in the queue from one position to another."""
    seen_at, position = positions
    made = _start_button(project_key, experiment, "move", label)
    return replace(
        made,
        identity=f"move-{experiment.test_id}-{label.rsplit(maxsplit=1)[-1].lower()}",
        verb="hx-patch",
        address=_queue_address(experiment),
        body=json.dumps({"position": position, "seen_at": seen_at}),
        style="quiet",
        # What it goes by is the queue as it was seen, not the experiment.
        seen="",
        keeps_focus=True,
    )


def ask_button(project_key: str, experiment: Subject) -> Button:
    """Return the button that queues `experiment` and asks the admins for more slots."""
    made = _start_button(project_key, experiment, "ask", "Queue it and ask an admin")
    address = url_for("starts.ask_for_a_slot", public_id=experiment.public_id)
    made = replace(made, address=address, note_field=NOTE_FIELD)
    return _asking_first(made, project_key, experiment, f"Queue “{experiment.name}”?")


def _asking_first(made: Button, project_key: str, experiment: Subject, question: str) -> Button:
    """Return a button for a start, asking first where the experiment can never measure anything.

    The start brings nothing of what it usually does then, so the button has no hint.
    """
    if not experiment.split_fault:
        return made
    return replace(
        made,
        question=question,
        consequence=SPLIT_FAULTS[experiment.split_fault],
        confirm=f"{question.split(maxsplit=1)[0]} anyway",
        check=url_for("launch.show", project_key=project_key, key=experiment.key),
        hint="",
    )


def _start_button(project_key: str, experiment: Subject, what: str, label: str) -> Button:
    """Return a button for a way to start; what it stands for by itself is the swap."""
    return Button(
        identity=f"{what}-{experiment.test_id}",
        label=label,
        style="plain",
        verb="hx-post",
        address=url_for("starts.swap", public_id=experiment.public_id),
        body="{}",
        outcome=_outcome(project_key, experiment, what),
        described_by=f"name-{experiment.test_id}",
        seen=token_of_version(experiment.version),
    )


def _queue_address(experiment: Subject) -> str:
    return url_for("starts.join_queue", public_id=experiment.public_id)


def _outcome(
    project_key: str, experiment: Subject | Holder, what: str, holder: str | None = None
) -> str:
    return url_for(
        "panel.show",
        project_key=project_key,
        public_id=experiment.public_id,
        action=what,
        holder=holder,
    )


def _request(
    project_key: str, experiment: Subject | Holder, edge: Edge
) -> tuple[str, str, dict[str, int | str]]:
    if WORDS[edge.action].endpoint is Endpoint.V2:
        address = url_for("v2.set_status", project_key=project_key, test_id=experiment.test_id)
        return "hx-patch", address, {"status": CODES[edge.target]}
    if WORDS[edge.action].endpoint is Endpoint.ACTION:
        action = {"public_id": experiment.public_id, "action": edge.action}
        return "hx-post", url_for("actions_api.take_action", **action), {}
    address = url_for("admin_api.set_status", public_id=experiment.public_id)
    return "hx-post", address, {"status": edge.target}
