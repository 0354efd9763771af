"""What an experiment is for: hypothesis, owner, tags and ticket, given and changed."""

from dataclasses import replace

import pytest

from app.core.errors import InvalidInput
from app.experiments import creation, edits, lookup, texts
from app.experiments.creation import Draft
from app.experiments.edits import Edit, Edited, Overtaken
from app.experiments.texts import Texts
from app.models import Actor, Experiment, Kind, Project, Role
from tests.conftest import on_both_databases
from tests.world import COMMAND_LINE, World

TICKET = "https://tickets.example/browse/SHOP-7"


def said(world: World, experiment: Experiment) -> Texts:
    with world.app.app_context():
        return texts.of(lookup.by_key(experiment.project_id, experiment.key))


def created(world: World, project: Project, given: Texts, actor: Actor) -> Experiment:
    with world.app.app_context():
        return creation.create(project.id, Draft(given), actor)


def edited(world: World, experiment: Experiment, seen: Texts, wanted: Texts) -> Edited | Overtaken:
    asked = Edit(wanted, edits.fingerprint(seen))
    with world.app.app_context():
        return edits.edit(experiment.project_id, experiment.test_id, asked, COMMAND_LINE)


@on_both_databases
def test_a_new_experiment_keeps_what_it_is_for_and_belongs_to_who_made_it(world: World) -> None:
    project = world.project()
    email = world.member(project)
    given = Texts(
        "Banner", hypothesis="Red sells.", ticket_url=TICKET, tags=" Checkout,mobile , CHECKOUT,"
    )
    made = created(world, project, given, world.person(email))
    assert said(world, made) == replace(given, owner=email, tags="checkout, mobile")


def test_a_program_names_the_owner_or_none(world: World) -> None:
    project = world.project()
    email = world.member(project)
    named = created(world, project, Texts("A", owner=email.upper()), COMMAND_LINE)
    nobody = created(world, project, Texts("B"), COMMAND_LINE)
    assert (said(world, named).owner, said(world, nobody).owner) == (email, "")


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("owner", "stranger@example.test"),
        ("owner", "nobody"),
        ("tags", "x" * 41),
        ("tags", ",".join(f"tag {number}" for number in range(11))),
        ("tags", "a\0b"),
        ("hypothesis", "x" * 2001),
        ("hypothesis", "a\0b"),
        ("ticket_url", "javascript:alert(1)"),
    ],
)
def test_what_cannot_be_used_is_told_of_its_field_and_nothing_is_created(
    world: World, field: str, text: str
) -> None:
    project = world.project()
    with pytest.raises(InvalidInput) as error:
        created(world, project, replace(Texts("Banner"), **{field: text}), COMMAND_LINE)
    assert error.value.field == field
    assert not world.execute("SELECT test_id FROM experiment")


@on_both_databases
def test_history_keeps_each_of_them_from_what_to_what(world: World) -> None:
    project = world.project()
    experiment, email = world.experiment(project), world.member(project)
    before = said(world, experiment)
    wanted = replace(
        before, hypothesis="Red sells.", ticket_url=TICKET, owner=email, tags="mobile, checkout"
    )
    edited(world, experiment, before, wanted)
    assert said(world, experiment) == replace(wanted, tags="checkout, mobile")
    (entry,) = world.entries(experiment)
    assert entry.kind is Kind.EDITED
    assert {each["field"]: (each["before"], each["after"]) for each in entry.changes or ()} == {
        "hypothesis": ("", "Red sells."),
        "ticket_url": ("", TICKET),
        "owner": ("", email),
        "tags": ("", "checkout, mobile"),
    }


def test_tags_of_somebody_faster_are_not_overwritten(world: World) -> None:
    experiment = world.experiment(world.project())
    before = said(world, experiment)
    edited(world, experiment, before, replace(before, tags="mobile"))
    result = edited(world, experiment, before, replace(before, tags="checkout"))
    assert isinstance(result, Overtaken)
    assert [(each.field, each.present) for each in result.clashes] == [("tags", "mobile")]
    assert said(world, experiment).tags == "mobile"


def test_an_owner_who_has_left_stays_and_nobody_gives_it_to_one_who_has(world: World) -> None:
    project = world.project()
    left, gone = world.member(project, Role.VIEWER), world.member(project)
    experiment = created(world, project, Texts("A", owner=left), COMMAND_LINE)
    for email in (left, gone):
        world.remove(project, email)
    before = said(world, experiment)
    assert before.owner == left
    assert isinstance(edited(world, experiment, before, replace(before, name="B")), Edited)
    now = said(world, experiment)
    with pytest.raises(InvalidInput):
        edited(world, experiment, now, replace(now, owner=gone))
    assert (said(world, experiment).name, said(world, experiment).owner) == ("B", left)


def test_a_clone_keeps_hypothesis_and_tags_and_belongs_to_who_cloned_it(world: World) -> None:
    project = world.project()
    first, second = world.member(project), world.member(project)
    given = Texts("A", hypothesis="Red sells.", tags="mobile")
    original = created(world, project, given, world.person(first))
    cloner = world.person(second)
    with world.app.app_context():
        clone = creation.clone(project.id, original.test_id, cloner)
    assert said(world, clone) == replace(given, name="A (clone)", owner=second)
