"""Who takes part: visitors of whom the right things are known get a variant, all others none."""

from dataclasses import replace

import pytest

from app.experiments.audiences import conditions
from app.experiments.designs import Design
from app.models import KeyType, Status
from tests.conftest import on_both_databases
from tests.serving.site import FLAGS, Site, make_site, saw
from tests.world import World

GERMANS = conditions.read([[{"attribute": "country", "operator": "is", "values": ["DE"]}]])
FOR_GERMANS = Design(audience=GERMANS)
FOR_ALL_BUT_GERMANS = Design(
    audience=tuple(tuple(replace(each, negated=True) for each in group) for group in GERMANS)
)
OUTSIDE = "This unit is outside its audience."


def context(**known: object) -> dict[str, object]:
    """The body of a visitor of whom this is known."""
    return {"context": {"targetingKey": "visitor-1", **known}}


@on_both_databases
def test_who_is_outside_the_audience_gets_nothing_and_is_told_so(site: Site) -> None:
    experiment = site.experiment(FOR_GERMANS)
    inside = site.ask(experiment, "visitor-1", json=context(country="DE"))
    assert (inside.status_code, (inside.json or {})["reason"]) == (200, "SPLIT")
    assert site.ask_all("visitor-1", json=context(country="DE")).json == {"flags": [inside.json]}
    for known in ({}, {"country": "FR"}, {"country": ["FR", None]}):
        outside = site.ask(experiment, "visitor-1", json=context(**known))
        assert (outside.status_code, (outside.json or {})["errorDetails"]) == (404, OUTSIDE)
        assert site.ask_all("visitor-1", json=context(**known)).json == {"flags": []}


def test_what_else_is_known_of_a_visitor_makes_another_answer(site: Site) -> None:
    site.experiment(FOR_GERMANS)
    tag = site.ask_all("visitor-1", json=context(country="DE")).headers["ETag"]
    same = site.ask_all("visitor-1", tag, json=context(country="DE"))
    moved = site.ask_all("visitor-1", tag, json=context(country="FR"))
    assert (same.status_code, moved.status_code, moved.json) == (304, 200, {"flags": []})


def test_without_an_audience_nothing_known_changes_the_answer(site: Site) -> None:
    site.experiment()
    tag = site.ask_all("visitor-1").headers["ETag"]
    assert site.ask_all("visitor-1", tag, json=context(page="/other")).status_code == 304


@on_both_databases
def test_who_sends_an_exposure_says_that_the_visitor_took_part(site: Site) -> None:
    experiment = site.experiment(FOR_GERMANS)
    assert site.collect(saw(experiment, "visitor-1")) == (1, [])


def test_who_takes_part_stays_as_it_is_when_it_starts_afresh(site: Site) -> None:
    experiment = site.experiment(FOR_GERMANS, Status.STOPPED)
    site.walk(experiment, Status.DRAFT, Status.RUNNING)
    outside = site.ask(experiment, "visitor-1", json=context(country="FR"))
    assert (outside.json or {})["errorDetails"] == OUTSIDE


@pytest.fixture
def behind_proxy(world: World) -> World:
    """The world, behind a proxy that says from which country a request comes."""
    world.app.config["COUNTRY_HEADER"] = "CF-IPCountry"
    return world


@pytest.mark.parametrize(
    ("key_type", "said", "known", "status"),
    [
        (KeyType.CLIENT, "DE", {}, 200),
        (KeyType.CLIENT, "FR", {}, 404),
        (KeyType.CLIENT, "de", {}, 404),
        (KeyType.CLIENT, "DE", {"country": "FR"}, 404),
        (KeyType.CLIENT, "FR", {"country": "DE"}, 200),
        # The address is that of the program's machine.
        (KeyType.SERVER, "DE", {}, 404),
    ],
)
def test_the_country_is_what_the_proxy_says_unless_it_is_sent(
    behind_proxy: World, key_type: KeyType, said: str, known: dict[str, object], status: int
) -> None:
    site = make_site(behind_proxy, key_type)
    experiment = site.experiment(FOR_GERMANS)
    answer = site.client.post(
        f"{FLAGS}/{experiment.key}",
        json=context(**known),
        headers={**site.headers, "CF-IPCountry": said},
    )
    assert answer.status_code == status


@pytest.mark.parametrize(("said", "status"), [("FR", 200), ("XK", 200), ("XX", 404), ("EU", 404)])
def test_a_country_that_the_proxy_does_not_know_is_not_another_one(
    behind_proxy: World, said: str, status: int
) -> None:
    site = make_site(behind_proxy, KeyType.CLIENT)
    experiment = site.experiment(FOR_ALL_BUT_GERMANS)
    headers = {**site.headers, "CF-IPCountry": said}
    assert site.ask(experiment, "visitor-1", headers=headers).status_code == status


def test_without_the_setting_no_header_says_the_country(world: World) -> None:
    site = make_site(world, KeyType.CLIENT)
    experiment = site.experiment(FOR_GERMANS)
    headers = {**site.headers, "CF-IPCountry": "DE"}
    answer = site.ask(experiment, "visitor-1", headers=headers)
    assert answer.status_code == 404
