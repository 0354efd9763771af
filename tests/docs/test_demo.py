"""The documents that a reader follows beside the demo, as `make run` starts it."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests import patient
from tests.docs.conftest import MakeReader
from tests.docs.reader import Reader
from tests.watching import until


@pytest.fixture(scope="module")
def demo(new_reader: MakeReader) -> Reader:
    """A reader who has followed the README from its first line to its last."""
    reader = new_reader()
    pasted = {"KEY": lambda: reader.printed_beside("demo-outdoor-shop")}
    reader.follow("README.md", pasted, {"demo-traffic": lambda: start_the_buy_button(reader)})
    return reader


def start_the_buy_button(reader: Reader) -> None:
    """Send what the page's button Start sends."""
    headers = {"x-api-key": reader.printed_beside("demo-corner-shop")}
    project = f"{reader.address}/v2/project/demo-corner-shop"
    (shown,) = patient.get(f"{project}/experiments", headers=headers).json()["experiments"]
    start = f"{project}/experiment/{shown['test_id']}/status"
    patient.patch(start, headers=headers, json={"status": 1}).raise_for_status()


def test_the_readme_leads_from_nothing_to_a_server_and_round_it(demo: Reader) -> None:
    assert demo.printed_beside("mia@demo.test").startswith("demo-")
    assert patient.get(f"{demo.address}/demo/shop").is_success


def test_what_is_scheduled_happens_by_itself_after_make_run(demo: Reader) -> None:
    headers = {"x-sdk-key": demo.printed_beside("demo-outdoor-shop")}
    experiments = f"{demo.address}/api/admin/experiments"
    listed = patient.get(experiments, headers=headers).raise_for_status().json()["data"]
    running = next(each for each in listed if each["status"] == "running")
    address = f"{experiments}/{running['id']}"
    soon = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    body = {"stop_at": soon}
    patient.put(f"{address}/schedule", headers=headers, json=body).raise_for_status()
    until(lambda: patient.get(address, headers=headers).json()["status"] == "stopped")


def test_a_site_is_connected_as_written(demo: Reader) -> None:
    shop = patient.get(f"{demo.address}/demo/shop").text
    (client_key,) = set(re.findall(r'data-key="(sdk_client_\w+)"', shop))
    demo.follow(
        "docs/how-to/connect-a-site.md",
        {
            "KEY": lambda: demo.printed_beside("demo-corner-shop"),
            "CLIENT_KEY": lambda: client_key,
        },
    )


def test_a_job_goes_as_written(demo: Reader) -> None:
    demo.follow("docs/how-to/jobs.md", {"KEY": lambda: demo.printed_beside("demo-ski-school")})


def test_every_way_around_a_full_plan_goes_as_written(demo: Reader) -> None:
    demo.follow(
        "docs/how-to/full-plan.md", {"KEY": lambda: demo.printed_beside("demo-garden-centre")}
    )
