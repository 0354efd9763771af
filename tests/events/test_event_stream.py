"""With an event stream, events are taken at once, and recorded once by whoever reads it."""

import re
import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from html import unescape
from pathlib import Path

import pytest
from redis import Redis

from app.events.kept import event_stream, kept_events, recording, stream_reading
from app.events.kept.event_stream import LANES, EventStream
from app.events.kept.judged import Judged
from app.experiments.designs import Design
from app.experiments.measures import Measure
from app.models import Experiment, GoalKind, Status, now
from tests import servers
from tests.conftest import MakeApp, on_both_databases
from tests.events import audit
from tests.redis_servers import RedisServer, redis_server
from tests.servers import METRICS_TOKEN
from tests.serving.site import Site, adding_up, did, make_site, saw, towards
from tests.watching import until
from tests.world import World

pytestmark = [on_both_databases, pytest.mark.usefixtures("audited")]

UNITS = 1_200
SENDERS = 4


@pytest.fixture
def redis(tmp_path: Path) -> Generator[RedisServer]:
    """A Redis of the test's own."""
    with redis_server(tmp_path) as server:
        yield server


@pytest.fixture
def site(make_app: MakeApp, redis: RedisServer) -> Site:
    """A site that counts orders and adds up what was paid, by way of a stream."""
    site = make_site(World(make_app(EVENT_STREAM=redis.address, METRICS_TOKEN=METRICS_TOKEN)))
    site.goal("order")
    site.goal("paid", Measure(GoalKind.REVENUE, currency="EUR"))
    return site


def shop(site: Site) -> Experiment:
    """An experiment whose visitors are known to run by whoever asks."""
    made = site.experiment(Design(goals=(*towards("order").goals, *adding_up("paid"))))
    assert site.ask(made, "a").status_code == 200
    return made


def stream_of(site: Site) -> EventStream:
    """The site's stream."""
    with site.world.app.app_context():
        stream = event_stream.of_app()
    assert stream
    return stream


@contextmanager
def read(site: Site) -> Generator[None]:
    """A reader at work."""
    stopped, stream = threading.Event(), stream_of(site)

    def work() -> None:
        with site.world.app.app_context():
            stream_reading.read(stream, stopped)

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(work)
        try:
            yield
        finally:
            stopped.set()
        reading.result()


def record_all(site: Site) -> None:
    """Have a reader record all that is in the stream."""
    with read(site):
        until(lambda: stream_of(site).waiting() == 0)


judged = Judged.model_validate_json


def counted(site: Site, experiment: Experiment) -> tuple[dict[int, int], dict[str, float]]:
    """The visitors by run, and what each goal's conversions were worth."""
    values: dict[str, float] = {}
    for row in audit.converted(site.world, experiment):
        values[row.goal] = values.get(row.goal, 0.0) + row.total_value
    return audit.exposed(site.world, experiment), values


def test_events_are_taken_and_recorded_when_a_reader_comes_to_them(site: Site) -> None:
    experiment = shop(site)
    answer = site.send(
        saw(experiment, "a"),
        did("order", "a", value=2),
        did("paid", "a", value=3),
        did("none", "a"),
    )
    assert answer.status_code == 202
    dropped = [{"index": 3, "reason": "unknown", "detail": "The project has no such goal."}]
    assert answer.json == {"accepted": 0, "dropped": dropped, "taken": 3}
    assert counted(site, experiment) == ({}, {})
    record_all(site)
    assert counted(site, experiment) == ({1: 1}, {"order": 2.0, "paid": 3.0})


def test_what_a_reader_recorded_without_saying_so_counts_once(site: Site) -> None:
    experiment = shop(site)
    # What adds up has no id of its own: it gets one before it is in the stream.
    site.send(saw(experiment, "a"), did("paid", "a", value=2), did("paid", "a", value=2))
    with site.world.app.app_context(), stream_of(site).turn() as killed:
        assert killed
        recording.record_or_set_aside(killed.oldest(), killed.set_aside)
        assert stream_of(site).waiting() == 1
    assert counted(site, experiment) == ({1: 1}, {"paid": 4.0})
    record_all(site)
    assert counted(site, experiment) == ({1: 1}, {"paid": 4.0})


def test_readers_share_the_work_and_no_two_are_at_the_same_visitors(site: Site) -> None:
    experiment, stream = shop(site), stream_of(site)
    site.send(*(saw(experiment, f"visitor-{number}") for number in range(100)))
    with ExitStack() as at_work:
        turns = [at_work.enter_context(stream.turn()) for _ in range(len(LANES) + 1)]
        read = [turn.oldest() for turn in turns if turn]
    assert turns[-1] is None, "there is a reader at each lane"
    seen = [exposed.unit for (entry,) in read for exposed in judged(entry.body).exposed]
    assert len(read) == len(LANES)
    assert len(seen) == len(set(seen)) == 100
    with stream.turn() as next_one:
        assert next_one, "those before have ended"


def test_what_a_visitor_does_waits_behind_what_exposed_them(site: Site) -> None:
    experiment, stream = shop(site), stream_of(site)
    for number in range(len(LANES)):
        site.send(saw(experiment, f"visitor-{number}"))
        site.send(did("order", f"visitor-{number}"))
    with stream.turn() as turn:
        assert turn
        first, second, *_ = (judged(entry.body) for entry in turn.oldest())
    assert first.exposed[0].unit == second.reached[0].unit


