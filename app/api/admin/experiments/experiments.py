"""Experiments of a project: listed, read, created, designed, cloned, and their statuses."""

from typing import Annotated, Literal

from flask import Blueprint, url_for
from typing_extensions import TypedDict

from app import lifecycle
from app.accounts.caller import Caller
from app.api import answer_warnings, audiences, cursors, queries, shapes, whole_numbers
from app.api.admin import contract
from app.api.admin.experiments import experiment_rows
from app.api.admin.experiments.actions import ActionBody
from app.api.admin.experiments.designs import DesignShown
from app.api.admin.experiments.designs import shown as shown_design
from app.api.admin.experiments.experiment_bodies import CreateBody, RevisionBody
from app.api.admin.experiments.experiment_rows import ExperimentShown
from app.api.admin.experiments.texts import TextsShown
from app.api.admin.experiments.texts import shown as shown_texts
from app.api.admin.results import document
from app.api.admin.results.document import Results
from app.api.admin.statuses import OFFERS
from app.api.answer_warnings import Warned
from app.api.answers import Answer, ChangedOne, CreatedTagged, Entered, Versioned
from app.api.audiences import ReachShown
from app.api.bodies import Body
from app.api.change_requests import STATUS_REFUSALS, EndingBody
from app.api.dry_runs import Tried
from app.api.operations import CHANGING_STATUS, TO_PAUSE
from app.api.queries import DaysQuery, Query
from app.api.shapes import Asked, EmailOrNone
from app.core.errors import AlreadyExists, SharesOff, UnknownReference
from app.core.validation import LARGEST_NUMBER
from app.core.version_tokens import token_of_version
from app.experiments import creation, designs, lookup, owners, revisions, search
from app.experiments.filters import Filters
from app.experiments.search import Sort, Tab, View
from app.lifecycle import ChangeRequest, Precondition, RefusalCode
from app.models import Door, Experiment, Scope, Status, names
from app.results import report

blueprint = Blueprint("admin_api", __name__, url_prefix="/api/admin")
operations = contract.operations(blueprint, "Experiments")


class StatusBody(
    EndingBody, Body, json_schema_extra=shapes.only_where("status", "archived", "outcome")
):
    """The body of a status change."""

    status: Status
    """The status that the experiment is to have."""


class PageQuery(Query):
    """A page of experiments, the newest change first, from the place that `cursor` names.

    Of those with a `status`, with `q` in name, key or page, of an `owner` by e-mail, with a `tag`.
    Archived ones are shown only where their status is asked for.
    """

    limit: Annotated[int, whole_numbers.in_query("limit", 1, queries.LARGEST_LIMIT)] = 100
    """How many to show at most."""
    cursor: Asked = ""
    """The `next_cursor` of the page before, in the same order."""
    status: Status | None = None
    """Only those with this status."""
    q: Asked = ""
    """Only those with this in name, key or page."""
    owner: EmailOrNone = ""
    """Only those of this member, by their e-mail."""
    tag: Asked = ""
    """Only those with this tag."""
    shipped: Annotated[bool, queries.truth("shipped")] = False
    """Only those of which everybody gets one variant."""
    sort: Sort = Sort.CHANGED
    """The order."""

    def view(self, owner_id: int | None) -> View:
        """Return what is asked for. Raises InvalidInput for a cursor that is none."""
        place = cursors.read(self.cursor, self.sort)
        if place and not search.is_place(place, self.sort):
            raise cursors.no_cursor()
        filters = Filters(owner_id, tag=names.folded(self.tag), is_shipped=self.shipped)
        tab = Tab(self.status or Tab.ALL)
        return View(tab, self.sort, self.q, place, filters, self.status is Status.ARCHIVED)


class ResultsQuery(DaysQuery):
    """The run that is asked for, by default the last that was started, and which of its days."""

    run: Annotated[int, whole_numbers.in_query("run", 1, LARGEST_NUMBER)] | None = None
    """The number of the run; by default the last that was started."""


class _Status(TypedDict):
    id: str
    """The experiment's `exp_` id."""
    status: Status
    """The status that it has now."""


class StatusChanged(_Status, Warned, Tried):
    """An experiment, and the status that it has now."""


class Archived(_Status, Tried):
    """An experiment that is archived."""

    ok: Literal[True]
    """Always true: what is not done is an error."""


class ExperimentPage(TypedDict):
    """A page of experiments; `next_cursor` is the cursor of the next, null on the last."""

    data: list[ExperimentShown]
    """The experiments of the page."""
    next_cursor: str | None
    """The cursor of the next page; null on the last."""


class Revised(TextsShown, DesignShown, Tried):
    """An experiment as it says of itself from now on."""

    id: str
    """The experiment's `exp_` id."""


class NewExperiment(Tried):
    """The draft that was made."""

    id: str
    """Its `exp_` id."""
    name: str
    """Its name."""


OF_DESIGNS = (SharesOff, UnknownReference)


