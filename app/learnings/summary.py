"""How often experiments win, and by how much: counts, and what was measured; nothing is inferred.

A win is what somebody has concluded as won. Those that did not finish, and those of which nobody
has said how they ended, are neither wins nor anything else.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from app.learnings.listing import Learning, View
from app.models import Conclusion

DECIDED = (Conclusion.WON, Conclusion.LOST, Conclusion.INCONCLUSIVE)
FEWEST_FOR_A_MEDIAN = 5
"""From so many wins on the one in the middle is told; of fewer each is."""
FEW = 20
"""Of fewer decided experiments it is said that they are few."""


@dataclass(frozen=True)
class Summary:
    """How experiments ended: so many of each outcome, None where nobody has said.

    `gains` are what was measured of the wins, the smallest first; of some nothing is known, or
    nothing to be trusted. Of `sure_wins` all that is possible is better.
    """

    outcomes: Counter[Conclusion | None]
    gains: tuple[float, ...]
    sure_wins: int

    @property
    def wins(self) -> int:
        """Return how many won."""
        return self.outcomes[Conclusion.WON]

    @property
    def decided(self) -> int:
        """Return how many won, lost or were inconclusive."""
        return sum(self.outcomes[each] for each in DECIDED)

    @property
    def is_few(self) -> bool:
        """Return whether so few were decided that the next ones may well go otherwise."""
        return self.decided < FEW

    @property
    def median_gain(self) -> float | None:
        """Return the gain in the middle; None for a handful of wins."""
        return median(self.gains) if len(self.gains) >= FEWEST_FOR_A_MEDIAN else None


def of(learnings: Sequence[Learning], view: View) -> Summary | None:
    """Return how the experiments of a view ended; None where it is of one outcome alone.

    Those all ended so: of how often that comes they say nothing.
    """
    return None if _is_of_an_outcome(view) else _counted(learnings)


def _is_of_an_outcome(view: View) -> bool:
    return view.filters.conclusion is not None or view.filters.is_shipped


def _counted(learnings: Sequence[Learning]) -> Summary:
    wins = [each for each in learnings if each.experiment.conclusion is Conclusion.WON]
    gains = [each.measured.gain for each in wins]
    return Summary(
        Counter(each.experiment.conclusion for each in learnings),
        tuple(sorted(gain for gain in gains if gain is not None)),
        sum(each.measured.is_surely_better for each in wins),
    )
