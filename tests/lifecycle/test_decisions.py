"""Decisions: shipped, concluded and taken back, by the doors and by what else changes a status."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from app import lifecycle
from app.accounts import api_keys
from app.core.errors import InvalidInput
from app.core.version_tokens import token_of_version
from app.database.engine import db
from app.database.unit_of_work import changing
from app.experiments import creation
from app.lifecycle import Action, ActionRequest, Change, StopUndo
from app.models import (
    Conclusion,
    Experiment,
    History,
    KeyType,
    Kind,
    Project,
    Scope,
    Status,
)
from app.tenancy import projects
from tests import audit
from tests.api.asking import in_browser, integers_path, names_path, with_key
from tests.conftest import on_both_databases
from tests.contracts import Contract
from tests.world import COMMAND_LINE, TERMS, World

DRAFT, RUNNING, STOPPED, ARCHIVED = Status.DRAFT, Status.RUNNING, Status.STOPPED, Status.ARCHIVED
TREATMENT = {"variant": "treatment"}


def act(
    world: World, experiment: Experiment, action: Action, body: Mapping[str, object] | None = None
) -> TestResponse:
    """Take an action as a program does."""
    project = world.execute("SELECT key, id FROM project WHERE id = :id", id=experiment.project_id)[
        0
    ]
    ask = with_key(world, Project(id=project.id, key=project.key))
    path = f"/api/admin/experiments/{experiment.public_id}/actions/{action}"
    return ask("POST", path, body or {})


def shipped(world: World, project: Project, *, name: str = "") -> Experiment:
    """An experiment of which everybody gets the treatment."""
    experiment = world.experiment(project, RUNNING, name)
    world.ship(experiment)
    return world.reload(experiment)


def take(world: World, experiment: Experiment, request: ActionRequest) -> Change:
    with world.app.app_context():
        return lifecycle.take_action(
            experiment.project_id, experiment.test_id, request, COMMAND_LINE
        )


def latest(world: World, experiment: Experiment) -> History:
    return world.entries(experiment)[-1]


def is_decided(world: World, experiment: Experiment) -> tuple[Status, str | None, str | None, bool]:
    """Its status, its outcome, the variant that was decided for, and whether everybody gets it."""
    now = world.reload(experiment)
    return now.status, now.conclusion, now.shipped_variant, now.is_shipped


@on_both_databases
def test_what_is_shipped_is_paused_and_its_slot_goes_to_the_queue(
    world: World, database_url: str
) -> None:
    project = world.project(1)
    experiment, waiting = world.experiment(project, RUNNING), world.experiment(project)
    world.queue(waiting)
    answer = act(world, experiment, Action.SHIP, {**TREATMENT, "reason": "It sells more."})
    assert (answer.status_code, answer.json and answer.json["status"]) == (200, "stopped")
    assert is_decided(world, experiment) == (STOPPED, "won", "treatment", True)
    assert world.reload(waiting).status is RUNNING
    entry = latest(world, experiment)
    assert (entry.kind, entry.to_status, entry.outcome) == (Kind.CHANGED, STOPPED, Conclusion.WON)
    assert entry.decision
    assert (entry.reason, entry.decision["name"]) == ("It sells more.", "Treatment")
    assert audit.read(database_url, project.id).breaks() == []


@on_both_databases
def test_what_is_paused_already_is_shipped_without_a_change_of_status(world: World) -> None:
    experiment = world.experiment(world.project(), STOPPED)
    assert act(world, experiment, Action.SHIP, TREATMENT).status_code == 200
    assert is_decided(world, experiment) == (STOPPED, "won", "treatment", True)
    before = world.reload(experiment).version
    assert act(world, experiment, Action.SHIP, TREATMENT).headers.get("History-Entry") is None
    assert world.reload(experiment).version == before


@pytest.mark.parametrize(
    ("body", "ends"),
    [
        (TREATMENT, ("won", "treatment", True)),
        ({"variant": "control"}, ("lost", "control", True)),
        ({**TREATMENT, "outcome": "inconclusive"}, ("inconclusive", "treatment", True)),
    ],
)
def test_what_is_shipped_has_won_unless_it_is_the_original_or_said_otherwise(
    world: World, body: dict[str, str], ends: tuple[str, str, bool]
) -> None:
    experiment = world.experiment(world.project(), RUNNING)
    assert act(world, experiment, Action.SHIP, body).status_code == 200
    assert is_decided(world, experiment)[1:] == ends


def never_ran(world: World, project: Project, *, had_a_run: bool = False) -> Experiment:
    """Something paused, whose present design never ran; another of it, if so."""
    experiment = world.experiment(project, STOPPED if had_a_run else DRAFT)
    if had_a_run:
        world.move(experiment, DRAFT, Contract.INTEGERS)
        world.redesign(experiment, replace(world.design(experiment), minimum_days=3))
    world.move(experiment, STOPPED, Contract.INTEGERS)
    return experiment


@pytest.mark.parametrize("had_a_run", [False, True])
def test_what_never_ran_is_shipped_as_unfinished_and_wins_nothing(
    world: World, *, had_a_run: bool
) -> None:
    experiment = never_ran(world, world.project(), had_a_run=had_a_run)
    answer = act(world, experiment, Action.SHIP, {**TREATMENT, "outcome": "won"})
    assert answer.status_code == 409
    assert "It has never run as it is designed now" in (answer.json or {})["detail"]
    assert is_decided(world, experiment) == (STOPPED, None, None, False)
    assert act(world, experiment, Action.SHIP, TREATMENT).status_code == 200
    assert is_decided(world, experiment) == (STOPPED, "unfinished", "treatment", True)


@pytest.mark.parametrize("action", [Action.CONCLUDE, Action.ARCHIVE])
@pytest.mark.parametrize("outcome", Conclusion)
def test_an_outcome_but_that_it_did_not_finish_takes_a_run(
    world: World, action: Action, outcome: Conclusion
) -> None:
    project = world.project()
    body = {"outcome": outcome}
    code = 200 if outcome is Conclusion.UNFINISHED else 409
    assert act(world, never_ran(world, project), action, body).status_code == code
    assert act(world, never_ran(world, project, had_a_run=True), action, body).status_code == 200


def test_the_original_is_kept_by_a_conclusion_which_pauses(world: World) -> None:
    experiment = world.experiment(world.project(), RUNNING)
    assert act(world, experiment, Action.CONCLUDE, {"outcome": "lost"}).status_code == 200
    assert is_decided(world, experiment) == (STOPPED, "lost", None, False)


@pytest.mark.parametrize(
    ("action", "body"),
    [
        (Action.SHIP, {}),
        (Action.SHIP, {"variant": "other"}),
        (Action.CONCLUDE, {}),
        (Action.CONCLUDE, {"outcome": "won", "variant": "other"}),
        (Action.STOP_SERVING, {"outcome": "won"}),
        (Action.PAUSE, TREATMENT),
    ],
)
def test_what_a_decision_cannot_keep_is_named_and_nothing_is_done(
    world: World, action: Action, body: dict[str, str]
) -> None:
    experiment = world.experiment(world.project(), RUNNING)
    answer = act(world, experiment, action, body)
    assert (answer.status_code, answer.json and answer.json["code"]) == (422, "VALIDATION")
    assert world.reload(experiment).status is RUNNING


@pytest.mark.parametrize("action", [Action.SHIP, Action.CONCLUDE])
@pytest.mark.parametrize("status", [DRAFT, ARCHIVED])
def test_nothing_is_decided_of_what_has_not_begun_or_is_over(
    world: World, status: Status, action: Action
) -> None:
    experiment = world.experiment(world.project(), status)
    bodies = {Action.SHIP: TREATMENT, Action.CONCLUDE: {"outcome": "won"}}
    assert act(world, experiment, action, bodies.get(action)).status_code == 409
    assert world.reload(experiment).status is status


def by_integer(world: World, project: Project, experiment: Experiment, code: int) -> TestResponse:
    return with_key(world, project)("PATCH", integers_path(project, experiment), {"status": code})


@pytest.mark.parametrize(
    ("code", "ends"),
    [
        (1, (RUNNING, None, None, False)),
        (0, (STOPPED, "won", "treatment", False)),
        (9, (DRAFT, None, None, False)),
    ],
)
def test_each_status_asked_for_by_integer_ends_what_everybody_gets(
    world: World, code: int, ends: tuple[Status, str | None, str | None, bool]
) -> None:
    project = world.project()
    experiment = shipped(world, project)
    answer = by_integer(world, project, experiment, code)
    assert answer.json == {"success": True, "test_id": experiment.test_id, "status": code}
    assert is_decided(world, experiment) == ends
    assert by_integer(world, project, experiment, code).status_code == 200
    assert is_decided(world, experiment) == ends


def test_told_to_be_off_what_is_shipped_leaves_the_queue_too(world: World) -> None:
    project = world.project(0)
    experiment = world.experiment(project)
    world.execute("UPDATE plan SET experiments_running = 1 WHERE code = :c", c=project.plan_code)
    world.move(experiment, RUNNING, Contract.INTEGERS)
    world.ship(experiment)
    world.execute("UPDATE plan SET experiments_running = 0 WHERE code = :c", c=project.plan_code)
    world.queue(experiment)
    assert is_decided(world, experiment)[3]
    assert by_integer(world, project, experiment, 0).status_code == 200
    assert not is_decided(world, experiment)[3]
    assert world.execute("SELECT * FROM queued_start") == []


def test_by_name_what_is_shipped_is_not_running_and_the_refusal_names_the_way_out(
    world: World,
) -> None:
    project = world.project()
    experiment = shipped(world, project)
    answer = with_key(world, project)("POST", names_path(experiment), {"status": "stopped"})
    assert answer.status_code == 409
    told: Any = answer.json
    assert told["code"] == "EXPERIMENT_NOT_RUNNING"
    assert told["refusal"]["ways_out"] == ["stop_serving"]
    assert is_decided(world, experiment)[3]
    assert act(world, experiment, Action.STOP_SERVING).status_code == 200
    assert is_decided(world, experiment) == (STOPPED, "won", "treatment", False)


def test_archived_it_keeps_what_was_decided_and_nobody_gets_it(world: World) -> None:
    experiment = shipped(world, world.project())
    assert act(world, experiment, Action.ARCHIVE).status_code == 200
    assert is_decided(world, experiment) == (ARCHIVED, "won", "treatment", False)
    assert latest(world, experiment).conclusion is Conclusion.WON


@on_both_databases
def test_reopened_nothing_is_decided(world: World) -> None:
    experiment = shipped(world, world.project())
    assert act(world, experiment, Action.REOPEN).status_code == 200
    assert is_decided(world, experiment) == (STOPPED, None, None, False)


def test_changed_by_a_version_that_knows_nothing_of_it_nobody_gets_it_any_more(
    world: World,
) -> None:
    project = world.project()
    experiment = shipped(world, project)
    for status, stopped in (("running", "NULL"), ("stopped", ":at")):
        world.execute(
            f"UPDATE experiment SET status = '{status}', conclusion = NULL,"  # noqa: S608
            f" started_at = :at, changed_at = :at, stopped_at = {stopped}",
            at="2026-11-01 00:00:00.000000",
        )
        assert not world.reload(experiment).is_shipped
    with world.app.app_context():
        assert lifecycle.shipped_in(project.id) == ()


def undone(world: World, experiment: Experiment) -> ActionRequest | None:
    with world.app.app_context():
        entry = db.session.scalars(
            select(History)
            .where(History.test_id == experiment.test_id)
            .order_by(History.id.desc())
            .limit(1)
        ).one()
        return lifecycle.restoring(entry)


Step = Callable[[World, Experiment], object]
SHIP = ActionRequest(Action.SHIP, Conclusion.WON, "treatment")
LOST = ActionRequest(Action.CONCLUDE, Conclusion.LOST)


@pytest.mark.parametrize(
    ("steps", "change"),
    [
        ([], SHIP),
        ([], LOST),
        ([LOST], SHIP),
        ([SHIP], LOST),
        ([SHIP], ActionRequest(Action.STOP_SERVING)),
        ([SHIP, ActionRequest(Action.STOP_SERVING)], SHIP),
        ([SHIP, ActionRequest(Action.STOP_SERVING)], LOST),
        ([SHIP], ActionRequest(Action.REOPEN)),
        ([SHIP], ActionRequest(Action.RESUME)),
        ([LOST], ActionRequest(Action.RESUME)),
    ],
)
def test_an_undo_decides_again_what_was_decided_before(
    world: World, steps: list[ActionRequest], change: ActionRequest
) -> None:
    experiment = world.experiment(world.project(), STOPPED)
    for step in steps:
        take(world, experiment, step)
    before = is_decided(world, experiment)
    take(world, experiment, change)
    assert is_decided(world, experiment) != before
    undo = undone(world, experiment)
    assert undo
    take(world, experiment, undo)
    assert is_decided(world, experiment) == before


@pytest.mark.parametrize("decision", [SHIP, LOST])
def test_back_to_draft_taken_back_decides_again_what_it_has_ended(
    world: World, decision: ActionRequest
) -> None:
    experiment = world.experiment(world.project(), STOPPED)
    take(world, experiment, decision)
    before = is_decided(world, experiment)
    assert act(world, experiment, Action.REDRAFT).status_code == 200
    assert is_decided(world, experiment) == (DRAFT, None, None, False)
    answer = act(world, experiment, Action.UNREDRAFT)
    assert is_decided(world, experiment) == before
    assert answer.headers["History-Entry"] == str(latest(world, experiment).id)


def test_with_another_design_back_to_draft_taken_back_ships_nothing(world: World) -> None:
    experiment = shipped(world, world.project())
    act(world, experiment, Action.REDRAFT)
    world.redesign(experiment, replace(world.design(experiment), minimum_days=3))
    assert act(world, experiment, Action.UNREDRAFT).status_code == 200
    assert is_decided(world, experiment) == (STOPPED, None, None, False)


def test_told_to_be_off_by_integer_a_draft_that_was_shipped_stays_off(world: World) -> None:
    project = world.project()
    experiment = shipped(world, project)
    act(world, experiment, Action.REDRAFT)
    assert by_integer(world, project, experiment, 0).status_code == 200
    assert not is_decided(world, experiment)[3]


@pytest.mark.parametrize(
    ("scopes", "action", "body"),
    [
        ({Scope.PAUSE}, Action.SHIP, TREATMENT),
        ({Scope.START}, Action.SHIP, TREATMENT),
        ({Scope.PAUSE}, Action.CONCLUDE, {"outcome": "lost"}),
        ({Scope.WRITE}, Action.STOP_SERVING, {}),
        ({Scope.WRITE}, Action.REDRAFT, {}),
        ({Scope.WRITE}, Action.ARCHIVE, {}),
    ],
)
def test_a_limited_key_decides_no_more_than_its_scopes_allow(
    world: World, scopes: set[Scope], action: Action, body: dict[str, str]
) -> None:
    project = world.project()
    experiment = shipped(world, project)
    answer = asked_with(world, project, scopes, experiment, action, body)
    assert answer.status_code == 403
    assert is_decided(world, experiment) == (STOPPED, "won", "treatment", True)


def test_a_key_that_writes_deletes_nothing_that_everybody_gets(world: World) -> None:
    project = world.project()
    experiment = shipped(world, project)
    path = f"/v2/project/{project.key}/experiment/{experiment.test_id}"
    for scopes, code in (({Scope.WRITE}, 403), ({Scope.WRITE, Scope.PAUSE}, 200)):
        headers = {"Authorization": f"Bearer {minted(world, project, scopes)}"}
        assert world.app.test_client().delete(path, headers=headers).status_code == code
        assert is_decided(world, experiment)[3] is (code != 200)


def test_an_emergency_key_stops_what_is_served(world: World) -> None:
    project = world.project()
    experiment = shipped(world, project)
    answer = asked_with(world, project, {Scope.PAUSE}, experiment, Action.STOP_SERVING, {})
    assert answer.status_code == 200
    assert not is_decided(world, experiment)[3]


def minted(world: World, project: Project, scopes: set[Scope]) -> str:
    """A key that may do no more than `scopes`."""
    with world.app.app_context():
        return api_keys.mint(project.id, KeyType.ADMIN, "key", COMMAND_LINE, scopes=scopes).token


def asked_with(
    world: World,
    project: Project,
    scopes: set[Scope],
    experiment: Experiment,
    action: Action,
    body: object,
) -> TestResponse:
    path = f"/api/admin/experiments/{experiment.public_id}/actions/{action}"
    headers = {"Authorization": f"Bearer {minted(world, project, scopes)}"}
    return world.app.test_client(use_cookies=False).post(path, json=body, headers=headers)


def test_a_marketer_ships_by_the_version_that_they_saw_alone(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project, RUNNING)
    path = f"/api/admin/experiments/{experiment.public_id}/actions/ship"
    browser = world.browser(world.member(project))
    headers = {"X_Project_Id": project.key, "If_Match": '"v1"'}
    assert browser.call("POST", path, TREATMENT, **headers).status_code == 412
    headers["If_Match"] = f'"{token_of_version(experiment.version)}"'
    assert browser.call("POST", path, TREATMENT, **headers).status_code == 200


def test_a_dry_run_ships_nothing(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project, RUNNING)
    path = f"/api/admin/experiments/{experiment.public_id}/actions/ship?dry_run=true"
    assert in_browser(world, project)("POST", path, TREATMENT).status_code == 200
    assert is_decided(world, experiment) == (RUNNING, None, None, False)


def test_a_clone_of_what_is_shipped_is_a_draft_of_which_nothing_is_decided(world: World) -> None:
    experiment = shipped(world, world.project())
    with world.app.app_context():
        clone = creation.clone(experiment.project_id, experiment.test_id, COMMAND_LINE)
    assert is_decided(world, clone) == (DRAFT, None, None, False)


@pytest.mark.parametrize("stops_serving", [False, True])
@on_both_databases
def test_stop_everything_ends_what_is_shipped_where_that_is_said_and_undo_ships_it_again(
    world: World, *, stops_serving: bool
) -> None:
    project = world.project()
    experiment, live = shipped(world, project), world.experiment(project, RUNNING)
    with world.app.app_context():
        stopped = lifecycle.stop_everything(project.id, COMMAND_LINE, stops_serving=stops_serving)
    assert is_decided(world, experiment)[3] is not stops_serving
    with world.app.app_context():
        lifecycle.undo_stop(project.id, COMMAND_LINE, stopped.undo, TERMS)
    assert is_decided(world, experiment) == (STOPPED, "won", "treatment", True)
    assert world.reload(live).status is RUNNING


def test_an_undo_of_stop_everything_leaves_what_somebody_has_changed_since(world: World) -> None:
    project = world.project()
    experiment = shipped(world, project)
    with world.app.app_context():
        undo = lifecycle.stop_everything(project.id, COMMAND_LINE, stops_serving=True).undo
    assert undo != StopUndo(undo.hold_id)
    world.move(experiment, RUNNING, Contract.INTEGERS)
    with world.app.app_context():
        lifecycle.undo_stop(project.id, COMMAND_LINE, undo, TERMS)
    assert world.reload(experiment).status is RUNNING


@pytest.mark.parametrize("action", [Action.REOPEN, Action.CONCLUDE])
def test_an_undo_of_stop_everything_decides_nothing_that_somebody_has_decided_since(
    world: World, action: Action
) -> None:
    project = world.project()
    experiment = shipped(world, project)
    with world.app.app_context():
        undo = lifecycle.stop_everything(project.id, COMMAND_LINE, stops_serving=True).undo
    outcome = Conclusion.LOST if action is Action.CONCLUDE else None
    take(world, experiment, ActionRequest(action, outcome))
    with world.app.app_context():
        (left,) = lifecycle.stops_left(project.id, [_stop_of(experiment, world)]).values()
        assert left.unserved == ()
        lifecycle.undo_stop(project.id, COMMAND_LINE, undo, TERMS)
    assert is_decided(world, experiment) == (STOPPED, outcome, None, False)


def _stop_of(experiment: Experiment, world: World) -> int:
    """The entry of the project that is the cause of what was done to an experiment."""
    return next(
        each.cause_project_entry_id
        for each in world.entries(experiment)
        if each.cause_project_entry_id
    )


def test_what_was_paused_by_stop_everything_and_concluded_since_stays_so(world: World) -> None:
    project = world.project()
    experiment, other = world.experiment(project, RUNNING), world.experiment(project, RUNNING)
    with world.app.app_context():
        undo = lifecycle.stop_everything(project.id, COMMAND_LINE).undo
    take(world, experiment, ActionRequest(Action.CONCLUDE, Conclusion.LOST))
    with world.app.app_context():
        outcome = lifecycle.undo_stop(project.id, COMMAND_LINE, undo, TERMS).outcome
    assert [each.experiment.test_id for each in outcome.refused] == [experiment.test_id]
    assert is_decided(world, experiment) == (STOPPED, "lost", None, False)
    assert world.reload(other).status is RUNNING


def test_a_project_is_not_retired_while_anything_is_shipped_in_it(world: World) -> None:
    project = world.project()
    experiment = shipped(world, project)
    with world.app.app_context(), pytest.raises(InvalidInput, match="shipped"):
        projects.retire(project.key, COMMAND_LINE)
    take(world, experiment, ActionRequest(Action.STOP_SERVING))
    with world.app.app_context():
        assert projects.retire(project.key, COMMAND_LINE).retired_at


def test_of_a_closed_project_nothing_is_served(world: World) -> None:
    project = world.project()
    experiment = shipped(world, project)
    with world.app.app_context(), changing(project.id, COMMAND_LINE) as work:
        lifecycle.close(work, "It is removed.")
    assert is_decided(world, experiment) == (STOPPED, "won", "treatment", False)


def test_archived_with_others_what_is_decided_keeps_its_own_outcome(world: World) -> None:
    project = world.project()
    experiment, other = shipped(world, project), world.experiment(project, STOPPED)
    ids = [experiment.public_id, other.public_id]
    body = {"ids": ids, "status": "archived", "outcome": "inconclusive"}
    answer = with_key(world, project)("POST", "/api/admin/experiments/bulk", body)
    assert answer.status_code == 200
    assert is_decided(world, experiment) == (ARCHIVED, "won", "treatment", False)
    assert is_decided(world, other) == (ARCHIVED, "inconclusive", None, False)
