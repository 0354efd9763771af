"""/api/admin/audiences: named audiences for programs, and designs that refer to them."""

import pytest
from flask.testing import FlaskClient

from app.models import Project
from tests.serving.site import make_site
from tests.watching import until
from tests.world import World

MOBILE = [[{"attribute": "device", "operator": "is", "values": ["mobile"]}]]
TABLET = [[{"attribute": "device", "operator": "is", "values": ["tablet"]}]]


def asking(world: World, project: Project) -> tuple[FlaskClient, dict[str, str]]:
    return world.app.test_client(), {"Authorization": f"Bearer {world.key(project)}"}


def test_a_draft_follows_an_audience_that_is_changed_only_as_it_was_seen(world: World) -> None:
    project = world.project()
    client, key = asking(world, project)
    made = client.post(
        "/api/admin/audiences", json={"name": "Mobile visitors", "audience": MOBILE}, headers=key
    )
    assert (made.status_code, made.json and made.json["key"]) == (201, "mobile-visitors")
    draft = client.post(
        "/api/admin/experiments",
        json={"name": "a", "named_audience": "mobile-visitors"},
        headers=key,
    ).json
    assert draft
    one, address = made.headers["Location"], f"/api/admin/experiments/{draft['id']}"
    seen = {**key, "If-Match": made.headers["ETag"]}
    changed = client.patch(one, json={"audience": TABLET}, headers=seen)
    assert changed.headers["ETag"] == client.get(one, headers=key).headers["ETag"]
    assert client.patch(one, json={"name": "Other"}, headers=seen).status_code == 412
    shown = client.get(address, headers=key).json
    assert shown
    assert shown["audience"] == TABLET
    assert shown["named_audience"] == {"key": "mobile-visitors", "name": "Mobile visitors"}
    refused = client.delete(one, headers=key)
    assert (refused.status_code, "“a” first" in str(refused.json)) == (422, True)
    own = client.patch(address, json={"named_audience": None}, headers=key).json
    assert own
    assert (own["audience"], own["named_audience"]) == (TABLET, None)
    assert client.delete(one, headers=key).status_code == 200
    assert client.get("/api/admin/audiences", headers=key).json == {"audiences": []}


def test_a_design_has_one_audience_and_it_has_to_be_there(world: World) -> None:
    project = world.project()
    client, key = asking(world, project)
    for sent, said in (
        ({"named_audience": "nobody"}, "The project has no audience nobody."),
        ({"named_audience": "a", "audience": MOBILE}, "send one of them"),
    ):
        answer = client.post("/api/admin/experiments", json={"name": "b", **sent}, headers=key)
        assert answer.status_code == 422
        assert said in answer.text


@pytest.mark.visitor_sample
def test_it_says_how_many_visitors_of_the_last_day_an_audience_covers(world: World) -> None:
    site = make_site(world)
    client, key = asking(world, site.project)
    named = world.audience(site.project, "Mobile")
    draft = client.post(
        "/api/admin/experiments", json={"name": "a", "named_audience": named.key}, headers=key
    ).json
    assert draft
    addresses = ("audiences/mobile/reach", f"experiments/{draft['id']}/reach")
    none = {"visitors": 0, "covered": 0, "is_sample": False, "unsaid": ["device"]}
    for address in addresses:
        assert client.get(f"/api/admin/{address}", headers=key).json == none
    for unit, device in (("a", "mobile"), ("b", "tablet")):
        site.ask_all(unit, json={"context": {"targetingKey": unit, "device": device}})
    counted = {"visitors": 2, "covered": 1, "is_sample": False, "unsaid": []}
    for address in addresses:
        until(
            lambda address=address: client.get(f"/api/admin/{address}", headers=key).json == counted
        )


def test_a_key_with_what_no_key_has_is_of_no_audience(world: World) -> None:
    project = world.project()
    client, key = asking(world, project)
    world.audience(project, "Mobile")
    for written in ("mobile%00", "%00mobile"):
        assert client.delete(f"/api/admin/audiences/{written}", headers=key).status_code == 404
    named = {"name": "a", "named_audience": "mobile\0"}
    assert client.post("/api/admin/experiments", json=named, headers=key).status_code == 422
