"""The package by itself: installed with what it needs, where nothing of the server is."""

import subprocess
import tomllib

from tests.servers import ROOT

CLIENT = ROOT / "clients" / "switchyard"
UV = ROOT / ".tools" / "bin" / "uv"


def test_the_client_runs_where_nothing_else_is_installed() -> None:
    version = tomllib.loads((CLIENT / "pyproject.toml").read_text())["project"]["version"]
    alone = [UV, "tool", "run", "--isolated", "--from", CLIENT, "switchyard", "--version"]

    ran = subprocess.run(alone, capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stdout) == (0, f"{version}\n"), ran.stderr
