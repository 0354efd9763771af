"""Plans in the words of the admins' pages: by their name and what they allow."""

from app.models import Plan
from app.pages.common.words.limit_words import limit


def at_once(experiments_running: int | None) -> str:
    """Return a limit by itself in a sentence: "2 at once", "no limit"."""
    said = limit(experiments_running)
    return said if experiments_running is None else f"{said} at once"


def offered(plan: Plan) -> str:
    """Return a plan as one chooses it: "Sandbox, 2 at once"; "Studio, no limit"."""
    retired = " (retired)" if plan.retired_at else ""
    return f"{plan.name}, {at_once(plan.experiments_running)}{retired}"
