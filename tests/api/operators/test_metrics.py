"""What Prometheus is told: by whom, and that it is what happened, whichever process did it."""

import re
import shutil
from collections.abc import Generator, Mapping
from pathlib import Path

import httpx
import psutil
import pytest

from app.accounts import api_keys
from app.models import KeyType, Role, now
from tests import patient, servers
from tests.conftest import MakeApp
from tests.faults import outages
from tests.notifications.webhooks.receiver import add
from tests.servers import METRICS_TOKEN, Server
from tests.serving.site import COLLECT, FLAGS, Site, did, make_site, saw
from tests.test_jobs import HOUR, let_all_be_due
from tests.watching import until
from tests.world import COMMAND_LINE, World

SAMPLE = re.compile(r"^switchyard_(\w+?)(?:_total)?(\{.*\})? (\S+)$", re.M)
WRONG = ["", "another-token-of-somebody", METRICS_TOKEN[1:], f"{METRICS_TOKEN}ö"]
ELSEWHERE = {"REMOTE_ADDR": "192.0.2.7"}


def shown(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_without_a_token_set_nobody_is_answered(world: World) -> None:
    for headers in ({}, shown("")):
        answer = world.app.test_client().get("/metrics", headers=headers)
        assert answer.status_code == 403
        assert answer.json == {"error": "Nobody may read this: set METRICS_TOKEN."}


def test_with_a_token_set_who_shows_it_is_answered_wherever_they_are(make_app: MakeApp) -> None:
    client = make_app(METRICS_TOKEN=METRICS_TOKEN).test_client()
    answer = client.get("/metrics", headers=shown(METRICS_TOKEN), environ_base=ELSEWHERE)
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain; version=")


@pytest.mark.parametrize("token", WRONG)
def test_with_a_token_set_nobody_else_is_answered(make_app: MakeApp, token: str) -> None:
    client = make_app(METRICS_TOKEN=METRICS_TOKEN).test_client()
    assert client.get("/metrics", headers=shown(token)).status_code == 401


def test_no_session_and_no_key_takes_the_place_of_the_token(make_app: MakeApp) -> None:
    world = World(make_app(METRICS_TOKEN=METRICS_TOKEN))
    with world.app.app_context():
        key = api_keys.mint(world.project().id, KeyType.ADMIN, "deploys", COMMAND_LINE).token
    assert world.browser(world.user(admin=True)).get("/metrics").status_code == 401
    assert world.app.test_client().get("/metrics", headers=shown(key)).status_code == 401


def test_a_folder_that_cannot_be_used_keeps_nobody_from_anything(
    database_url: str, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    environment = {"METRICS_FOLDER": str(tmp_path / "file" / "metrics"), "ACCESS_LOG": "none"}
    with servers.serve(database_url, tmp_path, workers=1, environment=environment) as server:
        statuses = [
            patient.get(f"{server.address}{path}", headers=shown(METRICS_TOKEN)).status_code
            for path in ("/sign-in", "/metrics", "/sign-in", "/readyz")
        ]
        server.stop()
    assert statuses == [200, 503, 200, 200]
    assert server.log.read_text().count("nothing is counted in METRICS_FOLDER") == 1


def test_a_folder_that_is_deleted_under_a_server_keeps_nobody_from_anything(
    tmp_path: Path, server: Server, site: Site
) -> None:
    for _ in range(20):
        patient.get(f"{server.address}/sign-in")
    shutil.rmtree(tmp_path / "metrics")
    # An evaluation is the first of its kind, which would be counted in a file of its own.
    path, body = f"{server.address}{FLAGS}", {"context": {"targetingKey": "a"}}
    asked = [patient.post(path, json=body, headers=site.headers) for _ in range(20)]
    assert {answer.status_code for answer in asked} == {200}
    server.stop()
    assert "Traceback" not in server.log.read_text()


class Counted:
    """What a server says that its processes have counted."""

    def __init__(self, server: Server) -> None:
        self.server = server

    def now(self) -> dict[str, float]:
        text = (
            patient.get(f"{self.server.address}/metrics", headers=shown(METRICS_TOKEN))
            .raise_for_status()
            .text
        )
        return {name + labels: float(value) for name, labels, value in SAMPLE.findall(text)}

    def family(self, name: str) -> dict[str, float]:
        """The samples of a counter, by their labels."""
        found = self.now().items()
        return {
            key.removeprefix(name): value for key, value in found if key.partition("{")[0] == name
        }


@pytest.fixture
def site(world: World) -> Site:
    site = make_site(world)
    world.set_limit(site.project, 2)
    return site


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Generator[Server]:
    with servers.serve(database_url, tmp_path, workers=2) as server:
        yield server


def patch(server: Server, site: Site, test_id: int, status: int, headers: Mapping[str, str]) -> int:
    path = f"/v2/project/{site.project.key}/experiment/{test_id}/status"
    # A connection for each: one that is kept leads to the same worker each time.
    answer = patient.patch(f"{server.address}{path}", json={"status": status}, headers=headers)
    return answer.status_code


def test_every_change_refusal_evaluation_and_event_is_counted_once(
    site: Site, server: Server
) -> None:
    drafts = [site.world.experiment(site.project) for _ in range(4)]
    person = server.sign_in(site.world.member(site.project, Role.MARKETER))
    key = {"x-api-key": site.world.key(site.project)}
    first, second, third, fourth = (each.test_id for each in drafts)
    steps = [(first, 1), (second, 1), (third, 1), (first, 0), (first, 0), (third, 1), (fourth, 9)]
    statuses = [patch(server, site, test_id, status, key) for test_id, status in steps]
    assert statuses == [200, 200, 403, 200, 200, 200, 200]
    assert [patch(server, site, each, 1, person) for each in (first, second)] == [403, 200]
    flags = f"{server.address}{FLAGS}"
    context = {"context": {"targetingKey": "visitor"}}
    for path in (f"/{drafts[1].key}", "/unknown", "", ""):
        patient.post(flags + path, json=context, headers=site.headers)
    tag = patient.post(flags, json=context, headers=site.headers).headers["ETag"]
    patient.post(flags, json=context, headers={**site.headers, "If-None-Match": tag})
    events = [saw(drafts[1], "visitor"), saw(drafts[1], "other"), saw("unknown", "a"), did("x", 1)]
    patient.post(f"{server.address}{COLLECT}", json={"events": events}, headers=site.headers)
    counted = Counted(server)
    assert counted.family("transitions") == {
        '{action="start",door="v2"}': 3,
        '{action="pause",door="v2"}': 1,
    }
    assert counted.family("refusals") == {
        '{code="PLAN_LIMIT",door="v2"}': 1,
        '{code="PLAN_LIMIT",door="browser"}': 1,
    }
    assert counted.family("evaluations") == {
        '{answer="variant"}': 1,
        '{answer="none"}': 1,
        '{answer="all"}': 3,
        '{answer="unchanged"}': 1,
    }
    assert counted.family("events") == {
        '{outcome="accepted"}': 2,
        '{outcome="unknown"}': 1,
        '{outcome="malformed"}': 1,
    }
    times = counted.family("request_seconds_count")
    assert times['{kind="writing",status="2xx"}'] == 7
    assert times['{kind="writing",status="4xx"}'] == 2
    assert times['{kind="evaluating",status="2xx"}'] == 4
    assert times['{kind="evaluating",status="3xx"}'] == 1
    assert times['{kind="evaluating",status="4xx"}'] == 1
    assert times['{kind="collecting",status="2xx"}'] == 1


def test_what_a_worker_had_counted_stays_when_it_dies(tmp_path: Path, server: Server) -> None:
    counted, seconds = Counted(server), 'request_seconds_count{kind="reading",status="2xx"}'
    for _ in range(20):
        patient.get(f"{server.address}/sign-in")
    assert counted.now()[seconds] == 20
    assert len([*(tmp_path / "metrics").glob("*.lock")]) == 2, "both have counted"
    psutil.Process(server.process.pid).children()[0].kill()
    ended = tmp_path / "metrics" / "counter_ended.db"

    def is_added_up() -> bool:
        try:
            assert counted.now()[seconds] == 20
        except httpx.TransportError:
            return False  # The killed one had taken this connection.
        return ended.exists()

    until(is_added_up)


def test_what_jobs_does_and_how_far_it_is_behind_is_said_by_the_server_beside_it(
    site: Site, database_url: str, tmp_path: Path
) -> None:
    draft = site.world.experiment(site.project)
    add(site.world, site.project, "https://nowhere.invalid/")
    site.world.schedule(draft, now() + HOUR)
    let_all_be_due(site.world)
    with servers.serve(database_url, tmp_path, workers=1) as server:
        counted = Counted(server)
        assert "jobs_seen_timestamp_seconds" not in counted.now()
        with servers.jobs(database_url, tmp_path):
            until(lambda: counted.family("transitions") != {})
            assert counted.family("transitions") == {'{action="start",door="schedule"}': 1}
            until(lambda: counted.now()["schedule_lag_seconds"] == 0)
            found = counted.now()
            assert found["queues_unserved"] == 0
            # The one webhook leads nowhere, and is tried again later.
            failed = '{outcome="failed",way="webhook"}'
            until(lambda: counted.family("sendings").get(failed) == 1)
            until(lambda: counted.now()['sendings_waiting{way="webhook"}'] == 1)
            assert counted.now()['sendings_oldest_seconds{way="mail"}'] == 0
            assert abs(found["jobs_seen_timestamp_seconds"] - now().timestamp()) < 60
        assert "jobs_seen_timestamp_seconds" not in counted.now(), "it has ended"
        assert counted.family("transitions") == {'{action="start",door="schedule"}': 1}


def test_what_becomes_of_kept_events_is_counted(
    site: Site, database_url: str, tmp_path: Path
) -> None:
    experiment = site.experiment()
    with servers.serve(database_url, tmp_path, workers=2) as server:
        counted, collect = Counted(server), f"{server.address}{COLLECT}"
        events = {
            "events": [saw(experiment, "ada"), saw(experiment, "ada"), saw(experiment, "bob")]
        }
        with outages.locked(database_url):
            answer = patient.post(collect, json=events, headers=site.headers)
            assert answer.json()["kept"] == 3
            assert counted.now()["kept_requests"] == 1
            assert counted.now()["set_aside_requests"] == 0
            assert 0 < counted.now()["kept_events_room_used_ratio"] < 0.1
        until(lambda: counted.now()["kept_requests"] == 0)
        until(lambda: '{outcome="recorded"}' in counted.family("events"))
        assert counted.family("events") == {'{outcome="kept"}': 3, '{outcome="recorded"}': 3}
