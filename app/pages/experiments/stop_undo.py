"""The Undo of a Stop everything, wherever a page offers it."""

from flask import url_for

from app.lifecycle import StopLeft, StopUndo
from app.pages.common.words.phrases import counted
from app.pages.experiments.bulk_panel import WayBack


def way_back(project_key: str, undo: StopUndo, identity: str = "undo-stop") -> WayBack:
    """Return the button that takes a Stop everything back."""
    address = url_for("hold.undo_stop", project_key=project_key)
    sent = {"hold": undo.hold_id, "first": undo.first_entry_id, "last": undo.last_entry_id}
    fields = [(name, str(number)) for name, number in sent.items() if number is not None]
    return WayBack(identity, address, fields)


def brings(left: StopLeft) -> str:
    """Return what it brings now, where it was not pressed at once."""
    does = [
        *_part("Undo ships {} again", len(left.unserved)),
        *_part("As far as slots are free, Undo resumes {}", len(left.paused)),
    ]
    if not does:
        return "Undo lifts the hold."
    return f"{'. '.join(does)}{'; then it lifts the hold' if left.is_held else ''}."


def _part(words: str, number: int) -> list[str]:
    return [words.format(counted(number, "experiment"))] if number else []
