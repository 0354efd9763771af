"""curl, as a reader of the first contract's documentation types it."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.models import Project
from tests.conftest import missing

SECONDS_TO_ANSWER = 60
STATUS = "\n%{http_code}"
HOW_TO_GET_IT = "curl is not installed: apt-get install curl"


@dataclass(frozen=True)
class Curl:
    """curl at a project's addresses under /v2, with a key of it."""

    address: str
    project: Project
    headers: Mapping[str, str] = field(default_factory=dict)

    def __call__(
        self, method: str, address: str, body: object = None, **headers: str
    ) -> tuple[int, dict[str, Any]]:
        """Send a request, and return the status and the JSON of its answer."""
        sent = json.dumps(body) if isinstance(body, dict) else body
        url = f"{self.address}/v2/project/{self.project.key}{address}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        options = [
            option
            for each in {"Content-Type": "application/json", **self.headers, **named}.items()
            for option in ("--header", ": ".join(each))
        ]
        data = [] if sent is None else ["--data", str(sent)]
        return _run(["--request", method, url, *options, *data])

    def status(self, test_id: int, code: int) -> tuple[int, dict[str, Any]]:
        """Ask for the status of an experiment."""
        return self("PATCH", f"/experiment/{test_id}/status", {"status": code})


def _run(arguments: list[str]) -> tuple[int, dict[str, Any]]:
    binary = shutil.which("curl")
    if binary is None:
        missing(HOW_TO_GET_IT)
    limits = ["--silent", "--show-error", "--max-time", str(SECONDS_TO_ANSWER)]
    command = [str(binary), *limits, "--write-out", STATUS, *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    body, _, code = ran.stdout.rpartition("\n")
    return int(code), json.loads(body)
