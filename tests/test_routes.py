"""The permission matrix of `permissions.txt`, held against every route of the application."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

import pytest
from werkzeug.test import TestResponse

from app.accounts import api_keys, networks, origins
from app.accounts.tokens import PREFIXES
from app.api.visitors import built_scripts
from app.core.version_tokens import token_of_version
from app.database.transactions import writing
from app.experiments import named_audiences
from app.models import (
    AnnouncementKind,
    Experiment,
    How,
    KeyType,
    Project,
    Role,
    now,
)
from app.notifications.mail.readers import OF_ADMINS
from tests import permissions
from tests.permissions import BROWSERS, CALLERS, KEYS, SIGN_IN, Route
from tests.things import Things
from tests.world import PASSWORD, Browser, World, fingerprint
from tests.written import Written

ROUTES = permissions.routes()
CHANGING = [route for route in ROUTES if route.method != "GET"]
STRICT = [route for route in ROUTES if route.rule.startswith("/api/")]
OPEN = [route for route in ROUTES if route.rule.startswith("/v2/")]
REPEATABLE = [route for route in (*STRICT, *OPEN) if route.method != "GET"]
ROLES = (Role.VIEWER, Role.MARKETER, Role.OWNER)

PROJECT = "/projects/<project_key>"
EXPERIMENT = f"{PROJECT}/experiments/<key>"
ONE_GOAL = f"{PROJECT}/goals/<goal_key>"
ONE_AUDIENCE = f"{PROJECT}/audiences/<audience_key>"
A_PROJECT = "/admin/projects/<project_key>"
V2 = "/v2/project/<project_key>"
API = "/api/admin/experiments"
FLAGS = "/ofrep/v1/evaluate/flags"
NEW_PASSWORD = "a better password"
ANOTHER_MACHINE = "192.0.2.7"
MANY = {"ids": ["<public_id>"], "status": "running"}
ANOTHER_LIMIT = {"experiments_running": 6, "until": "<tomorrow>", "reason": "A fair"}
NEW_MEMBER = {"email": "<email>", "role": "viewer"}
MOBILE = [[{"attribute": "device", "operator": "is", "values": ["mobile"]}]]
MOBILE_ROW = {
    "audience-0-joined": "or",
    "audience-0-attribute": "device",
    "audience-0-comparison": "is",
    "audience-0-values": "mobile",
}
WEBHOOK_FORM = {"url": "https://a.example/", "format": "slack", "kinds": "overdue", "is_on": "y"}

Body = Mapping[str, object]
# What is sent to a route that wants something said; to others an empty form, or `{}`.
SENT: dict[str, Body] = {
    "POST /sign-in": {"email": "<email>", "password": PASSWORD},
    "POST /account": {"present": PASSWORD, "new": NEW_PASSWORD, "again": NEW_PASSWORD},
    "POST /put-aside": {"experiment": "<test_id>", "trouble": "idle", "state": "draft"},
    f"POST {EXPERIMENT}/reason": {"reason": "Too slow"},
    f"POST {EXPERIMENT}/notes": {"note": "Wait for June."},
    f"POST {PROJECT}/bulk/preview": MANY,
    f"POST {PROJECT}/bulk": MANY,
    f"POST {PROJECT}/bulk/undo": {**MANY, "seen": ["1"]},
    f"POST {PROJECT}/bulk/queue": MANY,
    f"POST {EXPERIMENT}/result": {"decision": "lost", "seen": "<version>"},
    f"POST {EXPERIMENT}/result/left-out": {"reason": "Bots"},
    f"POST {EXPERIMENT}/schedule": {"start_at": "", "stop_at": ""},
    f"POST {EXPERIMENT}/always-shown": {
        "rows-0-key": "control",
        "rows-0-units": "anna",
        "seen": "<version>",
    },
    f"POST {EXPERIMENT}/traffic": {"traffic_allocation": "50", "seen": "<version>"},
    f"POST {PROJECT}/new-experiment": {"name": "Banner"},
    f"POST {EXPERIMENT}/edit": {"name": "Banner", "seen": "<seen>"},
    f"POST {EXPERIMENT}/design": {
        "variants-0-key": "control",
        "variants-0-weight": "20",
        "variants-1-key": "bold",
        "variants-1-weight": "80",
        "traffic_allocation": "50",
        "minimum_days": 7,
        "minimum_visitors": 100,
    },
    f"POST {PROJECT}/goals": {"name": "<key>", "wanted": "more"},
    f"POST {ONE_GOAL}": {"name": "Bought"},
    f"POST {PROJECT}/audiences": {"name": "<key>", **MOBILE_ROW},
    f"POST {ONE_AUDIENCE}": {"name": "<key>", **MOBILE_ROW, "seen": "<audience seen>"},
    f"POST {PROJECT}/install/origins": {"origins": "https://a.example", "seen": "<sites seen>"},
    f"POST {PROJECT}/install/networks": {"networks": "192.0.2.0/24", "seen": "<networks seen>"},
    f"POST {PROJECT}/install/time-zone": {"time_zone": "Asia/Tokyo"},
    f"POST {PROJECT}/visitor": {"unit": "visitor-1"},
    f"POST {PROJECT}/keys": {"name": "deploys", "type": "admin", "scopes": "read", "lifetime": ""},
    f"POST {PROJECT}/keys/<key_id>/rotate": {"overlap": "24"},
    "POST /account/notifications/<project_key>": dict.fromkeys(AnnouncementKind, How.DAILY),
    "POST /admin/notifications": dict.fromkeys(OF_ADMINS, How.DAILY),
    f"POST {PROJECT}/webhooks": WEBHOOK_FORM,
    f"POST {PROJECT}/webhooks/<webhook_id>": WEBHOOK_FORM,
    f"POST {PROJECT}/members": NEW_MEMBER,
    "POST /admin/requests/<request_id>": {"way": "decline", "answer": "No", "plan": "<code>"},
    "POST /admin/people/invite": {"email": "<new email>"},
    "POST /admin/plans/new": {"code": "<new code>", "name": "Seven"},
    "POST /admin/plans/<code>": {"name": "Other"},
    "POST /admin/projects/new": {"name": "Other", "plan": "<code>"},
    "POST /admin/projects/move": {"projects": ["<project_key>"], "to_plan": "<other code>"},
    f"POST {A_PROJECT}/name": {"name": "Other"},
    # It is not retired.
    f"POST {A_PROJECT}/erase": {"name": "Other"},
    f"POST {A_PROJECT}/plan": {"plan": "<other code>"},
    f"POST {A_PROJECT}/limit": {**ANOTHER_LIMIT, "until": "<tomorrow there>", "time_zone": "UTC"},
    f"POST {A_PROJECT}/members": NEW_MEMBER,
    f"POST {V2}/create-experiment": {
        "test_name": "a",
        "url": "",
        "primary_goal_key": "<goal_key>",
    },
    f"PATCH {V2}/experiment/<test_id>": {"test_name": "Other"},
    f"PATCH {V2}/experiment/<test_id>/status": {"status": 1},
    f"POST {V2}/experiment/<test_id>/serve-winner": {"variant_id": 1},
    f"POST {API}": {"name": "A test"},
    f"POST {V2}/goal": {"goal_name": "<key>"},
    f"PATCH {V2}/goal/<goal_profile_id>": {"goal_name": "Bought"},
    f"POST {API}/<public_id>/status": {"status": "running"},
    f"PATCH {API}/<public_id>": {"minimum_days": 3},
    f"POST {API}/<public_id>/swap": {"pause": "<running id>"},
    f"PATCH {API}/<public_id>/queue": {"position": 1},
    f"POST {API}/<public_id>/notes": {"note": "Deployed."},
    f"PUT {API}/<public_id>/always-shown": {"units": {"treatment": ["anna"]}},
    f"POST {API}/<public_id>/traffic": {"traffic_allocation": 50},
    f"POST {API}/<public_id>/exclusions": {"reason": "Bots"},
    f"PUT {API}/<public_id>/schedule": {"start_at": "<tomorrow>"},
    f"POST {API}/bulk": MANY,
    "POST /api/admin/goals": {"name": "<key>"},
    "POST /api/admin/audiences": {"name": "<key>", "audience": MOBILE},
    "PATCH /api/admin/audiences/<audience_key>": {"name": "<key>"},
    "POST /api/admin/keys": {"type": "admin"},
    "PATCH /api/admin/goals/<goal_key>": {"name": "Bought"},
    "POST /api/admin/webhooks": {"url": "https://a.example/", "kinds": ["overdue"]},
    "PATCH /api/admin/webhooks/<webhook_id>": {"description": "Chat"},
    "PUT /api/admin/members": NEW_MEMBER,
    "PUT /api/admin/projects/<project_key>/override": ANOTHER_LIMIT,
    "PUT /api/admin/projects/<project_key>/members": NEW_MEMBER,
    "PATCH /api/admin/projects/current": {"time_zone": "Asia/Tokyo"},
    "PUT /api/admin/sites": {"origins": ["https://a.example"]},
    "POST /api/admin/plans": {"code": "<new code>", "name": "Seven", "experiments_running": 7},
    "PUT /api/admin/plans/<code>": {"name": "Other", "experiments_running": None},
    "PATCH /api/admin/plans/<code>": {"name": "Other"},
    "POST /api/admin/plans/<code>/projects": {"projects": ["<other project>"]},
    "PATCH /api/admin/projects/<project_key>": {"plan": "<other code>"},
    f"POST {FLAGS}": {"context": {"targetingKey": "visitor"}},
    f"POST {FLAGS}/<key>": {"context": {"targetingKey": "visitor"}},
    "POST /collect": {"events": []},
}
# There it is a queued experiment that is named, in a project without a free slot.
OF_QUEUED = {f"{method} {API}/<public_id>/queue" for method in ("PATCH", "DELETE")}

WITH_A_TOKEN = {
    "PUT /api/admin/plans/<code>",
    "PATCH /api/admin/plans/<code>",
    "PUT /api/admin/projects/<project_key>/override",
    "DELETE /api/admin/projects/<project_key>/override",
    "PATCH /api/admin/audiences/<audience_key>",
    "DELETE /api/admin/audiences/<audience_key>",
}


# There it is something live that is named, or what everybody gets a variant of.
OF_LIVE = {
    f"POST {EXPERIMENT}/result",
    f"POST {EXPERIMENT}/result/left-out",
    f"POST {EXPERIMENT}/result/left-out/<exclusion_id>/count-again",
    f"POST {V2}/experiment/<test_id>/serve-winner",
    f"POST {API}/<public_id>/exclusions",
    f"DELETE {API}/<public_id>/exclusions/<exclusion_id>",
}
OF_SHIPPED = {
    f"POST {EXPERIMENT}/result/stop-serving",
    f"POST {V2}/experiment/<test_id>/stop-serving",
}


# There it is something live that a part of all visitors takes part in.
OF_PARTIAL = {
    f"GET {EXPERIMENT}/traffic",
    f"POST {EXPERIMENT}/traffic",
    f"POST {API}/<public_id>/traffic",
}


# There is no hold to lift, nothing to take back, and no other place in the queue.
CHANGES_NOTHING = {
    "DELETE /api/admin/queue/hold",
    "DELETE /api/admin/projects/<project_key>/override",
    f"POST {API}/stop-all/undo",
    f"PATCH {API}/<public_id>/queue",
}


# Of what is about keys and webhooks: what is told in the first answer alone.
SHOWN_ONCE = {"keys": {"key", "detail"}, "webhooks": {"secret", "detail"}}


@dataclass(frozen=True)
class Cast:
    """All kinds of callers; who is a member becomes so in each project they need."""

    world: World
    _emails: dict[str, str] = field(default_factory=dict)
    _browsers: dict[str, Browser] = field(default_factory=dict)
    _keys: dict[int, Mapping[str, list[str]]] = field(default_factory=dict)

    def browser(self, caller: str) -> Browser:
        """The caller's browser, with a session of their own from the first time on."""
        if caller not in self._browsers:
            self._browsers[caller] = self._new(caller)
        return self._browsers[caller]

    def assemble(self) -> None:
        """Have everybody there: who comes later would write to the database."""
        for caller in BROWSERS:
            self.browser(caller)

    def _new(self, caller: str) -> Browser:
        match caller:
            case "nobody":
                browser = self.world.browser()
                browser.refresh_token("/sign-in")
                return browser
            case "other":
                return self.world.browser(self.world.member(self.world.project(), Role.OWNER))
            case "admin":
                return self.world.browser(self.world.user(admin=True))
            case "ended":
                return self._ended()
            case _:
                return self.world.browser(self._email(caller))

    def _ended(self) -> Browser:
        """A browser whose session has ended, by another password that was chosen elsewhere."""
        ended = self.world.browser(email := self.world.user())
        form = {"present": PASSWORD, "new": NEW_PASSWORD, "again": NEW_PASSWORD}
        self.world.browser(email).submit("/account", **form)
        return ended

    def _email(self, caller: str) -> str:
        if caller not in self._emails:
            self._emails[caller] = self.world.user()
        return self._emails[caller]

    def project(self, *roles: Role) -> Project:
        """A new project, with a member of each of these roles."""
        made = self.world.project(limit=None)
        for role in roles:
            self.world.give_role(made, self._email(role.value), role)
        return made

    def things(self, *roles: Role) -> Things:
        """Return what is in such a project."""
        return Things(self.world, self.project(*roles))

    def unchanged(self, route: Route) -> Things:
        """Return what is there for whoever changes nothing: where no slot is free, apart."""
        return self.things(*ROLES) if route.name in OF_QUEUED else self._unchanged

    @cached_property
    def _unchanged(self) -> Things:
        return self.things(*ROLES)

    def keys(self, project: Project) -> Mapping[str, list[str]]:
        """Keys of each kind, the same whenever the same project is named."""
        if project.id not in self._keys:
            self._keys[project.id] = tokens(self.world, project, self.elsewhere)
        return self._keys[project.id]

    @cached_property
    def elsewhere(self) -> Project:
        """A project that is nobody's who is asked about another."""
        return self.world.project()

    def one_who_may(self, route: Route) -> Browser:
        """A browser of somebody who is let in there, if anybody is."""
        is_admins = route.rule.startswith("/admin") or route.is_of_admins
        caller = "admin" if is_admins else "nobody" if route.rule == "/sign-in" else "owner"
        return self.browser(caller)


