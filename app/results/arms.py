"""The counts of a variant, and intervals of how it differs from the control."""

from dataclasses import dataclass


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


@dataclass(frozen=True)
class Interval:
    """An interval of the relative improvement, as fractions: 0.25 is +25 %."""

    low: float
    high: float

    @property
    def mirrored(self) -> "Interval":
        """Return the interval of the improvement with the other sign."""
        return Interval(-self.high, -self.low)

    @property
    def excludes_none(self) -> bool:
        """Return whether no improvement at all lies outside."""
        return self.low > 0 or self.high < 0

    def is_within(self, difference: float) -> bool:
        """Return whether all of it is closer to no improvement than `difference`."""
        return -difference < self.low and self.high < difference

    def within(self, other: "Interval | None") -> "Interval":
        """Return what lies in both; where they do not meet, this one."""
        if other is None or self.low > other.high or other.low > self.high:
            return self
        return Interval(max(self.low, other.low), min(self.high, other.high))
