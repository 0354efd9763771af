"""Editing what an experiment says of itself, and never over the head of somebody else."""

from dataclasses import replace

import pytest

from app.core.errors import InvalidInput, NotFound
from app.experiments import edits
from app.experiments.edits import Change, Clash, Edit, Edited, Overtaken
from app.experiments.texts import Texts
from app.lifecycle.refusals import Refused, WayOut
from app.models import Actor, Door, Experiment, Project, Status
from tests.conftest import on_both_databases
from tests.world import COMMAND_LINE, World, fingerprint

EDITABLE = [status for status in Status if status is not Status.ARCHIVED]
NEW = ("Red banner", "https://shop.example/cart", "Why\nand how")


def edited(
    world: World,
    experiment: Experiment,
    name: str = "",
    url: str = "",
    description: str = "",
    actor: Actor = COMMAND_LINE,
) -> Edited | Overtaken:
    """Return what comes of an edit by somebody who saw `experiment` as it is given."""
    seen = fingerprint(experiment)
    wanted = Edit(Texts(name or experiment.name, url, description), seen)
    with world.app.app_context():
        return edits.edit(experiment.project_id, experiment.test_id, wanted, actor)


def texts(world: World, experiment: Experiment) -> tuple[str, str, str]:
    now = world.reload(experiment)
    return now.name, now.url, now.description


def version(world: World, project: Project) -> int:
    return world.execute("SELECT version FROM project WHERE id = :id", id=project.id)[0].version


@pytest.mark.parametrize("status", EDITABLE)
def test_an_edit_changes_the_texts_and_says_which(world: World, status: Status) -> None:
    project = world.project()
    experiment = world.experiment(project, status, "Banner")
    before = version(world, project)
    result = edited(world, experiment, *NEW, actor=Actor(Door.BROWSER))
    assert isinstance(result, Edited)
    assert result.changes == (
        Change("name", "Banner", NEW[0]),
        Change("url", "", NEW[1]),
        Change("description", "", NEW[2]),
    )
    assert world.execute("SELECT door, detail FROM history WHERE kind = 'edited'") == [
        ("browser", "name, page, description")
    ]
    after = world.reload(experiment)
    assert texts(world, experiment) == NEW
    assert after.updated_at == result.at > experiment.updated_at
    assert version(world, project) == before + 1
    unmoved = ("key", "status", "changed_at", "started_at", "stopped_at", "user_id", "api_key_id")
    assert [getattr(after, each) for each in unmoved] == [
        getattr(experiment, each) for each in unmoved
    ]


def test_an_edit_that_changes_nothing_leaves_no_trace(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project, name="Banner")
    edited(world, experiment, description="Why\nand how")
    experiment = world.reload(experiment)
    before = version(world, project)
    result = edited(world, experiment, " Banner ", "", "Why\r\nand how")
    assert isinstance(result, Edited)
    assert result.changes == ()
    assert world.reload(experiment).updated_at == experiment.updated_at
    assert version(world, project) == before
    assert texts(world, experiment)[2] == "Why\nand how"


@on_both_databases
def test_who_is_overtaken_changes_nothing_and_learns_what_it_says_now(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project, name="Banner")
    edited(world, experiment, "Their name", "https://theirs.example/")
    before = world.reload(experiment), version(world, project)
    result = edited(world, experiment, "My name", description="Mine")
    assert result == Overtaken(
        (
            Clash("name", "Their name", is_touched=True),
            Clash("url", "https://theirs.example/", is_touched=False),
        ),
        fingerprint(before[0]),
    )
    assert texts(world, experiment) == ("Their name", "https://theirs.example/", "")
    assert (world.reload(experiment).updated_at, version(world, project)) == (
        before[0].updated_at,
        before[1],
    )


@on_both_databases
def test_whoever_has_seen_it_may_write_over_it(world: World) -> None:
    experiment = world.experiment(world.project(), name="Banner")
    edited(world, experiment, "Their name")
    edited(world, world.reload(experiment), "My name")
    assert texts(world, experiment)[0] == "My name"


def test_the_same_change_by_two_people_overtakes_nobody(world: World) -> None:
    experiment = world.experiment(world.project(), name="Banner")
    edited(world, experiment, "Red banner")
    result = edited(world, experiment, "Red banner", description="Why")
    assert isinstance(result, Edited)
    assert [change.field for change in result.changes] == ["description"]


def test_a_change_of_status_or_design_is_no_edit_and_overtakes_nobody(world: World) -> None:
    experiment = world.experiment(world.project(), name="Banner")
    world.redesign(experiment, world.design(experiment))
    world.start(experiment)
    assert isinstance(edited(world, experiment, *NEW), Edited)
    assert texts(world, experiment) == NEW


@pytest.mark.parametrize("seen", ["", ":", "x", "::::::", "a:b:c", "\x00", "é" * 1000])
def test_a_mark_that_is_none_is_of_something_else(world: World, seen: str) -> None:
    experiment = world.experiment(world.project(), name="Banner")
    wanted = Edit(Texts("Mine"), seen)
    with world.app.app_context():
        result = edits.edit(experiment.project_id, experiment.test_id, wanted, COMMAND_LINE)
    assert isinstance(result, Overtaken)
    assert texts(world, experiment)[0] == "Banner"


def test_an_archived_experiment_is_not_edited(world: World) -> None:
    experiment = world.experiment(world.project(), Status.ARCHIVED, "Banner")
    with pytest.raises(Refused, match="not edited any more; clone it") as caught:
        edited(world, experiment, *NEW)
    assert caught.value.refusal.ways_out == (WayOut.CLONE,)
    assert list(caught.value.refusal.allowed_from) == EDITABLE
    assert texts(world, experiment) == ("Banner", "", "")


def test_the_experiment_of_another_project_is_not_found(world: World) -> None:
    theirs = world.experiment(world.project(), name="Banner")
    wanted = Edit(Texts(*NEW), fingerprint(theirs))
    with world.app.app_context(), pytest.raises(NotFound):
        edits.edit(world.project().id, theirs.test_id, wanted, COMMAND_LINE)
    assert texts(world, theirs) == ("Banner", "", "")


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("name", " "),
        ("name", "x" * 121),
        ("name", "two\nlines"),
        ("name", "a\x00"),
        ("name", "\u202eback"),
        ("name", "\u200b"),
        ("url", "javascript:alert(1)"),
        ("url", "https://a.example/\x00"),
        ("description", "x" * 5001),
        ("description", "a\x1bb"),
    ],
)
def test_what_cannot_be_used_names_its_field_and_changes_nothing(
    world: World, field: str, text: str
) -> None:
    experiment = world.experiment(world.project(), name="Banner")
    wanted = Edit(replace(Texts(*NEW), **{field: text}), fingerprint(experiment))
    with world.app.app_context(), pytest.raises(InvalidInput) as caught:
        edits.edit(experiment.project_id, experiment.test_id, wanted, COMMAND_LINE)
    assert caught.value.field == field
    assert texts(world, experiment) == ("Banner", "", "")
