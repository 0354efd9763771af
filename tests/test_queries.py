"""How many statements a request sends: a fixed number, however many experiments there are."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.database.transactions import writing
from app.experiments.search import PAGE_SIZE
from app.models import Experiment, Project, Status, now
from app.pages.common.polls import SECONDS_KNOWN
from tests.api.asking import integers_path, names_path
from tests.clock import Clock, set_polls_by_hand
from tests.conftest import on_both_databases
from tests.measured import golden, noon, started
from tests.statements import recorded
from tests.world import World, fingerprint

Request = Callable[[World, Project, Experiment], Callable[[], int]]


def by_key(world: World, project: Project, experiment: Experiment) -> Callable[[], int]:
    client, headers = world.app.test_client(), {"x-api-key": world.key(project)}
    path = integers_path(project, experiment)
    listed = f"/v2/project/{project.key}/experiments?limit=1"
    client.get(listed, headers=headers)
    return lambda: client.patch(path, json={"status": 1}, headers=headers).status_code


def by_name(world: World, project: Project, experiment: Experiment) -> Callable[[], int]:
    client, headers = world.app.test_client(), {"X-SDK-Key": world.key(project)}
    client.get("/api/admin/experiments?limit=1", headers=headers)
    path = names_path(experiment)
    return lambda: client.post(path, json={"status": "running"}, headers=headers).status_code


def by_browser(world: World, project: Project, experiment: Experiment) -> Callable[[], int]:
    browser = world.browser(world.member(project))
    path = integers_path(project, experiment)
    return lambda: browser.call("PATCH", path, {"status": 1}).status_code


def pause(world: World, project: Project, experiment: Experiment) -> Callable[[], int]:
    start = by_key(world, project, experiment)
    assert start() == 200
    client, headers = world.app.test_client(), {"x-api-key": world.key(project, "other")}
    path = integers_path(project, experiment)
    client.get(f"/v2/project/{project.key}/experiments?limit=1", headers=headers)
    return lambda: client.patch(path, json={"status": 0}, headers=headers).status_code


def page(world: World, project: Project, _experiment: Experiment) -> Callable[[], int]:
    browser = world.browser(world.member(project))
    return lambda: browser.get(f"/projects/{project.key}").status_code


def refetch(world: World, project: Project, _experiment: Experiment) -> Callable[[], int]:
    clock = set_polls_by_hand(world.app)
    browser = world.browser(world.member(project))
    path = f"/projects/{project.key}"
    browser.get(path)
    clock.seconds += world.app.config["SECONDS_REMEMBERED"]
    return lambda: browser.get(path, HX_Request="true").status_code


def polled(world: World, project: Project) -> tuple[Clock, Callable[[], int]]:
    """A page that is polled, in a process that remembers it; its clock, and the next poll."""
    clock = set_polls_by_hand(world.app)
    browser = world.browser(world.member(project))
    path = f"/projects/{project.key}"
    etag = browser.get(path).headers["ETag"]

    def ask() -> int:
        return browser.get(path, HX_Request="true", If_None_Match=etag).status_code

    assert ask() == 304
    return clock, ask


def poll(world: World, project: Project, _experiment: Experiment) -> Callable[[], int]:
    _, ask = polled(world, project)
    return ask


def poll_for_the_version(
    world: World, project: Project, _experiment: Experiment
) -> Callable[[], int]:
    clock, ask = polled(world, project)
    clock.seconds += world.app.config["SECONDS_REMEMBERED"]
    return ask


def poll_of_the_unknown(
    world: World, project: Project, _experiment: Experiment
) -> Callable[[], int]:
    clock, ask = polled(world, project)
    clock.seconds += SECONDS_KNOWN
    return ask


def one(world: World, project: Project, experiment: Experiment) -> Callable[[], int]:
    browser = world.browser(world.member(project))
    path = f"/projects/{project.key}/experiments/{experiment.key}"
    return lambda: browser.get(path).status_code


def history(world: World, project: Project, experiment: Experiment) -> Callable[[], int]:
    browser = world.browser(world.member(project))
    world.start(experiment)
    path = f"/projects/{project.key}/history?experiment={experiment.key}"
    return lambda: browser.get(path).status_code


def edit(world: World, project: Project, experiment: Experiment) -> Callable[[], int]:
    browser = world.browser(world.member(project))
    path = f"/projects/{project.key}/experiments/{experiment.key}/edit"
    return lambda: browser.get(path).status_code


def save(world: World, project: Project, experiment: Experiment) -> Callable[[], int]:
    browser = world.browser(world.member(project))
    path = f"/projects/{project.key}/experiments/{experiment.key}/edit"
    form: dict[str, str | int] = {"name": "Other", "seen": fingerprint(experiment)}
    return lambda: browser.submit(path, **form).status_code


def clone(world: World, project: Project, experiment: Experiment) -> Callable[[], int]:
    browser = world.browser(world.member(project))
    path = f"/projects/{project.key}/experiments/{experiment.key}/clone"
    return lambda: browser.submit(path).status_code


def result(world: World, project: Project, _experiment: Experiment) -> Callable[[], int]:
    browser = world.browser(world.member(project))
    path = golden(world, project).page
    return lambda: browser.get(path).status_code


def projects(world: World, project: Project, _experiment: Experiment) -> Callable[[], int]:
    browser = world.browser(world.member(project))
    return lambda: browser.get("/").status_code


def everywhere(world: World, project: Project, _experiment: Experiment) -> Callable[[], int]:
    browser = world.browser(world.member(project))
    return lambda: browser.get("/experiments?status=draft").status_code


def filtered(world: World, project: Project, _experiment: Experiment) -> Callable[[], int]:
    browser = world.browser(world.member(project))
    path = f"/projects/{project.key}?page=shop&owner=1"
    return lambda: browser.get(path).status_code


def known_to_programs(
    world: World, project: Project, experiment: Experiment
) -> tuple[FlaskClient, dict[str, str], str]:
    """A program with a key that is known already, and an experiment's address under /v2."""
    client, headers = world.app.test_client(use_cookies=False), {"x-api-key": world.key(project)}
    client.get(f"/v2/project/{project.key}/experiments?limit=1", headers=headers)
    return client, headers, f"/v2/project/{project.key}/experiment/{experiment.test_id}"


