"""A project's learnings, for programs: what has ended, and how often experiments win."""

from typing import Annotated

from flask import Blueprint
from pydantic import WithJsonSchema
from typing_extensions import TypedDict

from app.accounts.caller import Caller
from app.api import shapes
from app.api.admin import contract
from app.api.admin.experiments.texts import TextsShown
from app.api.admin.experiments.texts import shown as shown_texts
from app.api.admin.results.goals import ShownInterval
from app.api.answers import Answer
from app.api.moments import Written, written
from app.api.queries import Query
from app.api.shapes import Asked, EmailOrNone
from app.core.errors import InvalidInput, UnknownReference
from app.experiments import owners, texts
from app.experiments.filters import Filters
from app.learnings import listing, quarters, summary
from app.learnings.listing import Learning, View
from app.learnings.quarters import Quarter
from app.learnings.summary import Summary
from app.models import Conclusion, names

blueprint = Blueprint("learnings_api", __name__, url_prefix="/api/admin")
operations = contract.operations(blueprint, "Experiments")


class LearningsQuery(Query):
    """The latest experiments that have ended: of a quarter, an owner, a tag, an outcome."""

    quarter: Annotated[str, WithJsonSchema(shapes.text("([1-9][0-9]{3}-Q[1-4])?"))] = ""
    """Only what ended in this quarter of UTC, as 2026-Q4."""
    owner: EmailOrNone = ""
    """Only those of this member, by their e-mail."""
    tag: Asked = ""
    """Only those with this tag."""
    outcome: Conclusion | None = None
    """Only those with this outcome."""


class Measure(TypedDict):
    """What was measured of one variant at the primary goal, as the result has it; in fractions."""

    goal: str
    """The key of the goal."""
    variant: str
    """The key of the variant: the one decided for, or the best of the others."""
    improvement: float | None
    """Relative to the control."""
    sequential_interval: ShownInterval | None
    """What is possible of the improvement; null where too few converted."""


class EndedExperiment(TextsShown):
    """An experiment that has ended."""

    id: str
    """Its `exp_` id."""
    key: str
    """Its key."""
    ended_at: Written
    """When it was decided, or archived where nobody decided."""
    quarter: str
    """The quarter of UTC that this was in."""
    outcome: Conclusion | None
    """How it ended; null where nobody said."""
    decided_for: str | None
    """The key of the variant that was decided for; null for none."""
    is_shipped: bool
    """Whether everybody gets that variant now."""
    learned: str
    """What was written down as learned."""
    measured: Measure | None
    """What was measured; null without a primary goal, or with too little to say."""
    is_mismatched: bool
    """Whether the split was broken, so that nothing of it is to be trusted."""
    visitors: int
    """Of all variants."""
    days_running: int
    """Whole days, without pauses."""


class HowOften(TypedDict):
    """How often these experiments won, and by how much."""

    won: int
    """How many somebody concluded as won."""
    decided: int
    """How many won, lost or were inconclusive."""
    surely_better: int
    """Of how many wins all that is possible is better."""
    gains: list[float]
    """What was measured of the wins, the smallest first; of some nothing is known."""
    median_gain: float | None
    """The one in the middle, of five or more."""


class LearningsShown(TypedDict):
    """What has ended in a project, the latest first; the counts are of exactly these."""

    data: list[EndedExperiment]
    """The experiments; at most 200."""
    is_cut: bool
    """Whether there are more: ask for a quarter."""
    summary: HowOften | None
    """How often these won; null where one outcome alone is asked for."""


@operations.get("/learnings", faults=(UnknownReference,))
def list_learnings(caller: Caller, query: LearningsQuery) -> Answer[LearningsShown]:
    """Return what came of the experiments that have ended."""
    owner_id = owners.owner_named(caller.project_id, query.owner)
    filters = Filters(owner_id, names.folded(query.tag), conclusion=query.outcome)
    view = View(filters, _quarter(query.quarter))
    found = listing.of(caller.project_id, view)
    counts = summary.of(found.learnings, view)
    return Answer(
        {
            "data": [_shown(each) for each in found.learnings],
            "is_cut": found.is_cut,
            "summary": _how_often(counts) if counts else None,
        }
    )


def _quarter(text: str) -> Quarter | None:
    quarter = quarters.read(text)
    if text and quarter is None:
        raise InvalidInput("quarter is written as 2026-Q4.", "quarter")
    return quarter


def _shown(learning: Learning) -> EndedExperiment:
    experiment, measured = learning.experiment, learning.measured
    return {
        "id": experiment.public_id,
        "key": experiment.key,
        **shown_texts(texts.of(experiment)),
        "ended_at": written(learning.ended_at),
        "quarter": str(learning.quarter),
        "outcome": experiment.conclusion,
        "decided_for": experiment.shipped_variant,
        "is_shipped": experiment.is_shipped,
        "learned": learning.learned,
        "measured": _measure(learning),
        "is_mismatched": measured.is_mismatched,
        "visitors": measured.visitors,
        "days_running": measured.days,
    }


def _measure(learning: Learning) -> Measure | None:
    goal, variant = learning.measured.goal, learning.measured.variant
    if not (goal and variant):
        return None
    interval = variant.comparison.sequential_interval
    return {
        "goal": goal.key,
        "variant": variant.side.key,
        "improvement": variant.comparison.improvement,
        "sequential_interval": interval and {"low": interval.low, "high": interval.high},
    }


def _how_often(counts: Summary) -> HowOften:
    return {
        "won": counts.wins,
        "decided": counts.decided,
        "surely_better": counts.sure_wins,
        "gains": [*counts.gains],
        "median_gain": counts.median_gain,
    }
