"""Experiments of a project: listed, shown, changed and deleted; their statuses and results."""

from dataclasses import replace

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import StrictStr, model_validator

from app import lifecycle
from app.accounts.caller import Caller
from app.api import conditions
from app.api.answers import ETAG_HEADER
from app.api.change_requests import NotedBody
from app.api.moments import written
from app.api.operations import CHANGING_STATUS, TO_PAUSE
from app.api.v2 import answers, callers, design_members, results
from app.api.v2.callers import OpenBody, PageQuery
from app.api.v2.design_members import DesignBody
from app.api.v2.results import ResultQuery
from app.api.v2.statuses import BAD_STATUS, CODES, DELETION, HIDDEN, OFFERS, Code
from app.experiments import designs, labels, lookup, revisions, texts
from app.experiments.revisions import Revision
from app.experiments.texts import Texts
from app.lifecycle import ChangeRequest, Precondition
from app.models import Door, Experiment, Scope
from app.results import report

blueprint = Blueprint("v2", __name__, url_prefix="/v2/project/<project_key>")
operations = callers.operations(blueprint, "Integers")


class StatusBody(NotedBody, OpenBody):
    """The body of a status change."""

    status: Code

    @model_validator(mode="before")
    @classmethod
    def _has_status(cls, sent: object) -> object:
        if not isinstance(sent, dict) or "status" not in sent:
            raise BAD_STATUS
        return sent


class RevisionBody(DesignBody):
    """What of an experiment is to change; a list takes the place of the one that there was."""

    test_name: StrictStr | None = None
    url: StrictStr | None = None
    tags: list[StrictStr] | None = None

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
        tags = None if self.tags is None else labels.joined(self.tags)
        sent = {"name": self.test_name, "url": self.url, "tags": tags}
        return replace(present, **{name: text for name, text in sent.items() if text is not None})


@operations.patch("/experiment/<test_id>/status", *CHANGING_STATUS)
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


@operations.patch("/experiment/<test_id>", Scope.WRITE)
def revise_experiment(
    caller: Caller, test_id: str, body: RevisionBody, expected: Precondition | None
) -> ResponseReturnValue:
    """Change texts, and a draft's variants and traffic; what is not sent stays as it is."""
    number = lookup.subject_by_test_id(caller.project_id, test_id, HIDDEN).test_id
    actor = caller.actor(Door.INTEGERS)
    revised = revisions.revise(caller.project_id, number, body.revision, actor, expected)
    return answers.changed(None, None, revised.version, test_id=number)


@operations.delete("/experiment/<test_id>", Scope.WRITE)
def delete_experiment(
    caller: Caller, test_id: str, expected: Precondition | None
) -> ResponseReturnValue:
    """Archive an experiment; one that is live is paused first, in the same step."""
    number, request = lookup.test_id_of(test_id), ChangeRequest(DELETION, expected=expected)
    archived = lifecycle.archive(caller.project_id, number, request, caller.actor(Door.INTEGERS))
    return answers.changed(
        archived.entry_id,
        None,
        archived.version,
        test_id=number,
        test_name=archived.experiment.name,
        deleted=True,
        was_live=archived.was_live,
        message="Experiment deleted.",
    )


@operations.get("/experiment/<test_id>/result")
def show_result(caller: Caller, test_id: str, query: ResultQuery) -> ResponseReturnValue:
    """Return the counts of the last run that was started, of all its days or of those asked for.

    Of its primary goal, or of the one asked for.
    """
    subject = lookup.subject_by_test_id(caller.project_id, test_id, HIDDEN)
    found = report.of(subject, days=query.days)
    goal = query.goal_of(found.findings)
    return answers.read(**results.document(found, CODES[subject.status], goal))


@operations.get("/experiments", *TO_PAUSE)
def list_experiments(caller: Caller, query: PageQuery) -> ResponseReturnValue:
    """Return the experiments that are not archived, newest first."""
    found = lookup.listed_by_offset(caller.project_id, query.limit, query.offset, HIDDEN)
    rows = [_shown(experiment) for experiment in found]
    return answers.read(count=len(rows), experiments=rows)


@operations.get("/experiment/<test_id>", *TO_PAUSE)
def show_experiment(caller: Caller, test_id: str) -> ResponseReturnValue:
    """Return one experiment, with its tags, its variants and its goals."""
    experiment = lookup.by_test_id(caller.project_id, test_id, HIDDEN)
    tags = labels.tags_of(texts.of(experiment).tags)
    design = design_members.shown(designs.current(experiment.test_id))
    answer = answers.read(experiment={**_shown(experiment), "tags": tags, **design})
    answer.headers[ETAG_HEADER] = conditions.etag(experiment.version)
    return answer


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
