"""What may go with a change of status in either contract: a reason, an outcome."""

from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from app.models import Conclusion, Experiment, Project, Status
from tests.api.asking import integers_path, names_path
from tests.world import World

DRAFT, RUNNING, STOPPED, ARCHIVED = Status.DRAFT, Status.RUNNING, Status.STOPPED, Status.ARCHIVED
Change = Callable[..., TestResponse]
CONTRACTS = ["integers", "names"]


def changing(world: World, project: Project, experiment: Experiment, contract: str) -> Change:
    """Asks for a status by a contract, with more in the body."""
    client, token = world.app.test_client(use_cookies=False), world.key(project)
    codes: dict[str, object] = {"running": 1, "stopped": 0, "draft": 9}

    def change(status: str, **more: object) -> TestResponse:
        headers = {"Authorization": f"Bearer {token}"}
        if contract == "names":
            body = {"status": status, **more}
            return client.post(names_path(experiment), json=body, headers=headers)
        body = {"status": codes[status], **more}
        path = integers_path(project, experiment)
        return client.patch(path, json=body, headers=headers)

    return change


@pytest.fixture(params=CONTRACTS)
def started(request: pytest.FixtureRequest, world: World) -> tuple[Experiment, Change]:
    """A running experiment, and how to ask for its status by each contract in turn."""
    project = world.project()
    experiment = world.experiment(project, RUNNING)
    return experiment, changing(world, project, experiment, request.param)


def test_a_reason_is_kept_with_the_change(world: World, started: tuple[Experiment, Change]) -> None:
    experiment, change = started
    assert change("stopped", reason=" Too slow\nfor mobile ").status_code == 200
    assert world.entries(experiment)[-1].reason == "Too slow\nfor mobile"


def test_without_one_nothing_is_different(world: World, started: tuple[Experiment, Change]) -> None:
    experiment, change = started
    assert change("stopped").status_code == 200
    entry = world.entries(experiment)[-1]
    assert (entry.reason, entry.conclusion, entry.code, entry.detail) == ("", None, "", "")


@pytest.mark.parametrize(
    "more",
    [
        {"reason": "x" * 501},
        {"reason": ["why"]},
        {"reason": 1},
        {"reason": {"why": "not"}},
        {"reason": "a\0b"},
    ],
    ids=lambda more: str(more)[:24],
)
@pytest.mark.parametrize("status", ["stopped", "running"])
def test_a_note_that_cannot_be_kept_changes_nothing(
    world: World, started: tuple[Experiment, Change], status: str, more: dict[str, object]
) -> None:
    experiment, change = started
    answer = change(status, **more)
    body = answer.json or {}
    assert answer.status_code == (422 if "code" in body else 400)
    told = body.get("detail", body["error"])
    assert next(iter(more)) in told.lower()
    assert world.reload(experiment).status is RUNNING
    assert len(world.entries(experiment)) == 1


@pytest.mark.parametrize("outcome", ["great", 1, ["won"], "won"])
def test_an_outcome_that_cannot_be_kept_changes_nothing(world: World, outcome: object) -> None:
    project = world.project()
    experiment = world.experiment(project, RUNNING)
    answer = changing(world, project, experiment, "names")("stopped", outcome=outcome)
    assert answer.status_code == 422
    assert "outcome" in (answer.json or {})["detail"].lower()
    assert world.reload(experiment).status is RUNNING


def test_the_first_contract_which_archives_nothing_does_not_heed_an_outcome(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project, RUNNING)
    answer = changing(world, project, experiment, "integers")("stopped", outcome="won")
    (warning,) = (answer.json or {})["warnings"]
    assert warning["detail"] == "outcome is not understood, and was not heeded."
    assert world.entries(experiment)[-1].conclusion is None


@pytest.mark.parametrize("outcome", Conclusion)
def test_an_outcome_is_kept_with_archiving(world: World, outcome: Conclusion) -> None:
    project = world.project()
    experiment = world.experiment(project, STOPPED)
    change = changing(world, project, experiment, "names")
    assert change("archived", outcome=outcome.value, reason="Done").status_code == 200
    entry = world.entries(experiment)[-1]
    assert (entry.conclusion, entry.reason) == (outcome, "Done")


def test_no_outcome_at_all_is_fine_too(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project, STOPPED)
    change = changing(world, project, experiment, "names")
    assert change("archived", outcome=None).status_code == 200