@pytest.fixture(scope="module")
def shared_cast(shared_world: World) -> Cast:
    """Callers whose sessions last for all tests of the module."""
    return Cast(shared_world)


@pytest.fixture(scope="module")
def written(shared_cast: Cast) -> Written:
    """Return what is written once all callers are there: who comes later would write, too."""
    shared_cast.assemble()
    return Written.begin(shared_cast.world)


def cast_for(route: Route, shared: Cast) -> Cast:
    """Callers of one's own where sessions are what it is about."""
    return Cast(shared.world) if route.is_of_sessions else shared


class Asked:
    """What is sent to a route, with the names of things that are there."""

    def __init__(self, things: Things, route: Route) -> None:
        self.things, self.project = things, things.project
        self._route = route
        world, project = things.world, things.project
        self._makers: dict[str, Callable[[], object]] = {
            "<project_key>": lambda: project.key,
            "<key>": lambda: self.experiment.key,
            "<goal_key>": lambda: things.goal,
            "<goal_profile_id>": lambda: things.goal_id,
            "<audience_key>": lambda: things.audience.key,
            "<sites seen>": lambda: self._seen(origins.listed, origins.token_of),
            "<networks seen>": lambda: self._seen(networks.listed, networks.token_of),
            "<audience seen>": lambda: named_audiences.token_of(things.audience),
            "<way>": lambda: "retire",
            "<test_id>": lambda: self.experiment.test_id,
            "<public_id>": lambda: self.experiment.public_id,
            "<running id>": lambda: things.live.public_id,
            "<tomorrow>": (now() + timedelta(days=1)).isoformat,
            "<tomorrow there>": lambda: f"{now() + timedelta(days=1):%Y-%m-%dT%H:%M}",
            "<action>": lambda: "start",
            "<seen>": lambda: fingerprint(self.experiment),
            "<version>": lambda: token_of_version(self.experiment.version),
            "<key_id>": lambda: things.key_id,
            "<webhook_id>": lambda: things.webhook.id,
            "<delivery_id>": lambda: things.delivery_id,
            "<hold_id>": lambda: 1,
            "<exclusion_id>": lambda: things.exclusion_id,
            "<session_id>": lambda: 1,
            "<user_id>": lambda: world.person(things.member).user_id,
            "<request_id>": lambda: things.slot_request_id,
            "<code>": lambda: project.plan_code,
            "<new code>": lambda: 1000 + next(world.numbers),
            "<other code>": lambda: things.other_plan,
            "<other project>": lambda: things.other_project.key,
            "<member_email>": lambda: things.member,
            "<email>": lambda: things.stranger,
            "<new email>": lambda: f"new{next(world.numbers)}@example.test",
            "<filename>": lambda: "app.css",
            "<name>": lambda: built_scripts.newest().name,
        }
        self.path = str(self._fill(route.rule))
        self.sent = {name: self._fill(value) for name, value in SENT.get(route.name, {}).items()}

    def _fill(self, value: object) -> object:
        """Return the value with the names of such things."""
        if isinstance(value, list):
            return [self._fill(each) for each in value]
        if not isinstance(value, str):
            return value
        if value in self._makers:
            return self._makers[value]()
        for name, make in self._makers.items():
            if name in value:
                value = value.replace(name, str(make()))
        return value

    def _seen(
        self, listed: Callable[[int], Sequence[str]], token_of: Callable[[Sequence[str]], str]
    ) -> str:
        """What stands for a list of the project."""
        with self.things.world.app.app_context():
            return token_of(listed(self.project.id))

    @property
    def experiment(self) -> Experiment:
        """The one that is named, in the state that the route is about."""
        name, rule = self._route.name, self._route.rule
        if name in OF_PARTIAL:
            return self.things.partly_live
        if name in OF_SHIPPED:
            return self.things.shipped
        if name in OF_QUEUED:
            return self.things.queued
        is_live = rule.startswith(FLAGS) or name in OF_LIVE
        return self.things.live if is_live else self.things.draft


