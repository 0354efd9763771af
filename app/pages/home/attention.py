"""The items that need attention, each in one sentence that begins with a link."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import url_for

from app.models import Trouble
from app.overview.dropped import Dropped
from app.overview.experiments import Known
from app.overview.open_requests import OpenRequests
from app.overview.over_limits import OverLimit
from app.overview.overdue_changes import TROUBLES, Overdue
from app.overview.start_page import Overview
from app.pages.common.time_zones import by_the_clock
from app.pages.common.words.over_words import until
from app.pages.common.words.phrases import age, ago, counted
from app.pages.common.words.waits import overdue, overdue_rise
from app.pages.history.words import sentence
from app.results.verdict import VerdictKind


@dataclass(frozen=True)
class Aside:
    """A trouble of an experiment, as it is now, for whoever puts it aside."""

    test_id: int
    trouble: Trouble
    state: str


@dataclass(frozen=True)
class Item:
    """`lead` is the link's text, `rest` goes on with the sentence; `tone` names the icon.

    `aside` is what its reader can put aside.
    """

    tone: str
    lead: str
    address: str
    rest: str
    aside: Aside | None = None


def items(overview: Overview, open_requests: OpenRequests | None) -> list[Item]:
    """Return the most urgent first.

    `open_requests` are those for slots that the reader can answer.
    """
    return [
        *(_overdue(change) for change in overview.overdue),
        *(_over_limit(project) for project in overview.over_limit),
        *(_result(experiment) for experiment in overview.results),
        *(_dropped(dropped) for dropped in overview.dropped),
        *_requests(open_requests),
        *_idle(overview.idle),
    ]


def result_address(experiment: Known) -> str:
    """Return where the result of an experiment is shown."""
    return url_for("result.show", project_key=experiment.project_key, key=experiment.key)


def _overdue(change: Overdue) -> Item:
    at = by_the_clock(change.at)
    words = (
        overdue(change.target, at, is_held=change.is_held)
        if change.target
        else overdue_rise(change.traffic_allocation or 0, at)
    )
    return Item(
        "broken",
        change.name,
        url_for("experiment.show", project_key=change.project_key, key=change.key),
        f"in {change.project_name}: {words[0].lower()}{words[1:]}.",
        Aside(change.test_id, TROUBLES[change.target], change.state),
    )


def _over_limit(project: OverLimit) -> Item:
    return Item(
        "broken",
        project.project_name,
        url_for("slots.show", project_key=project.project_key),
        f"is over its limit: {project.running} of {project.limit} live. "
        f"Nothing more starts there until {until(project.running, project.limit)}.",
        Aside(project.test_id, Trouble.OVER_LIMIT, project.state),
    )


def _result(experiment: Known) -> Item:
    return Item(
        experiment.tone or "open",
        experiment.name,
        result_address(experiment),
        f"in {experiment.project_name}{_said_of(experiment)}",
        Aside(experiment.test_id, Trouble.RESULT, experiment.state),
    )


def _said_of(experiment: Known) -> str:
    if not experiment.is_silent:
        return f": {experiment.sentence}"
    if experiment.kind == VerdictKind.NO_VISITORS and not experiment.last_visitor_at:
        return (
            f" has been live for {age(experiment.since)}, and no visitor came: see that its pages "
            "load the script, and that visitors take part."
        )
    days = age(experiment.last_visitor_at or experiment.since)
    return (
        f": {experiment.sentence} No visitor has come for {days}: see that its pages load the "
        "script."
    )


def _dropped(dropped: Dropped) -> Item:
    entry = dropped.entry
    happened = sentence(entry)
    return Item(
        "waiting",
        entry.experiment.name,
        url_for("experiment.show", project_key=dropped.project_key, key=entry.experiment.key),
        f"in {dropped.project_name}, {ago(entry.at)}: {happened[0].lower()}{happened[1:]}",
        Aside(entry.test_id, Trouble.DROPPED, dropped.state),
    )


def _requests(open_requests: OpenRequests | None) -> Iterator[Item]:
    if open_requests and not open_requests.is_put_aside:
        yield Item(
            "waiting",
            counted(open_requests.number, "open request"),
            url_for("admin_requests.show"),
            "for more slots: change the plan, or write to them why not.",
            Aside(open_requests.test_id, Trouble.REQUESTS, open_requests.state),
        )


def _idle(draft: Known | None) -> Iterator[Item]:
    if draft:
        yield Item(
            "open",
            draft.name,
            url_for("experiment.show", project_key=draft.project_key, key=draft.key),
            f"in {draft.project_name} has been a draft for {age(draft.since)}, "
            "longer than any other: start it, or discard it.",
            Aside(draft.test_id, Trouble.IDLE, draft.state),
        )
