"""What clones are called."""

import pytest

from app.core.validation import checked_name
from app.experiments import clone_names, creation
from app.models import Experiment, Status
from tests.conftest import on_both_databases
from tests.world import COMMAND_LINE, World

LONG = "x" * 120


@pytest.mark.parametrize(
    ("name", "taken", "expected"),
    [
        ("Banner", (), "Banner (clone)"),
        ("Banner", ("Banner (clone)",), "Banner (clone 2)"),
        ("Banner", ("Banner (clone)", "Banner (clone 2)"), "Banner (clone 3)"),
        ("Banner", ("Banner (clone 2)",), "Banner (clone)"),
        ("Banner (clone)", ("Banner (clone)",), "Banner (clone 2)"),
        ("Banner (clone 7)", ("Banner (clone)",), "Banner (clone 2)"),
        ("Banner (clone) (clone)", ("Banner (clone)",), "Banner (clone 2)"),
        ("Banner(clone)", (), "Banner (clone)"),
        ("Banner (cloned)", (), "Banner (cloned) (clone)"),
        ("(clone)", ("(clone)",), "(clone 2)"),
        (LONG, (), f"{'x' * 112} (clone)"),
        (LONG, (f"{'x' * 112} (clone)",), f"{'x' * 110} (clone 2)"),
        (f"{'x' * 111} yyyyyyyy", (), f"{'x' * 111} (clone)"),
        (f"{'x' * 112} (clone)", (f"{'x' * 112} (clone)",), f"{'x' * 110} (clone 2)"),
        ("🙂" * 120, (), f"{'🙂' * 112} (clone)"),
    ],
)
def test_a_clone_has_one_bracket_and_a_name_that_is_free(
    name: str, taken: tuple[str, ...], expected: str
) -> None:
    found = clone_names.free(name, taken)
    assert found == expected == checked_name(found)
    assert clone_names.is_one(found)


def test_a_name_of_its_own_is_none_of_a_clone() -> None:
    assert not clone_names.is_one("Banner (clone) in red")


def cloned(world: World, experiment: Experiment) -> Experiment:
    with world.app.app_context():
        return creation.clone(experiment.project_id, experiment.test_id, COMMAND_LINE)


@on_both_databases
@pytest.mark.parametrize("name", ["Banner", LONG, "100 %_\\ off", "(clone)"])
def test_clones_and_their_clones_are_numbered_within_their_project(world: World, name: str) -> None:
    project, other = world.project(), world.project()
    original = world.experiment(project, Status.ARCHIVED, name)
    cloned(world, world.experiment(other, name=name))
    first = cloned(world, original)
    second, third = cloned(world, first), cloned(world, original)
    base = clone_names.original(name)
    expected = [clone_names.free(name, (name,))]
    for _ in range(2):
        expected.append(clone_names.free(name, (name, *expected)))
    assert [first.name, second.name, third.name] == expected
    assert [each.status for each in (first, second, third)] == [Status.DRAFT] * 3
    assert all(len(each.name) <= 120 for each in (first, second, third))
    assert all(each.name.startswith(base[:100]) for each in (first, second, third))


@on_both_databases
def test_a_clone_has_the_texts_of_its_original_and_a_key_after_its_name(world: World) -> None:
    original = world.experiment(world.project(), name="Banner")
    world.execute("UPDATE experiment SET url = 'https://a.example/', description = 'Why'")
    first = cloned(world, world.reload(original))
    second = cloned(world, first)
    assert [(each.key, each.url, each.description) for each in (first, second)] == [
        ("banner-2", "https://a.example/", "Why"),
        ("banner-3", "https://a.example/", "Why"),
    ]
    assert (first.clone_of_test_id, second.clone_of_test_id) == (original.test_id, first.test_id)
