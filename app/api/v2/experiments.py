"""Experiments of a project: listed, shown, changed and deleted; their statuses and results."""

from dataclasses import replace
from typing import Literal, NotRequired

from flask import Blueprint
from pydantic import Field, model_validator
from typing_extensions import TypedDict

from app import lifecycle
from app.accounts.caller import Caller
from app.api.answers import Answer, ChangedOne, Entered, Versioned
from app.api.change_requests import STATUS_REFUSALS, NotedBody
from app.api.dry_runs import Tried
from app.api.moments import Written, written
from app.api.operations import CHANGING_STATUS, TO_PAUSE
from app.api.shapes import Address, Name, Tag
from app.api.v2 import answers, contract, design_members, results
from app.api.v2.answers import Success
from app.api.v2.design_members import CodedDesign, DesignBody
from app.api.v2.results import CodedResult, ResultQuery
from app.api.v2.shapes import OpenBody, PageQuery
from app.api.v2.statuses import BAD_STATUS, CODES, DELETION, HIDDEN, OFFERS, Code
from app.experiments import designs, lookup, revisions, tagging, texts
from app.experiments.revisions import Revision
from app.experiments.texts import Texts
from app.lifecycle import ChangeRequest, Precondition, RefusalCode
from app.models import Door, Experiment, Scope, Status
from app.results import report

blueprint = Blueprint("v2", __name__, url_prefix="/v2/project/<project_key>")
operations = contract.operations(blueprint, "V2")


class StatusBody(NotedBody, OpenBody):
    """The body of a status change."""

    status: Code = Field(examples=[CODES[Status.STOPPED]])
    """The status that it is to have: 1 (Live), 0 (Paused) or 9 (Draft)."""

    @model_validator(mode="before")
    @classmethod
    def _has_status(cls, sent: object) -> object:
        if not isinstance(sent, dict) or "status" not in sent:
            raise BAD_STATUS
        return sent


class RevisionBody(DesignBody):
    """What of an experiment is to change; a list takes the place of the one that there was."""

    test_name: Name | None = Field(None, examples=["New headline"])
    """Its name, on one line."""
    url: Address | None = None
    """The address of the page that it tests."""
    tags: list[Tag] | None = None
    """At most 10, of at most 40 characters each."""

    @property
    def revision(self) -> Revision:
        """Return what was sent of its texts, and of its design."""
        has_texts = any(said is not None for said in (self.test_name, self.url, self.tags))
        return Revision(
            self._changed_texts if has_texts else None,
            self.changed if self.says_anything else None,
        )

    def _changed_texts(self, present: Texts) -> Texts:
        """Return texts with what was sent; a tag with a comma in it is two."""
        tags = None if self.tags is None else tagging.joined(self.tags)
        sent = {"name": self.test_name, "url": self.url, "tags": tags}
        return replace(present, **{name: text for name, text in sent.items() if text is not None})


class CodeChanged(Success, Tried):
    """An experiment, and the status that it has now."""

    test_id: int
    """The experiment's number."""
    status: int
    """The status that it has now: 1 (Live), 0 (Paused) or 9 (Draft)."""


class CodedRevision(Success, Tried):
    """The experiment that was changed."""

    test_id: int
    """The experiment's number."""


class CodedDeletion(Success, Tried):
    """The experiment that is archived."""

    test_id: int
    """The experiment's number."""
    test_name: str
    """The experiment's name."""
    deleted: Literal[True]
    """Always true: what is not done is an error."""
    was_live: bool
    """Whether it was paused first."""
    message: str
    """The same in a sentence."""


class CodedExperiment(TypedDict):
    """An experiment, as a list shows it."""

    test_id: int
    """Its number."""
    test_name: str
    """Its name."""
    url: str
    """The address of the page that it tests."""
    status: int
    """1 (Live), 0 (Paused) or 9 (Draft)."""
    is_completed: Literal[0]
    """Always 0: what is completed is archived, and not shown here."""
    created_at: Written
    """When it was made."""
    updated_at: Written
    """When anything of it last changed."""
    serving_variant_id: NotRequired[int]
    """There where everybody gets one variant: its place in the result, from 0, the control."""
    serving_variant_key: NotRequired[str]
    """Its key, there with it."""


class CodedExperimentList(Success):
    """A page of experiments."""

    count: int
    """How many the page has."""
    experiments: list[CodedExperiment]
    """The experiments of the page."""


class WholeCodedExperiment(CodedExperiment, CodedDesign):
    """An experiment, with its tags, its variants and its goals."""

    tags: list[str]
    """Its tags, in alphabetical order."""


