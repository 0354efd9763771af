"""Schemathesis asks what the served document describes, and finds it to be as it says."""

import subprocess
import sys
from pathlib import Path

import pytest

from app.models import Status
from tests.clients.setting import Setting
from tests.conftest import on_both_databases

SECONDS, SECONDS_OF_SOAK = 14, 300
SECONDS_TO_END = 60
# A value of the right shape may still be none that can be used: 412, 422 and 429 say so, and under
# /v2, by its contract, 400. Requests ask about what there is, to get behind the first check:
# what If-Match may be is tried in tests/api/test_conditions.py. What is deleted under /api/admin is
# archived or retired, and read still.
CONFIGURATION = """
[generation]
allow-x00 = false

[checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "403", "404", "409", "412", "422", "429"]

[phases.stateful.generation]
mode = "positive"

[[operations]]
include-path-regex = "^/v2/"
checks.positive_data_acceptance.expected-statuses = ["2xx", "4xx"]

[[operations]]
include-path-regex = "^/api/admin/"
checks.use_after_free.enabled = false

[parameters]
"path.project_key" = "{project}"
"path.test_id" = "{test_id}"
"path.id" = "{experiment}"
"header.X-Project-Id" = "{project}"
"header.If-Match" = "*"
"""


def explored(setting: Setting, folder: Path, seconds: int) -> "subprocess.CompletedProcess[str]":
    """What came of a run of so many seconds, in all phases and with all checks."""
    world, project = setting.world, setting.project
    experiment = world.experiment(project, status=Status.DRAFT)
    configuration = folder / "schemathesis.toml"
    configuration.write_text(
        CONFIGURATION.format(
            project=project.key, test_id=experiment.test_id, experiment=experiment.public_id
        )
    )
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        f"--config-file={configuration}",
        "run",
        f"{setting.address}/api/openapi.json",
        f"--header=Authorization: Bearer {world.key(project)}",
        f"--max-time={seconds}",
        "--continue-on-failure",
        "--generation-deterministic",
        "--no-color",
    ]
    return subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=seconds + SECONDS_TO_END,
        check=False,
    )


@on_both_databases
def test_schemathesis_finds_nothing(setting: Setting, tmp_path: Path) -> None:
    found = explored(setting, tmp_path, SECONDS)
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.soak
@on_both_databases
def test_schemathesis_finds_nothing_in_minutes(setting: Setting, tmp_path: Path) -> None:
    found = explored(setting, tmp_path, SECONDS_OF_SOAK)
    assert found.returncode == 0, found.stdout + found.stderr
