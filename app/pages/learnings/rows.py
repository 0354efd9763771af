"""A learning as pages print it: how it ended, and what was measured, in words."""

from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from app.experiments import tagging
from app.learnings.last_results import LastResult
from app.learnings.listing import Learning
from app.models import Experiment, Wanted
from app.pages.common.words.labels import concluded
from app.pages.common.words.phrases import counted
from app.pages.experiments.rows import badge
from app.pages.learnings.reach import Reach
from app.results.words import figures

LONG = 1_000
"""Texts of more characters together are printed small; widest ones of 2,500 fill a page then."""


@dataclass(frozen=True)
class Range:
    """What is possible of an improvement; `text` is empty where nothing is, and `about` says why.

    `of` is the variant and its goal, and `measured` what was measured.
    """

    text: str
    about: str = ""
    of: str = ""
    measured: str = ""
    is_broken: bool = False


@dataclass(frozen=True)
class Row:
    """An experiment that has ended. An `address` is empty where the reader may not open it.

    `decision` is which variant came of it, and empty where none did.
    """

    experiment: Experiment
    address: str
    project_address: str
    owner: str
    tags: tuple[str, ...]
    outcome: str
    decision: str
    ended_at: datetime
    range: Range
    visitors: str
    days: str
    learned: str

    @property
    def is_long(self) -> bool:
        """Return whether its texts take small letters to stay on one printed page."""
        return len(self.experiment.hypothesis) + len(self.learned) > LONG


def row(learning: Learning, reach: Reach) -> Row:
    """Return a learning as its page prints it."""
    experiment, measured = learning.experiment, learning.measured
    result, project = _addresses(experiment) if reach.may_open(experiment.project_id) else ("", "")
    return Row(
        experiment,
        result,
        project,
        experiment.owner_email or "",
        tagging.tags_of(experiment.tag_words or ""),
        concluded(experiment.conclusion),
        _decision(experiment),
        learning.ended_at,
        _range(measured),
        figures.whole(measured.visitors),
        counted(measured.days, "day"),
        learning.learned,
    )


def _decision(experiment: Experiment) -> str:
    """Return what everybody sees, or the variant that was decided for: not all of those shipped."""
    if experiment.is_shipped:
        return badge(experiment).meaning
    return f"decided for {experiment.shipped_name}" if experiment.shipped_name else ""


def _addresses(experiment: Experiment) -> tuple[str, str]:
    key = experiment.project.key
    return (
        url_for("result.show", project_key=key, key=experiment.key),
        url_for("project.show", project_key=key),
    )


def _range(measured: LastResult) -> Range:
    variant, goal = measured.variant, measured.goal
    if measured.is_mismatched:
        return Range("", "The split was broken: nothing of it is to be trusted", is_broken=True)
    if goal is None or variant is None:
        return Range("", _why_none(measured))
    wanted = ", of which less is better" if goal.wanted is Wanted.LESS else ""
    of = f"{variant.side.name} at “{goal.name}”{wanted}"
    interval, estimate = variant.comparison.sequential_interval, variant.comparison.improvement
    seen = "" if estimate is None else figures.change(estimate)
    if interval is None:
        return Range("", _why_none(measured), of, seen)
    return Range(figures.changes(interval.low, interval.high), "", of, seen)


def _why_none(measured: LastResult) -> str:
    """Return why there is no sure range."""
    if measured.goal is None:
        return "No goal decided"
    if measured.has_no_revenue:
        return "What counts is not above nothing, so nothing can be said in percent of it"
    return (
        "Too few conversions to be sure" if measured.variant else "Too little was measured to say"
    )
