"""Finding experiments, and paging through them while others change them."""

import unicodedata
from datetime import datetime, timedelta
from typing import Literal

import pytest

from app.core.paging import Cursor
from app.database.engine import db
from app.experiments import creation, search
from app.experiments.creation import Draft
from app.experiments.search import Sort, Tab, View
from app.experiments.texts import Texts
from app.models import Experiment, Project, Status, now, table_of
from app.models.names import folded, sort_name
from tests.conftest import on_both_databases
from tests.world import COMMAND_LINE, World

NEWEST, CHANGED, NAME = Sort.NEWEST, Sort.CHANGED, Sort.NAME


def found(world: World, project: Project, text: str) -> list[str]:
    with world.app.app_context():
        page = search.page(project.id, View(sort=NAME, search=text))
        return [each.name for each in page.experiments]


def names(world: World, project: Project, sort: Sort, after: Cursor | None = None) -> list[str]:
    with world.app.app_context():
        page = search.page(project.id, View(sort=sort, after=after))
        return [each.name for each in page.experiments]


def end_of_first_page(world: World, project: Project, sort: Sort) -> Cursor:
    with world.app.app_context():
        page = search.page(project.id, View(sort=sort))
        assert page.next_after is not None
        return page.next_after


def numbered(world: World, project: Project, count: int) -> None:
    """So many experiments by number, the last changed first."""
    world.crowd(project, count)
    for number in range(count):
        change(world, f"Crowd {number:03}", now() - timedelta(hours=number))


def change(world: World, name: str, moment: datetime) -> None:
    """Have the status of an experiment be of this moment."""
    table = table_of(Experiment)
    statement = table.update().where(table.c.name == name).values(changed_at=moment)
    with world.app.app_context(), db.engine.begin() as connection:
        connection.execute(statement)


def rename(world: World, name: str, new: str) -> None:
    world.execute(
        "UPDATE experiment SET name = :new, sort_name = :sorted WHERE name = :name",
        name=name,
        new=new,
        sorted=sort_name(new),
    )


@on_both_databases
def test_a_name_that_is_changed_elsewhere_costs_no_page_a_row(world: World) -> None:
    project = world.project()
    numbered(world, project, 130)
    place = end_of_first_page(world, project, NAME)
    rename(world, "Crowd 049", "Crowd 125b")
    second = names(world, project, NAME, place)
    assert second == [f"Crowd {number:03}" for number in range(50, 100)]


@on_both_databases
def test_a_change_of_status_elsewhere_neither_repeats_nor_loses_a_row(world: World) -> None:
    project = world.project()
    numbered(world, project, 60)
    place = end_of_first_page(world, project, CHANGED)
    world.execute("UPDATE experiment SET changed_at = :now WHERE name = 'Crowd 049'", now=now())
    assert names(world, project, CHANGED, place) == [
        f"Crowd {number:03}" for number in range(50, 60)
    ]


def test_a_page_stays_as_long_as_it_was_when_the_row_before_it_is_renamed(world: World) -> None:
    project = world.project()
    numbered(world, project, 130)
    place = end_of_first_page(world, project, NAME)
    for name in ("Crowd 049", "Crowd 048"):
        rename(world, name, f"Z {name}")
        assert len(names(world, project, NAME, place)) == 50


@pytest.mark.parametrize("seen", ["", "soon", "9" * 40])
def test_what_is_no_moment_is_no_place_among_the_last_changed(seen: str) -> None:
    assert not search.is_place(Cursor(1, seen), CHANGED)


COMPOSED = "Café Crème"


@on_both_databases
@pytest.mark.parametrize(
    "typed",
    [
        COMPOSED,
        unicodedata.normalize("NFD", COMPOSED),
        "cafe\u0301 CRE\u0300ME",
        "café  crème",
        "café\u00a0crème",
        "ca\u200bfé crème",
        "\uff43\uff41\uff46é",
    ],
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_name_is_found_however_it_was_typed(
    world: World, typed: str, form: Literal["NFC", "NFD"]
) -> None:
    project = world.project()
    name = unicodedata.normalize(form, COMPOSED).replace(" ", "\u00a0 ")
    world.experiment(project, name=name)
    world.experiment(project, name="Coffee")
    assert [folded(each) for each in found(world, project, typed)] == ["café crème"]


@on_both_databases
@pytest.mark.parametrize("url", ["https://shop.example/Caf%C3%A9", "https://shop.example/café"])
@pytest.mark.parametrize("typed", ["shop.example/CAF", "café", "cafe\u0301", "caf%C3%A9"])
def test_an_address_is_found_however_it_is_written(world: World, url: str, typed: str) -> None:
    project = world.project()
    with world.app.app_context():
        creation.create(project.id, Draft(Texts("One", url)), COMMAND_LINE)
        creation.create(project.id, Draft(Texts("Other", "https://x.example/")), COMMAND_LINE)
    assert found(world, project, typed) == ["One"]


@pytest.mark.parametrize("typed", ["RED-BANNER", " red-ban ", "\uff52ed-b"])
def test_a_key_is_found_in_capitals_and_wide_letters(world: World, typed: str) -> None:
    project = world.project()
    world.experiment(project, name="Red banner")
    world.experiment(project, name="Other")
    assert found(world, project, typed) == ["Red banner"]


@pytest.mark.parametrize("typed", ["%", "_", "\\"])
def test_what_means_anything_in_a_pattern_is_looked_for_itself(world: World, typed: str) -> None:
    project = world.project()
    world.experiment(project, name="Other")
    world.experiment(project, name=f"A {typed} B")
    assert found(world, project, typed) == [f"A {typed} B"]


@on_both_databases
def test_names_stand_as_people_expect_them(world: World) -> None:
    project = world.project()
    expected = ["Apfel", "Äpfel 9", "Äpfel 10", "apfel 11", "Banner", "Zebra"]
    for name in reversed(expected):
        world.experiment(project, name=name)
    assert names(world, project, NAME) == expected


@on_both_databases
def test_tabs_count_what_was_found(world: World) -> None:
    project = world.project(limit=2)
    world.experiment(project, Status.RUNNING, "Red banner")
    world.experiment(project, Status.RUNNING, "Blue")
    world.experiment(project, Status.ARCHIVED, "Red button")
    world.queue(world.experiment(project, name="Red frame"))
    world.queue(world.experiment(project, name="Green frame"))
    with world.app.app_context():
        assert search.counts(project.id, "RED") == {
            Tab.RUNNING: 1,
            Tab.STOPPED: 0,
            Tab.DRAFT: 1,
            Tab.WAITING: 1,
            Tab.ARCHIVED: 1,
            Tab.ALL: 3,
        }
        assert search.counts(project.id)[Tab.ALL] == 5


def test_what_waits_for_a_rise_of_its_traffic_is_among_what_is_scheduled(world: World) -> None:
    project = world.project()
    live = world.overdue_rise(project)
    with world.app.app_context():
        page = search.page(project.id, View(Tab.WAITING))
    assert [each.name for each in page.experiments] == [live.name]
