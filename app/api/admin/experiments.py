"""Experiments of a project: listed, read, created, designed, cloned, and their statuses."""

from http import HTTPStatus
from typing import Annotated

from flask import Blueprint, jsonify, url_for
from flask.typing import ResponseReturnValue
from pydantic import StrictStr

from app import lifecycle
from app.accounts.caller import Caller
from app.api import answer_warnings, answers, conditions, queries
from app.api.admin import callers, next_steps, results
from app.api.admin.designs import DesignBody
from app.api.admin.designs import shown as shown_design
from app.api.admin.statuses import OFFERS
from app.api.admin.texts import TextsBody
from app.api.admin.texts import shown as shown_texts
from app.api.bodies import Body
from app.api.change_requests import EndingBody
from app.api.moments import written
from app.api.queries import DaysQuery, Query
from app.core.validation import LARGEST_NUMBER
from app.core.version_tokens import token_of
from app.experiments import creation, designs, lookup, revisions, texts
from app.experiments.creation import Draft
from app.experiments.revisions import Revision
from app.experiments.texts import FIELDS, Texts
from app.lifecycle import ChangeRequest, Precondition
from app.models import Door, Experiment, Status
from app.results import report

blueprint = Blueprint("admin_api", __name__, url_prefix="/api/admin")
operations = callers.operations(blueprint)

LARGEST_LIMIT = 500


class StatusBody(EndingBody, Body):
    """The body of a status change."""

    status: Status


class CreateBody(TextsBody, DesignBody):
    """The body that creates an experiment."""

    name: StrictStr
    key: StrictStr = ""


class RevisionBody(TextsBody, DesignBody):
    """The members of an experiment that change; one that is not sent stays as it is."""

    name: StrictStr = ""

    @property
    def revision(self) -> Revision:
        """Return what was sent of its texts, and of its design."""
        sent = self.model_fields_set
        return Revision(
            self.changed_texts if sent & set(FIELDS) else None,
            self.changed_design if sent & DesignBody.model_fields.keys() else None,
        )


class PageQuery(Query):
    """A page of experiments, after the one that `cursor` names.

    Of those with a `status`, and of those with `q` in name, key or page.
    """

    limit: Annotated[int, queries.whole("limit", 1, LARGEST_LIMIT)] = 50
    cursor: str = ""
    status: Status | None = None
    q: str = ""


class ResultsQuery(DaysQuery):
    """The run that is asked for, by default the last that was started, and which of its days."""

    run: Annotated[int, queries.whole("run", 1, LARGEST_NUMBER)] | None = None


@operations.post("/experiments/<experiment:public_id>/status")
def set_status(
    caller: Caller, public_id: str, body: StatusBody, expected: Precondition | None
) -> ResponseReturnValue:
    """Move an experiment along an edge that this contract offers."""
    request = ChangeRequest(OFFERS[body.status], body.reason or "", body.outcome, expected)
    change = lifecycle.transition(caller.project_id, public_id, request, caller.actor(Door.NAMES))
    return answers.changed(
        change.entry_id,
        change.version,
        id=public_id,
        status=change.status,
        **answer_warnings.beside(change.split_fault),
    )


@operations.get("/experiments")
def list_experiments(caller: Caller, query: PageQuery) -> ResponseReturnValue:
    """Return a page of the project's experiments, newest first, archived ones too."""
    cursor = query.cursor
    after = lookup.by_public_id(caller.project_id, cursor).test_id if cursor else None
    page = lookup.listed_by_cursor(caller.project_id, after, query.limit, query.status, query.q)
    last = page.experiments[-1].public_id if page.next_after else None
    shown = [_shown(each) | steps for each, steps in next_steps.beside(caller, page.experiments)]
    return jsonify(experiments=shown, next_cursor=last)


@operations.post("/experiments")
def create_experiment(caller: Caller, body: CreateBody) -> ResponseReturnValue:
    """Create a draft."""
    draft = Draft(body.changed_texts(Texts("")), body.key, body.changed_design())
    experiment = creation.create(caller.project_id, draft, caller.actor(Door.NAMES))
    return _created(experiment)


@operations.get("/experiments/<experiment:public_id>")
def show_experiment(caller: Caller, public_id: str) -> ResponseReturnValue:
    """Return one experiment, with its design."""
    experiment = lookup.by_public_id(caller.project_id, public_id)
    design = designs.of(designs.current(experiment.test_id))
    ((_, steps),) = next_steps.beside(caller, [experiment])
    said = shown_texts(texts.of(experiment)) | {"outcome": experiment.conclusion}
    shown = _shown(experiment) | said | shown_design(design) | steps
    return conditions.with_etag(jsonify(shown), experiment.version)


@operations.get("/experiments/<experiment:public_id>/results")
def show_results(caller: Caller, public_id: str, query: ResultsQuery) -> ResponseReturnValue:
    """Return what came of a run, by default the last that was started.

    Of all its days or of some.
    """
    subject = lookup.subject_by_public_id(caller.project_id, public_id)
    return jsonify(results.document(report.of(subject, query.run, query.days)))


@operations.patch("/experiments/<experiment:public_id>")
def revise_experiment(
    caller: Caller, public_id: str, body: RevisionBody, expected: Precondition | None
) -> ResponseReturnValue:
    """Change texts, and a draft's variants, traffic, goals or minimums; what is not sent stays."""
    subject = lookup.subject_by_public_id(caller.project_id, public_id)
    actor = caller.actor(Door.NAMES)
    revised = revisions.revise(caller.project_id, subject.test_id, body.revision, actor, expected)
    shown = shown_texts(revised.texts) | shown_design(revised.design)
    return answers.changed(None, revised.version, id=public_id, **shown)


@operations.post("/experiments/<experiment:public_id>/clone")
def clone_experiment(
    caller: Caller, public_id: str, expected: Precondition | None
) -> ResponseReturnValue:
    """Return a new draft like this experiment, whatever this one's status is."""
    original = lookup.subject_by_public_id(caller.project_id, public_id)
    actor = caller.actor(Door.NAMES)
    experiment = creation.clone(caller.project_id, original.test_id, actor, expected)
    return _created(experiment)


def _created(experiment: Experiment) -> ResponseReturnValue:
    location = url_for("admin_api.show_experiment", public_id=experiment.public_id)
    body = jsonify(id=experiment.public_id, name=experiment.name)
    conditions.with_etag(body, experiment.version)
    return body, HTTPStatus.CREATED, {"Location": location}


def _shown(experiment: Experiment) -> dict[str, str | int | None]:
    return {
        "id": experiment.public_id,
        "test_id": experiment.test_id,
        "key": experiment.key,
        "name": experiment.name,
        "url": experiment.url,
        "description": experiment.description,
        "status": experiment.status,
        "stamp": token_of(experiment.changed_at),
        "version": experiment.version,
        "created_at": written(experiment.created_at),
        "updated_at": written(experiment.updated_at),
        "started_at": written(experiment.started_at),
        "stopped_at": written(experiment.stopped_at),
    }
