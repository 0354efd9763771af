"""A result as the contract of integers shows it: rates and improvements in percent."""

from app.models import Status
from app.results.findings import Challenger, GoalResult, VariantResult
from app.results.reading import Side
from app.results.report import Report

STATUS_NAMES = {Status.DRAFT: "draft", Status.RUNNING: "live", Status.STOPPED: "inactive"}


def document(report: Report, status_code: int) -> dict[str, object]:
    """Return the answer, member by member as the contract names them.

    `total_conversions`, and those of the variants, are of the primary goal: none without one. Days
    are null where nothing has started. A rate of no visitors is 0.0; an improvement that cannot be
    said is null, and the control has none.
    """
    findings, period = report.findings, report.period
    goal = findings.primary
    variants = [
        _shown(side, visitors, goal)
        for side, visitors in zip(findings.sides, findings.visitors, strict=True)
    ]
    return {
        "test_id": report.experiment.test_id,
        "test_name": report.experiment.name,
        "status": STATUS_NAMES[report.experiment.status],
        "status_code": status_code,
        "start_date": period and period.first.isoformat(),
        "end_date": period and period.last.isoformat(),
        "days_running": findings.days_running,
        "primary_goal": goal and goal.target.key,
        "total_visitors": findings.total_visitors,
        "total_conversions": sum(each.arm.conversions for each in goal.variants) if goal else 0,
        "variants": variants,
    }


def _shown(side: Side, visitors: int, goal: GoalResult | None) -> dict[str, object]:
    result = goal.variants[side.position] if goal else None
    return {
        "variant_id": str(side.position),
        "name": side.name,
        "visitors": visitors,
        "conversions": result.arm.conversions if result else 0,
        "conversion_rate": _percent(result.arm.rate or 0.0) if result else 0.0,
        **({} if side.is_control else {"improvement": _improvement(result)}),
        "is_control": side.is_control,
    }


def _improvement(result: VariantResult | None) -> float | None:
    if not isinstance(result, Challenger) or result.comparison.improvement is None:
        return None
    return _percent(result.comparison.improvement)


def _percent(fraction: float) -> float:
    return round(fraction * 100, 2)
