"""The result of an experiment, put together: what every door shows of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import zip_longest
from typing import TypedDict

from app.core.errors import NotFound
from app.database.engine import db
from app.experiments import live_changes
from app.experiments.live_changes import Change
from app.lifecycle.subjects import Subject
from app.models import Exclusion, Run, Status, now
from app.results import reading, unusual_days, verdict
from app.results.counts import Counts
from app.results.days.period import WHOLE_RUN, Course, DayRange, Opened, Period, course
from app.results.days.ramp import Ramp, Stretch
from app.results.days.run_days import RunDays
from app.results.findings import Findings, GoalResult
from app.results.goal_results import ONLY_LOOK, Evidence, Looks, counted, goal_result
from app.results.reading import Side
from app.results.trend import Trend, trends
from app.results.unusual_days import UnusualDay
from app.results.verdict import Verdict


@dataclass(frozen=True)
class Report:
    """One run of an experiment.

    `courses` are those of all runs that opened, oldest first, `course` that of the run shown. It
    is None where none has opened: the design that is planned is shown then, and nothing was
    counted. `period` is None then too, and where the run was open on none of the days asked for.
    `run_id` is of that run. `traffic_allocation` is in basis points of all visitors, and `trends`
    are of the primary goal, one a variant. `rows_deleted_at` is when the visitors' own rows were
    deleted: all of this is made of the sums of days, which stay. It `is_current_run` where no later
    one is, or is planned. `exclusions` are the days that are left out of all of this; on the
    `unusual_days` among the others suspiciously many visitors came. `traffic` is the course of its
    traffic, one stretch where it never rose, and none before it has opened.
    """

    experiment: Subject
    run_id: int
    courses: tuple[Course, ...]
    course: Course | None
    period: Period | None
    findings: Findings
    verdict: Verdict
    trends: tuple[Trend, ...]
    counts: Counts
    rows_deleted_at: datetime | None
    traffic_allocation: int
    is_current_run: bool
    exclusions: tuple[Exclusion, ...]
    unusual_days: tuple[UnusualDay, ...]
    traffic: tuple[Stretch, ...]

    @property
    def is_final(self) -> bool:
        """Return whether the run is over for good: a pause alone ends none, it may go on."""
        if self.course is None or self.findings.is_over:
            return self.findings.is_over
        is_the_last = self.course.number == self.courses[-1].number
        return not is_the_last or self.experiment.status is Status.DRAFT


def of(experiment: Subject, run_number: int | None = None, days: DayRange = WHOLE_RUN) -> Report:
    """Return the result of a run that has opened, by default the last of them.

    Raises NotFound where the experiment has no such run.
    """
    return _report(experiment, run_number, days, is_kept=False)


def look(experiment: Subject, moment: datetime) -> Report:
    """Return the result of the last run, as a look at `moment` that is kept.

    It may call something. What is archived has the same result at each look, and calls nothing.
    """
    found = _report(experiment, None, WHOLE_RUN, is_kept=True)
    call = verdict.call(found.verdict, moment)
    if call is None or found.findings.call_that_stands or found.findings.is_over:
        return found
    findings = replace(found.findings, call=call)
    return replace(found, findings=findings, verdict=verdict.of(findings))


def _report(
    experiment: Subject, run_number: int | None, asked: DayRange, *, is_kept: bool
) -> Report:
    moment, runs = now(), reading.runs(experiment.test_id)
    run = _chosen(runs, run_number)
    changes = live_changes.read(db.session(), [experiment.test_id])[experiment.test_id]
    courses = _courses(runs, changes, experiment.status)
    course = next((each for each in courses if each.number == run.number), None)
    # Before the counts: what is left out meanwhile is missed here, and not by who keeps this look.
    exclusions = reading.exclusions([run.id])[run.id]
    days = RunDays(course, asked, exclusions, moment, Ramp(run.rises))
    counts = reading.counts([run.id], asked)[run.id]
    findings = _findings(run, experiment.status, days, counts, is_kept=is_kept)
    return Report(
        experiment,
        run.id,
        courses,
        course,
        days.period,
        findings,
        verdict.of(findings),
        _trends(findings, counts, days),
        counts,
        run.rows_deleted_at,
        run.traffic_allocation,
        run.is_current,
        exclusions,
        unusual_days.of(counts, findings.sides, days),
        days.ramp.stretches(course.opened_at, run.traffic_allocation) if course else (),
    )


def _findings(
    run: Run, status: Status, days: RunDays, counts: Counts, *, is_kept: bool
) -> Findings:
    """Return what was found; a look that `is_kept` may call something while the run is live."""
    is_whole_run, call = days.asked_for.is_whole_run, reading.call(run.id)
    looks = ONLY_LOOK
    if is_whole_run:
        looks = Looks(reading.established([run.id])[run.id], is_kept or not days.is_running)
    targets, sides = reading.targets(run.id), reading.sides([run.id])[run.id]
    return Findings(
        status=status,
        has_started=days.course is not None,
        is_running=days.is_running,
        is_whole_run=is_whole_run,
        time_running=days.time_running,
        time_at_present_traffic=days.time_at_present_traffic,
        call=call if is_whole_run else None,
        recounted_at=run.recounted_at,
        time_zone=run.time_zone,
        ranges=days.ranges,
        excluded=tuple(DayRange(each.first_day, each.last_day) for each in days.left_out),
        **_design(run, Evidence(targets, sides, counts, looks, days)),
    )


class _Design(TypedDict):
    minimum_days: int
    minimum_visitors: int
    sides: tuple[Side, ...]
    visitors: tuple[int, ...]
    goals: tuple[GoalResult, ...]


def _design(run: Run, evidence: Evidence) -> _Design:
    """Return what a run was designed to be, with what was counted of it."""
    return {
        "minimum_days": run.minimum_days,
        "minimum_visitors": run.minimum_visitors,
        "sides": tuple(evidence.sides),
        "visitors": evidence.visitors,
        "goals": tuple(goal_result(each, evidence) for each in evidence.targets),
    }


def _chosen(runs: Sequence[Run], number: int | None) -> Run:
    """Return the run of this number, or the last one, if it has opened.

    Else the one that is planned.
    """
    opened = [run for run in runs if run.opened_at]
    if number is None:
        return (opened or runs)[-1]
    found = next((run for run in opened if run.number == number), None)
    if found is None:
        raise NotFound(f"The experiment has no run {number} that was started.")
    return found


def _courses(runs: Sequence[Run], changes: Sequence[Change], status: Status) -> tuple[Course, ...]:
    """Return how each opened run went, until the next one opened."""
    opened = [(run, run.opened_at) for run in runs if run.opened_at]
    following = [opened_at for _, opened_at in opened[1:]]
    return tuple(
        course(
            Opened(run.number, opened_at, run.time_zone),
            [each for each in changes if opened_at <= each.at and (not end or each.at < end)],
            status if run.is_current else None,
        )
        for (run, opened_at), end in zip_longest(opened, following)
    )


def _trends(findings: Findings, counts: Counts, days: RunDays) -> tuple[Trend, ...]:
    if not (days.period and findings.primary):
        return ()
    goal = findings.primary
    of_goal = counted(counts, goal.target, goal.cohorts)
    return trends(of_goal, findings.sides, goal.target, days.days)
