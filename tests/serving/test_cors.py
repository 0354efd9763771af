"""Pages of other origins: those that the project lists may use its client keys."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.accounts import origins
from app.models import KeyType
from tests.conftest import MakeApp
from tests.serving.site import COLLECT, FLAGS, Site, make_site, saw
from tests.world import COMMAND_LINE, World

SHOP = "https://shop.example"
UNLISTED = ["https://other.example", "http://shop.example", "https://shop.example:8443"]
UNLISTED += ["https://shop.example.evil.example", "https://xshop.example", "null", "", "*"]
DOORS = [COLLECT, FLAGS, f"{FLAGS}/banner"]
ALLOW = "Access-Control-Allow-Origin"


def list_origins(site: Site, *addresses: str) -> None:
    """List these origins in the site's project."""
    with site.world.app.app_context():
        origins.replace(site.project.id, addresses, COMMAND_LINE)


@pytest.fixture
def shop(world: World) -> Site:
    """A site with a client key, whose project lists SHOP."""
    site = make_site(world, KeyType.CLIENT)
    list_origins(site, SHOP)
    return site


def coming_from(site: Site, origin: str, **more: str) -> dict[str, str]:
    """The headers of a page of that origin."""
    return {**site.headers, "Origin": origin, **more}


def from_page(site: Site, path: str, origin: str, **more: Any) -> TestResponse:  # noqa: ANN401
    """Ask as a page of that origin does, something good where nothing else is given."""
    good = {"context": {"targetingKey": "a"}, "events": []}
    asked = {"json": good, "headers": coming_from(site, origin), **more}
    return site.client.post(path, **asked)


def preflight(site: Site, path: str, origin: str) -> TestResponse:
    """Ask as a browser does before the page of that origin may."""
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    return site.client.options(path, headers=headers)


def cors_headers(answer: TestResponse) -> list[str]:
    return [name for name, _ in answer.headers if name.startswith("Access-Control-")]


def recorded(site: Site) -> Sequence[Any]:
    return site.world.execute("SELECT count(*) FROM exposure")[0]


@pytest.mark.parametrize("origin", [SHOP, *UNLISTED])
@pytest.mark.parametrize("path", DOORS)
def test_a_preflight_of_any_origin_allows_what_pages_send_as_it_shows_no_key(
    shop: Site, path: str, origin: str
) -> None:
    answer = preflight(shop, path, origin)
    assert "Authorization" not in answer.request.headers
    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers.get(ALLOW, "") == origin
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    allowed = answer.headers["Access-Control-Allow-Headers"].lower().split(", ")
    assert {"authorization", "content-type", "if-none-match", "x-api-key"} <= set(allowed)
    assert int(answer.headers["Access-Control-Max-Age"]) > 0
    assert "Origin" in answer.headers["Vary"]


def test_a_page_of_a_listed_origin_evaluates_and_may_read_the_answer(shop: Site) -> None:
    experiment = shop.experiment()
    for path in (FLAGS, f"{FLAGS}/{experiment.key}"):
        answer = from_page(shop, path, SHOP)
        assert (answer.status_code, answer.headers[ALLOW]) == (200, SHOP)
        assert "ETag" in answer.headers["Access-Control-Expose-Headers"]
        assert "Origin" in answer.headers["Vary"]


def test_a_page_of_a_listed_origin_may_read_that_nothing_has_changed(shop: Site) -> None:
    tag = from_page(shop, FLAGS, SHOP).headers["ETag"]
    headers = coming_from(shop, SHOP, **{"If-None-Match": tag})
    answer = from_page(shop, FLAGS, SHOP, headers=headers)
    assert (answer.status_code, answer.headers[ALLOW]) == (304, SHOP)


def test_a_page_of_a_listed_origin_collects(shop: Site) -> None:
    body = {"events": [saw(shop.experiment(), "a")]}
    answer = from_page(shop, COLLECT, SHOP, json=body)
    assert (answer.status_code, answer.headers[ALLOW]) == (202, SHOP)
    assert recorded(shop) == (1,)


@pytest.mark.parametrize("origin", UNLISTED)
def test_a_page_of_another_origin_is_403_may_read_so_and_nothing_is_recorded(
    shop: Site, origin: str
) -> None:
    experiment = shop.experiment()
    body = {"events": [saw(experiment, "a")], "context": {"targetingKey": "a"}}
    for path in (COLLECT, FLAGS, f"{FLAGS}/{experiment.key}"):
        answer = from_page(shop, path, origin, json=body)
        assert (answer.status_code, answer.headers.get(ALLOW, "")) == (403, origin)
    assert recorded(shop) == (0,)


def test_an_origin_that_another_project_lists_is_403(world: World, shop: Site) -> None:
    other = make_site(world, KeyType.CLIENT)
    list_origins(other, "https://other.example")
    assert from_page(shop, FLAGS, "https://other.example").status_code == 403
    assert from_page(other, FLAGS, SHOP).status_code == 403


def test_a_refused_page_is_told_which_origin_is_missing(shop: Site) -> None:
    answer = from_page(shop, FLAGS, "https://other.example")
    assert (answer.json or {})["errorDetails"] == (
        "The project does not list the origin https://other.example."
    )


