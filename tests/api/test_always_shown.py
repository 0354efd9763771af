"""Who always sees a variant, under /api/admin."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.models import Experiment, Project, Status
from tests.world import Browser, World


@pytest.fixture
def project(world: World) -> Project:
    return world.project(limit=None)


@pytest.fixture
def browser(world: World, project: Project) -> Browser:
    return world.browser(world.member(project))


def path_of(experiment: Experiment) -> str:
    return f"/api/admin/experiments/{experiment.public_id}/always-shown"


def put(browser: Browser, experiment: Experiment, units: object) -> TestResponse:
    return browser.call("PUT", path_of(experiment), {"units": units})


def edits(browser: Browser, project: Project) -> list[dict[str, Any]]:
    path = "/api/admin/history?kind=edited"
    return (browser.get(path, X_Project_Id=project.key).json or {})["history"]


def test_it_changes_while_the_experiment_runs_and_history_says_how_many(
    world: World, project: Project, browser: Browser
) -> None:
    experiment = world.experiment(project, Status.RUNNING)
    answer = put(browser, experiment, {"treatment": ["anna", "ben"]})
    shown = {"control": [], "treatment": ["anna", "ben"]}
    assert (answer.status_code, (answer.json or {})["units"]) == (200, shown)
    assert (browser.get(path_of(experiment)).json or {})["units"] == shown
    (entry,) = edits(browser, project)
    assert entry["changes"] == [
        {
            "field": "always_shown",
            "before": {"control": 0, "treatment": 0},
            "after": {"control": 0, "treatment": 2},
        }
    ]
    assert put(browser, experiment, shown).status_code == 200
    assert len(edits(browser, project)) == 1, "nothing has changed"


@pytest.mark.parametrize(
    ("units", "says"),
    [
        ({"none": ["anna"]}, "The experiment has no variant “none”."),
        ({"control": ["anna"], "treatment": ["anna"]}, "“anna” is named twice: once is enough."),
        # The page, which has an id a line, would make another of it.
        ({"control": ["anna\nben"]}, "An id here is one line"),
        ({"control": [" anna"]}, "An id here is one line"),
        ({"control": ["an\x00na"]}, "An id here is one line"),
        ({"control": [f"v{n}" for n in range(101)]}, "At most 100 visitors always see a variant."),
    ],
)
def test_what_cannot_be_is_refused(
    world: World, project: Project, browser: Browser, units: object, says: str
) -> None:
    answer = put(browser, world.experiment(project), units)
    assert (answer.status_code, says in str(answer.json)) == (422, True)


def test_what_is_archived_stays_as_it_was(world: World, project: Project, browser: Browser) -> None:
    experiment = world.experiment(project, Status.ARCHIVED)
    assert put(browser, experiment, {"treatment": ["anna"]}).status_code == 409
