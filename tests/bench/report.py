"""What came of it, for people: rates, costs, and which target is met."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.bench.load import Pace
from tests.bench.pages import EXPERIMENTS, WITHOUT, PageTimes


@dataclass(frozen=True)
class Verdict:
    """A ratio beside its target, which it must not fall below, or must not exceed."""

    name: str
    ratio: float
    target: float
    at_least: bool

    @property
    def met(self) -> bool:
        """Return whether the target is met."""
        return self.ratio >= self.target if self.at_least else self.ratio <= self.target

    def line(self) -> str:
        """The verdict in a line of the report."""
        bound = f"{'at least' if self.at_least else 'at most'} {self.target:.2f}"
        return f"{self.name:<58}{self.ratio:>8.2f}   {bound:<15} {'met' if self.met else 'MISSED'}"


def paces(measured: dict[str, Pace]) -> str:
    """A table of how fast each contestant was."""
    title = f"{'medians of all rounds':<50}{'requests/s':>12}{'ms each':>10}{'CPU ms each':>13}"
    lines = [
        f"{name:<50}{pace.rate:>12.0f}{pace.milliseconds:>10.2f}{pace.cpu_milliseconds:>13.2f}"
        for name, pace in measured.items()
    ]
    return _table(title, lines)


def verdicts(found: Sequence[Verdict]) -> str:
    """A table of the targets."""
    return _table(f"{'ratio':<58}{'is':>8}   target", [verdict.line() for verdict in found])


def queries(sizes: Sequence[int], counted: Mapping[str, Sequence[int]]) -> str:
    """A table of how many queries each page sends, and each change, at each size of the project."""
    title = f"{'queries of a page, round trips of a change':<50}" + "".join(
        f"{size:>12,}" for size in sizes
    )
    lines = [
        f"{name:<50}"
        + "".join(f"{count:>12}" for count in counts)
        + ("   the same" if len(set(counts)) == 1 else "   MISSED: it grows")
        for name, counts in counted.items()
    ]
    return _table(title, lines)


def pages(times: PageTimes) -> str:
    """A table of how long a page takes until all variants are applied, and its evaluation."""
    title = f"{f'a page with {EXPERIMENTS} experiments, ms until applied':<50}" + "".join(
        f"{each:>14}" for each in ("first page", "beside none", "next page", "beside none")
    )
    lines = [
        f"{kind:<50}"
        f"{first:>14.0f}{first / times.first[WITHOUT]:>14.1f}"
        f"{times.following[kind]:>14.0f}{times.following[kind] / times.following[WITHOUT]:>14.1f}"
        for kind, first in times.first.items()
    ]
    evaluation = f"{'evaluated in the page, microseconds for all of them':<50}"
    return _table(title, [*lines, f"{evaluation}{times.evaluation:>14.0f}"])


def _table(title: str, lines: Sequence[str]) -> str:
    return "\n".join(["", title, "-" * len(title), *lines, ""])
