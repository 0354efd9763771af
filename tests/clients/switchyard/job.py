"""A job that runs `switchyard`."""

import json
from dataclasses import dataclass, replace
from typing import Any

from click.testing import CliRunner

from switchyard.commands import switchyard

NOTHING_SET = dict.fromkeys(
    ("SWITCHYARD_URL", "SWITCHYARD_KEY", "SWITCHYARD_KEY_FILE", "SWITCHYARD_RETRY_FOR")
)


@dataclass(frozen=True)
class Ran:
    """What came of a command."""

    code: int
    said: str
    complained: str

    @property
    def document(self) -> Any:  # noqa: ANN401
        """Return what it printed, read as JSON."""
        return json.loads(self.said)


@dataclass(frozen=True)
class Job:
    """What a job knows: the address of the server, and a key."""

    address: str
    key: str
    retry_for: str = "60"

    def at(self, address: str, retry_for: str = "60") -> "Job":
        """The same job, which asks at another address, and gives up after so many seconds."""
        return replace(self, address=address, retry_for=retry_for)

    @property
    def environment(self) -> dict[str, str]:
        """The variables that it sets."""
        return {
            "SWITCHYARD_URL": self.address,
            "SWITCHYARD_KEY": self.key,
            "SWITCHYARD_RETRY_FOR": self.retry_for,
        }

    def experiments(self, *arguments: str, sent: str = "") -> Ran:
        """Run a command of `switchyard experiments`, to which `sent` is piped."""
        return run("experiments", *arguments, sent=sent, environment=self.environment)


def run(*arguments: str, sent: str = "", environment: dict[str, str] | None = None) -> Ran:
    """Run `switchyard` where nothing is set but this."""
    variables = {**NOTHING_SET, **(environment or {})}
    result = CliRunner(env=variables).invoke(switchyard, arguments, input=sent)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ran(result.exit_code, result.stdout, result.stderr)
