"""What a larger plan starts by itself: agreed to before it is done, and told afterwards."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.core.errors import DomainError
from app.core.version_tokens import digest
from app.lifecycle.subjects import Subject


@dataclass(frozen=True)
class Start:
    """An experiment that waits in the queue and starts, and its project."""

    test_id: int
    name: str
    project_name: str


class NotAgreed(DomainError):
    """A change of a plan starts what nobody has agreed to: `starts`, so nothing has been done.

    `token` stands for exactly these starts: sent along, it agrees to them.
    """

    def __init__(self, starts: Sequence[Start]) -> None:
        names = ", ".join(f"“{start.name}” in {start.project_name}" for start in starts)
        super().__init__(f"This starts what waits in the queue: {names}. Nothing has been done.")
        self.starts = tuple(starts)
        self.token = _token_of(starts)


def starts_of(subjects: Iterable[Subject], project_name: str) -> list[Start]:
    """Return what the queue of a project has started."""
    return [Start(each.test_id, each.name, project_name) for each in subjects]


def require_agreed(starts: Sequence[Start], agreed: str | None) -> None:
    """Raise NotAgreed unless `agreed` is the token of these starts; None agrees to any."""
    if starts and agreed not in (None, _token_of(starts)):
        raise NotAgreed(starts)


def _token_of(starts: Sequence[Start]) -> str:
    return digest(*sorted(start.test_id for start in starts))
