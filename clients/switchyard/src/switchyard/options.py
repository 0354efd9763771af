"""Arguments and options that several commands have."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import click

Command = Callable[..., Any]


class ExperimentName(click.ParamType[str]):
    """The key or the id of an experiment."""

    name = "experiment"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name. Raises BadParameter for an empty one: that would name them all."""
        if not value.strip(" ./"):
            self.fail("It needs the key or the id of an experiment.", param, ctx)
        return value


EXPERIMENT = ExperimentName()

of_one = click.argument("experiment", type=EXPERIMENT)
reason = click.option("--reason", help="Why: history keeps it.")
if_version = click.option(
    "--if-version",
    type=click.IntRange(min=0),
    metavar="N",
    help="Only if the experiment still has this version, which `show` tells.",
)


def path_of(experiment: str) -> str:
    """Return the path of an experiment."""
    return f"experiments/{quote(experiment, safe='')}"


def given(**values: str | None) -> dict[str, str]:
    """Return the options that were given."""
    return {name: value for name, value in values.items() if value is not None}
