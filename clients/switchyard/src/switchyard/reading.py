"""The commands that change nothing."""

from functools import partial

import click

from switchyard import waiting, words
from switchyard.api import Api
from switchyard.failures import Document, ExitCode, Failure, of_our_own
from switchyard.options import Seconds, StatusName, given, of_one, path_of
from switchyard.telling import Told, telling
from switchyard.waiting import NotYet

DECIDED = {"ship", "hold"}
# Of a run as it was designed: visitors to come do not mend them.
HOPELESS = {"sample_ratio_mismatch", "no_primary_goal", "no_comparison"}
SECONDS_BETWEEN = 10
SECONDS_TO_WAIT = 3600


@click.command("list")
@click.option("--status", type=StatusName(), help="Those of one status.")
@click.option("--owner", metavar="EMAIL", help="Those of an owner.")
@click.option("--tag", help="Those with a tag.")
@click.option("--search", "q", metavar="TEXT", help="Those with TEXT in name, key or page.")
@telling
def list_experiments(api: Api, **query: str | None) -> Told:
    """List experiments, the newest change first; archived ones only by their status."""
    found = list(api.read_all("experiments", **given(**query)))
    return Told({"data": found}, words.rows(found))


@click.command()
@of_one
@telling
def show(api: Api, experiment: str) -> Told:
    """Show an experiment, and what may be done with it now."""
    shown = api.read(path_of(experiment))
    return Told(shown, words.card(shown))


@click.command()
@of_one
@click.option(
    "--for",
    "wanted",
    type=click.Choice(["live", "verdict"]),
    default="live",
    show_default=True,
    help="Until it is live, or until its verdict is ship or hold.",
)
@click.option(
    "--interval",
    type=Seconds(min=0, min_open=True),
    default=SECONDS_BETWEEN,
    show_default=True,
    metavar="SECONDS",
    help="How often it is looked at.",
)
@click.option(
    "--timeout",
    type=Seconds(min=0),
    default=SECONDS_TO_WAIT,
    show_default=True,
    metavar="SECONDS",
    help="When to give up.",
)
@telling
def wait(api: Api, experiment: str, wanted: str, interval: float, timeout: float) -> Told:
    """Wait until an experiment is live, or has a verdict.

    It ends at once where that cannot come any more.
    """
    look = {"live": _live, "verdict": _decided}[wanted]
    return waiting.until(partial(look, api.at_once(), experiment), interval, timeout)


def _live(api: Api, experiment: str) -> Told:
    shown = api.read(path_of(experiment))
    if shown["status"] == "running":
        return Told(shown, words.is_now(shown))
    if shown["status"] == "archived":
        raise _never(shown, "It is archived, and never goes live again.")
    raise NotYet(shown, words.is_now(shown))


def _decided(api: Api, experiment: str) -> Told:
    results = api.read(f"{path_of(experiment)}/results")
    decision = results["decision"]
    sentence = " ".join([decision["sentence"], *decision["harms"]])
    if results["verdict"] in DECIDED:
        return Told(results, f"{results['verdict']}: {sentence}")
    if decision["kind"] in HOPELESS or decision["is_final"]:
        raise _never(results, sentence)
    raise NotYet(results, sentence)


def _never(document: Document, sentence: str) -> Failure:
    """Return the failure to wait for what cannot come any more, with what was seen beside it."""
    told = of_our_own("Cannot come any more", "CANNOT_COME", sentence)
    return Failure(ExitCode.REFUSED, {**document, **told})


COMMANDS = (list_experiments, show, wait)
