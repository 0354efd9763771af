"""The history that is read: whose entries, in which order, and how it is filtered."""

from collections.abc import Sequence

import pytest

from app.database.engine import db
from app.experiments import history, lookup
from app.experiments.history import Entry, Page
from app.experiments.history_places import Filters
from app.lifecycle import named_actions, transitions
from app.lifecycle.ends.decisions import ActionRequest
from app.lifecycle.queueing import queue as queueing
from app.lifecycle.refusals import Refused
from app.lifecycle.rules import Action
from app.models import Actor, Conclusion, Door, Experiment, History, Kind, Project, Status
from tests.conftest import on_both_databases
from tests.contracts import Contract, wish
from tests.statements import recorded
from tests.world import COMMAND_LINE, QUEUE_UNTIL, World

pytestmark = on_both_databases

EVERYTHING = Filters()
NOT_CREATIONS = Filters(kinds=tuple(kind for kind in Kind if kind is not Kind.CREATED))


def told(page: Page) -> list[tuple[str, str]]:
    """The kind of each entry, and the name of its experiment."""
    return [(entry.kind.value, entry.experiment.name) for entry in of_experiments(page.entries)]


def of_experiments(entries: Sequence[Entry]) -> list[History]:
    """The entries, where all are of experiments."""
    found = [entry for entry in entries if isinstance(entry, History)]
    assert len(found) == len(entries)
    return found


def listed(world: World, project: Project, filters: Filters = EVERYTHING) -> list[tuple[str, str]]:
    with world.app.app_context():
        return told(history.listed(project.id, filters))


def refuse(world: World, experiment: Experiment, times: int = 1) -> None:
    """Try to start it where the plan has no slot for it."""
    asked = wish(Status.RUNNING, Contract.INTEGERS)
    for _ in range(times):
        with world.app.app_context(), pytest.raises(Refused):
            transitions.transition(experiment.project_id, experiment.test_id, asked, COMMAND_LINE)


def swap(world: World, incoming: Experiment, outgoing: Experiment) -> None:
    with world.app.app_context():
        transitions.swap(
            incoming.project_id, incoming.test_id, outgoing.test_id, COMMAND_LINE, "Better idea"
        )


def queue(world: World, experiment: Experiment, door: Door = Door.COMMAND_LINE) -> None:
    with world.app.app_context():
        queueing.join(experiment.project_id, experiment.test_id, Actor(door), QUEUE_UNTIL)


def test_a_projects_entries_are_its_own_newest_first(world: World) -> None:
    project = world.project()
    world.experiment(project, Status.RUNNING, "First")
    world.experiment(project, Status.STOPPED, "Second")
    world.experiment(world.project(), Status.RUNNING, "Elsewhere")
    assert listed(world, project) == [
        ("changed", "Second"),
        ("changed", "Second"),
        ("created", "Second"),
        ("changed", "First"),
        ("created", "First"),
    ]


def test_a_swap_is_one_entry_of_the_project_and_of_both_experiments(world: World) -> None:
    project = world.project(limit=1)
    outgoing = world.experiment(project, Status.RUNNING, "A")
    incoming, other = world.experiment(project, name="B"), world.experiment(project, name="C")
    swap(world, incoming, outgoing)
    swapped, started = ("changed", "B"), ("changed", "A")
    created = [("created", name) for name in ("C", "B")]
    assert listed(world, project) == [swapped, *created, started, ("created", "A")]
    assert listed(world, project, Filters(outgoing.test_id)) == [
        swapped,
        started,
        ("created", "A"),
    ]
    assert listed(world, project, Filters(incoming.test_id)) == [swapped, ("created", "B")]
    assert listed(world, project, Filters(other.test_id)) == [("created", "C")]
    with world.app.app_context():
        (entry, *_) = of_experiments(history.listed(project.id).entries)
        assert entry.paused
        assert (entry.paused.name, entry.reason) == ("A", "Better idea")


def test_entries_are_filtered_by_kind_door_and_experiment_together(world: World) -> None:
    project = world.project(limit=1)
    world.experiment(project, Status.RUNNING, "Holder")
    first, second = (
        world.experiment(project, name="First"),
        world.experiment(project, name="Second"),
    )
    refuse(world, first)
    queue(world, first)
    queue(world, second, Door.BROWSER)
    waiting = (Kind.QUEUED, Kind.UNQUEUED)
    assert listed(world, project, Filters(kinds=waiting)) == [
        ("queued", "Second"),
        ("queued", "First"),
    ]
    assert listed(world, project, Filters(door=Door.BROWSER)) == [("queued", "Second")]
    assert listed(world, project, Filters(first.test_id, waiting)) == [("queued", "First")]
    assert listed(world, project, Filters(first.test_id, (Kind.REFUSED,))) == [("refused", "First")]
    assert listed(world, project, Filters(first.test_id, door=Door.BROWSER)) == []


