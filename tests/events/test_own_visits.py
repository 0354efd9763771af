"""Visits from a project's own networks: pages are answered there, and nothing is counted."""

import pytest

from app.accounts import networks
from app.core.errors import InvalidInput
from tests.serving.site import COLLECT, Site, saw
from tests.world import COMMAND_LINE

PAGE = {"Origin": "http://localhost", "User-Agent": "Mozilla/5.0"}


def own(site: Site, *listed: str) -> None:
    with site.world.app.app_context():
        networks.replace(site.project.id, listed, COMMAND_LINE)


@pytest.mark.parametrize(
    ("listed", "address", "reasons"),
    [
        ("192.0.2.0/24", "192.0.2.77", ["own_visit"]),
        ("192.0.2.0/24", "192.0.3.1", []),
        ("192.0.2.0/24", "::ffff:192.0.2.77", ["own_visit"]),
        ("192.0.2.0/24", "2001:db8::1", []),
        ("2001:db8::/32", "2001:db8::1", ["own_visit"]),
        ("198.51.100.7", "198.51.100.7", ["own_visit"]),
    ],
)
def test_what_a_page_sends_from_an_own_network_is_dropped(
    site: Site, listed: str, address: str, reasons: list[str]
) -> None:
    experiment = site.experiment()
    own(site, listed)
    answer = site.client.post(
        COLLECT,
        json={"events": [saw(experiment, "visitor-1")]},
        headers={**site.headers, **PAGE},
        environ_base={"REMOTE_ADDR": address},
    )
    assert [each["reason"] for each in (answer.json or {})["dropped"]] == reasons
    # A program sends for visitors who are elsewhere.
    sent = site.send(saw(experiment, "visitor-2"), environ_base={"REMOTE_ADDR": address})
    assert (sent.json or {})["accepted"] == 1


@pytest.mark.parametrize("text", ["", "x", "192.0.2.0/33", "0.0.0.0/0", "::/0", "fe80::1%eth0"])
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not a network"):
        networks.checked(text)


def test_a_network_is_kept_by_its_first_address() -> None:
    assert networks.checked(" 192.0.2.77/24 ") == "192.0.2.0/24"


def test_an_ipv4_network_that_is_written_as_ipv6_is_kept_as_ipv4() -> None:
    assert networks.checked("::ffff:192.0.2.77/120") == "192.0.2.0/24"
