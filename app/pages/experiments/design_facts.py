"""A design as the page of its experiment shows it."""

from dataclasses import dataclass, replace

from flask import url_for

from app import lifecycle
from app.accounts.caller import Caller
from app.experiments import lookup
from app.experiments.audiences import conditions
from app.models import Experiment, GoalRole, Run, RunGoal, Status
from app.pages.common.values import plain_number, written_percents, written_value
from app.pages.common.words import audience_words, goal_words, reach_words
from app.pages.common.words.labels import GOAL_ROLES
from app.pages.common.words.phrases import minimum
from app.pages.common.words.refusal_words import why_not, why_not_of


@dataclass(frozen=True)
class ShownVariant:
    """A variant with its share and value in words."""

    key: str
    name: str
    share: str
    value: str


@dataclass(frozen=True)
class ShownDesign:
    """A design in words; `change_address` where the reader may change it, or why it is `locked`.

    `raise_address` is where they may raise its traffic, "" where that cannot rise. `reach` says
    how many visitors would take part in a draft, `since` that the audience which it names has
    changed since it was started.
    """

    variants: tuple[ShownVariant, ...]
    goals: tuple[tuple[str, str], ...]
    audience: str
    reach: str
    since: str
    traffic: str
    minimum: str
    change_address: str
    locked: str
    raise_address: str


def shown_design(caller: Caller, experiment: Experiment, run: Run) -> ShownDesign:
    """Return what the page prints of the design of `run`, the experiment's current one."""
    locked = why_not(lifecycle.require_open_design, experiment)
    address = url_for("design.show", project_key=caller.project_key, key=experiment.key)
    may_change = caller.may_change
    return ShownDesign(
        tuple(
            ShownVariant(
                each.key, each.name, f"{written_percents(each.weight)} %", written_value(each.value)
            )
            for each in run.variants
        ),
        tuple((use.goal.name, _role(use)) for use in run.goals),
        audience_words.called(run.audience_name, conditions.read(run.audience)),
        _reach(experiment, run),
        _since(experiment, run),
        f"{written_percents(run.traffic_allocation)} %",
        _first_verdict(minimum(run.minimum_days, run.minimum_visitors)),
        address if may_change and not locked else "",
        locked if may_change else "",
        _raise_address(caller, experiment, run) if may_change else "",
    )


def _raise_address(caller: Caller, experiment: Experiment, run: Run) -> str:
    of_run = {"run_opened_at": run.opened_at, "traffic_allocation": run.traffic_allocation}
    subject = replace(lookup.subject(experiment), **of_run)
    if why_not_of(lifecycle.require_raisable, subject):
        return ""
    return url_for("traffic.show", project_key=caller.project_key, key=experiment.key)


def _reach(experiment: Experiment, run: Run) -> str:
    """Return how many visitors would take part in a draft, "" of what is none."""
    is_draft = experiment.status is Status.DRAFT
    return reach_words.of(experiment.project_id, conditions.read(run.audience)) if is_draft else ""


def _since(experiment: Experiment, run: Run) -> str:
    named = run.named_audience
    if not named or (named.name, named.rules) == (run.audience_name, run.audience):
        return ""
    if experiment.status is Status.DRAFT:
        return (
            f"This is how it was started; “{named.name}” has changed since. Save the design to have"
            " it as it is now."
        )
    return f"“{named.name}” has changed since; what was started keeps what it began with."


def _role(use: RunGoal) -> str:
    is_guardrail = use.role is GoalRole.GUARDRAIL
    parts = [
        GOAL_ROLES[use.role].lower(),
        _begun_small(goal_words.measured(use.goal)),
        f"{written_percents(use.margin)} % tolerated" if is_guardrail else "",
        "" if use.cap is None else f"at most {_amount(use.cap, use.goal.currency)} a visitor",
    ]
    return ", ".join(filter(None, parts))


def _begun_small(words: str) -> str:
    return words[0].lower() + words[1:]


def _amount(cap: float, currency: str | None) -> str:
    return f"{plain_number(cap)} {currency}" if currency else plain_number(cap)


def _first_verdict(least: str) -> str:
    return (
        f"no verdict before {least}" if least else "none: there may be a verdict on the first day"
    )