class OneCodedExperiment(Success):
    """One experiment."""

    experiment: WholeCodedExperiment
    """The experiment."""


@operations.patch("/experiment/<test_id>/status", *CHANGING_STATUS, faults=STATUS_REFUSALS)
def set_status(
    caller: Caller, test_id: str, body: StatusBody, expected: Precondition | None
) -> Entered[CodeChanged]:
    """Start, pause, resume or redraft; asking for the present status changes nothing."""
    number = lookup.test_id_of(test_id)
    request = ChangeRequest(OFFERS[body.status], body.reason or "", expected=expected)
    change = lifecycle.transition(caller.project_id, number, request, caller.actor(Door.INTEGERS))
    changed: CodeChanged = {
        **answers.success(change.split_fault),
        "test_id": number,
        "status": CODES[change.status],
    }
    return Entered(changed, change.version, change.entry_id)


@operations.patch(
    "/experiment/<test_id>",
    Scope.WRITE,
    faults=(RefusalCode.NOT_A_DRAFT, RefusalCode.INVALID_TRANSITION),
)
def revise_experiment(
    caller: Caller, test_id: str, body: RevisionBody, expected: Precondition | None
) -> ChangedOne[CodedRevision]:
    """Change texts, and a draft's variants and traffic; what is not sent stays as it is."""
    number = lookup.subject_by_test_id(caller.project_id, test_id, HIDDEN).test_id
    actor = caller.actor(Door.INTEGERS)
    revised = revisions.revise(caller.project_id, number, body.revision, actor, expected)
    return ChangedOne({**answers.success(), "test_id": number}, revised.version)


@operations.delete("/experiment/<test_id>", Scope.WRITE, faults=STATUS_REFUSALS)
def delete_experiment(
    caller: Caller, test_id: str, expected: Precondition | None
) -> Entered[CodedDeletion]:
    """Archive an experiment; one that is live is paused first, in the same step."""
    number, request = lookup.test_id_of(test_id), ChangeRequest(DELETION, expected=expected)
    archived = lifecycle.archive(caller.project_id, number, request, caller.actor(Door.INTEGERS))
    deleted: CodedDeletion = {
        **answers.success(),
        "test_id": number,
        "test_name": archived.experiment.name,
        "deleted": True,
        "was_live": archived.was_live,
        "message": "Experiment deleted.",
    }
    return Entered(deleted, archived.version, archived.entry_id)


@operations.get("/experiment/<test_id>/result")
def show_result(caller: Caller, test_id: str, query: ResultQuery) -> Answer[CodedResult]:
    """Return the counts of the last run that was started, of all its days or of those asked for.

    Of its primary goal, or of the one asked for.
    """
    subject = lookup.subject_by_test_id(caller.project_id, test_id, HIDDEN)
    found = report.of(subject, days=query.days)
    query.require_its_days(found)
    goal = query.goal_of(found.findings)
    return Answer(results.document(found, CODES[subject.status], goal))


@operations.get("/experiments", *TO_PAUSE)
def list_experiments(caller: Caller, query: PageQuery) -> Answer[CodedExperimentList]:
    """Return the experiments that are not archived, newest first."""
    found = lookup.listed_by_offset(caller.project_id, query.limit, query.offset, HIDDEN)
    rows = [_shown(experiment) for experiment in found]
    return Answer({**answers.success(), "count": len(rows), "experiments": rows})


@operations.get("/experiment/<test_id>", *TO_PAUSE)
def show_experiment(caller: Caller, test_id: str) -> Versioned[OneCodedExperiment]:
    """Return one experiment, with its tags, its variants and its goals."""
    experiment = lookup.by_test_id(caller.project_id, test_id, HIDDEN)
    tags = [*tagging.tags_of(texts.of(experiment).tags)]
    design = design_members.shown(designs.current(experiment.test_id))
    whole: WholeCodedExperiment = {**_shown(experiment), "tags": tags, **design}
    return Versioned({**answers.success(), "experiment": whole}, experiment.version)


def _shown(experiment: Experiment) -> CodedExperiment:
    """Return what a list shows of an experiment, too."""
    shown: CodedExperiment = {
        "test_id": experiment.test_id,
        "test_name": experiment.name,
        "url": experiment.url,
        "status": CODES[experiment.status],
        "is_completed": 0,
        "created_at": written(experiment.created_at),
        "updated_at": written(experiment.updated_at),
    }
    if experiment.is_shipped and experiment.shipped_position is not None:
        shown["serving_variant_id"] = experiment.shipped_position
        shown["serving_variant_key"] = experiment.shipped_variant or ""
    return shown
