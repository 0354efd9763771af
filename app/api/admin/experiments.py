"""Experiments of a project: listed, read, created, designed, cloned, and their statuses."""

from http import HTTPStatus
from typing import Annotated

from flask import Blueprint, jsonify, url_for
from flask.typing import ResponseReturnValue
from pydantic import Field, StrictStr

from app import lifecycle
from app.accounts.caller import Caller
from app.api import answer_warnings, answers, queries
from app.api.admin import callers, next_steps, results
from app.api.admin.designs import DesignBody
from app.api.admin.designs import shown as shown_design
from app.api.admin.statuses import OFFERS
from app.api.bodies import Body
from app.api.change_requests import EndingBody, change_request
from app.api.moments import written
from app.api.queries import DaysQuery, Query
from app.core.validation import LARGEST_NUMBER
from app.core.version_tokens import token_of
from app.experiments import creation, designs, labels, lookup, texts
from app.experiments.creation import Draft
from app.experiments.texts import Texts
from app.models import Door, Experiment, Status
from app.results import report

blueprint = Blueprint("admin_api", __name__, url_prefix="/api/admin")
operations = callers.operations(blueprint)

LARGEST_LIMIT = 500


class StatusBody(EndingBody, Body):
    """The body of a status change."""

    status: Status


class CreateBody(DesignBody):
    """The body that creates an experiment."""

    name: StrictStr
    key: StrictStr = ""
    url: StrictStr = ""
    description: StrictStr = ""
    hypothesis: StrictStr = ""
    ticket_url: StrictStr = ""
    owner: StrictStr = ""
    tags: list[StrictStr] = Field(default_factory=list)

    @property
    def texts(self) -> Texts:
        """Return the texts that were sent; a tag with a comma in it is two."""
        return Texts(
            self.name,
            self.url,
            self.description,
            self.hypothesis,
            self.ticket_url,
            self.owner,
            labels.joined(self.tags),
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
def set_status(caller: Caller, public_id: str, body: StatusBody) -> ResponseReturnValue:
    """Move an experiment along an edge that this contract offers."""
    change = lifecycle.transition(
        caller.project_id,
        public_id,
        change_request(OFFERS[body.status], body.reason, body.outcome),
        caller.actor(Door.NAMES),
    )
    return answers.changed(
        change.entry_id,
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
    draft = Draft(body.texts, body.key, body.changed())
    experiment = creation.create(caller.project_id, draft, caller.actor(Door.NAMES))
    return _created(experiment)


@operations.get("/experiments/<experiment:public_id>")
def show_experiment(caller: Caller, public_id: str) -> ResponseReturnValue:
    """Return one experiment, with its design."""
    experiment = lookup.by_public_id(caller.project_id, public_id)
    design = designs.of(designs.current(experiment.test_id))
    ((_, steps),) = next_steps.beside(caller, [experiment])
    return jsonify(**_shown(experiment), **_purpose(experiment), **shown_design(design), **steps)


@operations.get("/experiments/<experiment:public_id>/results")
def show_results(caller: Caller, public_id: str, query: ResultsQuery) -> ResponseReturnValue:
    """Return what came of a run, by default the last that was started.

    Of all its days or of some.
    """
    subject = lookup.subject_by_public_id(caller.project_id, public_id)
    return jsonify(results.document(report.of(subject, query.run, query.days)))


@operations.patch("/experiments/<experiment:public_id>")
def change_design(caller: Caller, public_id: str, body: DesignBody) -> ResponseReturnValue:
    """Change a draft's variants, traffic, goals or minimums; what is not sent stays as it is."""
    subject = lookup.subject_by_public_id(caller.project_id, public_id)
    actor = caller.actor(Door.NAMES)
    kept = designs.change(caller.project_id, subject.test_id, body.changed, actor)
    return jsonify(id=public_id, **shown_design(kept))


@operations.post("/experiments/<experiment:public_id>/clone")
def clone_experiment(caller: Caller, public_id: str) -> ResponseReturnValue:
    """Return a new draft like this experiment, whatever this one's status is."""
    original = lookup.by_public_id(caller.project_id, public_id)
    experiment = creation.clone(original, caller.actor(Door.NAMES))
    return _created(experiment)


def _created(experiment: Experiment) -> ResponseReturnValue:
    location = url_for("admin_api.show_experiment", public_id=experiment.public_id)
    body = jsonify(id=experiment.public_id, name=experiment.name)
    return body, HTTPStatus.CREATED, {"Location": location}


def _purpose(experiment: Experiment) -> dict[str, object]:
    """Return what an experiment is for, whose it is, and how it ended."""
    said = texts.of(experiment)
    return {
        "hypothesis": said.hypothesis,
        "ticket_url": said.ticket_url,
        "owner": said.owner or None,
        "tags": list(labels.tags_of(said.tags)),
        "outcome": experiment.conclusion,
    }


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
        "created_at": written(experiment.created_at),
        "updated_at": written(experiment.updated_at),
        "started_at": written(experiment.started_at),
        "stopped_at": written(experiment.stopped_at),
    }
