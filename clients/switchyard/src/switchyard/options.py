"""Arguments and options that several commands have."""

from collections.abc import Callable
from math import isnan
from typing import Any
from urllib.parse import quote

import click

from switchyard.words import BY_WORD, STATUSES

Command = Callable[..., Any]


class ExperimentName(click.ParamType[str]):
    """The key or the id of an experiment."""

    name = "experiment"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name. Raises BadParameter for an empty one: that would name them all."""
        if not value.strip(" ./"):
            self.fail("It needs the key or the id of an experiment.", param, ctx)
        return value


class Number(click.FloatRange):
    """A number of something, which its `name` says."""

    def convert(
        self, value: float, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number. Raises BadParameter for NaN, which no range is without."""
        number = super().convert(value, param, ctx)
        if isnan(number):
            self.fail(f"It is a number of {self.name}.", param, ctx)
        return number


class Seconds(Number):
    """A number of seconds."""

    name = "seconds"


class Percent(Number):
    """A number of percent."""

    name = "percent"


class StatusName(click.Choice[str]):
    """A status, by the word of the API or by the one that people read."""

    def __init__(self) -> None:
        super().__init__([*dict.fromkeys((*STATUSES, *BY_WORD))], case_sensitive=False)

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the API's word. Raises BadParameter for any other."""
        word = super().convert(value, param, ctx)
        return BY_WORD.get(word, word)


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
