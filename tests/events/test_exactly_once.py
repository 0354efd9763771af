"""Exactly once, proved: real server processes, and clients that all send the same at once."""

import random
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.events.kept.kept_events import KeptEvents
from app.experiments.designs import Design
from app.experiments.measures import Measure
from app.models import Experiment, GoalKind
from tests import crowd
from tests.conftest import on_both_databases, rounds
from tests.crowd import Answer, Call
from tests.events import audit
from tests.servers import Server, flawless
from tests.serving.site import COLLECT, Site, adding_up, did, saw, towards
from tests.watching import until

pytestmark = on_both_databases

UNITS = [f"visitor-{number}" for number in range(120)]
EARLY = [f"early-{number}" for number in range(60)]
UNITS_IN_A_BATCH = 12
CONVERSIONS_ALONE = 24
FLIPS = (0, 1, 0, 9, 1, 0, 1) * 3


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Generator[Server]:
    """A server of several processes and threads, in whose log nothing went wrong at the end."""
    with flawless(database_url, tmp_path) as server:
        yield server
    assert "a constraint refused" not in server.log.read_text()


@rounds(90, soak=3_000)
def test_overlapping_batches_count_every_unit_once_while_another_experiment_starts_and_pauses(
    site: Site, server: Server, database_url: str, tmp_path: Path, rounds: int
) -> None:
    for key in ("order", "call", "return"):
        site.goal(key)
    site.goal("paid", Measure(GoalKind.REVENUE, currency="EUR"))
    uses = (*towards("order", "call", "return").goals, *adding_up("paid"))
    steady, flipped = (site.experiment(Design(goals=uses)) for _ in range(2))
    site.collect(*(saw(steady, unit) for unit in EARLY))
    calls = [*batches(site, [steady, flipped], rounds), *conversions_alone(site)]
    calls += beacons(site, [steady, flipped])
    random.Random(2).shuffle(calls)  # noqa: S311
    mix_in(calls, flips(site, flipped))

    with watched(database_url) as misfits:
        answers = crowd.send_all(server.address, calls)

    check(answers)
    until_recorded(tmp_path)
    assert misfits == [] == audit.misfits(database_url)
    assert audit.exposed(site.world, steady) == {1: len(UNITS) + len(EARLY)}
    counted = audit.converted(site.world, steady)
    counts = {goal: sum(row.conversions for row in counted if row.goal == goal) for goal in GOALS}
    assert counts == GOALS
    values = {goal: sum(row.total_value for row in counted if row.goal == goal) for goal in GOALS}
    assert (values["order"], values["paid"]) == (len(UNITS) * 0.25, len(UNITS) * 1.5)
    assert 0 < max(audit.exposed(site.world, flipped).values()) <= len(UNITS)


GOALS = {"order": len(UNITS), "call": len(UNITS), "return": len(EARLY), "paid": len(UNITS)}


def check(answers: list[Answer]) -> None:
    """Every batch is taken, and an event of it dropped only where the experiment is paused."""
    collected = [answer for answer in answers if answer.call.path == COLLECT]
    dropped = [each for answer in collected for each in answer.body["dropped"]]
    assert {answer.status for answer in collected} == {202}
    assert {answer.status for answer in answers} <= {200, 202, 400}
    assert {each["reason"] for each in dropped} <= {"not_running"}


def until_recorded(folder: Path) -> None:
    """Wait until nothing is kept there: a busy server keeps what it cannot record in time."""
    kept = KeptEvents(folder, megabytes=1)
    until(lambda: not kept.is_any())
    assert not kept.is_any_set_aside()


def batches(site: Site, experiments: list[Experiment], count: int) -> list[Call]:
    """Requests that overlap, in which each unit is exposed and then converts, in no order else."""
    shuffle = random.Random(1)  # noqa: S311
    units = [*UNITS, *shuffle.choices(UNITS, k=count * UNITS_IN_A_BATCH - len(UNITS))]
    calls = []
    for begin in range(0, len(units), UNITS_IN_A_BATCH):
        batch = units[begin : begin + UNITS_IN_A_BATCH]
        events = [event for unit in batch for event in events_of(unit, experiments)]
        shuffle.shuffle(events)
        events.sort(key=lambda event: event["type"] != "exposure")
        calls.append(sending(site, events))
    return calls


def events_of(unit: str, experiments: list[Experiment]) -> list[dict[str, object]]:
    """All that a unit does, the same each time: an order and a refund, with their ids."""
    exposures = [saw(each, unit) for each in experiments]
    paid = [did("paid", unit, value=value, id=str(value)) for value in (2, -0.5)]
    return [*exposures, did("order", unit, value=0.25), did("call", unit), *paid]


def conversions_alone(site: Site) -> list[Call]:
    """Requests in each of which all of the early units convert, in another order."""
    events = [did("return", unit) for unit in EARLY]
    shuffle = random.Random(3)  # noqa: S311
    return [
        sending(site, shuffle.sample(events, len(events))) for _number in range(CONVERSIONS_ALONE)
    ]


def beacons(site: Site, experiments: list[Experiment]) -> list[Call]:
    """Requests with one exposure each, of units that are exposed by others at the same moment."""
    return [sending(site, [saw(each, unit)]) for unit in UNITS for each in experiments]


def sending(site: Site, events: list[dict[str, object]]) -> Call:
    return crowd.sending_json("POST", COLLECT, {"events": events}, site.headers)


def flips(site: Site, experiment: Experiment) -> list[Call]:
    """Pauses, resumes and fresh splits of the experiment."""
    key = {"x-api-key": site.world.key(site.project)}
    return [crowd.by_integer(site.project, experiment, each, key) for each in FLIPS]


def mix_in(calls: list[Call], others: list[Call]) -> None:
    """Put the others between the calls, at even distances, in their order."""
    for number, other in enumerate(others):
        calls.insert(number * len(calls) // len(others), other)


@contextmanager
def watched(database_url: str) -> Generator[list[tuple[Any, ...]]]:
    """Note what does not fit together at any moment meanwhile, and at the end."""
    found: list[tuple[Any, ...]] = []
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.01):
            found.extend(audit.misfits(database_url))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield found
    finally:
        done.set()
        watcher.join()
    found.extend(audit.misfits(database_url))
