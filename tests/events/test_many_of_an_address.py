"""More events from one address than people cause: dropped, and others are counted."""

from tests.conftest import MakeApp
from tests.serving.site import COLLECT, Site, make_site, saw
from tests.world import World

PAGE = {"Origin": "http://localhost", "User-Agent": "Mozilla/5.0"}


def sent(site: Site, address: str, experiment: object, *units: str) -> list[str]:
    """Have a page at an address send that units came: why each is dropped."""
    answer = site.client.post(
        COLLECT,
        json={"events": [saw(str(experiment), unit) for unit in units]},
        headers={**site.headers, **PAGE},
        environ_base={"REMOTE_ADDR": address},
    )
    assert answer.status_code == 202
    return [each["reason"] for each in (answer.json or {})["dropped"]]


def test_beyond_the_limit_what_a_page_sends_from_an_address_is_dropped(make_app: MakeApp) -> None:
    world = World(make_app(EVENTS_PER_ADDRESS="3 per hour", SECONDS_REMEMBERED="0"))
    site, other = make_site(world), make_site(world)
    key, elsewhere = site.experiment().key, other.experiment().key
    assert sent(site, "192.0.2.1", key, "a", "b") == []
    assert sent(site, "192.0.2.1", key, "c", "d") == ["too_many", "too_many"]
    assert sent(site, "192.0.2.2", key, "e", "f") == []
    assert sent(other, "192.0.2.1", elsewhere, "a") == []
    # One household has the first half of an IPv6 address. Without an address nobody is told apart.
    assert sent(site, "2001:db8::1", key, "a", "b") == []
    assert sent(site, "2001:db8::ffff:2", key, "c", "d") == ["too_many", "too_many"]
    assert sent(site, "2001:db8:0:1::1", key, "a", "b") == []
    assert sent(site, "", key, "a", "b", "c", "d") == []
    # A program sends for all of its visitors.
    events = [saw(key, f"visitor-{number}") for number in range(9)]
    answer = site.send(*events, environ_base={"REMOTE_ADDR": "192.0.2.1"})
    assert (answer.json or {})["accepted"] == 9
