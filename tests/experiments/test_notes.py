"""Notes on an experiment."""

import pytest

from app.core.errors import InvalidInput, NotFound
from app.experiments import notes
from app.models import Door, Kind, Role, Status
from tests.pages.reading import page
from tests.world import COMMAND_LINE, World


@pytest.mark.parametrize("status", list(Status))
def test_a_note_is_kept_with_its_author_and_changes_nothing_else(
    world: World, status: Status
) -> None:
    project = world.project()
    experiment = world.experiment(project, status)
    author = world.person(world.member(project))
    with world.app.app_context():
        entry_id = notes.add(project.id, experiment.test_id, " Wait for June. ", author)
    entry = world.entries(experiment)[-1]
    assert (entry.id, entry.kind, entry.reason) == (entry_id, Kind.NOTED, "Wait for June.")
    assert (entry.user_id, entry.door) == (author.user_id, Door.BROWSER)
    after = world.reload(experiment)
    assert (after.status, after.changed_at) == (status, experiment.changed_at)


NO_NOTES = [
    (" ", "Write something, or leave it."),
    ("\u200b\u2060", "Write something, or leave it."),
    ("\u200b\n\u00ad\u0301\u2028", "Write something, or leave it."),
    ("x" * 501, "A note has at most 500 characters."),
    ("a\0", "A note has no control characters."),
]


def test_a_note_says_something_about_an_experiment_of_the_project(world: World) -> None:
    project, other = world.project(), world.project()
    experiment = world.experiment(project)
    with world.app.app_context():
        for text, sentence in NO_NOTES:
            with pytest.raises(InvalidInput) as error:
                notes.add(project.id, experiment.test_id, text, COMMAND_LINE)
            assert (error.value.field, str(error.value)) == ("note", sentence)
        with pytest.raises(NotFound):
            notes.add(other.id, experiment.test_id, "Hello", COMMAND_LINE)
    assert world.entries(experiment) == []


def test_a_marketer_writes_a_note_that_a_viewer_reads(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    address = f"/projects/{project.key}/experiments/{experiment.key}"
    answer = world.browser(world.member(project)).submit(f"{address}/notes", note="Ask Olga.")
    assert answer.headers["Location"] == address
    viewer = world.browser(world.member(project, Role.VIEWER))
    shown = page(viewer.get(address))
    assert "Ask Olga." in shown.the("ol", class_="history").text
    assert not shown.every("form", class_="note")
    filtered = page(viewer.get(f"/projects/{project.key}/history?kind=notes"))
    assert "Ask Olga." in filtered.the("main").text
    assert viewer.submit(f"{address}/notes", note="Mine").status_code == 403


def test_an_empty_note_is_told_beside_its_field_and_the_address_can_be_reloaded(
    world: World,
) -> None:
    project = world.project()
    experiment = world.experiment(project)
    address = f"/projects/{project.key}/experiments/{experiment.key}"
    browser = world.browser(world.member(project))
    answer = browser.submit(f"{address}/notes", note=" ")
    assert answer.status_code == 400
    assert "Write something" in page(answer).the("form", class_="note").text
    assert browser.get(f"{address}/notes").headers["Location"] == address


def test_a_program_writes_a_note_and_reads_it_from_the_history(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    client, headers = world.app.test_client(), {"X-SDK-Key": world.key(project)}
    path = f"/api/admin/experiments/{experiment.public_id}/notes"
    made = client.post(path, json={"note": "Deployed."}, headers=headers)
    listed = client.get("/api/admin/history?kind=noted", headers=headers).json
    assert made.status_code == 201
    assert listed
    (entry,) = listed["history"]
    assert (entry["id"], entry["reason"]) == (made.json and made.json["id"], "Deployed.")
    assert client.post(path, json={"note": ""}, headers=headers).status_code == 422
