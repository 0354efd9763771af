"""Swaps, the queue, schedules and many at once, all at the same moment, in real processes."""

import random
import re
import threading
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import chain, permutations
from pathlib import Path

import pytest

from app import jobs
from app.models import Experiment, Project, Status, now
from tests import audit, crowd, servers
from tests.conftest import on_both_databases, rounds, shared_on_both_databases
from tests.crowd import Answer, Call
from tests.servers import Server, flawless
from tests.watching import Watch, until, watched
from tests.world import World

MIXED = 480
PROJECTS = 8
DUE = 40
KILLED_AFTER = (2, 20, 44)
LIMITS = (3, 5, 2, 4, 1, 3)
DUE_SECONDS = 4
DONE = {200, 207}
HOUR = timedelta(hours=1)

Headers = Mapping[str, str]
AGREEMENT = re.compile('name="agreed" value="([0-9a-f]+)"')


@pytest.fixture(scope="module")
def shared_url(shared_world: World) -> str:
    """The address of the database that those are on who need none of their own."""
    return shared_world.app.config["DATABASE_URL"]


@pytest.fixture(scope="module")
def server(shared_url: str, tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    """A server of several processes and threads, in whose log nothing went wrong at the end."""
    with flawless(shared_url, tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def own_server(database_url: str, tmp_path: Path) -> Generator[Server]:
    """The same on a database of the test's own, beside `workers`."""
    with flawless(database_url, tmp_path) as server:
        yield server


@pytest.fixture
def workers(database_url: str, tmp_path: Path) -> Generator[list[Server]]:
    """Two processes that both do the work of `flask jobs`."""
    with (
        servers.jobs(database_url, tmp_path, "first") as first,
        servers.jobs(database_url, tmp_path, "second") as second,
    ):
        yield [first, second]


@on_both_databases
def test_no_mixture_of_everything_overruns_the_limit_or_leaves_a_slot_to_nobody(
    world: World, own_server: Server, workers: list[Server], database_url: str
) -> None:
    project = world.project(limit=LIMITS[0])
    experiments = [world.experiment(project) for _ in range(12)]
    plan_soon(world, experiments)
    # Nobody asks anything of this one: its stop comes by schedule, whatever happens to the others.
    (left_alone,) = world.running(project, 1)
    world.schedule(left_alone, stop_at=now() + timedelta(seconds=1))
    strict, loose = key(world, project), key(world, project, "loose")
    calls = everything(project, experiments, strict, loose)
    admin = own_server.sign_in(world.user(admin=True))

    with (
        watched(database_url, project.id) as watch,
        limits_changing(own_server, project, admin, watch),
    ):
        answers = crowd.send_all(own_server.address, calls)
    until(lambda: not overdue(world) and not world.planned(left_alone).stop_at)
    for each in workers:
        each.stop()

    assert {answer.status for answer in answers} <= {200, 207, 400, 403, 404, 409, 422, 429}
    assert watch.limits == set(LIMITS)
    assert watch.overruns == []
    record = audit.read(database_url, project.id)
    assert record.breaks() == []
    assert record.most_running() <= max(LIMITS)
    assert waiting_in_vain(world, project) == []
    assert rows_of(world, project, "strict") == sum(map(changes_in, answers))
    assert rows_of(world, project, "loose") <= sum(is_done_by_integer(each) for each in answers)
    assert Counter(doors(world)).keys() >= {"api", "v2", "queue", "schedule"}


@shared_on_both_databases
@rounds(8, soak=200)
def test_while_experiments_are_swapped_nobody_ever_sees_more_or_fewer_running(
    shared_world: World, server: Server, shared_url: str, rounds: int
) -> None:
    project = shared_world.project(limit=2)
    experiments = shared_world.running(project, 2) + [
        shared_world.experiment(project) for _ in range(3)
    ]
    headers = key(shared_world, project)
    pairs = list(permutations(experiments, 2)) * rounds

    with watched(shared_url, project.id) as watch:
        answers = crowd.send_all(server.address, [swap(*pair, headers) for pair in pairs])

    assert set(watch.seen) == {(2, 2)}
    assert {answer.status for answer in answers} == {200, 409}
    assert {answer.body["code"] for answer in answers if answer.status == 409} <= {
        "SWAP_NOT_RUNNING",
        "INVALID_TRANSITION",
    }
    done = [answer for answer in answers if answer.status == 200]
    assert (
        rows_of(shared_world, project, "strict") == len(done) == swaps_kept(shared_world, project)
    )
    record = audit.read(shared_url, project.id)
    assert record.running == 2
    assert record.breaks() == []


@shared_on_both_databases
def test_a_form_that_is_sent_by_many_at_once_makes_one_and_each_is_told_so(
    shared_world: World, server: Server
) -> None:
    project = shared_world.project()
    headers = server.sign_in(shared_world.member(project))
    path = f"/projects/{project.key}/new-experiment"
    calls = [
        crowd.sending_form(path, {"name": f"Banner {each}", "request_id": f"id-{each}"}, headers)
        for each in (1, 2, 3) * 16
    ]

    answers = crowd.send_all(server.address, calls)

    assert {answer.status for answer in answers} == {302}
    its = "SELECT key FROM experiment WHERE project_id = :id ORDER BY key"
    made = [row.key for row in shared_world.execute(its, id=project.id)]
    assert made == ["banner-1", "banner-2", "banner-3"]
    assert sum(f'experiments/{key}"' in answer.text for answer in answers for key in made) == 48


@shared_on_both_databases
def test_two_pauses_at_once_start_exactly_the_next_two_and_nobody_slips_in(
    shared_world: World, server: Server, shared_url: str
) -> None:
    projects = [shared_world.project(limit=2) for _ in range(PROJECTS)]
    calls: list[Call] = []
    thieves: list[Experiment] = []
    queues: list[list[Experiment]] = []
    for project in projects:
        headers = key(shared_world, project)
        running = shared_world.running(project, 2)
        queues.append(shared_world.queued(project, 3))
        others = [shared_world.experiment(project) for _ in range(3)]
        thieves += others
        starts = [crowd.by_name(each, "running", headers) for each in others]
        pauses = [crowd.by_name(each, "stopped", headers) for each in running]
        calls += [starts[0], pauses[0], starts[1], pauses[1], starts[2]]

    answers = crowd.send_all(server.address, calls)

    assert Counter(answer.status for answer in answers) == {200: 2 * PROJECTS, 429: 3 * PROJECTS}
    assert {shared_world.reload(each).status for each in thieves} == {Status.DRAFT}
    for project, line in zip(projects, queues, strict=True):
        assert [shared_world.reload(each).status for each in line] == [
            "running",
            "running",
            "draft",
        ]
        assert [shared_world.history(each)[-1][2] for each in line[:2]] == ["queue", "queue"]
        assert audit.read(shared_url, project.id).breaks() == []
        assert shared_world.line(project) == [line[2].test_id]


@on_both_databases
def test_what_is_due_is_done_once_by_two_processes(world: World, workers: list[Server]) -> None:
    projects = [world.project(limit=None) for _ in range(PROJECTS)]
    experiments = [world.experiment(project) for project in projects for _ in range(5)]
    for each in experiments:
        world.schedule(each, now() + HOUR, now() + 2 * HOUR)
    let_all_be_due(world)

    until(lambda: not world.execute("SELECT 1 FROM scheduled_change LIMIT 1"))

    for each in workers:
        each.stop()
        assert each.process.returncode == 0
    once = [("draft", "running", "schedule"), ("running", "stopped", "schedule")]
    assert [world.history(each) for each in experiments] == [once] * len(experiments)
    assert entries(world) == 2 * len(experiments), "nothing was found to be done already"


@on_both_databases
def test_a_killed_process_leaves_nothing_half_done_and_another_does_the_rest(
    world: World, database_url: str, tmp_path: Path
) -> None:
    projects = [world.project(limit=2) for _ in range(DUE)]
    held = [world.running(project, 2) for project in projects]
    waiting = [world.queued(project, 2) for project in projects]
    for each in chain(*held):
        world.schedule(each, stop_at=now() + HOUR)
    let_all_be_due(world)

    for done in KILLED_AFTER:
        with servers.jobs(database_url, tmp_path) as worker:
            until(lambda done=done: entries(world) >= done)
            worker.kill()
        for first, second in held:
            left = world.planned(first).stop_at, world.planned(second).stop_at
            assert left[0] == left[1], "a project is one unit of work"

    with world.app.app_context():
        jobs.once(now())
    for project, line in zip(projects, waiting, strict=True):
        record = audit.read(database_url, project.id)
        assert record.breaks() == []
        assert [world.history(each) for each in line] == [[("draft", "running", "queue")]] * 2
        assert (record.running, len(record.history)) == (2, 2 + 2 + 2)


def key(world: World, project: Project, name: str = "strict") -> Headers:
    return {"Authorization": f"Bearer {world.key(project, name)}"}


def swap(incoming: Experiment, holder: Experiment, headers: Headers) -> Call:
    path = f"/api/admin/experiments/{incoming.public_id}/swap"
    return crowd.sending_json("POST", path, {"pause": holder.public_id}, headers)


def queue(method: str, experiment: Experiment, body: object, headers: Headers) -> Call:
    path = f"/api/admin/experiments/{experiment.public_id}/queue"
    return crowd.sending_json(method, path, body, headers)


def bulk(
    chosen: Sequence[Experiment], status: str, mode: str, headers: Headers, *, dry_run: bool = False
) -> Call:
    body = {"ids": [each.public_id for each in chosen], "status": status, "mode": mode}
    path = "/api/admin/experiments/bulk"
    return crowd.sending_json("POST", path, {**body, "dry_run": dry_run}, headers)


def schedule(experiment: Experiment, seconds: float, headers: Headers) -> Call:
    path = f"/api/admin/experiments/{experiment.public_id}/schedule"
    start_at = now() + timedelta(seconds=seconds)
    body = {"start_at": start_at.isoformat(), "stop_at": None}
    return crowd.sending_json("PUT", path, body, headers)


def everything(
    project: Project, experiments: list[Experiment], strict: Headers, loose: Headers
) -> list[Call]:
    """All that may be asked, over and over, in an order that is the same in every run.

    What the `strict` key asks is one entry of history whenever it is done; the `loose` one asks
    by integer, which calls it success to find a status that there is.
    """
    dice = random.Random(5)  # noqa: S311
    any_three = lambda: dice.sample(experiments, 3)  # noqa: E731
    modes = ("as_many_as_fit", "all_or_nothing")
    asks: list[Callable[[Experiment], Call]] = [
        lambda each: crowd.by_name(each, "running", strict),
        lambda each: crowd.by_name(each, "stopped", strict),
        lambda each: crowd.by_integer(project, each, 1, loose),
        lambda each: crowd.by_integer(project, each, 0, loose),
        lambda each: crowd.by_integer(project, each, 9, loose),
        lambda each: crowd.by_integer(project, each, 1, loose),
        lambda each: swap(each, dice.choice(experiments), strict),
        lambda each: swap(each, dice.choice(experiments), strict),
        lambda each: queue("PUT", each, {}, strict),
        lambda each: queue("PUT", each, {}, strict),
        lambda each: queue("PATCH", each, {"position": dice.randint(1, 4)}, strict),
        lambda each: queue("DELETE", each, {}, strict),
        lambda each: bulk([each, *any_three()], "running", dice.choice(modes), loose),
        lambda each: bulk([each, *any_three()], "stopped", dice.choice(modes), strict),
        lambda each: bulk([each, *any_three()], "stopped", modes[0], strict, dry_run=True),
        lambda each: schedule(each, dice.uniform(1, DUE_SECONDS), strict),
    ]
    calls = [ask(each) for ask in asks for each in experiments for _ in range(MIXED // 192 + 1)]
    calls += [crowd.by_name(each, "archived", strict) for each in experiments[-3:]]
    dice.shuffle(calls)
    return calls


@contextmanager
def limits_changing(
    server: Server, project: Project, admin: Headers, watch: Watch
) -> Generator[None]:
    """The plan's limit is another again and again meanwhile; each is seen before the next."""

    def change() -> None:
        for limit in LIMITS[1:]:
            form = {"name": "Changing", "experiments_running": str(limit)}
            path = f"/admin/plans/{project.plan_code}"
            answer = crowd.send(server.address, crowd.sending_form(path, form, admin))
            # What it would start is asked about, and may be another before it is agreed to.
            while asked := AGREEMENT.search(answer.text):
                agreed = form | {"agreed": asked[1]}
                answer = crowd.send(server.address, crowd.sending_form(path, agreed, admin))
            assert answer.status == 302
            watch.wait_for(limit)

    changer = threading.Thread(target=change)
    watch.wait_for(LIMITS[0])
    changer.start()
    yield
    changer.join()


def changes_in(answer: Answer) -> int:
    """Return how many entries of history an answer to the strict key must have left."""
    path = answer.call.path
    if answer.status not in DONE or path.startswith("/v2/"):
        return 0
    body = answer.body
    if path.endswith("/bulk"):
        changed = "stopped" in answer.call.body and '"dry_run": false' in answer.call.body
        stayed = {"refusal", "left_queue", "dropped_start", "already"}
        went = sum(stayed.isdisjoint(item) for item in body["items"])
        return went if changed and body["done"] else 0
    if path.endswith("/queue"):
        return int(answer.call.method == "PUT" and body["status"] == "running")
    return int(path.endswith(("/status", "/swap")))


def is_done_by_integer(answer: Answer) -> int:
    """Return how many entries of history the loose key's answer may have left."""
    if answer.status not in DONE:
        return 0
    if answer.call.path.endswith("/bulk"):
        running = '"status": "running"' in answer.call.body and answer.body["done"]
        return sum("refusal" not in item for item in answer.body["items"]) if running else 0
    return int(answer.call.path.startswith("/v2/"))


def plan_soon(world: World, experiments: list[Experiment]) -> None:
    """Each starts and stops within the next seconds."""
    for number, each in enumerate(experiments, start=1):
        start = now() + timedelta(seconds=2 + number / 6)
        world.schedule(each, start, start + timedelta(seconds=1))


def let_all_be_due(world: World) -> None:
    """Starts and then stops have been due while no process looked for them, not for long."""
    move = "UPDATE scheduled_change SET at = CASE target WHEN 'running' THEN :first ELSE :then END"
    world.execute(move, first=now() - HOUR / 6, then=now() - HOUR / 12)


def overdue(world: World) -> bool:
    return bool(world.execute("SELECT 1 FROM scheduled_change WHERE at <= :now", now=now()))


def waiting_in_vain(world: World, project: Project) -> list[str]:
    """Return what waits although it runs, is archived, or could have a slot."""
    waiting = world.execute(
        "SELECT test_id, status FROM queued_start JOIN experiment USING (test_id)"
        " WHERE queued_start.project_id = :id",
        id=project.id,
    )
    running = world.execute(
        "SELECT count(*) FROM experiment WHERE project_id = :id AND status = 'running'",
        id=project.id,
    )[0][0]
    free = running < LIMITS[-1]
    return [str(each) for each in waiting if free or each.status in {"running", "archived"}]


def rows_of(world: World, project: Project, name: str) -> int:
    """Return how many changes the project's key of this name made itself, at once."""
    count = (
        "SELECT count(*) FROM history JOIN api_key ON api_key.id = history.api_key_id"
        " WHERE kind = 'changed' AND door IN ('v2', 'api') AND api_key.name = :name"
        " AND history.project_id = :id"
    )
    return world.execute(count, name=name, id=project.id)[0][0]


def entries(world: World) -> int:
    """Return how many entries the schedule has left in history, of whatever kind."""
    return world.execute("SELECT count(*) FROM history WHERE door = 'schedule'")[0][0]


def swaps_kept(world: World, project: Project) -> int:
    count = "SELECT count(*) FROM history WHERE paused_test_id IS NOT NULL AND project_id = :id"
    return world.execute(count, id=project.id)[0][0]


def doors(world: World) -> list[str]:
    """The doors of all changes."""
    return [row.door for row in world.execute("SELECT door FROM history WHERE kind = 'changed'")]
