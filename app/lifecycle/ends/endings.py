"""How an experiment ends: what is decided of it, and the variant that everybody gets since."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, select

from app.models import Conclusion, Ended, Experiment, Run, Variant, table_of


@dataclass(frozen=True)
class Ending:
    """How an experiment has ended, as far as that is decided.

    `variant` is the key of the one that was decided for; everybody gets it where it `is_shipped`.
    """

    outcome: Conclusion | None = None
    variant: str | None = None
    is_shipped: bool = False

    @classmethod
    def of(cls, kept: Ended) -> "Ending":
        """Return the ending that an entry of history keeps."""
        outcome = kept["outcome"]
        return cls(outcome and Conclusion(outcome), kept["variant"], kept["shipped"])

    @property
    def shipped_variant(self) -> str | None:
        """Return the key of the variant that everybody gets, None where nobody does."""
        return self.variant if self.is_shipped else None

    @property
    def kept(self) -> Ended:
        """Return it as an entry of history keeps it."""
        return {"outcome": self.outcome, "variant": self.variant, "shipped": self.is_shipped}


UNDECIDED = Ending()


def of_variant(column: Column[Any]) -> ColumnElement[Any]:
    """Return what `column` says of the variant that an experiment was decided for, if it was."""
    return (
        select(column)
        .join_from(_runs, _variants, _variants.c.run_id == _runs.c.id)
        .where(_runs.c.test_id == Experiment.test_id, _runs.c.is_current)
        .where(_variants.c.key == Experiment.shipped_variant)
        .correlate(Experiment)
        .scalar_subquery()
    )


_runs, _variants = table_of(Run), table_of(Variant)
VARIANT_NAME = of_variant(_variants.c.name)
VARIANT_POSITION = of_variant(_variants.c.position)
"""Of the variant that an experiment was decided for, for statements that read experiments."""