def test_a_long_origin_is_not_repeated_whole(shop: Site) -> None:
    answer = from_page(shop, COLLECT, "https://" + "o" * 5000)
    assert (answer.status_code, len(answer.data) < 300) == (403, True)


def test_the_servers_own_pages_need_no_list(world: World) -> None:
    site = make_site(world, KeyType.CLIENT)
    answer = from_page(site, FLAGS, "http://localhost")
    assert (answer.status_code, cors_headers(answer)) == (200, [])
    assert from_page(site, FLAGS, "https://localhost").status_code == 403


def test_behind_a_proxy_the_servers_own_origin_is_the_proxys(make_app: MakeApp) -> None:
    app = make_app(SECONDS_REMEMBERED="0", TRUSTED_PROXIES="1")
    site = make_site(World(app), KeyType.CLIENT)
    proxied = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "ab.example"}
    headers = coming_from(site, "https://ab.example", **proxied)
    assert from_page(site, FLAGS, "", headers=headers).status_code == 200
    headers = coming_from(site, "http://localhost", **proxied)
    assert from_page(site, FLAGS, "", headers=headers).status_code == 403


def test_a_program_with_a_client_key_has_no_origin_and_is_served(shop: Site) -> None:
    answer = shop.ask_all("a")
    assert (answer.status_code, cors_headers(answer)) == (200, [])


@pytest.mark.parametrize("origin", [SHOP, "https://other.example", "null"])
def test_a_server_key_in_a_page_is_served_and_no_page_may_read_the_answer(
    shop: Site, origin: str
) -> None:
    headers = {"X-API-Key": shop.key(KeyType.SERVER), "Origin": origin}
    for path in (FLAGS, COLLECT):
        answer = from_page(shop, path, origin, headers=headers)
        assert answer.status_code in (200, 202)
        assert cors_headers(answer) == []


ERRORS: dict[str, tuple[str, int, dict[str, Any]]] = {
    "an evaluation of nothing": (FLAGS, 400, {"json": None, "data": b""}),
    "an evaluation without a unit": (FLAGS, 400, {"json": {"context": {}}}),
    "an evaluation that is too large": (FLAGS, 413, {"json": None, "data": b" " * 65_537}),
    "an unknown flag": (f"{FLAGS}/nothing", 404, {}),
    "events that are no JSON": (COLLECT, 400, {"json": None, "data": b"{"}),
    "events of another shape": (COLLECT, 400, {"json": {"events": {}}}),
    "too many events": (COLLECT, 400, {"json": {"events": [1] * 501}}),
    "events that are too large": (COLLECT, 413, {"json": None, "data": b" " * 2_097_153}),
}


@pytest.mark.parametrize(("path", "status", "sent"), ERRORS.values(), ids=ERRORS.keys())
def test_a_page_of_a_listed_origin_may_read_its_errors(
    shop: Site, path: str, status: int, sent: dict[str, Any]
) -> None:
    answer = from_page(shop, path, SHOP, **sent)
    assert (answer.status_code, answer.headers.get(ALLOW)) == (status, SHOP)


@pytest.mark.parametrize("origin", [SHOP, "https://other.example"])
@pytest.mark.parametrize("path", [FLAGS, COLLECT])
def test_any_page_may_read_that_its_key_is_none(shop: Site, path: str, origin: str) -> None:
    headers = {"Origin": origin, "X-API-Key": "sdk_client_revoked"}
    answer = from_page(shop, path, origin, headers=headers)
    assert (answer.status_code, answer.headers.get(ALLOW)) == (401, origin)


def beacon(site: Site, token: str, origin: str = SHOP) -> TestResponse:
    """Return what `navigator.sendBeacon` sends: text without headers of the page's own."""
    body = json.dumps({"key": token, "events": [saw("banner", "a")]})
    headers = {"Origin": origin, "Content-Type": "text/plain;charset=UTF-8"}
    return site.client.post(COLLECT, data=body, headers=headers)


def test_a_beacon_carries_its_client_key_in_the_body(shop: Site) -> None:
    experiment = shop.experiment()
    shop.world.execute("UPDATE experiment SET key = 'banner'")
    shop.world.execute("UPDATE project SET version = version + 1")
    answer = beacon(shop, shop.token)
    assert (answer.status_code, answer.json) == (202, {"accepted": 1, "dropped": []})
    assert (answer.headers[ALLOW], recorded(shop)) == (SHOP, (1,))
    assert experiment.test_id


def test_a_beacon_of_another_origin_is_403(shop: Site) -> None:
    assert beacon(shop, shop.token, "https://other.example").status_code == 403


@pytest.mark.parametrize("key_type", [KeyType.SERVER, KeyType.ADMIN])
def test_a_beacon_with_a_key_that_is_no_client_key_is_401(shop: Site, key_type: KeyType) -> None:
    answer = beacon(shop, shop.key(key_type))
    assert (answer.status_code, list(answer.json or ())) == (401, ["error"])


def test_a_key_in_a_header_goes_before_the_one_in_the_body(world: World, shop: Site) -> None:
    other = make_site(world)
    body = {"key": shop.token, "events": [saw(shop.experiment(), "a")]}
    answer = other.send(json=body)
    assert (answer.json or {})["dropped"][0]["reason"] == "unknown"
