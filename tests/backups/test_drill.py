"""The drill: a backup while others write, more changes, and a restore into a new place."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from app.models import Experiment, Status
from tests import audit
from tests.backups.conftest import url_of
from tests.command_line import printed
from tests.conftest import on_both_databases
from tests.serving.site import Site, did, make_site, saw, towards
from tests.watching import until
from tests.world import World

COUNTS = """SELECT
(SELECT count(*) FROM exposure), (SELECT sum(visitors) FROM daily_visitors),
(SELECT count(*) FROM conversion), (SELECT sum(conversions) FROM daily_conversions)"""
VISITORS, PRESSES = 2, 2
ACCEPTED_BEFORE = 8


@dataclass
class Load:
    """What writers had answered as done: presses by their entries of history, and visitors."""

    entries: list[int] = field(default_factory=list)
    visitors: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def press(self, site: Site, experiment: Experiment, headers: dict[str, str]) -> None:
        """Pause an experiment and resume it, again and again."""
        client = site.world.app.test_client(use_cookies=False)
        path = f"/v2/project/{site.project.key}/experiment/{experiment.test_id}/status"
        while not self.ended.is_set():
            for status in (0, 1):
                answer = client.patch(path, json={"status": status}, headers=headers)
                assert answer.status_code == 200, answer.text
                self.entries.append(int(answer.headers["History-Entry"]))

    def visit(self, site: Site, experiment: Experiment, name: str) -> None:
        """See an experiment and reach its goal, as one visitor after the other."""
        client, number = site.world.app.test_client(use_cookies=False), 0
        while not self.ended.is_set():
            number += 1
            events = [saw(experiment, f"{name}-{number}"), did("order", f"{name}-{number}")]
            answer = client.post("/collect", json={"events": events}, headers=site.headers)
            assert (answer.json or {})["accepted"] == len(events), answer.text
            self.visitors.append(f"{name}-{number}")

    def is_heavy(self, entries: int, visitors: int) -> bool:
        """Return whether so much more has been accepted."""
        return (
            len(self.entries) >= entries + ACCEPTED_BEFORE
            and len(self.visitors) >= visitors + ACCEPTED_BEFORE
        )


@contextmanager
def pressed_on(site: Site, pressed: list[Experiment], seen: Experiment) -> Generator[Load]:
    """Writers who go on while this is open."""
    load, headers = Load(), {"x-api-key": site.world.key(site.project)}
    writers = [threading.Thread(target=load.press, args=(site, each, headers)) for each in pressed]
    writers += [
        threading.Thread(target=load.visit, args=(site, seen, f"visitor-{number}"))
        for number in range(VISITORS)
    ]
    for each in writers:
        each.start()
    try:
        yield load
    finally:
        load.ended.set()
        for each in writers:
            each.join()


@on_both_databases
def test_a_backup_under_load_holds_all_that_was_accepted_before_and_fits(
    world: World, elsewhere: World, tmp_path: Path
) -> None:
    site, file = make_site(world), tmp_path / "drill.backup"
    site.goal("order")
    pressed = [site.experiment() for _ in range(PRESSES)]
    seen = site.experiment(towards("order"))
    with pressed_on(site, pressed, seen) as load:
        until(lambda: load.is_heavy(0, 0))
        entries, visitors = list(load.entries), list(load.visitors)
        printed(world, "backup", str(file))
        at_the_end = len(load.entries), len(load.visitors)
        until(lambda: load.is_heavy(*at_the_end))
    site.walk(seen, Status.STOPPED, Status.ARCHIVED)

    printed(elsewhere, "restore", str(file))
    record = audit.read(url_of(elsewhere), site.project.id)
    assert record.breaks() == []
    assert record.statuses[seen.test_id] == Status.RUNNING
    found = {row.id for row in elsewhere.execute("SELECT id FROM history")}
    assert set(entries) <= found
    assert not set(load.entries) <= found
    before = counts(elsewhere)
    assert [kept == summed for kept, summed in before] == [True, True]
    assert [len(visitors) <= kept < len(load.visitors) for kept, _ in before] == [True, True]
    there = Site(elsewhere, site.project, site.token)
    for visitor in visitors:
        assert there.collect(saw(seen, visitor)) == (1, [])
    assert counts(elsewhere) == before


def counts(world: World) -> list[tuple[int, int]]:
    """Of visitors and of conversions: the rows, and the sum of the days."""
    ((units, units_summed, goals, goals_summed),) = (tuple(row) for row in world.execute(COUNTS))
    return [(units, units_summed), (goals, goals_summed)]
