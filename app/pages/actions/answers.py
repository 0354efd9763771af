"""The JSON answer that a press got, as the page hands it back to be told in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field, ValidationError

from app.core.validation import LARGEST_NUMBER, whole_number
from app.database.rows.plan_limits import Override
from app.lifecycle import Reason, Refusal, RefusalCode, Slots, WayOut
from app.models import Status

_Count = Annotated[int, Field(ge=0, le=LARGEST_NUMBER)]
# Every time zone can say these by its clock: not so the first day of all, or the last.
_Moment = Annotated[
    AwareDatetime,
    Field(ge=datetime(1970, 1, 2, tzinfo=UTC), le=datetime(9999, 1, 1, tzinfo=UTC)),
]


def _coarse(code: object) -> object:
    """Return the kind of a refusal: what it was already, the reason says too."""
    return RefusalCode.INVALID_TRANSITION if code in _ALREADY else code


_ALREADY = {f"ALREADY_{status.upper()}" for status in Status}


class _Since(BaseModel):
    id: Annotated[int, Field(ge=0, le=LARGEST_NUMBER)]


class _Refusal(BaseModel):
    code: Annotated[RefusalCode, BeforeValidator(_coarse)]
    ways_out: tuple[WayOut, ...]
    plan: str | None = None
    limit: _Count | None = None
    limit_until: _Moment | None = None
    limit_after: _Count | None = None
    running: _Count = 0
    changes: tuple[_Since, ...] = ()


class _Body(BaseModel):
    error: str = ""
    detail: str = ""
    refusal: _Refusal | None = None
    position: _Count | None = None
    length: _Count | None = None
    expires_at: _Moment | None = None


@dataclass(frozen=True)
class Answer:
    """The server's decision: done, refused, or failed with a sentence.

    `entry_id` is the change's entry in history, None where nothing had to change; `since` are those
    of what had changed before, the newest first, where it was refused for that. A place in the
    queue is `position` of `length`, until `expires_at`.
    """

    status_code: int
    entry_id: int | None = None
    refusal: Refusal | None = None
    failure: str = ""
    position: int | None = None
    length: int | None = None
    expires_at: datetime | None = None
    since: tuple[int, ...] = ()

    @property
    def is_done(self) -> bool:
        """Return whether the server did what it was asked for."""
        return self.status_code < HTTPStatus.BAD_REQUEST


def read(form: Mapping[str, str]) -> Answer | None:
    """Return the answer that the page got; None where it was lost, or cannot be understood."""
    status_code, entry = whole_number(form.get("status", "")), form.get("entry", "")
    entry_id = whole_number(entry)
    if not status_code or (entry and entry_id is None):
        return None
    try:
        body = _Body.model_validate_json(form.get("body", ""))
    except ValidationError:
        return None
    return Answer(
        status_code,
        entry_id,
        _refusal(body.refusal, form) if body.refusal else None,
        body.detail or body.error,
        body.position,
        body.length,
        body.expires_at,
        tuple(change.id for change in body.refusal.changes) if body.refusal else (),
    )


def _refusal(told: _Refusal, form: Mapping[str, str]) -> Refusal:
    """Return the refusal; why, and what the experiment was, stand in headers of the answer."""
    reason, status = form.get("reason", ""), form.get("was", "")
    return Refusal(
        told.code,
        Reason(reason) if reason in set(Reason) else Reason.NO_SUCH_STEP,
        "",
        told.ways_out,
        slots=_slots(told),
        status=Status(status) if status in set(Status) else None,
    )


def _slots(told: _Refusal) -> Slots | None:
    """Return the slots that were in the way, if they were.

    Their holders are not among what is told: they are read anew, as whoever looks may pause those
    that run by then.
    """
    if told.plan is None:
        return None
    override = told.limit_until and Override(told.limit_until, "", told.limit_after)
    return Slots(told.plan, told.limit, told.running, (), override)
