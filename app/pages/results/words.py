"""Words of the result page for verdicts, runs and their days."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from app.models import WHOLE, Exclusion
from app.pages.common.values import written_percents
from app.pages.common.words.phrases import counted
from app.results.days.period import Course, Period
from app.results.findings import Findings
from app.results.report import Report
from app.results.words import figures


@dataclass(frozen=True)
class Fact:
    """Something that a verdict rests on."""

    name: str
    value: str
    about: str


def facts(report: Report) -> list[Fact]:
    """Return the days, the visitors and the split of a run that has opened."""
    findings = report.findings
    return [
        Fact("Ran for", counted(findings.days_running, "day"), _days_needed(findings)),
        Fact("Visitors", figures.whole(findings.total_visitors), _visitors_needed(findings)),
        Fact("Split", *_split(findings)),
    ]


def run_label(course: Course) -> str:
    """Return a run by its number and its days: "Run 1, 3 Mar to 20 Mar 2026"."""
    opened, stopped = course.day(course.opened_at), course.stopped_at
    days = _from_to(opened, course.day(stopped)) if stopped else f"since {opened:%-d %b %Y}"
    return f"Run {course.number}, {days}"


def period_label(period: Period) -> str:
    """Return its first and its last day: "3 Mar to 20 Mar 2026", or the only one."""
    return _from_to(period.first, period.last)


class UnusualLabel(NamedTuple):
    """A day on which unusually many visitors came, as addresses write it, and a sentence on it."""

    day: str
    name: str
    sentence: str


def unusual_labels(report: Report) -> list[UnusualLabel]:
    """Return the days on which unusually many visitors came."""
    return [
        UnusualLabel(
            each.day.isoformat(),
            f"{each.day:%-d %b %Y}",
            f"On {each.day:%-d %b %Y} {figures.whole(each.visitors)} visitors came, where "
            f"{figures.whole(each.usual)} a day are usual.",
        )
        for each in report.unusual_days
    ]


def traffic_label(report: Report) -> str:
    """Return how traffic rose: "5 % of its audience until 9 Nov 2026, 50 % since"; "" where not.

    What came and went on one day is left out.
    """
    *before, last = report.traffic or (None,)
    if not before or last is None or report.course is None:
        return ""
    until: dict[date, str] = {}
    for each in report.traffic[:-1]:
        share = f"{written_percents(each.traffic_allocation)} %"
        until.setdefault(report.course.day(each.until or each.since), share)
    first, *more = (f"{share} until {day:%-d %b %Y}" for day, share in until.items())
    first = first.replace(" until", " of its audience until", 1)
    return f"{', '.join([first, *more])}, {written_percents(last.traffic_allocation)} % since"


def days_label(exclusion: Exclusion) -> str:
    """Return the days that are left out: "3 Mar to 5 Mar 2026", "The whole run"."""
    first, last = exclusion.first_day, exclusion.last_day
    if first and last:
        return _from_to(first, last)
    if last:
        return f"All days until {last:%-d %b %Y}"
    return f"From {first:%-d %b %Y} on" if first else "The whole run"


@dataclass(frozen=True)
class Share:
    """A variant's visitors beside its intended part of them."""

    name: str
    visitors: str
    planned: str
    got: str


def shares(findings: Findings) -> list[Share]:
    """Return how the visitors were split, and how they were to be."""
    total = findings.total_visitors or 1
    return [
        Share(
            side.name,
            figures.whole(visitors),
            figures.rate(side.weight / WHOLE),
            figures.rate(visitors / total),
        )
        for side, visitors in zip(findings.sides, findings.visitors, strict=True)
    ]


def _from_to(first: date, last: date) -> str:
    if first == last:
        return f"{last:%-d %b %Y}"
    began = f"{first:%-d %b}" if first.year == last.year else f"{first:%-d %b %Y}"
    return f"{began} to {last:%-d %b %Y}"


def _days_needed(findings: Findings) -> str:
    return f"of at least {findings.minimum_days}" if findings.minimum_days else "no minimum"


def _visitors_needed(findings: Findings) -> str:
    if not findings.minimum_visitors:
        return "no minimum"
    return f"at least {figures.whole(findings.minimum_visitors)} of each variant"


def _split(findings: Findings) -> tuple[str, str]:
    p_value = findings.sample_ratio_p_value
    if p_value is None:
        return "Not checked", "too few visitors"
    return "Not as planned" if findings.is_mismatched else "As planned", figures.p_value(p_value)
