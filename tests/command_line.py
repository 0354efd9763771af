"""The command line, run inside the tests' own process."""

import json
from typing import Any

from click.testing import Result

from tests.world import World


def run(world: World, *arguments: str, stdin: str | bytes = "") -> Result:
    return world.app.test_cli_runner().invoke(args=arguments, input=stdin)


def printed(world: World, *arguments: str, stdin: str = "") -> dict[str, Any]:
    """The one JSON object that a command prints when all goes well."""
    result = run(world, *arguments, stdin=stdin)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.count("\n") == 1
    return json.loads(result.stdout)


def complaint(world: World, *arguments: str, stdin: str | bytes = "") -> str:
    """The one line that a command prints when it cannot."""
    result = run(world, *arguments, stdin=stdin)
    assert result.exit_code != 0
    assert result.stdout == ""
    line, newline, rest = result.stderr.partition("\n")
    assert (bool(line), newline, rest) == (True, "\n", "")
    return line
