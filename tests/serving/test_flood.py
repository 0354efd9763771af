"""One site's flood of evaluations and events is held back, and no other site feels it."""

import pytest
from limits import parse

from app.accounts import origins
from app.models import KeyType
from tests.conftest import MakeApp
from tests.serving.site import COLLECT, FLAGS, Site, make_site, saw
from tests.world import COMMAND_LINE, World

SENTENCE = "Rate limit: 3 per 1 minute."


@pytest.fixture
def limited(make_app: MakeApp) -> World:
    """A world in which a key serves three times a minute and an address guesses three keys."""
    settings = {"SERVING_RATE_LIMIT": "3 per minute", "API_RATE_LIMIT": "3 per minute"}
    return World(make_app(SECONDS_REMEMBERED="0", **settings))


def flooded(world: World, key_type: KeyType = KeyType.SERVER) -> Site:
    """A site that has asked as often as it may."""
    site = make_site(world, key_type)
    answers = [site.ask_all("a").status_code for _ in range(4)]
    assert answers == [200, 200, 200, 429]
    return site


def test_an_evaluation_over_the_limit_is_429_and_says_when_to_come_back(limited: World) -> None:
    site = flooded(limited)
    for path in (FLAGS, f"{FLAGS}/banner"):
        body = {"context": {"targetingKey": "a"}}
        answer = site.client.post(path, json=body, headers=site.headers)
        named = {"key": "banner"} if path != FLAGS else {}
        expected = {**named, "errorCode": "GENERAL", "errorDetails": SENTENCE}
        assert (answer.status_code, answer.json) == (429, expected)
        assert 1 <= int(answer.headers["Retry-After"]) <= 60


def test_events_over_the_limit_are_429_and_not_recorded(limited: World) -> None:
    site = flooded(limited)
    answer = site.send(saw(site.experiment(), "a"))
    assert (answer.status_code, answer.json) == (429, {"error": SENTENCE})
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert limited.execute("SELECT count(*) FROM exposure") == [(0,)]


def test_evaluations_and_events_count_against_one_limit(limited: World) -> None:
    site = make_site(limited)
    asked = [site.send().status_code, site.ask_all("a").status_code, site.send().status_code]
    assert [*asked, site.ask_all("a").status_code] == [202, 200, 202, 429]


def test_every_other_key_is_served_meanwhile(limited: World) -> None:
    site = flooded(limited)
    second = Site(limited, site.project, site.key(KeyType.CLIENT))
    assert second.ask_all("a").status_code == 200
    assert make_site(limited).ask_all("a").status_code == 200
    assert make_site(limited).send().status_code == 202


def test_the_projects_admin_key_still_changes_its_experiments(limited: World) -> None:
    site = flooded(limited)
    path = f"/v2/project/{site.project.key}/experiments"
    headers = {"x-api-key": limited.key(site.project)}
    assert site.client.get(path, headers=headers).status_code == 200


def test_refused_requests_count_too(limited: World) -> None:
    site = make_site(limited)
    answers = [site.ask("nothing", unit).status_code for unit in ("a", "", "b", "c")]
    assert answers == [404, 400, 404, 429]


@pytest.mark.parametrize("path", [FLAGS, COLLECT])
def test_guessing_keys_is_limited_by_address(limited: World, path: str) -> None:
    site = make_site(limited)
    body = {"context": {"targetingKey": "a"}, "events": []}
    guesses = [
        site.client.post(path, json=body, headers={"X-API-Key": f"sdk_client_{number}"})
        for number in range(5)
    ]
    assert [answer.status_code for answer in guesses] == [401, 401, 401, 429, 429]
    assert 1 <= int(guesses[-1].headers["Retry-After"]) <= 60
    assert site.ask_all("a").status_code == 200


def test_a_household_guesses_from_all_of_its_ipv6_addresses_as_from_one(limited: World) -> None:
    client = limited.app.test_client()

    def guess(address: str) -> int:
        told = {"headers": {"X-API-Key": "sdk_client_1"}}
        return client.post(FLAGS, environ_base={"REMOTE_ADDR": address}, **told).status_code

    household = [guess(f"2001:db8::{number}") for number in range(1, 5)]
    assert household == [401, 401, 401, 429]
    assert guess("2001:db8:0:1::1") == 401


def test_guessing_in_a_beacons_body_is_limited_by_address_too(limited: World) -> None:
    client = limited.app.test_client()
    bodies = [{"key": f"sdk_client_{number}", "events": []} for number in range(4)]
    answers = [client.post(COLLECT, json=body).status_code for body in bodies]
    assert answers == [401, 401, 401, 429]


def test_a_page_of_a_listed_origin_may_read_when_to_come_back(limited: World) -> None:
    site = make_site(limited, KeyType.CLIENT)
    with limited.app.app_context():
        origins.replace(site.project.id, ["https://shop.example"], COMMAND_LINE)
    headers = {**site.headers, "Origin": "https://shop.example"}
    *served, answer = [site.ask_all("a", headers=headers) for _ in range(4)]
    assert [each.status_code for each in (*served, answer)] == [200, 200, 200, 429]
    assert answer.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]


def test_a_page_of_another_origin_uses_up_nothing_of_the_limit(limited: World) -> None:
    site = make_site(limited, KeyType.CLIENT)
    headers = {**site.headers, "Origin": "https://other.example"}
    assert {site.ask_all("a", headers=headers).status_code for _ in range(3)} == {403}
    own = {**site.headers, "Origin": "http://localhost"}
    assert site.ask_all("a", headers=own).status_code == 200


def test_pages_of_another_origin_are_limited_by_address(limited: World) -> None:
    site = make_site(limited, KeyType.CLIENT)
    headers = {**site.headers, "Origin": "https://other.example"}
    answers = [site.ask_all("a", headers=headers).status_code for _ in range(4)]
    assert answers == [403, 403, 403, 429]


def test_by_default_a_key_serves_sixty_thousand_times_a_minute(make_app: MakeApp) -> None:
    assert make_app().config["SERVING_RATE_LIMIT"] == parse("60000 per minute")


def test_no_address_uses_up_what_a_public_key_has_for_all_pages(make_app: MakeApp) -> None:
    limits = {"SERVING_RATE_LIMIT": "5 per hour", "REQUESTS_PER_ADDRESS": "2 per hour"}
    site = make_site(World(make_app(**limits)), KeyType.CLIENT)

    def asked(address: str, **headers: str) -> int:
        answer = site.client.post(
            FLAGS,
            json={"context": {"targetingKey": "a"}},
            headers=site.headers | headers,
            environ_base={"REMOTE_ADDR": address},
        )
        return answer.status_code

    page = {"Origin": "http://localhost"}
    assert [asked("192.0.2.1", **page) for _ in range(9)] == [200] * 2 + [429] * 7
    # Nor does who sends none of what browsers send.
    assert [asked("192.0.2.1") for _ in range(9)] == [200] * 5 + [429] * 4
    assert [asked(f"192.0.2.{number}", **page) for number in range(2, 7)] == [200] * 3 + [429] * 2
    assert asked("", **page) == 429