@pytest.mark.parametrize("of_one", [False, True], ids=["the project's", "one experiment's"])
def test_pages_follow_each_other_without_a_gap_or_a_repetition(world: World, of_one: bool) -> None:  # noqa: FBT001
    project = world.project(limit=1)
    banner, rival = world.experiment(project, name="Banner"), world.experiment(project)
    world.start(banner)
    for pair in [(rival, banner), (banner, rival)] * 3:
        swap(world, *pair)
    filters = Filters(banner.test_id if of_one else None)
    found: list[int] = []
    before = None
    with world.app.app_context():
        while True:
            page = history.listed(project.id, filters, before, limit=2)
            assert len(page.entries) <= 2
            found += [entry.id for entry in page.entries]
            before = page.next_before
            if before is None:
                break
    assert len(found) == 7 + (1 if of_one else 2)
    assert found == sorted(set(found), reverse=True)


def test_an_export_that_is_read_slowly_holds_no_connection(world: World) -> None:
    project = world.project()
    world.experiment(project, Status.RUNNING, "Banner")
    with world.app.app_context():
        entries = next(history.exported(project.id, EVERYTHING))
        assert not db.session().in_transaction()
        assert {entry.experiment.name for entry in of_experiments(entries)} == {"Banner"}


def test_what_is_exported_is_all_of_it_in_pieces(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "EXPORTED_AT_ONCE", 2)
    project = world.project(limit=None)
    world.running(project, 5)
    world.experiment(project)
    with world.app.app_context():
        pieces = [len(piece) for piece in history.exported(project.id, EVERYTHING)]
        monkeypatch.setattr(history, "MOST_EXPORTED", 4)
        most = [len(piece) for piece in history.exported(project.id, EVERYTHING)]
    assert (pieces, most) == ([2, 2, 2, 2, 2, 1], [2, 2])


@pytest.mark.parametrize("of_one", [False, True], ids=["the project's", "one experiment's"])
def test_a_page_is_one_statement_with_every_name_in_it(world: World, of_one: bool) -> None:  # noqa: FBT001
    project = world.project(limit=1)
    banner, rival = world.experiment(project, name="Banner"), world.experiment(project)
    world.start(banner)
    swap(world, rival, banner)
    with world.app.app_context(), recorded(world.app) as sent:
        page = history.listed(project.id, Filters(banner.test_id if of_one else None))
        for entry in of_experiments(page.entries):
            assert lookup.subject(entry.experiment).project_id == project.id
            assert (entry.user, entry.api_key) == (None, None)
            assert (entry.cause_user, entry.cause_api_key, entry.cause_entry) == (None, None, None)
    assert len(page.entries) == 2 + (1 if of_one else 2)
    assert len(sent) == 1


def test_only_the_change_that_still_holds_is_the_latest(world: World) -> None:
    project = world.project(limit=1)
    outgoing = world.experiment(project, Status.RUNNING, "A")
    incoming = world.experiment(project, name="B")
    swap(world, incoming, outgoing)
    refuse(world, outgoing)
    assert latest(world, project) == [False, True, False]
    world.move(outgoing, Status.DRAFT, Contract.INTEGERS)
    assert latest(world, project) == [True, False, False, False]


def test_a_decision_can_be_taken_back_until_another_follows(world: World) -> None:
    project = world.project()
    live = world.partly_live(project)
    world.move(live, Status.STOPPED, Contract.INTEGERS)
    decide(world, live, ActionRequest(Action.CONCLUDE, Conclusion.LOST))
    world.raise_traffic(live, 5_000)
    assert latest_decisions(world, project) == [True]
    decide(world, live, ActionRequest(Action.REOPEN))
    assert latest_decisions(world, project) == [True, False]


def decide(world: World, experiment: Experiment, request: ActionRequest) -> None:
    with world.app.app_context():
        named_actions.take_action(experiment.project_id, experiment.test_id, request, COMMAND_LINE)


def latest_decisions(world: World, project: Project) -> list[bool]:
    with world.app.app_context():
        listed = of_experiments(history.listed(project.id).entries)
        return [history.is_latest_change(each) for each in listed if each.decision]


def latest(world: World, project: Project) -> list[bool]:
    with world.app.app_context():
        listed = of_experiments(history.listed(project.id, NOT_CREATIONS).entries)
        return [history.is_latest_change(each) for each in listed]
