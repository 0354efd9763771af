"""History: one entry a change, refusals counted together, and reasons given afterwards."""

from datetime import datetime, timedelta

import pytest

from app.accounts import api_keys
from app.core.errors import Conflict, InvalidInput, NotFound
from app.experiments import history
from app.lifecycle import transitions
from app.lifecycle.refusals import Refused
from app.models import Actor, Door, Experiment, KeyType, Kind, Project, Role, Status, now
from tests import audit
from tests.conftest import on_both_databases
from tests.contracts import Contract, wish
from tests.world import COMMAND_LINE, World

DRAFT, RUNNING, STOPPED, ARCHIVED = Status.DRAFT, Status.RUNNING, Status.STOPPED, Status.ARCHIVED
INTEGERS, NAMES = Contract.INTEGERS, Contract.NAMES


def refused(
    world: World,
    experiment: Experiment,
    target: Status,
    contract: Contract = NAMES,
    actor: Actor = COMMAND_LINE,
) -> None:
    asked = wish(target, contract)
    with world.app.app_context(), pytest.raises(Refused):
        transitions.transition(experiment.project_id, experiment.test_id, asked, actor)


def times(world: World, experiment: Experiment) -> list[int]:
    """Return how often each entry of a refusal was refused, oldest first."""
    return [each.times for each in world.entries(experiment) if each.kind is Kind.REFUSED]


def full(world: World) -> Project:
    project = world.project(limit=1)
    world.running(project, 1)
    return project


@on_both_databases
def test_the_same_refusal_again_is_counted_in_one_entry_with_its_last_moment(
    world: World,
) -> None:
    draft = world.experiment(full(world))
    refused(world, draft, RUNNING)
    (first,) = world.entries(draft)
    for _ in range(2):
        refused(world, draft, RUNNING)
    (entry,) = world.entries(draft)
    assert (entry.id, entry.times, entry.code) == (first.id, 3, "PLAN_LIMIT")
    assert entry.at > first.at
    assert (entry.from_status, entry.to_status) == (DRAFT, RUNNING)


@on_both_databases
def test_a_repeated_refusal_has_the_words_of_the_last(world: World) -> None:
    project = full(world)
    draft = world.experiment(project)
    refused(world, draft, RUNNING)
    world.set_limit(project, 0)
    refused(world, draft, RUNNING)
    (entry,) = world.entries(draft)
    assert entry.times == 2
    assert "runs 0 experiments at once" in entry.detail


@on_both_databases
def test_another_wish_code_door_or_author_is_another_entry(world: World) -> None:
    project = full(world)
    draft = world.experiment(project)
    one, other = (world.person(world.member(project)) for _ in range(2))
    with world.app.app_context():
        keys = [
            api_keys.mint(project.id, KeyType.ADMIN, name, COMMAND_LINE).key.id
            for name in ("one", "other")
        ]
    attempts = [
        (RUNNING, INTEGERS, COMMAND_LINE),
        (DRAFT, NAMES, COMMAND_LINE),
        (STOPPED, NAMES, COMMAND_LINE),
        (RUNNING, INTEGERS, Actor(Door.INTEGERS)),
        (RUNNING, INTEGERS, one),
        (RUNNING, INTEGERS, other),
        *((RUNNING, INTEGERS, Actor(Door.INTEGERS, api_key_id=key)) for key in keys),
    ]
    for _ in range(2):
        for attempt in attempts:
            refused(world, draft, *attempt)
    assert times(world, draft) == [2] * len(attempts)


def test_another_code_for_the_same_wish_is_another_entry(world: World) -> None:
    draft = world.experiment(full(world))
    refused(world, draft, RUNNING)
    stale = wish(RUNNING, NAMES, expected=draft.changed_at - timedelta(seconds=1))
    with world.app.app_context(), pytest.raises(Refused):
        transitions.transition(draft.project_id, draft.test_id, stale, COMMAND_LINE)
    assert [each.code for each in world.entries(draft)] == ["PLAN_LIMIT", "EXPERIMENT_CHANGED"]


def test_another_wish_is_another_entry_though_the_code_is_the_same(world: World) -> None:
    stopped = world.experiment(world.project(), STOPPED)
    for target in (DRAFT, RUNNING):
        refused(world, stopped, target)
    found = [each for each in world.entries(stopped) if each.kind is Kind.REFUSED]
    assert [(each.code, each.to_status) for each in found] == [
        ("INVALID_TRANSITION", DRAFT),
        ("INVALID_TRANSITION", RUNNING),
    ]


@on_both_databases
def test_refusals_of_two_experiments_are_two_entries(world: World) -> None:
    project = full(world)
    drafts = [world.experiment(project) for _ in range(2)]
    for draft in drafts:
        refused(world, draft, RUNNING)
    assert [times(world, draft) for draft in drafts] == [[1], [1]]


def test_what_happens_to_another_experiment_between_two_refusals_parts_them_not(
    world: World,
) -> None:
    project = world.project(limit=0)
    draft, other = (world.experiment(project) for _ in range(2))
    refused(world, draft, RUNNING)
    world.move(other, ARCHIVED, NAMES)
    refused(world, draft, RUNNING)
    assert times(world, draft) == [2]


@on_both_databases
@pytest.mark.parametrize("between", ["change", "queue", "schedule"])
def test_after_any_other_entry_a_refusal_is_a_new_one(world: World, between: str) -> None:
    project = full(world)
    stopped = world.experiment(project)
    refused(world, stopped, STOPPED)
    if between == "change":
        world.move(stopped, STOPPED, INTEGERS)
        world.move(stopped, DRAFT, INTEGERS)
    elif between == "queue":
        world.queue(stopped)
    else:
        world.schedule(stopped, world.reload(stopped).changed_at + timedelta(days=1))
    refused(world, stopped, STOPPED)
    refused(world, stopped, STOPPED)
    assert times(world, stopped) == [1, 2]