@operations.post(
    "/experiments/<experiment:public_id>/status", *CHANGING_STATUS, faults=STATUS_REFUSALS
)
def set_status(
    caller: Caller, public_id: str, body: StatusBody, expected: Precondition | None
) -> Entered[StatusChanged]:
    """Start, pause, redraft or archive, by the status that the experiment is to have."""
    request = ChangeRequest(OFFERS[body.status], body.reason or "", body.outcome, expected)
    change = lifecycle.transition(caller.project_id, public_id, request, caller.actor(Door.NAMES))
    return Entered(
        {
            "id": public_id,
            "status": change.status,
            **answer_warnings.beside(change.split_fault),
        },
        change.version,
        change.entry_id,
    )


@operations.get("/experiments", *TO_PAUSE, faults=(UnknownReference,))
def list_experiments(caller: Caller, query: PageQuery) -> Answer[ExperimentPage]:
    """Return a page of the project's experiments."""
    owner_id = owners.owner_named(caller.project_id, query.owner)
    page = search.page(caller.project_id, query.view(owner_id), query.limit)
    rows = experiment_rows.shown(caller, page.experiments)
    return Answer({"data": rows, "next_cursor": cursors.written(page.next_after, query.sort)})


@operations.post(
    "/experiments", Scope.WRITE, faults=(AlreadyExists, *OF_DESIGNS), gives=("public_id", "id")
)
def create_experiment(caller: Caller, body: CreateBody) -> CreatedTagged[NewExperiment]:
    """Create a draft."""
    experiment = creation.create(caller.project_id, body.draft, caller.actor(Door.NAMES))
    return _created(experiment)


@operations.get("/experiments/<experiment:public_id>", *TO_PAUSE)
def show_experiment(caller: Caller, public_id: str) -> Versioned[ExperimentShown]:
    """Return one experiment, with its design."""
    experiment = lookup.by_public_id(caller.project_id, public_id)
    (row,) = experiment_rows.shown(caller, [experiment])
    return Versioned(row, experiment.version)


@operations.get("/experiments/<experiment:public_id>/reach")
def show_reach(caller: Caller, public_id: str) -> Answer[ReachShown]:
    """Return how many of the visitors of the last 24 hours the experiment's audience covers."""
    subject = lookup.subject_by_public_id(caller.project_id, public_id)
    design = designs.of(designs.current(subject.test_id))
    return Answer(audiences.reach(caller.project_id, design.audience))


@operations.get("/experiments/<experiment:public_id>/results")
def show_results(caller: Caller, public_id: str, query: ResultsQuery) -> Answer[Results]:
    """Return what came of a run, by default the last that was started.

    Of all its days or of some.
    """
    subject = lookup.subject_by_public_id(caller.project_id, public_id)
    return Answer(document.of(report.of(subject, query.run, query.days)))


@operations.patch(
    "/experiments/<experiment:public_id>",
    Scope.WRITE,
    faults=(*OF_DESIGNS, RefusalCode.NOT_A_DRAFT, RefusalCode.INVALID_TRANSITION),
)
def revise_experiment(
    caller: Caller, public_id: str, body: RevisionBody, expected: Precondition | None
) -> ChangedOne[Revised]:
    """Change texts, and a draft's variants, traffic, goals or minimums; what is not sent stays."""
    subject = lookup.subject_by_public_id(caller.project_id, public_id)
    actor = caller.actor(Door.NAMES)
    revised = revisions.revise(caller.project_id, subject.test_id, body.revision, actor, expected)
    shown: Revised = {
        "id": public_id,
        **shown_texts(revised.texts),
        **shown_design(revised.design),
    }
    return ChangedOne(shown, revised.version)


@operations.delete("/experiments/<experiment:public_id>", Scope.WRITE, faults=STATUS_REFUSALS)
def archive_experiment(
    caller: Caller, public_id: str, body: ActionBody, expected: Precondition | None
) -> Entered[Archived]:
    """Archive an experiment that is not live: it is kept with what it measured, and read still."""
    request = ChangeRequest(OFFERS[Status.ARCHIVED], body.reason or "", body.outcome, expected)
    change = lifecycle.transition(caller.project_id, public_id, request, caller.actor(Door.NAMES))
    archived: Archived = {"ok": True, "id": public_id, "status": change.status}
    return Entered(archived, change.version, change.entry_id)


@operations.post(
    "/experiments/<experiment:public_id>/clone", Scope.WRITE, gives=("public_id", "id")
)
def clone_experiment(
    caller: Caller, public_id: str, expected: Precondition | None
) -> CreatedTagged[NewExperiment]:
    """Return a new draft like this experiment, whatever this one's status is."""
    original = lookup.subject_by_public_id(caller.project_id, public_id)
    actor = caller.actor(Door.NAMES)
    experiment = creation.clone(caller.project_id, original.test_id, actor, expected)
    return _created(experiment)


def _created(experiment: Experiment) -> CreatedTagged[NewExperiment]:
    address = url_for("admin_api.show_experiment", public_id=experiment.public_id)
    made: NewExperiment = {"id": experiment.public_id, "name": experiment.name}
    return CreatedTagged(made, token_of_version(experiment.version), address)
