"""Every route with who may reach it. A route that is not in this list fails the first test."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from app.accounts import api_keys
from app.models import Actor, Door, KeyType, Project, Role, Status, now
from app.tenancy import slot_requests
from tests.world import COMMAND_LINE, PASSWORD, QUEUE_UNTIL, Browser, World, fingerprint

EVERYBODY = {"signed out", "stranger", "viewer", "marketer", "owner", "admin"}
SIGNED_IN = EVERYBODY - {"signed out"}
MEMBERS = {"viewer", "marketer", "owner"}
MARKETERS = {"marketer", "owner"}
OWNERS = {"owner"}
ADMINS = {"admin"}
WITH_A_SERVING_KEY: set[str] = set()
CALLERS = ["signed out", "stranger", "viewer", "marketer", "owner", "admin"]

PROJECT = "/projects/<project_key>"
EXPERIMENT = f"{PROJECT}/experiments/<key>"
ONE_KEY = f"{PROJECT}/keys/<int(max=2147483647):key_id>"
ONE_GOAL = f"{PROJECT}/goals/<goal_key>"
ONE_MEMBER = f"{PROJECT}/members/<int(max=2147483647):user_id>"
ONE_REQUEST = "/admin/requests/<int(max=2147483647):request_id>"
A_PROJECT = "/admin/projects/<project_key>"
V2 = "/v2/project/<project_key>"
API = "/api/admin/experiments"
FLAGS = "/ofrep/v1/evaluate/flags"
KEY: dict[str, object] = {"name": "deploys", "type": "admin", "lifetime": ""}
DESIGN: dict[str, object] = {
    "variants-0-key": "control",
    "variants-0-weight": "20",
    "variants-1-key": "bold",
    "variants-1-weight": "80",
    "traffic_allocation": "50",
    "minimum_days": 7,
    "minimum_visitors": 100,
}


MANY: dict[str, object] = {"ids": ["<public_id>"], "status": "running"}


@dataclass(frozen=True)
class Route:
    """A route, who may reach it, and what they get there."""

    method: str
    rule: str
    who: set[str]
    status: int
    sends: dict[str, object] | None = None

    @property
    def is_json(self) -> bool:
        return self.rule.startswith(
            ("/v2", "/api", "/ofrep", "/collect", "/healthz", "/readyz", "/metrics")
        )

    def __str__(self) -> str:
        return f"{self.method} {self.rule}"


ROUTES = [
    Route("GET", "/static/<path:filename>", EVERYBODY, 200),
    Route("GET", "/switchyard.js", EVERYBODY, 200),
    Route("GET", "/healthz", EVERYBODY, 200),
    Route("GET", "/readyz", EVERYBODY, 200),
    # Of this machine; what others get is in tests/api/operators/test_metrics.py.
    Route("GET", "/metrics", EVERYBODY, 200),
    # Nobody finds the shop on a server without the demo.
    Route("GET", "/demo/shop", EVERYBODY, 404),
    Route("GET", "/sign-in", EVERYBODY, 200),
    Route("POST", "/sign-in", EVERYBODY, 302, {"email": "<email>", "password": PASSWORD}),
    Route("POST", "/sign-out", SIGNED_IN, 302, {}),
    Route("GET", "/account", SIGNED_IN, 200),
    Route(
        "POST",
        "/account",
        SIGNED_IN,
        302,
        {"present": PASSWORD, "new": "n" * 12, "again": "n" * 12},
    ),
    Route("GET", "/", SIGNED_IN, 200),
    Route("GET", "/experiments", SIGNED_IN, 200),
    Route(
        "POST",
        "/put-aside",
        MEMBERS,
        302,
        {"experiment": "<test_id>", "trouble": "idle", "state": "draft"},
    ),
    Route("POST", "/put-aside/none", SIGNED_IN, 302, {}),
    Route("GET", PROJECT, MEMBERS, 200),
    Route("GET", EXPERIMENT, MEMBERS, 200),
    Route("POST", f"{PROJECT}/outcomes/<public_id>/<action>", MEMBERS, 200, {}),
    # Nobody gives a reason for the change that the command line made.
    Route("POST", f"{EXPERIMENT}/reason", MARKETERS, 404, {"reason": "Too slow"}),
    Route("GET", f"{EXPERIMENT}/notes", MEMBERS, 302),
    Route("POST", f"{EXPERIMENT}/notes", MARKETERS, 302, {"note": "Wait for June."}),
    Route("GET", f"{PROJECT}/slots", MEMBERS, 200),
    # Nothing is held: it leads to where one holds.
    Route("GET", f"{PROJECT}/hold", MARKETERS, 302),
    Route("POST", f"{PROJECT}/hold", MARKETERS, 302, {}),
    Route("POST", f"{PROJECT}/hold/<int(max=2147483647):hold_id>/lift", MARKETERS, 302, {}),
    Route("POST", f"{PROJECT}/stop-all", MARKETERS, 200, {}),
    Route("POST", f"{PROJECT}/stop-all/undo", MARKETERS, 200, {}),
    Route("POST", f"{PROJECT}/bulk/preview", MARKETERS, 200, MANY),
    Route("POST", f"{PROJECT}/bulk", MARKETERS, 200, MANY),
    Route("POST", f"{PROJECT}/bulk/undo", MARKETERS, 200, {**MANY, "seen": ["1"]}),
    Route("POST", f"{PROJECT}/bulk/queue", MARKETERS, 200, MANY),
    Route("GET", f"{EXPERIMENT}/schedule", MARKETERS, 200),
    Route("POST", f"{EXPERIMENT}/schedule", MARKETERS, 302, {"start_at": "", "stop_at": ""}),
    Route("GET", f"{PROJECT}/history", MEMBERS, 200),
    Route("GET", f"{PROJECT}/history.csv", MEMBERS, 200),
    Route("GET", f"{EXPERIMENT}/result", MEMBERS, 200),
    Route("GET", f"{EXPERIMENT}/result.csv", MEMBERS, 200),
    Route("POST", f"{EXPERIMENT}/clone", MARKETERS, 302, {}),
    Route("GET", f"{PROJECT}/new-experiment", MARKETERS, 200),
    Route("POST", f"{PROJECT}/new-experiment", MARKETERS, 302, {"name": "Banner"}),
    Route("GET", f"{EXPERIMENT}/launch-check", MEMBERS, 200),
    Route("GET", f"{EXPERIMENT}/edit", MARKETERS, 200),
    Route("POST", f"{EXPERIMENT}/edit", MARKETERS, 302, {"name": "Banner", "seen": "<seen>"}),
    Route("GET", f"{EXPERIMENT}/design", MARKETERS, 200),
    Route("POST", f"{EXPERIMENT}/design", MARKETERS, 302, DESIGN),
    Route("GET", f"{PROJECT}/goals", MEMBERS, 200),
    Route("POST", f"{PROJECT}/goals", MARKETERS, 302, {"name": "<key>", "wanted": "more"}),
    Route("GET", ONE_GOAL, MARKETERS, 200),
    Route("POST", ONE_GOAL, MARKETERS, 302, {"name": "Bought"}),
    Route("GET", f"{ONE_GOAL}/<any(retire, back):way>", MEMBERS, 302),
    Route("POST", f"{ONE_GOAL}/<any(retire, back):way>", MARKETERS, 302, {}),
    Route("GET", f"{PROJECT}/install", MEMBERS, 200),
    Route("POST", f"{PROJECT}/install/origins", OWNERS, 302, {"origins": "https://a.example"}),
    Route("POST", f"{PROJECT}/install/key", OWNERS, 302, {}),
    Route("GET", f"{PROJECT}/keys", OWNERS, 200),
    Route("POST", f"{PROJECT}/keys", OWNERS, 200, KEY),
    Route("POST", f"{ONE_KEY}/revoke", OWNERS, 302, {}),
    Route("GET", f"{PROJECT}/members", OWNERS, 200),
    Route("POST", f"{PROJECT}/members", OWNERS, 302, {"email": "<email>", "role": "viewer"}),
    Route("POST", f"{ONE_MEMBER}/remove", OWNERS, 302, {}),
    Route("GET", "/admin", ADMINS, 302),
    Route("GET", "/admin/plans", ADMINS, 200),
    Route("GET", "/admin/plans/new", ADMINS, 200),
    Route("POST", "/admin/plans/new", ADMINS, 302, {"code": 7, "name": "Seven"}),
    Route("GET", "/admin/plans/<int:code>", ADMINS, 200),
    Route("POST", "/admin/plans/<int:code>", ADMINS, 302, {"name": "Other"}),
    Route("GET", "/admin/projects", ADMINS, 200),
    Route("GET", "/admin/projects/new", ADMINS, 200),
    Route("POST", "/admin/projects/new", ADMINS, 302, {"name": "Other", "plan": "<code>"}),
    Route("GET", A_PROJECT, ADMINS, 200),
    Route("GET", f"{A_PROJECT}/name", ADMINS, 302),
    Route("POST", f"{A_PROJECT}/name", ADMINS, 302, {"name": "Other"}),
    Route("GET", f"{A_PROJECT}/<any(retire, back):way>", ADMINS, 302),
    Route("POST", f"{A_PROJECT}/<any(retire, back):way>", ADMINS, 302, {}),
    Route("POST", f"{A_PROJECT}/plan", ADMINS, 302, {"plan": "<other code>"}),
    Route("POST", f"{A_PROJECT}/members", ADMINS, 302, {"email": "<email>", "role": "viewer"}),
    Route("GET", "/admin/requests", ADMINS, 200),
    Route("POST", f"{ONE_REQUEST}/answered", ADMINS, 302, {}),
    Route("GET", f"{V2}/experiments", MEMBERS, 200),
    Route("POST", f"{V2}/create-experiment", MARKETERS, 200, {"test_name": "a", "url": ""}),
    Route("GET", f"{V2}/experiment/<test_id>/result", MEMBERS, 200),
    Route("PATCH", f"{V2}/experiment/<test_id>/status", MARKETERS, 200, {"status": 1}),
    Route("GET", API, MEMBERS, 200),
    Route("POST", API, MARKETERS, 201, {"name": "a"}),
    Route("GET", f"{API}/<public_id>", MEMBERS, 200),
    Route("GET", f"{API}/<public_id>/results", MEMBERS, 200),
    Route("GET", f"{API}/<public_id>/launch-check", MEMBERS, 200),
    Route("POST", f"{API}/<public_id>/status", MARKETERS, 200, {"status": "running"}),
    Route("POST", f"{API}/<public_id>/clone", MARKETERS, 201, {}),
    Route("PATCH", f"{API}/<public_id>", MARKETERS, 200, {"minimum_days": 3}),
    Route("POST", f"{API}/<public_id>/swap", MARKETERS, 200, {"pause": "<running id>"}),
    Route("PUT", f"{API}/<public_id>/queue", MARKETERS, 200, {}),
    # It does not wait in the queue.
    Route("PATCH", f"{API}/<public_id>/queue", MARKETERS, 404, {"position": 1}),
    Route("DELETE", f"{API}/<public_id>/queue", MARKETERS, 404, {}),
    Route("GET", "/api/admin/queue", MEMBERS, 200),
    Route("GET", "/api/admin/queue/hold", MEMBERS, 200),
    Route("PUT", "/api/admin/queue/hold", MARKETERS, 200, {}),
    Route("DELETE", "/api/admin/queue/hold", MARKETERS, 200, {}),
    Route("POST", f"{API}/stop-all", MARKETERS, 200, {}),
    Route("POST", f"{API}/stop-all/undo", MARKETERS, 200, {}),
    Route("GET", "/api/admin/history", MEMBERS, 200),
    Route("POST", f"{API}/<public_id>/notes", MARKETERS, 201, {"note": "Deployed."}),
    Route("GET", f"{API}/<public_id>/schedule", MEMBERS, 200),
    Route("PUT", f"{API}/<public_id>/schedule", MARKETERS, 200, {"start_at": "<tomorrow>"}),
    Route("POST", f"{API}/<public_id>/slot-request", MARKETERS, 200, {}),
    Route("POST", f"{API}/bulk", MARKETERS, 200, {"ids": ["<public_id>"], "status": "running"}),
    Route("GET", "/api/admin/goals", MEMBERS, 200),
    Route("POST", "/api/admin/goals", MARKETERS, 201, {"name": "<key>"}),
    Route("POST", "/api/admin/keys", OWNERS, 201, {"type": "admin"}),
    Route("POST", FLAGS, WITH_A_SERVING_KEY, 200, {"context": {"targetingKey": "visitor"}}),
    Route("POST", f"{FLAGS}/<key>", WITH_A_SERVING_KEY, 200, {"context": {"targetingKey": "a"}}),
    Route("POST", "/collect", WITH_A_SERVING_KEY, 202, {"events": []}),
]
CHANGING = [route for route in ROUTES if route.method != "GET"]


def names(routes: list[Route]) -> list[object]:
    return [pytest.param(route, id=str(route)) for route in routes]


def arrived(world: World, project: Project, caller: str) -> Browser:
    """A browser of such a caller."""
    if caller == "signed out":
        return world.browser()
    if caller == "stranger":
        return world.browser(world.member(world.project(), Role.OWNER))
    if caller == "admin":
        return world.browser(world.user(admin=True))
    return world.browser(world.member(project, Role(caller)))


def filled(world: World, project: Project) -> Callable[[object], object]:
    """Puts things of `project`, made for this, where a rule or a form names them."""
    experiment = world.experiment(project)
    email = world.member(project)
    with world.app.app_context():
        key_id = api_keys.mint(project.id, KeyType.ADMIN, "key", COMMAND_LINE).key.id
    user_id = world.execute("SELECT id FROM user_account WHERE email = :email", email=email)[0].id
    goal_key = f"goal-{next(world.numbers)}"
    world.goal(project, goal_key)
    full = world.project(limit=0)
    world.give_role(full, email, Role.MARKETER)
    with world.app.app_context():
        asker = Actor(Door.BROWSER, user_id=user_id)
        slot_requests.ask(full.id, world.experiment(full).test_id, asker, QUEUE_UNTIL)
    request_id = world.execute("SELECT max(id) AS id FROM slot_request")[0].id
    words = {
        "<project_key>": project.key,
        "<key>": experiment.key,
        "<goal_key>": goal_key,
        "<any(retire, back):way>": "retire",
        "<test_id>": str(experiment.test_id),
        "<public_id>": experiment.public_id,
        "<running id>": world.experiment(project, Status.RUNNING).public_id,
        "<tomorrow>": (now() + timedelta(days=1)).isoformat(),
        "<action>": "start",
        "<seen>": fingerprint(experiment),
        "<int(max=2147483647):key_id>": str(key_id),
        "<int(max=2147483647):hold_id>": "1",
        "<int(max=2147483647):user_id>": str(user_id),
        "<int(max=2147483647):request_id>": str(request_id),
        "<int:code>": str(project.plan_code),
        "<code>": str(project.plan_code),
        "<other code>": str(world.plan()),
        "<email>": email,
        "<path:filename>": "app.css",
    }

    def fill(value: object) -> object:
        if isinstance(value, list):
            return [fill(each) for each in value]
        for name, word in words.items():
            value = value.replace(name, word) if isinstance(value, str) else value
        return value

    return fill


def sent(
    browser: Browser, route: Route, project: Project, fill: Callable[[object], object]
) -> TestResponse:
    path = str(fill(route.rule))
    fields = {name: fill(value) for name, value in (route.sends or {}).items()}
    if route.is_json:
        return browser.call(route.method, path, fields, X_Project_Id=project.key)
    if route.method == "POST":
        data = {"csrf_token": browser.csrf_token, **fields}
        return browser.client.post(path, data=data)
    return browser.client.get(path, buffered=True)


def expected(route: Route, caller: str) -> int:
    """What `caller` gets: another project's anything is not there, the rest is refused."""
    if caller in route.who:
        return 302 if route.rule == "/sign-in" and caller != "signed out" else route.status
    if route.who == WITH_A_SERVING_KEY:
        return 401
    if caller == "signed out":
        return 401 if route.is_json else 302
    outside = caller in {"stranger", "admin"} and not route.rule.startswith("/admin")
    return 404 if outside else 403