def shown_by_integer(world: World, project: Project, experiment: Experiment) -> Callable[[], int]:
    client, headers, path = known_to_programs(world, project, experiment)
    return lambda: client.get(path, headers=headers).status_code


def revised(world: World, project: Project, experiment: Experiment) -> Callable[[], int]:
    client, headers, path = known_to_programs(world, project, experiment)
    body = {"test_name": "Other", "configuration": {"traffic_allocation": 50}}
    return lambda: client.patch(path, json=body, headers=headers).status_code


def live_deleted(world: World, project: Project, experiment: Experiment) -> Callable[[], int]:
    world.start(experiment)
    client, headers, path = known_to_programs(world, project, experiment)
    return lambda: client.delete(path, headers=headers).status_code


# what is asked, the answer's status, and the most statements that it may take
BUDGETS: list[tuple[Request, int, int]] = [
    (by_key, 200, 9),
    (by_name, 200, 9),
    (by_browser, 200, 10),
    (pause, 200, 8),
    (shown_by_integer, 200, 3),
    (revised, 200, 21),
    (live_deleted, 200, 12),
    (page, 200, 7),
    # How long it is going to take is asked in three.
    (one, 200, 12),
    (history, 200, 6),
    (edit, 200, 4),
    (save, 302, 11),
    # It asks once more for the right, under the lock.
    (clone, 302, 21),
    (result, 200, 11),
    (projects, 200, 8),
    (everywhere, 200, 2),
    (filtered, 200, 8),
    (refetch, 200, 7),
    (poll, 304, 0),
    (poll_for_the_version, 304, 1),
    (poll_of_the_unknown, 304, 2),
]


