"""Plans and projects, for admins."""

import pytest
from sqlalchemy import event
from werkzeug.test import TestResponse

from app.database.engine import db
from app.models import Project, Role, Status
from tests.api.asking import integers_path
from tests.conftest import on_both_databases, on_postgresql
from tests.contracts import Contract
from tests.pages.reading import errors, flashed, page
from tests.world import Browser, World

PLANS = "SELECT code, name, experiments_running FROM plan ORDER BY code"

ADD_PLANS = "INSERT INTO plan (code, name, experiments_running) VALUES"


def agreement(asked: TestResponse) -> str:
    """What agrees to what a page asks about."""
    return page(asked).the("input", name="agreed").attributes["value"]


@pytest.fixture
def admin(world: World) -> Browser:
    """The browser of an admin who is a member of no project."""
    return world.browser(world.user(admin=True))


def test_the_plans_are_listed_by_code_with_their_limits(world: World, admin: Browser) -> None:
    plans = "(305, 'Agency Lite', 2), (300, 'Sandbox', 0), (310, 'Studio', NULL)"
    world.execute(f"{ADD_PLANS} {plans}")
    table = page(admin.get("/admin/plans")).the("tbody")
    rows = [
        [cell.text for cell in (*row.every("th"), *row.every("td"))] for row in table.every("tr")
    ]
    assert rows == [
        ["Sandbox", "300", "0", "Edit"],
        ["Agency Lite", "305", "2", "Edit"],
        ["Studio", "310", "no limit", "Edit"],
    ]


@pytest.mark.parametrize(("limit", "kept"), [("3", 3), ("0", 0), ("", None)])
def test_a_plan_is_added(world: World, admin: Browser, limit: str, kept: int | None) -> None:
    answer = admin.submit("/admin/plans/new", code=300, name=" Sandbox ", experiments_running=limit)
    assert answer.headers["Location"] == "/admin/plans"
    assert world.execute(PLANS) == [(300, "Sandbox", kept)]


@pytest.mark.parametrize(("limit", "kept"), [("1", 1), ("0", 0), ("", None)])
def test_a_plans_limit_is_changed_and_counts_at_once(
    world: World, admin: Browser, limit: str, kept: int | None
) -> None:
    project = world.project(limit=2)
    running, _ = world.running(project, 2)
    draft = world.experiment(project)
    path, form = f"/admin/plans/{project.plan_code}", {"name": "Sandbox"}
    asked = admin.submit(path, **form, experiments_running=limit)
    if kept is not None:
        assert world.execute("SELECT experiments_running FROM plan") == [(2,)]
        admin.submit(path, **form, experiments_running=limit, agreed=agreement(asked))
    assert world.execute(PLANS) == [(project.plan_code, "Sandbox", kept)]
    assert world.reload(running).status is Status.RUNNING
    marketer = world.browser(world.member(project))
    answer = marketer.call("PATCH", integers_path(project, draft), {"status": 1})
    assert answer.status_code == (200 if kept is None else 403)


def test_what_a_higher_limit_would_start_is_asked_about_and_then_told(
    world: World, admin: Browser
) -> None:
    project = world.project(limit=1)
    world.running(project, 1)
    waiting = [world.experiment(project, name=name) for name in ("First", "Second")]
    for each in waiting:
        world.queue(each)
    path, form = f"/admin/plans/{project.plan_code}", {"name": "Large", "experiments_running": "6"}
    answer = admin.submit(path, **form)
    asked = page(answer)
    told = asked.the("section", aria_labelledby="effects-title")
    assert told.the("h2").text == (
        f"Plan {project.plan_code}, 1 to 6: 2 experiments start from the queue at once"
    )
    assert told.the("li").text == f"{project.name} : “First”, “Second”"
    assert asked.the("input", name="submit").attributes["value"] == "Save and start 2"
    assert [world.reload(each).status for each in waiting] == [Status.DRAFT] * 2
    assert admin.submit(path, **form, agreed=agreement(answer)).status_code == 302
    assert flashed(admin.get("/admin/plans")) == [
        "The Large plan is saved. 2 experiments went live from the queue: "
        f"“First”, “Second” in {project.name}."
    ]
    assert [world.reload(each).status for each in waiting] == [Status.RUNNING] * 2


def test_who_comes_to_be_over_a_lower_limit_is_asked_about_and_then_told(
    world: World, admin: Browser
) -> None:
    project = world.project(limit=3)
    live = world.running(project, 3)
    path, form = f"/admin/plans/{project.plan_code}", {"name": "Small", "experiments_running": "1"}
    first = admin.submit(path, **form)
    told = page(first).the("section", aria_labelledby="effects-title")
    assert told.the("h2").text == (
        f"Plan {project.plan_code}, 3 to 1: 1 project over the limit, by 2 experiments;"
        " nothing is stopped"
    )
    assert told.the("li").text == f"{project.name} : 3 of 1 live"
    assert told.the("a").attributes["href"] == f"/admin/projects/{project.key}"
    world.move(live[0], Status.STOPPED, Contract.INTEGERS)
    again = admin.submit(path, **form, agreed=agreement(first))
    assert "What this brings is another by now. Nothing has changed yet." in page(again).text
    admin.submit(path, **form, agreed=agreement(again))
    assert flashed(admin.get("/admin/plans")) == [
        "The Small plan is saved. 1 project over the limit, by 1 experiment, and nothing was "
        f"stopped: {project.name} (2 of 1 live)."
    ]


