"""What was measured of experiments that have ended, as their result pages say it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.database.engine import db
from app.experiments import live_changes
from app.experiments.live_changes import Change
from app.learnings import last_runs
from app.learnings.last_runs import LastRun
from app.models import Exclusion, Experiment, GoalRole, now
from app.results import reading
from app.results.counts import Counts
from app.results.days.period import DAY, WHOLE_RUN, Course, Opened, course
from app.results.days.run_days import RunDays
from app.results.findings import Challenger, GoalResult
from app.results.goal_results import Evidence, Looks, goal_result
from app.results.reading import EstablishedOf, Side, Target
from app.results.statistics.sample_ratio import is_mismatched, mismatch_p_value


@dataclass(frozen=True)
class LastResult:
    """What was measured of an experiment's last run: at its primary `goal`, of one `variant`.

    That is the variant that was decided for, and where that is the original or none, the best of
    the others. None where there is no goal, or too little to say which is best. `days` are whole
    ones without pauses. Where the split `is_mismatched`, none of it is to be trusted; where it
    `has_no_revenue`, the variant's or the original's, nothing is so many percent of that.
    """

    visitors: int
    days: int
    goal: Target | None
    variant: Challenger | None
    is_mismatched: bool
    has_no_revenue: bool = False

    @property
    def gain(self) -> float | None:
        """Return by how much the variant was measured to be better, by what its goal wants.

        None where that is not known, or not to be trusted.
        """
        if self.variant is None or self.is_mismatched:
            return None
        return self.variant.advantage.estimate

    @property
    def is_surely_better(self) -> bool:
        """Return whether all that is possible for the variant is better than the original."""
        is_better = self.variant is not None and self.variant.advantage.is_surely_better
        return is_better and not self.is_mismatched


def of(experiments: Sequence[Experiment]) -> dict[int, LastResult]:
    """Return what was measured of experiments that ran and do not run now, by their test ids."""
    known = _read(experiments)
    return {each.test_id: known.of(each) for each in experiments if each.test_id in known.runs}


@dataclass(frozen=True)
class _Known:
    """What was read of many experiments, by their test ids, and of their `runs`, by those' ids."""

    runs: Mapping[int, LastRun]
    changes: Mapping[int, Sequence[Change]]
    sides: Mapping[int, tuple[Side, ...]]
    counts: Mapping[int, Counts]
    established: Mapping[int, EstablishedOf]
    exclusions: Mapping[int, Sequence[Exclusion]]

    def of(self, experiment: Experiment) -> LastResult:
        """Return what was measured of one of them."""
        run = self.runs[experiment.test_id]
        its = _course(experiment, run, self.changes[experiment.test_id])
        evidence = self._evidence(run, RunDays(its, WHOLE_RUN, self.exclusions[run.id], now()))
        goal = run.goal and goal_result(run.goal, evidence)
        p_value = mismatch_p_value(evidence.visitors, [side.weight for side in evidence.sides])
        return LastResult(
            sum(evidence.visitors),
            evidence.days.time_running // DAY,
            goal and goal.target,
            goal and _told_of(goal, experiment.shipped_variant),
            is_mismatched(p_value),
            goal is not None and goal.without_revenue is not None,
        )

    def _evidence(self, run: LastRun, days: RunDays) -> Evidence:
        """Return what the goal of a run is judged by."""
        return Evidence(
            [run.goal] if run.goal else [],
            self.sides[run.id],
            self.counts[run.id],
            Looks(self.established[run.id], concludes=True),
            days,
        )


def _read(experiments: Sequence[Experiment]) -> _Known:
    runs = last_runs.read([each.test_id for each in experiments])
    run_ids = [run.id for run in runs.values()]
    return _Known(
        runs,
        live_changes.read(db.session(), runs),
        reading.sides(run_ids),
        reading.counts(run_ids, role=GoalRole.PRIMARY),
        reading.established(run_ids),
        reading.exclusions(run_ids),
    )


def _told_of(goal: GoalResult, decided_for: str | None) -> Challenger | None:
    chosen = [each for each in goal.challengers if each.side.key == decided_for]
    return next(iter((*chosen, *goal.ranked)), None)


def _course(experiment: Experiment, run: LastRun, changes: Sequence[Change]) -> Course:
    since = [each for each in changes if each.at >= run.opened_at]
    status = experiment.status if run.is_current else None
    return course(Opened(run.number, run.opened_at, run.time_zone), since, status)
