"""The outbox: what was announced is what happened, and nothing else."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from app.database.transactions import writing
from app.lifecycle import transitions
from app.lifecycle.many import bulk
from app.lifecycle.many.orders import Mode, Order
from app.lifecycle.refusals import Refused
from app.models import (
    AnnouncementKind,
    CauseKind,
    Door,
    Project,
    Status,
    SwitchedOff,
    now,
)
from app.notifications.outbox import Announcement, announce
from app.tenancy import moves, slot_answers, slot_requests
from tests.conftest import on_both_databases
from tests.contracts import Contract, wish
from tests.notifications.listening import announced, kinds, listen
from tests.statements import recorded
from tests.world import COMMAND_LINE, QUEUE_UNTIL, World

CHANGED = AnnouncementKind.EXPERIMENT_CHANGED


def changes(world: World, project: Project) -> list[tuple[int | None, object]]:
    """Return which experiments have changed, and how."""
    return [
        (entry.test_id, entry.data["change"])
        for entry in announced(world, project)
        if entry.kind is CHANGED
    ]


@on_both_databases
def test_a_change_is_announced_with_who_made_it_and_its_entry_in_history(world: World) -> None:
    project = world.project()
    listen(world, project)
    draft, person = world.experiment(project), world.person(world.member(project))
    with world.app.app_context():
        asked = wish(Status.RUNNING, Contract.INTEGERS, "It is time.")
        done = transitions.transition(project.id, draft.test_id, asked, person)
    (entry,) = announced(world, project)
    assert (entry.kind, entry.test_id, entry.handed_on_at) == (CHANGED, draft.test_id, None)
    assert (entry.user_id, entry.door, entry.cause) == (
        person.user_id,
        Door.BROWSER,
        CauseKind.REQUEST,
    )
    assert entry.data == {
        "change": "started",
        "status": "running",
        "previous_status": "draft",
        "reason": "It is time.",
        "conclusion": None,
        "variant": None,
        "history_entry": done.entry_id,
    }


def test_a_swap_announces_both_and_a_walk_each_step(world: World) -> None:
    project = world.project(limit=1)
    listen(world, project)
    (holder,), draft = world.running(project, 1), world.experiment(project)
    world.swap(draft, holder)
    world.archive(holder)
    assert changes(world, project) == [
        (holder.test_id, "started"),
        (draft.test_id, "started"),
        (holder.test_id, "paused"),
        (holder.test_id, "archived"),
    ]


def test_a_queued_start_that_comes_is_announced_to_whoever_asked_for_it(world: World) -> None:
    project = world.project(limit=1)
    listen(world, project)
    (holder,), draft = world.running(project, 1), world.experiment(project)
    asker = world.person(world.member(project))
    world.queue(draft, asker)
    world.move(holder, Status.STOPPED, Contract.INTEGERS)
    *_, started, came = announced(world, project)
    assert (started.data["change"], started.cause) == ("started", CauseKind.FREED_SLOT)
    assert (came.kind, came.test_id) == (AnnouncementKind.QUEUED_START_CAME, draft.test_id)
    assert came.for_user_id == asker.user_id


@on_both_databases
@pytest.mark.parametrize("switched_off", [None, SwitchedOff.BY_HAND])
def test_where_nobody_listens_nothing_is_written_and_no_statement_is_sent_for_it(
    world: World, switched_off: SwitchedOff | None
) -> None:
    project = world.project()
    if switched_off:
        listen(world, project, switched_off)
    draft = world.experiment(project)
    with recorded(world.app) as sent:
        world.start(draft)
    assert not [each for each in sent if "outbox_entry" in each]
    assert kinds(world, project) == []


def refused(world: World, project: Project) -> None:
    """A start that the plan refuses."""
    with pytest.raises(Refused):
        world.start(world.experiment(project))


def tried(world: World, project: Project) -> None:
    """A dry run."""
    order = Order([world.experiment(project).test_id], Status.RUNNING, Mode.AS_MANY_AS_FIT)
    with world.app.app_context():
        assert bulk.dry_run(project.id, order, COMMAND_LINE).changed


def taken_back(world: World, project: Project) -> None:
    """Two starts of which both or none are to happen, where one has a slot."""
    drafts = [world.experiment(project).test_id for _ in range(2)]
    with world.app.app_context():
        order = Order(drafts, Status.RUNNING, Mode.ALL_OR_NOTHING)
        assert not bulk.carry_out(project.id, order, COMMAND_LINE).done


@on_both_databases
@pytest.mark.parametrize("attempt", [refused, tried, taken_back])
def test_what_did_not_happen_is_not_announced(
    world: World, attempt: Callable[[World, Project], None]
) -> None:
    project = world.project(limit=0 if attempt is refused else 1)
    listen(world, project)
    attempt(world, project)
    assert kinds(world, project) == []


@on_both_databases
def test_what_comes_by_itself_is_announced_once_for_each_occurrence(world: World) -> None:
    project = world.project()
    listen(world, project)
    away = AnnouncementKind.JOBS_AWAY
    with world.app.app_context():
        for occurrence in ("monday", "monday", "tuesday"):
            with writing() as session:
                announce(session, Announcement(away, project.id, {}, occurrence=occurrence))
    assert [entry.occurrence for entry in announced(world, project)] == ["monday", "tuesday"]


def test_a_request_for_slots_is_announced_and_its_answer_to_whoever_asked(world: World) -> None:
    project = world.project(limit=0)
    listen(world, project)
    asker, draft = world.person(world.member(project)), world.experiment(project)
    with world.app.app_context():
        slot_requests.ask(project.id, draft.test_id, asker, QUEUE_UNTIL, note="For the fair")
        request_id = slot_requests.listed()[0].request.id
        slot_answers.decline(request_id, "Next week", world.person(world.user(admin=True)))
    asked, answered = announced(world, project)
    assert (asked.kind, asked.user_id) == (AnnouncementKind.SLOTS_REQUESTED, asker.user_id)
    assert asked.data == {"note": "For the fair"}
    assert answered.data == {"outcome": "declined", "answer": "Next week"}
    assert (answered.kind, answered.for_user_id) == (
        AnnouncementKind.SLOTS_ANSWERED,
        asker.user_id,
    )


def test_a_lower_limit_is_announced_to_the_projects_on_the_plan_and_a_higher_one_is_not(
    world: World,
) -> None:
    project, other = world.project(limit=2), world.project(limit=2)
    for each in (project, other):
        listen(world, each)
    for limit in (3, 1, None):
        world.set_limit(project, limit)
    (entry,) = announced(world, project)
    assert entry.kind is AnnouncementKind.PLAN_LOWERED
    assert (entry.data["previous_limit"], entry.data["limit"]) == (3, 1)
    with world.app.app_context():
        moves.move([project.key], other.plan_code, COMMAND_LINE)
    assert announced(world, project)[-1].data["limit"] == 2
    assert kinds(world, other) == []


def test_an_announcement_says_when_it_happened(world: World) -> None:
    project = world.project()
    listen(world, project)
    before = now()
    world.running(project, 1)
    (entry,) = announced(world, project)
    assert before <= entry.at <= before + timedelta(minutes=1)
