"""The commands that change something. What is as asked for already counts as done."""

import json
from collections.abc import Mapping
from typing import TextIO

import click

from switchyard import words
from switchyard.api import Api
from switchyard.failures import Document, ExitCode, Failure
from switchyard.options import EXPERIMENT, Percent, given, if_version, of_one, path_of, reason
from switchyard.telling import Told, telling

CONCLUSIONS = ("won", "lost", "inconclusive", "unfinished")


@click.command()
@click.argument("name")
@click.option("--key", help="Its key; made of the name otherwise.")
@click.option("--url", metavar="URL", help="The page that it is on.")
@click.option("--description", help="What it changes.")
@click.option("--hypothesis", help="What it is to show.")
@click.option("--ticket-url", metavar="URL", help="Its ticket.")
@click.option("--owner", metavar="EMAIL", help="A member of the project.")
@click.option("--tag", "tags", multiple=True, help="May be given more than once.")
@click.option(
    "--design",
    type=click.File(encoding="utf-8"),
    metavar="FILE",
    help="A JSON object with its variants, traffic_allocation, goals; - is standard input.",
)
@telling
def create(api: Api, *, design: TextIO | None, tags: tuple[str, ...], **texts: str | None) -> Told:
    """Create a draft called NAME."""
    labels = {"tags": tags} if tags else {}
    created = api.change("POST", "experiments", {**_read(design), **given(**texts), **labels})
    return Told(created, f"{created['id']} is created.")


@click.command()
@of_one
@if_version
@reason
@telling
def start(api: Api, experiment: str, if_version: int | None, **said: str | None) -> Told:
    """Start a draft."""
    return _take(api, experiment, "start", if_version, said)


@click.command()
@of_one
@if_version
@reason
@telling
def pause(api: Api, experiment: str, if_version: int | None, **said: str | None) -> Told:
    """Pause what is live."""
    return _take(api, experiment, "pause", if_version, said)


@click.command()
@of_one
@if_version
@reason
@telling
def resume(api: Api, experiment: str, if_version: int | None, **said: str | None) -> Told:
    """Resume what is paused."""
    return _take(api, experiment, "resume", if_version, said)


@click.command()
@of_one
@click.option("--outcome", type=click.Choice(CONCLUSIONS), help="How it ended.")
@if_version
@reason
@telling
def archive(api: Api, experiment: str, if_version: int | None, **said: str | None) -> Told:
    """Archive what is paused, for good."""
    return _take(api, experiment, "archive", if_version, said)


@click.command()
@of_one
@if_version
@reason
@telling
def discard(api: Api, experiment: str, if_version: int | None, **said: str | None) -> Told:
    """Archive a draft, for good."""
    return _take(api, experiment, "discard", if_version, said)


@click.command()
@of_one
@click.option(
    "--pause", "holder", required=True, type=EXPERIMENT, help="The one that is live; key or id."
)
@if_version
@reason
@telling
def swap(
    api: Api, experiment: str, holder: str, if_version: int | None, **said: str | None
) -> Told:
    """Pause one that is live, and start EXPERIMENT in its slot: both or neither."""
    body = {"pause": holder, **given(**said)}
    try:
        swapped = api.change("POST", f"{path_of(experiment)}/swap", body, if_version)
    except Failure as failure:
        swapped = _swapped_already(api, experiment, holder, failure)
    return Told(swapped, f"{words.is_now(swapped)} {swapped['paused']} is not.")


@click.command()
@of_one
@click.option("--leave", is_flag=True, help="Take it out of the queue.")
@if_version
@telling
def queue(api: Api, experiment: str, if_version: int | None, *, leave: bool) -> Told:
    """Start an experiment when a slot frees, at once where one is free."""
    method, already = ("DELETE", _out_already) if leave else ("PUT", _so_already)
    try:
        asked = api.change(method, f"{path_of(experiment)}/queue", None, if_version)
    except Failure as failure:
        asked = already(api, experiment, failure)
    return Told(asked, words.place_in_queue(asked))


@click.command("raise-traffic")
@of_one
@click.option(
    "--to",
    "share",
    required=True,
    type=Percent(min=0, max=100),
    metavar="PERCENT",
    help="How many of the visitors take part from then on.",
)
@if_version
@reason
@telling
def raise_traffic(
    api: Api, experiment: str, share: float, if_version: int | None, **said: str | None
) -> Told:
    """Let more visitors take part in what is open. It never falls, and cannot be taken back."""
    body = {"traffic_allocation": share, **given(**said)}
    try:
        raised = api.change("POST", f"{path_of(experiment)}/traffic", body, if_version)
    except Failure as failure:
        raised = _so_much_already(api, experiment, share, failure)
    return Told(raised, words.traffic(raised))


def _take(
    api: Api, experiment: str, action: str, seen: int | None, said: Mapping[str, str | None]
) -> Told:
    path = f"{path_of(experiment)}/actions/{action}"
    try:
        taken = api.change("POST", path, given(**said), seen)
    except Failure as failure:
        taken = {"action": action, **_so_already(api, experiment, failure)}
    return Told(taken, words.is_now(taken))


def _so_already(api: Api, experiment: str, failure: Failure) -> Document:
    """Return what an experiment is that is as asked for already; any other failure is raised."""
    if not failure.is_so_already:
        raise failure
    return _found_so(api.read(path_of(experiment)))


def _out_already(api: Api, experiment: str, failure: Failure) -> Document:
    """Return what an experiment is that does not wait already; any other failure is raised."""
    if failure.code is not ExitCode.NOT_FOUND:
        raise failure
    shown = api.read(path_of(experiment))
    if shown["queue_position"] is not None:
        raise failure
    return _found_so(shown)


def _found_so(shown: Document) -> Document:
    return {"id": shown["id"], "status": shown["status"], "already": True}


def _so_much_already(api: Api, experiment: str, share: float, failure: Failure) -> Document:
    """Return what an experiment is that has this traffic already; other failures are raised."""
    if failure.refusal.get("code") != "TRAFFIC_NOT_HIGHER":
        raise failure
    shown = api.read(path_of(experiment))
    if shown["traffic_allocation"] != share:
        raise failure
    return {**_found_so(shown), "traffic_allocation": share}


def _swapped_already(api: Api, experiment: str, holder: str, failure: Failure) -> Document:
    """Return what came of a swap that is done already; any other failure is raised."""
    if failure.refusal.get("code") not in {"ALREADY_RUNNING", "SWAP_NOT_RUNNING"}:
        raise failure
    started, paused = (api.read(path_of(each)) for each in (experiment, holder))
    if started["status"] != "running" or paused["status"] == "running":
        raise failure
    return {**_found_so(started), "paused": paused["id"]}


def _read(design: TextIO | None) -> Document:
    """Return the members of a design. Raises UsageError for what is no JSON object."""
    if design is None:
        return {}
    try:
        members = json.load(design, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise click.UsageError(f"The design is not JSON: {error}.") from error
    if not isinstance(members, dict):
        raise click.UsageError("The design is not a JSON object.")
    return members


def _no_number(constant: str) -> object:
    raise ValueError(f"{constant} is no number there")


COMMANDS = (create, start, pause, resume, raise_traffic, swap, queue, archive, discard)