def test_every_route_is_in_the_list(world: World) -> None:
    rules = {
        (method, rule.rule)
        for rule in world.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert rules == {(route.method, route.rule) for route in ROUTES}


@pytest.mark.parametrize("route", names(ROUTES))
def test_who_may_reach_it(world: World, route: Route) -> None:
    project = world.project(limit=None)
    left_alone = filled(world, project)
    answers = {}
    for caller in CALLERS:
        browser = arrived(world, project, caller)
        if caller == "signed out":
            browser.refresh_token("/sign-in")
        changes = route in CHANGING and caller in route.who
        fill = filled(world, project) if changes else left_alone
        answer = sent(browser, route, project, fill)
        answers[caller] = answer.status_code
        if caller not in route.who and answer.status_code == 302:
            assert answer.headers["Location"].startswith("/sign-in")
    assert answers == {caller: expected(route, caller) for caller in CALLERS}


def rows(world: World) -> list[object]:
    """Everything in the database, but for when a key was last used."""
    tables = ("plan", "user_account", "project", "membership", "api_key", "experiment", "history")
    later = ("queued_start", "scheduled_change", "queue_hold", "slot_request")
    return [world.execute(f"SELECT * FROM {table}") for table in tables + later]  # noqa: S608


@pytest.mark.parametrize("route", names(CHANGING))
@pytest.mark.parametrize("token", ["", "wrong"], ids=["no token", "a wrong token"])
def test_without_its_csrf_token_a_request_changes_nothing(
    world: World, route: Route, token: str
) -> None:
    project = world.project(limit=None)
    browser = arrived(world, project, "admin" if route.who == ADMINS else "owner")
    if route.rule == "/sign-in":
        browser = world.browser()
    fill = filled(world, project)
    before = rows(world)
    browser.csrf_token = token
    answer = sent(browser, route, project, fill)
    refusals = {401} if route.who == WITH_A_SERVING_KEY else {400} if route.is_json else {302, 400}
    assert answer.status_code in refusals
    assert rows(world) == before
    signed_in = browser.get("/account").status_code == 200
    assert signed_in is (route.rule != "/sign-in")


@pytest.mark.parametrize("route", names(CHANGING))
def test_a_refused_caller_changes_nothing(world: World, route: Route) -> None:
    project = world.project(limit=None)
    fill = filled(world, project)
    for caller in sorted(EVERYBODY - route.who):
        browser = arrived(world, project, caller)
        before = rows(world)
        sent(browser, route, project, fill)
        assert rows(world) == before, caller


@pytest.mark.parametrize("route", names([route for route in CHANGING if not route.is_json]))
def test_a_page_that_changes_something_is_never_reached_by_get(world: World, route: Route) -> None:
    project = world.project(limit=None)
    browser = arrived(world, project, "admin" if route.who == ADMINS else "owner")
    path = str(filled(world, project)(route.rule))
    before = rows(world)
    followed = browser.client.get(path, follow_redirects=True)
    # Pressing Enter in the address bar below what came of a form is no mistake.
    assert followed.status_code == 200
    assert rows(world) == before
