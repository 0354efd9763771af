"""Experiments of a project: their statuses, as integers, their results, and new ones."""

from typing import Annotated, Self

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import BeforeValidator, StrictStr, model_validator

from app import lifecycle
from app.accounts.caller import Caller
from app.api import conditions, problems
from app.api.change_requests import NotedBody
from app.api.moments import written
from app.api.v2 import answers, callers, design_members, results
from app.api.v2.callers import OnceBody, OpenBody, OpenDaysQuery, PageQuery
from app.api.v2.statuses import CODES, HIDDEN, OFFERS
from app.experiments import creation, designs, labels, lookup, texts
from app.experiments.creation import Draft
from app.experiments.texts import Texts
from app.lifecycle import ChangeRequest, Precondition
from app.models import Door, Experiment, Status
from app.results import report

blueprint = Blueprint("v2", __name__, url_prefix="/v2/project/<project_key>")
operations = callers.operations(blueprint, "Integers")

BAD_STATUS = problems.fault("Invalid status value: must be 0, 1, or 9.")
WHO_SEES_WHAT = frozenset(
    {
        "configuration",
        "page_urls",
        "primary_goal",
        "primary_goal_key",
        "secondary_goal_keys",
        "secondary_goals",
        "targeting",
        "variants",
    }
)
"""Members of a creation that say which visitors see what, and what is measured."""
WHICH_NUMBERS = frozenset({"breakdown_by", "goal_key", "goal_profile_id", "tz"})
"""Parameters of a result by which the contract has other numbers."""


def _code(sent: object) -> object:
    # JSON's 1.0 and true are no codes, though Python takes them for 1.
    if type(sent) is not int or sent not in OFFERS:
        raise BAD_STATUS
    return sent


Code = Annotated[int, BeforeValidator(_code)]


class StatusBody(NotedBody, OpenBody):
    """The body of a status change."""

    status: Code

    @model_validator(mode="before")
    @classmethod
    def _has_status(cls, sent: object) -> object:
        if not isinstance(sent, dict) or "status" not in sent:
            raise BAD_STATUS
        return sent


class CreateBody(OnceBody):
    """The body that creates an experiment.

    One that goes live at once is refused where something of it is not understood that says who
    sees what: it would be another experiment than the one that was meant.
    """

    test_name: StrictStr
    url: StrictStr
    status: Code = CODES[Status.DRAFT]

    @model_validator(mode="after")
    def _is_what_was_meant(self) -> Self:
        # What is null or empty says nothing.
        said = {name for name, value in (self.model_extra or {}).items() if value}
        unheeded = sorted(WHO_SEES_WHAT & said)
        if unheeded and self.status != CODES[Status.DRAFT]:
            named = ", ".join(unheeded)
            raise problems.fault(f"Create it as a draft (9): {named} would not be heeded.")
        return self


class ResultQuery(OpenDaysQuery):
    """The days of a result; numbers of another kind than ours are not passed off as those."""

    @model_validator(mode="after")
    def _is_what_is_counted(self) -> Self:
        others = sorted(WHICH_NUMBERS & (self.model_extra or {}).keys())
        if others:
            raise problems.fault(f"The result is not given by {', '.join(others)}.")
        return self


@operations.patch("/experiment/<test_id>/status")
def set_status(
    caller: Caller, test_id: str, body: StatusBody, expected: Precondition | None
) -> ResponseReturnValue:
    """Start, pause, resume or redraft; asking for the present status changes nothing."""
    number = lookup.test_id_of(test_id)
    request = ChangeRequest(OFFERS[body.status], body.reason or "", expected=expected)
    change = lifecycle.transition(caller.project_id, number, request, caller.actor(Door.INTEGERS))
    return answers.changed(
        change.entry_id,
        change.split_fault,
        change.version,
        test_id=number,
        status=CODES[change.status],
    )


@operations.get("/experiment/<test_id>/result")
def show_result(caller: Caller, test_id: str, query: ResultQuery) -> ResponseReturnValue:
    """Return the counts of the last run that was started, of all its days or of those asked for."""
    subject = lookup.subject_by_test_id(caller.project_id, test_id, HIDDEN)
    found = report.of(subject, days=query.days)
    return answers.read(**results.document(found, CODES[subject.status]))


@operations.get("/experiments")
def list_experiments(caller: Caller, query: PageQuery) -> ResponseReturnValue:
    """Return the experiments that are not archived, newest first."""
    found = lookup.listed_by_offset(caller.project_id, query.limit, query.offset, HIDDEN)
    rows = [_shown(experiment) for experiment in found]
    return answers.read(count=len(rows), experiments=rows)


@operations.get("/experiment/<test_id>")
def show_experiment(caller: Caller, test_id: str) -> ResponseReturnValue:
    """Return one experiment, with its tags, its variants and its goals."""
    experiment = lookup.by_test_id(caller.project_id, test_id, HIDDEN)
    tags = labels.tags_of(texts.of(experiment).tags)
    design = design_members.shown(designs.current(experiment.test_id))
    answer = answers.read(experiment={**_shown(experiment), "tags": tags, **design})
    return conditions.with_etag(answer, experiment.version)


@operations.post("/create-experiment")
def create_experiment(caller: Caller, body: CreateBody) -> ResponseReturnValue:
    """Create an experiment, as a draft unless another status is wanted."""
    experiment = creation.create(
        caller.project_id,
        Draft(Texts(body.test_name, body.url)),
        caller.actor(Door.INTEGERS),
        OFFERS[body.status],
    )
    return answers.changed(test_id=experiment.test_id, status=CODES[experiment.status])


def _shown(experiment: Experiment) -> dict[str, object]:
    """Return what a list shows of an experiment, too.

    It is completed with an outcome, which archived ones alone have here.
    """
    return {
        "test_id": experiment.test_id,
        "test_name": experiment.name,
        "url": experiment.url,
        "status": CODES[experiment.status],
        "is_completed": int(experiment.conclusion is not None),
        "created_at": written(experiment.created_at),
        "updated_at": written(experiment.updated_at),
    }
