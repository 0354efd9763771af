"""Requests for more slots: one of a person in a project, until an admin answers."""

from datetime import datetime

import pytest

from app.core.errors import Conflict, Forbidden, NotFound
from app.lifecycle import pending
from app.models import Experiment, Project, Role, Status
from app.tenancy import slot_answers, slot_requests
from tests.conftest import on_both_databases
from tests.world import COMMAND_LINE, QUEUE_UNTIL, World


def ask(world: World, experiment: Experiment, email: str, note: str = "") -> datetime | None:
    """Ask for a slot; gives when the open request was made."""
    with world.app.app_context():
        person = world.person(email)
        slot_requests.ask(experiment.project_id, experiment.test_id, person, QUEUE_UNTIL, note=note)
        return slot_requests.asked_at(experiment.project_id, person.user_id or 0)


def asked_at(world: World, project: Project, email: str) -> object:
    with world.app.app_context():
        return slot_requests.asked_at(project.id, world.person(email).user_id or 0)


def close(world: World, request_id: int, admin: str) -> None:
    with world.app.app_context():
        slot_answers.decline(request_id, "Not before June.", world.person(admin))


def open_requests(world: World) -> list[tuple[str, str, str]]:
    """Project, person and experiment of the open ones."""
    with world.app.app_context():
        found = [each.request for each in slot_requests.listed()]
        assert len(found) == slot_requests.count()
        return [(each.project.name, each.user.email, each.experiment.name) for each in found]


def test_a_request_is_open_with_its_project_person_and_experiment(world: World) -> None:
    project = world.project(limit=0)
    email, draft = world.member(project), world.experiment(project)
    assert asked_at(world, project, email) is None
    moment = ask(world, draft, email)
    assert asked_at(world, project, email) == moment
    assert open_requests(world) == [(project.name, email, draft.name)]


@on_both_databases
def test_asked_again_for_whichever_experiment_it_stays_the_first(world: World) -> None:
    project = world.project(limit=0)
    email, first = world.member(project), world.experiment(project)
    moment = ask(world, first, email)
    assert ask(world, world.experiment(project), email) == moment
    assert open_requests(world) == [(project.name, email, first.name)]


@on_both_databases
def test_the_oldest_is_first_and_each_person_and_project_has_its_own(world: World) -> None:
    project, other = world.project(limit=0), world.project(limit=0)
    somebody, else_ = world.member(project), world.member(project)
    world.give_role(other, somebody, Role.MARKETER)
    drafts = world.experiment(project), world.experiment(other)
    for draft, email in ((drafts[0], else_), (drafts[0], somebody), (drafts[1], somebody)):
        ask(world, draft, email)
    assert [(name, email) for name, email, _ in open_requests(world)] == [
        (project.name, else_),
        (project.name, somebody),
        (other.name, somebody),
    ]


@on_both_databases
def test_answered_it_is_open_no_more_and_may_be_asked_again(world: World) -> None:
    project, admin = world.project(limit=0), world.user(admin=True)
    email, draft = world.member(project), world.experiment(project)
    first = ask(world, draft, email)
    close(world, 1, admin)
    assert open_requests(world) == []
    assert asked_at(world, project, email) is None
    assert ask(world, draft, email) != first
    assert len(open_requests(world)) == 1


@on_both_databases
def test_answered_again_it_stays_with_who_answered_first(world: World) -> None:
    project, admins = world.project(limit=0), [world.user(admin=True) for _ in range(2)]
    ask(world, world.experiment(project), world.member(project))
    close(world, 1, admins[0])
    with pytest.raises(Conflict):
        close(world, 1, admins[1])
    (row,) = world.execute("SELECT closed_by_id FROM slot_request")
    assert row.closed_by_id == world.person(admins[0]).user_id


def test_there_is_nothing_to_answer_and_nothing_to_ask_for_that_does_not_exist(
    world: World,
) -> None:
    project, theirs = world.project(limit=0), world.experiment(world.project(limit=0))
    email = world.member(project)
    with pytest.raises(NotFound):
        close(world, 1, world.user(admin=True))
    with world.app.app_context(), pytest.raises(NotFound):
        slot_requests.ask(project.id, theirs.test_id, world.person(email), QUEUE_UNTIL)
    assert open_requests(world) == []


@on_both_databases
def test_at_most_fifty_are_listed_and_all_are_counted(world: World) -> None:
    project = world.project(limit=0)
    draft = world.experiment(project)
    for _ in range(slot_requests.MOST_LISTED + 1):
        ask(world, draft, world.member(project))
    with world.app.app_context():
        assert (len(slot_requests.listed()), slot_requests.count()) == (50, 51)


def test_what_is_asked_for_waits_in_the_queue_and_runs_once_there_is_a_slot(world: World) -> None:
    project = world.project(limit=0)
    draft = world.experiment(project)
    ask(world, draft, world.member(project))
    with world.app.app_context():
        assert pending.order(project.id) == [draft.test_id]
    world.set_limit(project, 1)
    assert world.reload(draft).status is Status.RUNNING


def test_where_a_slot_is_free_it_starts_and_nobody_is_asked(world: World) -> None:
    project = world.project(limit=1)
    draft = world.experiment(project)
    assert ask(world, draft, world.member(project)) is None
    assert world.reload(draft).status is Status.RUNNING
    assert open_requests(world) == []


def test_nobody_but_a_person_asks(world: World) -> None:
    project = world.project(limit=0)
    draft = world.experiment(project)
    with world.app.app_context(), pytest.raises(Forbidden):
        slot_requests.ask(project.id, draft.test_id, COMMAND_LINE, QUEUE_UNTIL)
    with world.app.app_context():
        assert pending.order(project.id) == []


def test_where_the_queue_is_full_the_admins_are_asked_all_the_same(world: World) -> None:
    project = world.project(limit=0)
    world.crowd(project, pending.MOST_WAITING)
    world.execute(
        "INSERT INTO queued_start (test_id, project_id, place, door, queued_at, expires_at)"
        " SELECT test_id, project_id, test_id, 'browser', '2026-01-01', '2099-01-01'"
        " FROM experiment"
    )
    email, draft = world.member(project), world.experiment(project)
    assert ask(world, draft, email)
    assert open_requests(world) == [(project.name, email, draft.name)]
    assert draft.test_id not in world.line(project)


def test_a_note_goes_along_and_asked_again_another_takes_its_place(world: World) -> None:
    project = world.project(limit=0)
    draft, email = world.experiment(project), world.member(project)
    for note in ("The fair", "", "The fair in June"):
        ask(world, draft, email, note)
    with world.app.app_context():
        (found,) = slot_requests.listed()
    assert found.request.note == "The fair in June"
    entries = world.execute("SELECT kind, reason FROM audit_entry WHERE kind LIKE '%request%'")
    assert entries == [("slots requested", "The fair"), ("request noted", "The fair in June")]
