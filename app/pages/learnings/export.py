"""Learnings as a table for spreadsheets."""

from collections.abc import Iterator, Sequence

from app.core.moments import iso
from app.experiments import texts
from app.learnings.last_results import LastResult
from app.learnings.listing import Learning
from app.pages.common.spreadsheets import Row

_MEASURED = ("goal", "goal_name", "wanted", "variant", "variant_name", "improvement", "low", "high")
COLUMNS = (
    "project_key",
    "project",
    "experiment_id",
    "experiment_key",
    "experiment",
    "url",
    "quarter",
    "ended_at",
    "outcome",
    "decided_for",
    "shipped",
    *_MEASURED,
    "broken_split",
    "visitors",
    "days",
    "owner",
    "tags",
    "hypothesis",
    "learned",
    "ticket_url",
)


def rows(learnings: Sequence[Learning]) -> Iterator[Row]:
    """Return the head, then a row for each, in the order of the page.

    `improvement`, `low` and `high` are fractions of the control's rate, as in a result's own files.
    """
    yield COLUMNS
    for each in learnings:
        told = _row(each)
        yield [told[column] for column in COLUMNS]


def _row(learning: Learning) -> dict[str, object]:
    experiment, said = learning.experiment, texts.of(learning.experiment)
    return {
        "project_key": experiment.project.key,
        "project": experiment.project.name,
        "experiment_id": experiment.public_id,
        "experiment_key": experiment.key,
        "experiment": said.name,
        "url": said.url,
        "quarter": str(learning.quarter),
        "ended_at": iso(learning.ended_at),
        "outcome": experiment.conclusion.value if experiment.conclusion else "",
        "decided_for": experiment.shipped_variant or "",
        "shipped": experiment.is_shipped,
        **_measured(learning.measured),
        "owner": said.owner,
        "tags": said.tags,
        "hypothesis": said.hypothesis,
        "learned": learning.learned,
        "ticket_url": said.ticket_url,
    }


def _measured(measured: LastResult) -> dict[str, object]:
    goal, variant = measured.goal, measured.variant
    told: dict[str, object] = dict.fromkeys(_MEASURED, "")
    if goal:
        told |= {"goal": goal.key, "goal_name": goal.name, "wanted": goal.wanted.value}
    if variant:
        interval = variant.comparison.sequential_interval
        told |= {
            "variant": variant.side.key,
            "variant_name": variant.side.name,
            "improvement": variant.comparison.improvement,
            "low": interval and interval.low,
            "high": interval and interval.high,
        }
    return told | {
        "broken_split": measured.is_mismatched,
        "visitors": measured.visitors,
        "days": measured.days,
    }