def test_what_a_larger_plan_would_start_is_asked_about_and_then_told(
    world: World, admin: Browser
) -> None:
    project, code = world.project(limit=0), world.plan(limit=1)
    waiting = world.experiment(project, name="First")
    world.queue(waiting)
    path = f"/admin/projects/{project.key}"
    asked = admin.submit(f"{path}/plan", plan=code)
    assert page(asked).the("option", selected="").attributes["value"] == str(code)
    assert world.reload(waiting).status is Status.DRAFT
    admin.submit(f"{path}/plan", plan=code, agreed=agreement(asked))
    assert flashed(admin.get(path)) == [
        "The plan is assigned. What is live stays live. "
        f"1 experiment went live from the queue: “First” in {project.name}."
    ]


def test_the_form_of_a_plan_begins_with_what_the_plan_has(world: World, admin: Browser) -> None:
    world.execute(f"{ADD_PLANS} (300, 'Sandbox', 0), (310, 'Studio', NULL)")
    for code, name, limit in ((300, "Sandbox", "0"), (310, "Studio", "")):
        found = page(admin.get(f"/admin/plans/{code}"))
        assert found.the("input", name="name").attributes["value"] == name
        assert found.the("input", name="experiments_running").attributes["value"] == limit
        assert found.every("input", name="code") == []


@pytest.mark.parametrize(
    ("fields", "faulty"),
    [
        ({"code": ""}, "code"),
        ({"code": "0"}, "code"),
        ({"code": "-1"}, "code"),
        ({"code": "300"}, "code"),
        ({"code": "free"}, "code"),
        ({"code": "2147483648"}, "code"),
        ({"code": "9" * 5000}, "code"),
        ({"name": ""}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"experiments_running": "-1"}, "experiments_running"),
        ({"experiments_running": "two"}, "experiments_running"),
        ({"experiments_running": "1.5"}, "experiments_running"),
        ({"experiments_running": "2147483648"}, "experiments_running"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_mistake_in_a_plan_is_said_beside_its_field(
    world: World, admin: Browser, fields: dict[str, str], faulty: str
) -> None:
    world.execute(f"{ADD_PLANS} (300, 'Sandbox', 2)")
    form = {"code": "301", "name": "Other", "experiments_running": "2", **fields}
    answer = admin.submit("/admin/plans/new", **form)
    assert (answer.status_code, list(errors(answer))) == (400, [faulty])
    assert world.execute(PLANS) == [(300, "Sandbox", 2)]
    if faulty != "code":
        answer = admin.submit("/admin/plans/300", **form)
        assert (answer.status_code, list(errors(answer))) == (400, [faulty])
        assert world.execute(PLANS) == [(300, "Sandbox", 2)]


@on_both_databases
@pytest.mark.parametrize("code", ["301", "0", "-1", "x", "2147483648", "9" * 40])
def test_an_unknown_plan_is_404(admin: Browser, code: str) -> None:
    assert admin.get(f"/admin/plans/{code}").status_code == 404


def test_a_project_is_created_on_a_plan_and_awaits_its_first_member(
    world: World, admin: Browser
) -> None:
    code = world.plan()
    answer = admin.submit("/admin/projects/new", name="Web shop", plan=code)
    (row,) = world.execute("SELECT key, name, plan_code FROM project")
    assert answer.headers["Location"] == f"/admin/projects/{row.key}"
    assert (row.name, row.plan_code) == ("Web shop", code)
    assert row.key.startswith("web-shop-")
    told = flashed(admin.get(f"/admin/projects/{row.key}"))
    assert told == ["“Web shop” is created. Add its first member."]


@pytest.mark.parametrize(
    ("fields", "faulty"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"plan": "1"}, "plan"),
        ({"plan": "x"}, "plan"),
        ({"plan": "9" * 30}, "plan"),
    ],
)
def test_a_mistake_in_a_project_is_said_beside_its_field(
    world: World, admin: Browser, fields: dict[str, str], faulty: str
) -> None:
    form = {"name": "Web shop", "plan": str(world.plan()), **fields}
    answer = admin.submit("/admin/projects/new", **form)
    assert answer.status_code == 400
    assert list(errors(answer)) == [faulty]
    assert world.execute("SELECT count(*) FROM project") == [(0,)]


def test_another_plan_is_assigned_and_what_runs_goes_on(world: World, admin: Browser) -> None:
    project, smaller = world.project(limit=3), world.plan(limit=1)
    running = world.running(project, 3)
    path = f"/admin/projects/{project.key}/plan"
    asked = admin.submit(path, plan=smaller)
    assert "1 project over the limit, by 2 experiments; nothing is stopped" in page(asked).text
    admin.submit(path, plan=smaller, agreed=agreement(asked))
    assert world.execute("SELECT plan_code FROM project") == [(smaller,)]
    assert {world.reload(each).status for each in running} == {Status.RUNNING}
    (card,) = page(admin.get("/admin/projects")).every("li", class_="card")
    assert "3 of 1 live Over the limit of the" in card.text


