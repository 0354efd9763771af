"""What commands say in plain words."""

from collections.abc import Iterable

from switchyard.failures import Document

STATUSES = {"draft": "Draft", "running": "Live", "stopped": "Paused", "archived": "Archived"}
BY_WORD = {word.lower(): status for status, word in STATUSES.items()}
_ROW = "{status:<9}{key:<32} {id:<31} {name}"
_SHOWN = ("id", "key", "name", "url", "version", "started_at", "stopped_at", "queue_position")
_WAYS_OUT = {
    "swap": "take the slot of one of those: switchyard experiments swap {asked} --pause ID",
    "pause_a_holder": "pause one of those: switchyard experiments pause ID",
    "queue": "start when a slot frees: switchyard experiments queue {asked}",
    "ask_an_admin": "ask an admin for more slots, in the browser",
    "pause_first": "pause it first: switchyard experiments pause {asked}",
    "back_to_draft": "put it back to draft, in the browser",
    "clone": "clone it, in the browser",
    "resume": "resume it: switchyard experiments resume {asked}",
    "leave_queue": "take it out of the queue: switchyard experiments queue {asked} --leave",
    "take_start_back": "take its start back, in the browser",
    "stop_serving": "stop serving it, in the browser",
    "look_again": "look again: switchyard experiments show {asked}",
    "try_later": "try again later",
}


def is_now(document: Document) -> str:
    """Return what the status of an experiment is."""
    already = " already" if document.get("already") else ""
    return f"{document['id']} is {STATUSES[document['status']]}{already}."


def place_in_queue(document: Document) -> str:
    """Return where an experiment waits, or that it does not."""
    if document.get("position") is None:
        return is_now(document)
    place = f"{document['id']} waits in the queue: {document['position']} of {document['length']}."
    return f"{place} The queue is held." if document.get("hold") else place


def traffic(document: Document) -> str:
    """Return how many visitors take part in an experiment."""
    already = " already" if document.get("already") else ""
    return f"{document['id']} has {document['traffic_allocation']:g} % of its visitors{already}."


def rows(experiments: Iterable[Document]) -> str:
    """Return a line for each experiment."""
    return "\n".join(
        _ROW.format_map(each | {"status": STATUSES[each["status"]]}) for each in experiments
    )


def card(experiment: Document) -> str:
    """Return an experiment, line by line, and what may be done with it."""
    said = {"status": STATUSES[experiment["status"]]}
    said |= {name: experiment[name] for name in _SHOWN if experiment.get(name)}
    may = [each["action"] for each in experiment["allowed_actions"] if each["allowed"]]
    said["may"] = ", ".join(may) or "nothing"
    return "\n".join(f"{name:<15}{value}" for name, value in said.items())


def warnings(document: Document) -> list[str]:
    """Return what the server warns of, a sentence each."""
    return [f"Warning: {each['detail']}" for each in document.get("warnings", [])]


def refusal(document: Document, asked: str) -> list[str]:
    """Return who holds the slots and what can be done, a line each, after a refusal of `asked`."""
    told = document.get("refusal") or {}
    return [*_holders(told), *_ways_out(told, asked)]


def _holders(told: Document) -> list[str]:
    if not told.get("holders"):
        return []
    unnamed = told["holders_not_named"]
    return [
        f"Live now, {told['running']} of {told['limit']} on the {told['plan']} plan:",
        *(f"  {each['id']} {each['name']}" for each in told["holders"]),
        *([f"  and {unnamed} more"] if unnamed else []),
    ]


def _ways_out(told: Document, asked: str) -> list[str]:
    ways: list[str] = told.get("ways_out", [])
    lines = [f"  {_WAYS_OUT.get(way, way)}".format(asked=asked) for way in ways]
    return ["What can be done:", *lines] if lines else []
