"""The race, proved: real server processes, real databases, and clients that all come at once."""

from collections import Counter
from collections.abc import Generator, Mapping
from itertools import cycle, islice, product

import pytest

from app.models import Experiment, Project, Role, Status
from tests import audit, crowd
from tests.conftest import rounds, shared_on_both_databases
from tests.crowd import Answer, Call
from tests.servers import Server, flawless
from tests.watching import watched
from tests.world import World, fingerprint

pytestmark = shared_on_both_databases

STARTS = 200
MIXED = 420
MANY = 24


@pytest.fixture
def world(shared_world: World) -> World:
    """Factories on the database that all races of this module are on: each has its own project."""
    return shared_world


@pytest.fixture(scope="module")
def database_url(shared_world: World) -> str:
    """Its address."""
    return shared_world.app.config["DATABASE_URL"]


@pytest.fixture(scope="module")
def server(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    """A server of several processes and threads, in whose log nothing went wrong at the end."""
    with flawless(database_url, tmp_path_factory.mktemp("server")) as server:
        yield server


def test_two_hundred_starts_at_a_limit_of_two_leave_two_running(
    world: World, server: Server, database_url: str
) -> None:
    project = world.project(limit=2)
    experiments = [world.experiment(project) for _ in range(STARTS)]
    key, session = _key(world, project), server.sign_in(world.member(project))
    doors = (
        lambda each: crowd.by_integer(project, each, 1, key),
        lambda each: crowd.by_name(each, "running", key),
        lambda each: crowd.by_integer(project, each, 1, session),
    )
    starts = [door(each) for door, each in zip(cycle(doors), experiments, strict=False)]
    version = audit.read(database_url, project.id).version

    answers = crowd.send_all(server.address, starts)

    refused = [answer for answer in answers if answer.status != 200]
    assert len(refused) == STARTS - 2
    assert [answer for answer in refused if not _says_plan_limit(answer)] == []
    record = audit.read(database_url, project.id)
    assert record.running == 2
    assert [change.target for change in record.history] == [Status.RUNNING] * 2
    assert record.breaks() == []
    assert record.version == version + record.told, "each has told the open pages"


@rounds(1, soak=20)
def test_no_mixture_of_changes_overruns_the_limit_or_tears_history(
    world: World, server: Server, database_url: str, rounds: int
) -> None:
    project = world.project(limit=3)
    experiments = [world.experiment(project) for _ in range(10)]
    session = server.sign_in(world.member(project))
    changes = _mixture(project, experiments, _key(world, project), session) * rounds
    admin = server.sign_in(world.user(admin=True))
    lowered = {"name": "Lowered", "experiments_running": 1}
    lower = crowd.sending_json("PUT", f"/api/admin/plans/{project.plan_code}", lowered, admin)
    changes.insert(len(changes) // 2, lower)
    version = audit.read(database_url, project.id).version

    with watched(database_url, project.id) as watch:
        answers = crowd.send_all(server.address, changes)

    assert {answer.status for answer in answers} <= {200, 302, 400, 403, 404, 409, 429}
    assert watch.limits == {3, 1}
    assert watch.overruns == []
    record = audit.read(database_url, project.id)
    assert record.most_running() <= 3
    assert record.breaks() == []
    assert record.version == version + record.told + 1, "and one for the new limit"


def test_one_of_many_creations_with_the_same_key_succeeds(world: World, server: Server) -> None:
    project = world.project()
    key = _key(world, project)
    body = {"name": "Red button", "key": "red-button"}
    create = crowd.sending_json("POST", "/api/admin/experiments", body, key)

    answers = crowd.send_all(server.address, [create] * MANY)

    assert Counter(answer.status for answer in answers) == {201: 1, 409: MANY - 1}
    codes = {answer.body["code"] for answer in answers if answer.status == 409}
    assert codes == {"ALREADY_EXISTS"}


def test_one_of_many_deletions_of_what_is_live_succeeds_and_frees_one_slot(
    world: World, server: Server, database_url: str
) -> None:
    project = world.project(limit=1)
    (live,) = world.running(project, 1)
    waiting = world.queued(project, 2)
    path = f"/v2/project/{project.key}/experiment/{live.test_id}"
    delete = crowd.sending_json("DELETE", path, {}, _key(world, project))

    answers = crowd.send_all(server.address, [delete] * MANY)

    assert Counter(answer.status for answer in answers) == {200: 1, 404: MANY - 1}
    statuses = [world.reload(each).status for each in (live, *waiting)]
    assert statuses == [Status.ARCHIVED, Status.RUNNING, Status.DRAFT]
    assert audit.read(database_url, project.id).breaks() == []


def test_creations_with_the_same_name_all_succeed_under_keys_of_their_own(
    world: World, server: Server, database_url: str
) -> None:
    project = world.project()
    path = f"/v2/project/{project.key}/create-experiment"
    body = {"test_name": "Red button", "url": "https://example.test/"}
    create = crowd.sending_json("POST", path, body, _key(world, project))

    answers = crowd.send_all(server.address, [create] * MANY)

    assert {answer.status for answer in answers} == {200}
    record = audit.read(database_url, project.id)
    assert set(record.statuses) == {answer.body["test_id"] for answer in answers}
    assert record.version == project.version + MANY


def test_one_of_many_edits_of_what_all_saw_succeeds(
    world: World, server: Server, database_url: str
) -> None:
    project = world.project()
    experiment = world.experiment(project)
    session = server.sign_in(world.member(project))
    path = f"/projects/{project.key}/experiments/{experiment.key}/edit"
    seen = fingerprint(experiment)
    sent = [
        crowd.sending_form(path, {"name": f"By {number}", "seen": seen}, session)
        for number in range(MANY)
    ]
    version = audit.read(database_url, project.id).version

    answers = crowd.send_all(server.address, sent)

    assert Counter(answer.status for answer in answers) == {302: 1, 400: MANY - 1}
    (done,) = (answer for answer in answers if answer.status == 302)
    assert f"name={world.reload(experiment).name.replace(' ', '+')}&" in done.call.body
    assert audit.read(database_url, project.id).version == version + 1


def test_clones_that_are_made_at_once_have_names_and_keys_of_their_own(
    world: World, server: Server
) -> None:
    project = world.project()
    original = world.experiment(project, name="Banner")
    path = f"/api/admin/experiments/{original.public_id}/clone"
    clone = crowd.sending_json("POST", path, None, _key(world, project))

    answers = crowd.send_all(server.address, [clone] * MANY)

    numbered = [f"Banner (clone {number})" for number in range(2, MANY + 1)]
    assert {answer.status for answer in answers} == {201}
    assert {answer.body["name"] for answer in answers} == {"Banner (clone)", *numbered}


def test_two_owners_who_remove_each_other_leave_one(world: World, server: Server) -> None:
    projects = [world.project() for _ in range(MANY)]
    couple = [world.user(), world.user()]
    ids = _make_owners(world, projects, couple)
    sessions = [server.sign_in(email) for email in couple]
    removals = [
        crowd.sending_form(f"/projects/{project.key}/members/{other}/remove", {}, session)
        for project, (session, other) in product(
            projects, zip(sessions, reversed(ids), strict=True)
        )
    ]

    answers = crowd.send_all(server.address, removals)

    assert {answer.status for answer in answers} <= {302, 404}
    assert _owners_left(world, projects) == [1] * MANY


def _key(world: World, project: Project) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {world.key(project)}"}


def _says_plan_limit(answer: Answer) -> bool:
    """Return whether this is the refusal at the plan's limit, in the shape of its contract."""
    if answer.call.path.startswith("/v2/"):
        words = answer.body.get("error", "").startswith("Plan limit")
        return answer.status == 403 and set(answer.body) == {"error", "refusal"} and words
    shape = set(answer.body) == {"error", "code", "detail", "refusal"}
    return answer.status == 429 and shape and answer.body["code"] == "PLAN_LIMIT"


def _mixture(
    project: Project,
    experiments: list[Experiment],
    key: Mapping[str, str],
    session: Mapping[str, str],
) -> list[Call]:
    """Every change of every experiment, over and over; some are archived on the way."""
    changes = (
        lambda each: crowd.by_integer(project, each, 1, key),
        lambda each: crowd.by_name(each, "running", session),
        lambda each: crowd.by_integer(project, each, 0, session),
        lambda each: crowd.by_integer(project, each, 9, key),
        lambda each: crowd.by_integer(project, each, 1, session),
        lambda each: crowd.by_name(each, "running", key),
        lambda each: crowd.by_name(each, "stopped", key),
    )
    calls = [
        change(each) for change, each in islice(zip(cycle(changes), cycle(experiments)), MIXED)
    ]
    archive = [crowd.by_name(each, "archived", session) for each in experiments[-4:]]
    return [*calls[: MIXED // 4], *archive, *calls[MIXED // 4 :]]


def _make_owners(world: World, projects: list[Project], couple: list[str]) -> list[int]:
    """Make both people owners of every project, and give their ids."""
    for project, email in product(projects, couple):
        world.give_role(project, email, Role.OWNER)
    find = "SELECT id FROM user_account WHERE email = :email"
    return [world.execute(find, email=email)[0].id for email in couple]


def _owners_left(world: World, projects: list[Project]) -> list[int]:
    count = "SELECT count(*) FROM membership WHERE project_id = :project AND role = 'owner'"
    return [world.execute(count, project=project.id)[0][0] for project in projects]