@on_both_databases
def test_after_it_was_swapped_out_a_refusal_is_a_new_one(world: World) -> None:
    project = world.project(limit=1)
    (holder,), incoming = world.running(project, 1), world.experiment(project)
    refused(world, holder, RUNNING)
    world.swap(incoming, holder)
    refused(world, holder, RUNNING)
    entries = [each for each in world.entries(holder) if each.kind is Kind.REFUSED]
    assert [(each.times, each.from_status) for each in entries] == [(1, RUNNING), (1, STOPPED)]


def test_what_is_already_so_by_integer_is_no_entry(world: World) -> None:
    running = world.experiment(world.project(), RUNNING)
    world.move(running, RUNNING, INTEGERS)
    assert len(world.entries(running)) == 1


@on_both_databases
def test_the_counts_of_a_project_are_those_of_its_experiments(
    world: World, database_url: str
) -> None:
    project = world.project(limit=2)
    drafts = [world.experiment(project) for _ in range(4)]
    world.start(drafts[0])
    world.swap(drafts[1], drafts[0])
    world.archive(drafts[2])
    refused(world, drafts[2], RUNNING)
    record = audit.read(database_url, project.id)
    assert record.counts == {"draft": 1, "running": 1, "stopped": 1, "archived": 1}
    assert record.breaks() == []


def give(
    world: World,
    experiment: Experiment,
    reason: str,
    actor: Actor = COMMAND_LINE,
    changed_at: datetime | None = None,
) -> None:
    """Give a reason for the change that shows, or for the one at `changed_at`."""
    at = changed_at or world.reload(experiment).changed_at
    with world.app.app_context():
        history.give_reason(experiment.project_id, experiment.test_id, reason, actor, at)


def reasons(world: World, experiment: Experiment) -> list[str]:
    return [each.reason for each in world.entries(experiment)]


@on_both_databases
def test_a_reason_is_given_to_the_latest_change_of_its_author(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project, STOPPED)
    version = world.execute("SELECT version FROM project")[0].version
    refused(world, experiment, DRAFT)
    give(world, experiment, " Too slow ")
    assert reasons(world, experiment) == ["", "Too slow", ""]
    # One for the refusal, one for the reason.
    assert world.execute("SELECT version FROM project")[0].version == version + 2


def test_a_reason_for_a_change_that_is_past_is_not_given_to_the_next(world: World) -> None:
    experiment = world.experiment(world.project(), STOPPED)
    paused_at = world.reload(experiment).changed_at
    world.start(experiment)
    with pytest.raises(NotFound):
        give(world, experiment, "It was too slow", changed_at=paused_at)
    assert reasons(world, experiment) == ["", "", ""]


@on_both_databases
def test_a_reason_that_was_given_is_not_written_over(world: World) -> None:
    experiment = world.experiment(world.project(), RUNNING)
    give(world, experiment, "First")
    with pytest.raises(Conflict):
        give(world, experiment, "Second")
    assert reasons(world, experiment) == ["First"]


def test_nobody_gives_a_reason_for_somebody_elses_change(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project, RUNNING)
    person = world.person(world.member(project, Role.OWNER))
    with pytest.raises(NotFound):
        give(world, experiment, "Mine", person)
    assert reasons(world, experiment) == [""]


def test_who_is_no_longer_the_last_gives_no_reason(world: World) -> None:
    project = world.project()
    experiment, person = world.experiment(project), world.person(world.member(project))
    with world.app.app_context():
        asked = wish(RUNNING, NAMES)
        transitions.transition(project.id, experiment.test_id, asked, person)
    world.move(experiment, STOPPED, NAMES)
    with pytest.raises(NotFound):
        give(world, experiment, "Late", person)
    assert reasons(world, experiment) == ["", ""]


def test_without_a_change_there_is_nothing_to_give_a_reason_for(world: World) -> None:
    draft = world.experiment(full(world))
    refused(world, draft, RUNNING)
    with pytest.raises(NotFound):
        give(world, draft, "Why not")
    with world.app.app_context(), pytest.raises(NotFound):
        history.give_reason(world.project().id, draft.test_id, "Elsewhere", COMMAND_LINE, now())


def test_the_reason_of_a_swap_is_given_from_either_side(world: World) -> None:
    project = world.project(limit=1)
    (holder,), incoming = world.running(project, 1), world.experiment(project)
    world.swap(incoming, holder)
    give(world, holder, "Out of season")
    assert reasons(world, incoming) == ["Out of season"]
    assert reasons(world, holder) == [""]


@pytest.mark.parametrize("reason", ["", " ", "x" * 501, "a\x00b", "a\x1bb", "a\u202eb"])
def test_a_reason_that_cannot_be_kept_is_a_mistake(world: World, reason: str) -> None:
    experiment = world.experiment(world.project(), RUNNING)
    with pytest.raises(InvalidInput):
        give(world, experiment, reason)
    assert reasons(world, experiment) == [""]


def test_a_reason_of_five_hundred_characters_on_two_lines_is_kept(world: World) -> None:
    experiment = world.experiment(world.project(), RUNNING)
    give(world, experiment, reason := "x" * 249 + "\n" + "ü" * 250)
    assert reasons(world, experiment) == [reason]
