"""What was counted of a variant, and intervals of how it differs from the control."""

from dataclasses import dataclass

FEWEST_OF_EACH = 30
"""An arm with fewer conversions, or fewer visitors who did not convert, gets no statement.

Its variance is an estimate, and from fewer a bad one: of simulated A/A experiments split 98:2 and
looked at 400 times, up to 4.5 % called a winner with this rule, 5.0 % from 20 on.
"""

FEWEST_SUMMED = 100
"""So many have to have done something that is summed up: what they did differs more.

Of simulated A/A experiments split 95:5, with orders in a tail as heavy as x^-1.5 and capped at
their 99th percentile, up to 3.6 % called a loser with this rule, 5.2 % from 30 on.
"""


@dataclass(frozen=True)
class Arm:
    """One variant's visitors and how many of them converted (0 <= conversions <= visitors).

    Raises ValueError for counts that cannot be.
    """

    visitors: int
    conversions: int

    def __post_init__(self) -> None:
        if not 0 <= self.conversions <= self.visitors:
            raise ValueError(f"{self.conversions} of {self.visitors} visitors cannot convert.")

    @property
    def rate(self) -> float | None:
        """Return the share of visitors who converted, None without visitors."""
        return self.conversions / self.visitors if self.visitors else None

    @property
    def others(self) -> int:
        """Return the visitors who did not convert."""
        return self.visitors - self.conversions

    @property
    def mean(self) -> float | None:
        """Return what is compared with the control's, None without visitors: here the rate."""
        return self.rate

    @property
    def relative_variance(self) -> float:
        """Return the variance of the mean over its square, of a settled arm.

        By the delta method it is the variance of the mean's logarithm: here (1 - p) / (n p).
        """
        return self.others / (self.visitors * self.conversions)

    @property
    def variance(self) -> float:
        """Return the variance of what one visitor counts for, 0 without visitors: p (1 - p)."""
        return (self.rate or 0.0) * (1 - (self.rate or 0.0))

    @property
    def spread(self) -> float | None:
        """Return the variance of what one visitor counts for over the square of its mean.

        None of a rate, which says it.
        """
        return None

    @property
    def sums(self) -> tuple[float, float] | None:
        """Return the sums of what the visitors count for and of its squares, None of a rate."""
        return None

    @property
    def sums_up(self) -> bool:
        """Return whether it is at a goal that sums up what visitors do, and means are compared."""
        return self.sums is not None

    @property
    def is_settled(self) -> bool:
        """Return whether its variance is known well enough to be relied on."""
        return min(self.conversions, self.others) >= self.fewest

    @property
    def fewest(self) -> int:
        """Return how many conversions it takes to be settled."""
        return FEWEST_OF_EACH


@dataclass(frozen=True)
class SummedArm(Arm):
    """One variant's visitors at a goal that sums up what they do.

    `measured` is the sum of what the visitors count for, `squares` the sum of the squares of that.
    """

    measured: float
    squares: float

    @property
    def sums(self) -> tuple[float, float]:
        """Return the sums of what the visitors count for and of its squares."""
        return self.measured, self.squares

    @property
    def mean(self) -> float | None:
        """Return what a visitor counts for on average, None without visitors."""
        return self.measured / self.visitors if self.visitors else None

    @property
    def relative_variance(self) -> float:
        """Return the variance of the mean over its square: (s / n - m^2) / (n m^2)."""
        return self.spread / self.visitors

    @property
    def variance(self) -> float:
        """Return the variance of what one visitor counts for, 0 without visitors."""
        if self.mean is None:
            return 0.0
        return max(0.0, self.squares / self.visitors - self.mean**2)

    @property
    def spread(self) -> float:
        """Return the variance of what one visitor counts for over the square of its mean.

        Not of a mean of nothing.
        """
        # In this order no sum is too small to be squared.
        return max(0.0, (self.squares / self.measured) * (self.visitors / self.measured) - 1)

    @property
    def is_settled(self) -> bool:
        """Return whether its variance is known well enough to be relied on.

        Nothing is said of a mean that is not above nothing: there are no ratios to it.
        """
        is_enough = self.conversions >= self.fewest
        return is_enough and self.measured > 0 and self.spread > 0

    @property
    def fewest(self) -> int:
        """Return how many visitors have to have done something."""
        return FEWEST_SUMMED


@dataclass(frozen=True)
class Interval:
    """An interval of the relative improvement, as fractions: 0.25 is +25 %."""

    low: float
    high: float

    @property
    def mirrored(self) -> "Interval":
        """Return the interval of the improvement with the other sign."""
        return Interval(-self.high, -self.low)

    def is_within(self, difference: float) -> bool:
        """Return whether all of it is closer to no improvement than `difference`."""
        return -difference < self.low and self.high < difference

    def meets(self, other: "Interval") -> bool:
        """Return whether anything lies in both."""
        return self.low <= other.high and other.low <= self.high

    def within(self, other: "Interval | None") -> "Interval":
        """Return what lies in both; where they do not meet, this one."""
        if other is None or not self.meets(other):
            return self
        return Interval(max(self.low, other.low), min(self.high, other.high))
