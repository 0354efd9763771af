"""Schemathesis asks what the served document describes, and finds it to be as it says.

What it is told, and which of its findings are none, is in schemathesis.toml.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from app.models import Status
from tests.clients.setting import Setting
from tests.conftest import shared_on_both_databases

SECONDS, SECONDS_OF_SOAK = 14, 300
SECONDS_TO_END = 60
HERE = Path(__file__).parent
FILES = ("schemathesis.toml", "schemathesis_hooks.py")
GOALS = ("purchase", "sign-up")
SPARE_KEYS = 5


def explored(setting: Setting, folder: Path, seconds: int) -> "subprocess.CompletedProcess[str]":
    """Return what came of a run of so many seconds, in all phases and with all checks."""
    for name in FILES:
        shutil.copy(HERE / name, folder)
    known = {"KEY": _filled(setting, folder), "SERVER_KEY": setting.key}
    known["PROJECT"] = setting.project.key
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        f"--config-file={FILES[0]}",
        "run",
        f"{setting.address}/api/openapi.json",
        f"--max-time={seconds}",
        "--continue-on-failure",
        "--generation-deterministic",
        "--no-color",
    ]
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **known},
        capture_output=True,
        text=True,
        timeout=seconds + SECONDS_TO_END,
        check=False,
    )


def _filled(setting: Setting, folder: Path) -> str:
    """The key that asks, in a project with something to ask about, which the folder names."""
    world, project = setting.world, setting.project
    kinds = (Status.DRAFT, Status.RUNNING, Status.STOPPED)
    experiments = [world.experiment(project, status=status) for status in kinds]
    for goal in GOALS:
        world.goal(project, goal)
    for number in range(SPARE_KEYS):
        world.key(project, f"spare {number}")
    _write(folder / "experiments.dict", [each.public_id for each in experiments])
    _write(folder / "experiment_keys.dict", [each.key for each in experiments])
    _write(folder / "goals.dict", GOALS)
    return world.key(project)


def _write(dictionary: Path, values: Iterable[object]) -> None:
    """Write a dictionary as fuzzers read it: a value in quotes on each line."""
    dictionary.write_text("".join(f'"{value}"\n' for value in values))


@shared_on_both_databases
def test_schemathesis_finds_nothing(setting: Setting, tmp_path: Path) -> None:
    found = explored(setting, tmp_path, SECONDS)
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.soak
@shared_on_both_databases
def test_schemathesis_finds_nothing_in_minutes(setting: Setting, tmp_path: Path) -> None:
    found = explored(setting, tmp_path, SECONDS_OF_SOAK)
    assert found.returncode == 0, found.stdout + found.stderr
