"""What an entry says, in whichever of the three tables it is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.audit_trail.filters import AnyKind, Place
from app.models import CauseKind, DecisionKept, Door, FieldChange, Status


class Source(StrEnum):
    """A table that entries are read out of."""

    TRAIL = "trail"
    EXPERIMENT = "experiment"
    PROJECT = "project"


@dataclass(frozen=True)
class Entry:
    """One entry: who did what, to what, when, by which door, and why.

    `author` is an e-mail, or the name of a key where one `is_by_key`, which may be an e-mail too;
    empty for the command line and the server itself. `caused_by` is whoever brought about what
    somebody else, or nobody, did. `changes` say from what to what; a change of status has the
    field `status`. What was refused or is to come names the statuses, too, from which and to which
    it was to lead. A `decision` is one that was made, ended or refused. A refusal that was repeated
    has `times`.
    """

    source: Source
    id: int
    at: datetime
    kind: AnyKind
    project_key: str
    project_name: str
    author: str
    is_by_key: bool
    door: Door
    subject: str
    detail: str
    reason: str
    changes: Sequence[FieldChange]
    cause: CauseKind | None
    caused_by: str
    request_id: str
    address: str
    times: int = 1
    from_status: Status | None = None
    to_status: Status | None = None
    decision: DecisionKept | None = None

    @property
    def place(self) -> Place:
        """Return where it stands among all entries."""
        return Place(self.at, list(Source).index(self.source), self.id)

    @property
    def reference(self) -> str:
        """Return what names the entry among all of them."""
        return f"{self.source}-{self.id}"
