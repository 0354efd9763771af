"""How long a design takes to find a difference, while its form is filled in."""

import re
from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.accounts.caller import Caller
from app.core.errors import InvalidInput
from app.core.validation import basis_points, ungrouped, whole_number
from app.experiments import designs, lookup
from app.experiments.designs import Design
from app.models import WHOLE, Experiment, GoalRole, Role
from app.pages.common import fragments
from app.pages.common.callers import member
from app.pages.common.words.phrases import counted
from app.results import durations, past
from app.results.past import Past
from app.results.statistics import planning
from app.results.statistics.planning import Forecast
from app.results.words import figures

blueprint = Blueprint("duration", __name__)

BAR_WIDTH = 160
_WEIGHT = re.compile(r"variants-\d{1,3}-weight")
_ROLE = re.compile(r"goals-(\d{1,4})-role")


@dataclass(frozen=True)
class Line:
    """A difference, and what it takes to find it; `bar` is as long as its days, in pixels."""

    lift: str
    visitors: str
    days: str
    bar: int


@dataclass(frozen=True)
class Duration:
    """What is told: lines, or why there are none; `basis` says by which numbers."""

    lines: tuple[Line, ...] = ()
    basis: str = ""
    missing: str = ""


@blueprint.get("/projects/<project_key>/experiments/<key>/design/duration")
def show(project_key: str, key: str) -> ResponseReturnValue:
    """Show how long the design that is being typed takes, by the project's own numbers."""
    caller = member(project_key, Role.MARKETER)
    experiment = lookup.by_key(caller.project_id, key)
    wanted = fragments.is_wanted()
    return render_template(
        "experiments/_duration.html" if wanted else "experiments/duration.html",
        caller=caller,
        experiment=experiment,
        duration=of_request(caller, experiment),
        bar_width=BAR_WIDTH,
    )


def of_request(caller: Caller, experiment: Experiment) -> Duration:
    """Return how long what the query says takes; what it does not say is as saved."""
    design = designs.of(designs.current(experiment.test_id))
    try:
        return _told(design, past.of(caller.project_id, _primary_goal(design)))
    except InvalidInput as error:
        return Duration(missing=str(error))


def _told(design: Design, seen: Past) -> Duration:
    daily, rate = _daily(seen), _rate(seen)
    part = _traffic(design) / WHOLE
    setting = planning.setting(rate, _weights(design), _spread(seen), seen.window_days)
    if setting is None or not part:
        return Duration(missing="Nobody can be compared with this split.")
    found = planning.forecast(setting, daily * part, _minimum_days(design))
    return Duration(_lines(found), _basis(seen, daily, part, rate))


def _basis(seen: Past, daily: float, part: float, rate: float) -> str:
    all_of_them, taking_part = (figures.whole(round(each)) for each in (daily, daily * part))
    visitors = all_of_them if part == 1 else f"{taking_part} of {all_of_them}"
    basis = f"{visitors} visitors a day, {figures.rate(rate)} of them convert"
    if seen.sums_up:
        basis += ", and what they spend or do differs as it did of late"
    return f"{basis}, within {counted(seen.window_days, 'day')}" if seen.window_days else basis


def _spread(seen: Past) -> float | None:
    if seen.sums_up and seen.spread is None:
        raise InvalidInput(
            "How long is not known: in the last 28 days nobody has done what the primary goal sums "
            "up."
        )
    return seen.spread


def _lines(found: tuple[Forecast, ...]) -> tuple[Line, ...]:
    known = [each.days for each in found if each.days is not None]
    longest = planning.LONGEST_DAYS if len(known) < len(found) else max(known)
    return tuple(
        Line(
            figures.percent(each.lift),
            "more than can be" if each.visitors is None else figures.whole(each.visitors),
            "longer than anybody waits" if each.days is None else counted(each.days, "day"),
            BAR_WIDTH if each.days is None else round(BAR_WIDTH * min(each.days / longest, 1)),
        )
        for each in found
    )


def _daily(seen: Past) -> float:
    text = ungrouped(request.values.get("daily", ""))
    daily = whole_number(text) if text else seen.daily
    if not daily:
        raise InvalidInput(
            "Give a number of visitors a day: the project has not seen any in the last 28 days."
            if not text
            else "Give a whole number of visitors a day, as 2000."
        )
    return daily


def _minimum_days(design: Design) -> int:
    typed = whole_number(ungrouped(request.values.get("minimum_days", "")))
    return design.minimum_days if typed is None else typed


def _rate(seen: Past) -> float:
    text = request.values.get("rate", "").strip()
    rate = basis_points(text, "rate") / WHOLE if text else seen.rate
    if rate is None:
        raise InvalidInput("Give a rate: nobody has reached the primary goal in the last 28 days.")
    if not 0 < rate < 1:
        raise InvalidInput("Give a rate between 0 and 100 %.")
    return rate


def _weights(design: Design) -> list[int]:
    typed = [name for name in request.values if _WEIGHT.fullmatch(name)]
    if not typed:
        return [variant.weight for variant in design.variants]
    return [_share(name) for name in sorted(typed, key=_place)]


def _place(name: str) -> int:
    return int(name.split("-")[1])


def _traffic(design: Design) -> int:
    """Return the share of visitors who take part, of the design until another is typed."""
    is_typed = request.values.get("traffic_allocation", "").strip()
    return _share("traffic_allocation") if is_typed else design.traffic_allocation


def _share(name: str) -> int:
    share = basis_points(request.values.get(name) or "0", name)
    if not 0 <= share <= WHOLE:
        raise InvalidInput("A share is between 0 and 100 %.", name)
    return share


def _primary_goal(design: Design) -> str:
    """Return the key of the goal that decides, "" where none does."""
    roles = {name: value for name, value in request.values.items() if _ROLE.fullmatch(name)}
    if not roles:
        return durations.primary_goal(design)
    chosen = next((name for name, value in roles.items() if value == GoalRole.PRIMARY), "")
    return request.values.get(chosen.replace("-role", "-key"), "") if chosen else ""