@pytest.mark.parametrize("plan", ["1", "x", ""])
def test_no_plan_that_is_none_is_assigned(world: World, admin: Browser, plan: str) -> None:
    project = world.project()
    admin.submit(f"/admin/projects/{project.key}/plan", plan=plan)
    assert world.execute("SELECT plan_code FROM project") == [(project.plan_code,)]
    assert "assigned" not in " ".join(flashed(admin.get("/admin/projects")))


@pytest.mark.parametrize("role", Role)
def test_an_admin_adds_members_to_any_project(world: World, admin: Browser, role: Role) -> None:
    project, email = world.project(), world.user()
    path = f"/admin/projects/{project.key}"
    admin.submit(f"{path}/members", email=email, role=role)
    assert world.execute("SELECT role FROM membership") == [(role.value,)]
    assert email in page(admin.get(path)).the("table").text


def test_a_mistake_in_a_member_is_said_beside_its_field(world: World, admin: Browser) -> None:
    path = f"/admin/projects/{world.project().key}/members"
    answer = admin.submit(path, email="nobody@example.test", role="viewer")
    sentence = "Nobody signs in with this e-mail yet: an admin can invite them."
    assert (answer.status_code, errors(answer)) == (400, {"email": sentence})


@pytest.mark.parametrize("call", ["", "/plan", "/members"])
def test_an_unknown_project_is_404(world: World, admin: Browser, call: str) -> None:
    form: dict[str, str | int] = {"plan": world.plan(), "email": world.user(), "role": "viewer"}
    path = f"/admin/projects/none{call}"
    answer = admin.submit(path, **form) if call else admin.get(path)
    assert answer.status_code == 404


def test_every_project_is_listed_by_name_with_its_slots(world: World, admin: Browser) -> None:
    projects: list[Project] = [world.project(limit=1), world.project()]
    world.running(projects[0], 1)
    cards = [card.text for card in page(admin.get("/admin/projects")).every("li", class_="card")]
    readings = [
        f"1 of 1 live Plan {projects[0].plan_code} plan",
        f"0 of 2 live Plan {projects[1].plan_code} plan",
    ]
    assert cards == [
        f"{project.name} {project.key} {reading}"
        for project, reading in zip(projects, readings, strict=True)
    ]


@pytest.mark.parametrize(
    ("path", "fields", "found"),
    [
        ("/plan", {"plan": "7"}, {"plan": "Not a valid choice."}),
        ("/name", {"name": ""}, {"name": "Give it a name."}),
    ],
)
def test_what_is_wrong_with_a_projects_plan_or_name_is_said_beside_it_and_on_top(
    world: World, admin: Browser, path: str, fields: dict[str, str], found: dict[str, str]
) -> None:
    project = world.project()
    answer = admin.submit(f"/admin/projects/{project.key}{path}", **fields)
    assert (answer.status_code, errors(answer)) == (400, found)
    (link,) = page(answer).the("section", class_="problems").every("a")
    assert link.attributes["href"] == f"#{next(iter(found))}"
    assert page(answer).the("title").text == f"Error: {project.name} · Switchyard"
    assert flashed(answer) == []


@on_postgresql
def test_of_two_admins_who_add_the_same_plan_at_once_the_second_is_told(
    world: World, admin: Browser
) -> None:
    with world.app.app_context():
        engine = db.engine
    overtaken = []

    def overtake(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
        if statement.startswith("INSERT INTO plan") and not overtaken:
            overtaken.append(statement)
            world.execute(f"{ADD_PLANS} (300, 'Of the first', 1)")

    event.listen(engine, "before_cursor_execute", overtake)
    try:
        answer = admin.submit("/admin/plans/new", code=300, name="Of the second")
    finally:
        event.remove(engine, "before_cursor_execute", overtake)
    assert answer.status_code == 400
    assert "at the same moment" in errors(answer)[""]
    assert world.execute(PLANS) == [(300, "Of the first", 1)]


def test_a_plan_is_chosen_by_what_it_allows(world: World) -> None:
    two, open_ended = world.plan(2), world.plan(None)
    found = page(world.browser(world.user(admin=True)).get("/admin/projects/new"))
    offered = [each.text for each in found.the("select", name="plan").every("option")]
    assert offered == [f"Plan {two}, 2 at once", f"Plan {open_ended}, no limit"]


def test_before_there_is_a_plan_a_new_project_leads_to_one(world: World) -> None:
    found = page(world.browser(world.user(admin=True)).get("/admin/projects/new"))
    assert "There is no plan to choose, and a project needs one." in found.text
    assert found.every("select", name="plan") == []
    (link,) = (each for each in found.every("a") if each.text == "Add a plan")
    assert link.attributes["href"] == "/admin/plans/new"
