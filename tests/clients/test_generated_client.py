"""The client that is generated from the second contract, as published, unmodified, under Node."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.conftest import shared_on_both_databases
from tests.servers import Server
from tests.world import World

SECONDS = 60


def walked(folder: Path, server: Server, key: str, project: str) -> dict[str, Any]:
    """Return what each step of the walk was answered, with its status."""
    settings = {
        "SWITCHYARD_URL": server.address,
        "SWITCHYARD_KEY": key,
        "SWITCHYARD_PROJECT": project,
    }
    ended = subprocess.run(
        ["node", "walk.mjs"],
        cwd=folder,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


@shared_on_both_databases
def test_the_generated_client_walks_from_a_new_experiment_to_the_archive(
    world: World, server: Server, node_folder: Path
) -> None:
    project = world.project(limit=1)
    told = walked(node_folder, server, world.key(project), project.key)
    assert {name: each["answered"] for name, each in told.items() if name in REFUSED} == REFUSED
    assert {told[name]["code"] for name in ("restarted", "again")} == {
        "INVALID_TRANSITION",
        "ALREADY_EXISTS",
    }
    created = told["created"]
    assert created["name"] == "checkout-button"
    (listed,) = told["listed"]["data"]
    assert listed["id"] == told["read"]["id"] == created["id"]
    assert [group["params"] for group in listed["groups"]] == [{"color": "grey"}, {"color": "red"}]
    assert (listed["allocationPct"], listed["tag"]) == (5000, "checkout")
    assert told["started"]["status"] == "running"
    assert told["results"]["verdict"] == "wait"
    assert [told["stopped"]["status"], told["archived"]["status"]] == ["stopped", "archived"]
    assert told["left"]["data"] == []
    assert told["key"]["key"].startswith("sdk_admin_")
    assert told["key"]["id"] in [each["id"] for each in told["keys"]["data"]]
    assert told["revoked"]["revoked"] is True


REFUSED = {"again": 409, "restarted": 409, "deleted while live": 409}