def test_a_project_that_floods_the_stream_is_told_and_leaves_room_for_others(
    make_app: MakeApp, redis: RedisServer
) -> None:
    site = make_site(World(make_app(EVENT_STREAM=redis.address, EVENT_STREAM_MB="1")))
    experiment, stream = site.experiment(), stream_of(site)
    assert site.ask(experiment, "a").status_code == 200
    flood = ["x" * 2**17] * 7
    stream.add(site.project.id, [(LANES[0], body) for body in flood])
    refused = site.send(saw(experiment, "a"))
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    told = "The project has its share of the event stream waiting to be recorded."
    told = f"{told} Nothing was done. Try again."
    assert refused.json == {"error": told}
    with site.world.app.app_context():
        assert not kept_events.of_app().is_any()
    stream.add(site.project.id + 1, [(LANES[0], "y")])
    with stream.turn() as turn:
        assert turn
        turn.forget_until(turn.oldest()[-1])
    assert site.send(saw(experiment, "a")).status_code == 202


def test_what_came_while_its_experiment_was_paused_is_left_out(site: Site) -> None:
    experiment = shop(site)
    site.send(saw(experiment, "before"))
    site.walk(experiment, Status.STOPPED)
    site.send(saw(experiment, "after"))
    record_all(site)
    assert audit.exposed(site.world, experiment) == {1: 1}


def test_an_entry_that_the_database_refuses_holds_up_no_other(site: Site) -> None:
    experiment = shop(site)
    stream_of(site).add(site.project.id, [(LANES[0], "no events at all")])
    site.send(saw(experiment, "a"))
    record_all(site)
    assert audit.exposed(site.world, experiment) == {1: 1}


def test_that_nobody_reads_the_stream_is_told_to_who_watches_and_to_admins(
    site: Site, redis: RedisServer
) -> None:
    visitor, admin = site.world.app.test_client(), site.world.browser(site.world.user(admin=True))
    told = {"waiting": 0, "seconds_behind": 0.0, "set_aside": 0, "room_used": 0.0}
    assert visitor.get("/readyz").get_json()["stream"] == {"status": "ok", **told}
    assert "Events wait" not in admin.get("/").text
    minute_ago = f"{int(now().timestamp() - 60) * 1000}-0"
    Redis.from_url(redis.address).xadd(LANES[3], {"project": 1, "judged": "{}"}, minute_ago)
    answer = visitor.get("/readyz")
    stream = answer.get_json()["stream"]
    assert (answer.status_code, stream["status"], stream["waiting"]) == (200, "behind", 1)
    assert 60 <= stream["seconds_behind"] < 120
    numbers = visitor.get("/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"}).text
    assert re.findall(r"^switchyard_stream_requests (\S+)$", numbers, re.M) == ["1.0"]
    page = unescape(admin.get("/").text)
    assert "of 1 request: its readers are not running, or too few." in page
    assert "<code>.venv/bin/flask --app wsgi events</code>" in page
    redis.end()
    assert visitor.get("/readyz").get_json()["stream"] == {"status": "away"}
    assert "The event stream does not answer" in admin.get("/").text


def test_while_the_redis_is_away_events_are_kept_on_the_machine(
    site: Site, redis: RedisServer
) -> None:
    experiment = shop(site)
    redis.end()
    answer = site.send(saw(experiment, "a"))
    assert answer.json == {"accepted": 0, "dropped": [], "kept": 1}
    with site.world.app.app_context():
        kept = kept_events.of_app()
    until(lambda: not kept.is_any())
    assert audit.exposed(site.world, experiment) == {1: 1}


def test_each_event_counts_once_though_readers_are_killed_in_the_midst_of_it(
    site: Site, redis: RedisServer, database_url: str, tmp_path: Path
) -> None:
    experiment = shop(site)

    @contextmanager
    def reader(name: str) -> Generator[servers.Server]:
        settings = {"EVENT_STREAM": redis.address}
        with servers.command(database_url, tmp_path, "events", name, settings) as process:
            yield process

    with ThreadPoolExecutor(SENDERS) as pool, reader("first") as first, reader("second") as second:
        sent = [pool.submit(send_all, site, experiment, number) for number in range(SENDERS)]
        until(lambda: bool(audit.exposed(site.world, experiment)))
        for each in (first, second):
            each.kill()
        assert {answer for share in sent for answer in share.result()} == {3}
        assert stream_of(site).waiting() > 0
    assert audit.exposed(site.world, experiment)[1] < UNITS
    with reader("third"), reader("fourth"):
        until(lambda: stream_of(site).waiting() == 0)
    assert counted(site, experiment) == ({1: UNITS}, {"order": 0.0, "paid": UNITS * 0.25})


def send_all(site: Site, experiment: Experiment, sender: int) -> list[int]:
    """Send what a share of the visitors does; how much of each request was taken."""
    taken: list[int] = []
    for number in range(sender, UNITS, SENDERS):
        unit = f"visitor-{number}"
        answer = site.send(saw(experiment, unit), did("order", unit), did("paid", unit, value=0.25))
        taken.append((answer.json or {})["taken"])
    return taken
