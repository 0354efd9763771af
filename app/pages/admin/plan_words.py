"""Plans in the words of the admins' pages: by their name and what they allow."""

from app.models import Plan


def limit(experiments_running: int | None) -> str:
    """Return a limit alone: "2", "no limit"."""
    return "no limit" if experiments_running is None else str(experiments_running)


def offered(plan: Plan) -> str:
    """Return a plan as one chooses it: "Sandbox, 2 at once"; "Studio, no limit"."""
    at_once = "" if plan.experiments_running is None else " at once"
    retired = " (retired)" if plan.retired_at else ""
    return f"{plan.name}, {limit(plan.experiments_running)}{at_once}{retired}"