def tokens(world: World, project: Project, other: Project) -> dict[str, list[str]]:
    """New keys of each kind, by the names of their columns; one that has ended is of any type."""
    made: dict[str, list[str]] = {column: [] for column in KEYS}
    with world.app.app_context(), writing() as session:
        for column, its_project, key_type, ended in _wanted(project, other):
            token = f"{PREFIXES[key_type]}{next(world.numbers):048}"
            key = api_keys.of_token(its_project.id, key_type, "key", token)
            if ended:
                setattr(key, ended, now() - timedelta(seconds=1))
            session.add(key)
            made[column].append(token)
    return made


def _wanted(project: Project, other: Project) -> Generator[tuple[str, Project, KeyType, str]]:
    """The column, project and type of each key, and what says that it has ended."""
    yield "admin-key", project, KeyType.ADMIN, ""
    yield "other-key", other, KeyType.ADMIN, ""
    yield "server", project, KeyType.SERVER, ""
    yield "client", project, KeyType.CLIENT, ""
    for key_type in KeyType:
        yield "expired", project, key_type, "expires_at"
        yield "revoked", project, key_type, "revoked_at"


def send(
    browser: Browser, route: Route, asked: Asked, token: str = "", **headers: str
) -> TestResponse:
    browser.client.environ_base["REMOTE_ADDR"] = ANOTHER_MACHINE
    headers |= {"Authorization": f"Bearer {token}"} if token else {}
    if route.is_json:
        headers["X_Project_Id"] = asked.project.key
        body = None if route.method == "GET" else asked.sent
        return browser.call(route.method, asked.path, body, **headers)
    if route.method == "GET":
        return browser.get(asked.path, **headers)
    data = {"csrf_token": browser.csrf_token, **asked.sent}
    return browser.client.post(asked.path, data=data, headers=headers)


