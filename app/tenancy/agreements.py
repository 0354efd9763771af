"""What a change of plans brings: agreed to before it is done, and told afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.errors import DomainError
from app.core.version_tokens import digest


@dataclass(frozen=True)
class Start:
    """An experiment that waits in the queue and starts, and its project."""

    test_id: int
    name: str
    project_key: str
    project_name: str


@dataclass(frozen=True)
class Over:
    """A project in which more is live than its limit, which was lowered, allows from now on."""

    project_key: str
    project_name: str
    running: int
    limit: int


@dataclass(frozen=True)
class Effects:
    """What follows from a change of plans: what starts, and which projects come to be over."""

    started: tuple[Start, ...] = ()
    over: tuple[Over, ...] = ()

    @property
    def token(self) -> str:
        """Return what stands for exactly these: sent along, it agrees to them."""
        starts = sorted(start.test_id for start in self.started)
        over = sorted((each.project_key, each.running, each.limit) for each in self.over)
        return digest(starts, over)

    @property
    def surplus(self) -> int:
        """Return how many experiments more are live than the limits allow."""
        return sum(each.running - each.limit for each in self.over)

    def of(self, project_key: str) -> "Effects":
        """Return what follows in one project."""
        return Effects(
            tuple(each for each in self.started if each.project_key == project_key),
            tuple(each for each in self.over if each.project_key == project_key),
        )


@dataclass(frozen=True)
class Consent:
    """To which effects somebody agrees beforehand: those of a `token`, and without one to none.

    Or, `to_any`, to whatever comes of it.
    """

    token: str = ""
    to_any: bool = False

    def covers(self, effects: Effects) -> bool:
        """Return whether these are agreed to."""
        needs_none = effects == Effects() and not self.token
        return self.to_any or needs_none or self.token == effects.token


TO_ANY = Consent(to_any=True)
TO_NONE = Consent()


class NotAgreed(DomainError):
    """A change of plans brings what nobody has agreed to: its `effects`, so nothing was done."""

    def __init__(self, effects: Effects) -> None:
        told = [*_starts(effects.started), *_over(effects.over), "Nothing has been done."]
        super().__init__(" ".join(told))
        self.effects = effects


def require_agreed(effects: Effects, agreed: Consent) -> None:
    """Raise NotAgreed unless these effects are agreed to."""
    if not agreed.covers(effects):
        raise NotAgreed(effects)


def _starts(starts: Sequence[Start]) -> list[str]:
    names = ", ".join(f"“{start.name}” in {start.project_name}" for start in starts)
    return [f"This starts what waits in the queue: {names}."] if starts else []


def _over(over: Sequence[Over]) -> list[str]:
    names = ", ".join(f"{each.project_name} ({each.running} of {each.limit} live)" for each in over)
    return [f"This puts over the limit, and stops nothing: {names}."] if over else []