def crowd(world: World, project: Project, count: int) -> None:
    """So many more experiments, running, paused and drafts in turn."""
    kinds = [
        (Status.RUNNING, now(), None),
        (Status.STOPPED, now(), now()),
        (Status.DRAFT, None, None),
    ]
    with world.app.app_context(), writing() as session:
        for number in range(count):
            status, started_at, stopped_at = kinds[number % 3]
            session.add(
                Experiment(
                    project_id=project.id,
                    public_id=f"exp_{project.id}_{number}",
                    key=f"crowd-{number}",
                    name=f"Crowd {number}",
                    status=status,
                    started_at=started_at,
                    stopped_at=stopped_at,
                )
            )


def statements(world: World, request: Request, others: int) -> tuple[int, list[str]]:
    """The answer's status and what was sent for it, with so many other experiments."""
    project = world.project(limit=None)
    crowd(world, project, others)
    prepared = request(world, project, world.experiment(project))
    with recorded(world.app) as sent:
        status = prepared()
    return status, [_without_length(each) for each in sent]


def _without_length(statement: str) -> str:
    """The statement with lists of values as one: that of what is on a page is as long as it."""
    spelt_alike = re.sub(r"%\(\w+\)s(::\w+)?", "?", statement)
    return re.sub(r"\?(, \?)+", "?", spelt_alike)


@pytest.mark.parametrize(
    ("request_", "status", "most"), BUDGETS, ids=[request.__name__ for request, *_ in BUDGETS]
)
def test_a_request_takes_as_many_statements_with_5_experiments_as_with_60(
    world: World, request_: Request, status: int, most: int
) -> None:
    few, many = statements(world, request_, 5), statements(world, request_, 60)
    assert (few[0], many[0]) == (status, status)
    assert few[1] == many[1]
    assert len(few[1]) <= most, "\n".join(few[1])


def test_sixty_experiments_are_more_than_a_page() -> None:
    assert PAGE_SIZE < 60


@on_both_databases
@pytest.mark.parametrize("request_", [by_key, by_browser], ids=lambda each: each.__name__)
def test_for_what_runs_already_the_plan_is_not_even_read(world: World, request_: Request) -> None:
    project = world.project()
    prepared = request_(world, project, world.experiment(project, Status.RUNNING))
    with recorded(world.app) as sent:
        assert prepared() == 200
    assert not [each for each in sent if "plan." in each or "count(" in each]


@on_both_databases
def test_a_result_takes_as_many_statements_for_3_visitors_as_for_3000(world: World) -> None:
    project = world.project(limit=None)
    sent = []
    for visitors in (1, 1000):
        measured = started(world, project, name=f"Seen by {visitors}")
        for day in range(3):
            measured.come(1, visitors, noon(day), purchase=1)
        browser = world.browser(world.member(project))
        with recorded(world.app) as statements_sent:
            assert browser.get(measured.page).status_code == 200
        sent.append(statements_sent)
    assert sent[0] == sent[1]
    assert len(sent[0]) == 11


@on_both_databases
@pytest.mark.parametrize("path", ["/projects/{key}/learnings", "/learnings", "/learnings.csv"])
def test_learnings_take_as_many_statements_for_2_experiments_as_for_7(
    world: World, path: str
) -> None:
    project = world.project(limit=None)
    email = world.member(project)
    sent = []
    for count in (2, 5):
        for number in range(count):
            measured = started(world, project, name=f"Ended {count} {number}")
            measured.come(1, 3, noon(1), purchase=1)
            world.ship(measured.experiment)
        browser = world.browser(email)
        with recorded(world.app) as statements_sent:
            answer = browser.get(path.format(key=project.key))
            assert answer.get_data(as_text=True).count("Ended") >= count
        sent.append([_without_length(each) for each in statements_sent])
    assert sent[0] == sent[1]
    assert len(sent[0]) <= 10, "\n".join(sent[0])