def outcome(answer: TestResponse) -> str:
    """Return what the table calls it."""
    answer.close()
    # Where the session has just been ended, that page is what was asked for.
    is_led = answer.headers.get("Location", "").startswith("/sign-in")
    return SIGN_IN if is_led and "Set-Cookie" not in answer.headers else str(answer.status_code)


def outcome_for(
    cast: Cast, caller: str, route: Route, asked: Asked, keys: Mapping[str, list[str]]
) -> str:
    """Return what the caller gets; with several keys, with each of them."""
    if caller in BROWSERS:
        return outcome(send(cast.browser(caller), route, asked))
    browser = cast.world.browser()
    (got,) = {outcome(send(browser, route, asked, token)) for token in keys[caller]}
    return got


def params(routes: list[Route]) -> list[object]:
    return [pytest.param(route, id=route.name) for route in routes]


def test_every_route_is_in_the_table(shared_world: World) -> None:
    rules = {
        f"{method} {permissions.plain(rule.rule)}"
        for rule in shared_world.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    names = [route.name for route in ROUTES]
    assert sorted(names) == sorted(rules)
    assert set(SENT) | OF_QUEUED <= set(names)


@pytest.mark.parametrize("route", params(ROUTES))
def test_each_caller_gets_what_the_table_says(
    shared_cast: Cast, written: Written, route: Route
) -> None:
    cast, reads = cast_for(route, shared_cast), route.method == "GET"
    things = cast.unchanged(route) if reads else cast.things(*ROLES)
    asked, keys = Asked(things, route), cast.keys(things.project)
    cast.assemble()
    before = written.so_far()
    outcomes: dict[str, str] = {}
    # Those who are refused come first, and change nothing.
    for is_let_in in (False, True):
        for caller in CALLERS:
            if route.lets_in(caller) is is_let_in:
                makes_anew = is_let_in and not reads
                its = Asked(Things(cast.world, things.project), route) if makes_anew else asked
                outcomes[caller] = outcome_for(cast, caller, route, its, keys)
        if reads or not is_let_in:
            assert written.since(before) == []
    assert outcomes == route.outcomes


@pytest.mark.parametrize("route", params(CHANGING))
def test_without_its_csrf_token_a_browser_changes_nothing(
    shared_cast: Cast, written: Written, route: Route
) -> None:
    cast = cast_for(route, shared_cast)
    asked = Asked(cast.unchanged(route), route)
    browser = cast.one_who_may(route)
    before, own_token = written.so_far(), browser.csrf_token
    for token in ("", "wrong"):
        browser.csrf_token = token
        answer = send(browser, route, asked)
        refusals = {400, 401} if route.is_json else {302, 400}
        assert answer.status_code in refusals
        assert written.since(before) == []
    browser.csrf_token = own_token
    is_signed_in = browser.get("/account").status_code == 200
    assert is_signed_in is (route.rule != "/sign-in")


@pytest.mark.parametrize("route", params([route for route in CHANGING if not route.is_json]))
def test_a_page_that_changes_something_is_never_reached_by_get(
    shared_cast: Cast, written: Written, route: Route
) -> None:
    cast = cast_for(route, shared_cast)
    asked = Asked(cast.unchanged(route), route)
    browser = cast.one_who_may(route)
    before = written.so_far()
    followed = browser.client.get(asked.path, follow_redirects=True)
    # Pressing Enter in the address bar below what came of a form is no mistake.
    assert followed.status_code == 200
    assert written.since(before) == []


@pytest.mark.parametrize("route", params(STRICT))
def test_what_our_own_door_does_not_understand_is_refused_by_its_name(
    shared_cast: Cast, written: Written, route: Route
) -> None:
    asked = Asked(shared_cast.unchanged(route), route)
    browser, path = shared_cast.one_who_may(route), asked.path
    before = written.so_far()
    asked.path = f"{path}?dry_runn=true"
    answers = [send(browser, route, asked)]
    if route.method != "GET":
        asked.path, asked.sent = path, {**asked.sent, "dry_runn": True}
        answers.append(send(browser, route, asked))
    for answer in answers:
        assert (answer.status_code, (answer.json or {})["code"]) == (422, "VALIDATION")
        assert "dry_runn" in (answer.json or {})["detail"]
    assert written.since(before) == []


@pytest.mark.parametrize("route", params(OPEN))
def test_what_v2_does_not_understand_is_named_beside_what_was_done(
    shared_cast: Cast, route: Route
) -> None:
    asked = Asked(shared_cast.things(Role.OWNER), route)
    names = ["colours"]
    asked.path += "?colours=all"
    if route.method != "GET":
        names.append("colour")
        asked.sent = {**asked.sent, "colour": "red"}
    answer = send(shared_cast.one_who_may(route), route, asked)
    warned = [each["detail"] for each in (answer.json or {})["warnings"]]
    assert answer.status_code == 200
    assert warned == [f"{name} is not understood, and was not heeded." for name in names]


@pytest.mark.parametrize("route", params(REPEATABLE))
def test_a_change_with_an_idempotency_key_is_carried_out_once(
    shared_world: World, shared_cast: Cast, written: Written, route: Route
) -> None:
    asked = Asked(shared_cast.things(Role.OWNER), route)
    sent_by = shared_cast.one_who_may(route)
    key = {"Idempotency_Key": f"order-{next(shared_world.numbers)}"}
    first = send(sent_by, route, asked, **key)
    after = written.so_far()
    again = send(sent_by, route, asked, **key)
    assert first.status_code == again.status_code < 300
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    shown_once = SHOWN_ONCE.get(route.rule.split("/")[3], set())
    assert without(first, shown_once) == without(again, shown_once)
    assert written.since(after) == []


@pytest.mark.parametrize("route", params(REPEATABLE))
def test_a_dry_run_answers_as_the_change_does_and_writes_nothing(
    shared_cast: Cast, written: Written, route: Route
) -> None:
    asked = Asked(shared_cast.things(Role.OWNER), route)
    sent_by, path = shared_cast.one_who_may(route), asked.path
    before = written.so_far()
    asked.path = f"{path}?dry_run=true"
    tried = send(sent_by, route, asked)
    assert written.since(before) == []
    asked.path = path
    done = send(sent_by, route, asked)
    assert written.since(before) or route.name in CHANGES_NOTHING
    assert tried.status_code == done.status_code < 300
    assert (tried.json or {})["dry_run"] is True
    assert {*(done.json or {})} == {*without(tried, {"dry_run", "history"})} - {"detail"}


@pytest.mark.parametrize("route", params(REPEATABLE))
def test_a_change_of_another_version_than_was_seen_is_refused_and_so_is_one_of_what_has_none(
    shared_world: World, shared_cast: Cast, route: Route
) -> None:
    asked = Asked(shared_cast.things(Role.OWNER), route)
    before = shared_world.reload(asked.experiment).version
    answer = send(shared_cast.one_who_may(route), route, asked, If_Match='"v1000000"')
    is_of_one = (
        "<public_id>" in route.rule or "<test_id>" in route.rule or route.name in WITH_A_TOKEN
    )
    assert answer.status_code == (412 if is_of_one else 400)
    assert shared_world.reload(asked.experiment).version == before


def without(answer: TestResponse, names: set[str]) -> dict[str, object]:
    """The members of an answer but for some."""
    return {name: value for name, value in (answer.json or {}).items() if name not in names}
