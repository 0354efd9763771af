"""Answers to requests for slots, as whoever asked is shown them."""

from dataclasses import dataclass

from flask import url_for

from app.accounts.caller import Caller
from app.models import RequestOutcome, Status
from app.pages.common.words.phrases import ago
from app.tenancy import slot_answers
from app.tenancy.slot_answers import Answered

_TITLES = {
    RequestOutcome.GRANTED: ("done", "There are more slots for “{}”"),
    RequestOutcome.DECLINED: ("refused", "No more slots for “{}”"),
}


@dataclass(frozen=True)
class ShownAnswer:
    """An answer to print: its title, who gave it when, what they wrote, and where to dismiss it."""

    id: int
    tone: str
    title: str
    sentence: str
    text: str
    address: str


def in_project(caller: Caller) -> list[ShownAnswer]:
    """Return the answers to what somebody has asked for in a project."""
    if not caller.has_answer or caller.user_id is None:
        return []
    return [_shown(each) for each in slot_answers.of_reader(caller.user_id, caller.project_id)]


def of_reader(user_id: int) -> list[ShownAnswer]:
    """Return the answers to what somebody has asked for in any of their projects."""
    return [_shown(each) for each in slot_answers.of_reader(user_id)]


def _since(answer: Answered) -> str:
    """Return what the experiment is by now: granting may have started others before it."""
    if answer.is_queued:
        return " It waits in the queue still, where others may be before it."
    return " It is live now." if answer.status is Status.RUNNING else ""


def _shown(answer: Answered) -> ShownAnswer:
    tone, title = _TITLES[answer.outcome]
    return ShownAnswer(
        answer.id,
        tone,
        title.format(answer.project_name),
        f"{answer.by} has answered your request for “{answer.experiment}” {ago(answer.at)}."
        f"{_since(answer)}",
        answer.answer,
        url_for("answers.dismiss", project_key=answer.project_key, request_id=answer.id),
    )
