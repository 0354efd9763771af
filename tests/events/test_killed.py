"""A server that is killed while it collects has recorded whole requests, and forgets none."""

from dataclasses import dataclass, field
from http.client import HTTPException
from itertools import count
from pathlib import Path

from app.models import Experiment
from tests import crowd
from tests.conftest import on_both_databases
from tests.events import audit
from tests.killing import Meter, busy
from tests.servers import Server, serve
from tests.serving.site import COLLECT, Site, did, saw, towards

pytestmark = on_both_databases

CLIENTS = 8
UNITS_IN_A_BATCH = 5
KILLED_AFTER_ANSWERS = 40


def test_a_killed_server_leaves_counts_that_rows_add_up_to_and_all_that_it_answered(
    site: Site, database_url: str, tmp_path: Path
) -> None:
    site.goal("order")
    experiment = site.experiment(towards("order"))
    clients = [Client(site, experiment, number) for number in range(CLIENTS)]

    with serve(database_url, tmp_path) as server, busy(server, clients) as meter:
        meter.wait_for(KILLED_AFTER_ANSWERS)
        server.kill()

    recorded = sum(client.recorded for client in clients) * UNITS_IN_A_BATCH
    # What was kept, for want of time to record it, may have been recorded since.
    kept = sum(client.kept for client in clients) * UNITS_IN_A_BATCH
    on_their_way = CLIENTS * UNITS_IN_A_BATCH
    exposed = audit.exposed(site.world, experiment)[1]
    assert audit.misfits(database_url) == []
    assert recorded <= exposed <= recorded + kept + on_their_way
    assert exposed % UNITS_IN_A_BATCH == 0
    assert sum(row.conversions for row in audit.converted(site.world, experiment)) == exposed


@dataclass
class Client:
    """Sends new units over and over, until the server is gone."""

    site: Site
    experiment: Experiment
    number: int
    recorded: int = 0
    kept: int = 0
    batches: "count[int]" = field(default_factory=count)

    def call(self) -> crowd.Call:
        """The next units, each of which is exposed and converts."""
        batch = next(self.batches)
        units = [f"{self.number}-{batch}-{each}" for each in range(UNITS_IN_A_BATCH)]
        events = [
            each for unit in units for each in (saw(self.experiment, unit), did("order", unit))
        ]
        return crowd.sending_json("POST", COLLECT, {"events": events}, self.site.headers)

    def send(self, server: Server, meter: Meter) -> None:
        """Send until nobody answers."""
        while True:
            try:
                answer = crowd.send(server.address, self.call())
            except (OSError, HTTPException):
                return
            meter.count()
            assert answer.status == 202, answer.text
            if "kept" in answer.body:
                self.kept += 1
            else:
                self.recorded += 1
