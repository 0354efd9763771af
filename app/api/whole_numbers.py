"""Whole numbers within a range, as queries write them in digits and bodies as JSON numbers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from annotated_types import Ge, GroupedMetadata, Le
from pydantic import BeforeValidator

from app.api import problems
from app.core.validation import whole_number


@dataclass(frozen=True)
class _Whole(GroupedMetadata):
    """What reads the number `name` of what was sent by `number_in`, which gives None for none."""

    name: str
    smallest: int
    largest: int
    number_in: Callable[[object], int | None]

    def __iter__(self) -> Iterator[object]:
        yield Ge(self.smallest)
        yield Le(self.largest)
        yield BeforeValidator(self._checked)

    def _checked(self, sent: object) -> int:
        found = self.number_in(sent)
        if found is None or not self.smallest <= found <= self.largest:
            span = f"from {self.smallest} to {self.largest}"
            raise problems.fault(f"{self.name} is a whole number {span}.")
        return found


def in_query(name: str, smallest: int, largest: int) -> GroupedMetadata:
    """Return what reads the parameter `name`, a whole number in a range, written in digits."""
    return _Whole(name, smallest, largest, _written)


def in_body(name: str, smallest: int, largest: int) -> GroupedMetadata:
    """Return what reads the member `name`, a whole number in a range."""
    return _Whole(name, smallest, largest, _json)


def _written(sent: object) -> int | None:
    return whole_number(sent) if isinstance(sent, str) else None


def _json(sent: object) -> int | None:
    # JSON's 1.0 and true are no whole numbers, though Python takes them for 1.
    return sent if type(sent) is int else None
