"""The document of what runs: whoever decides by it decides as the server does."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.experiments.audiences import conditions
from app.experiments.designs import Design, VariantDesign
from app.models import KeyType, Status
from tests.conftest import on_both_databases
from tests.evaluation import in_python
from tests.serving.site import Site, make_site
from tests.world import World

UNITS = [f"visitor-{number}" for number in range(20)]
GERMANS = conditions.read([[{"attribute": "country", "operator": "is", "values": ["DE"]}]])
THREE = (
    VariantDesign("a", 3334, "", {"size": 1}),
    VariantDesign("b", 3333, "", {"size": 2}),
    VariantDesign("c", 3333, "", {"size": 3}),
)


@pytest.fixture
def pages(world: World) -> Site:
    """A site whose pages have a client key."""
    return make_site(world, KeyType.CLIENT)


def document(site: Site, **headers: str) -> TestResponse:
    """The document of what runs, as a cache would ask for it."""
    return site.client.get(f"/edge/v1/{site.token}.json", headers=headers)


def members(site: Site) -> dict[str, Any]:
    """The document."""
    answer = document(site)
    assert answer.status_code == 200
    assert answer.json
    return answer.json


@on_both_databases
def test_whoever_decides_by_it_decides_as_the_server_does(world: World) -> None:
    pages = make_site(world, KeyType.CLIENT)
    pages.experiment(Design(THREE, traffic_allocation=7000))
    pages.experiment(Design(audience=GERMANS))
    shipped = pages.experiment()
    world.ship(shipped, "treatment")
    found = members(pages)
    for unit in UNITS:
        for known in ({}, {"country": "DE"}):
            body = {"context": {"targetingKey": unit, **known}}
            by_server = (pages.ask_all(unit, json=body).json or {})["flags"]
            by_document = in_python.evaluate(found, unit, known)
            assert by_document == by_server
            assert len(by_server) >= (2 if known else 1)


def test_it_names_nothing_that_does_not_run(pages: Site) -> None:
    running = pages.experiment()
    for status in (Status.DRAFT, Status.STOPPED, Status.ARCHIVED):
        pages.experiment(status=status)
    found = members(pages)
    assert [each["key"] for each in found["experiments"]] == [running.key]
    assert found["shipped"] == []


def test_any_cache_may_keep_it_for_five_seconds_and_when_nobody_answers_for_an_hour(
    pages: Site,
) -> None:
    pages.experiment()
    answer = document(pages, Origin="https://anywhere.example")
    assert answer.headers["Cache-Control"] == "public, max-age=5, stale-if-error=3600"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers.getlist("Vary") == []
    assert "Set-Cookie" not in answer.headers
    again = document(pages, If_None_Match=answer.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Cache-Control"] == answer.headers["Cache-Control"]


def test_a_pause_makes_another_document(pages: Site, world: World) -> None:
    world.app.config["SECONDS_REMEMBERED"] = 0
    experiment = pages.experiment()
    before = document(pages)
    pages.walk(experiment, Status.STOPPED)
    after = document(pages, If_None_Match=before.headers["ETag"])
    assert (after.status_code, (after.json or {})["experiments"]) == (200, [])


@pytest.mark.parametrize("key_type", [KeyType.SERVER, KeyType.ADMIN, None])
def test_only_a_client_key_may_stand_where_everybody_reads_it(
    world: World, key_type: KeyType | None
) -> None:
    site = make_site(world)
    site.token = "none" if key_type is None else site.key(key_type)
    answer = document(site)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (401, "no-store")
    assert set(answer.json or {}) == {"error"}
