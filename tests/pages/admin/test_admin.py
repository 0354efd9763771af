"""Plans and projects, for admins."""

from typing import Any

import pytest
from sqlalchemy import event
from werkzeug.test import TestResponse

from app.database.engine import db
from app.models import Project, Role, Status
from app.tenancy import moves, plans, project_lists, projects
from app.tenancy.plans import Limit, PlanChange
from app.tenancy.project_lists import ProjectOrder, View
from tests.api.asking import integers_path
from tests.conftest import on_both_databases, on_postgresql
from tests.contracts import Contract
from tests.notifications.listening import listen
from tests.pages.reading import errors, flashed, page
from tests.world import COMMAND_LINE, Browser, World

PLANS = "SELECT code, name, experiments_running FROM plan ORDER BY code"

ADD_PLANS = "INSERT INTO plan (code, name, experiments_running) VALUES"


def agreement(asked: TestResponse) -> str:
    """Return what agrees to what a page asks about."""
    return page(asked).the("input", name="agreed").attributes["value"]


def seen_in(answer: TestResponse) -> str:
    """Return what stands for the state that a form was drawn from."""
    return page(answer).the("input", name="seen").attributes["value"]


@pytest.fixture
def admin(world: World) -> Browser:
    """The browser of an admin who is a member of no project."""
    return world.browser(world.user(admin=True))


def test_the_plans_are_listed_by_code_with_what_is_on_them(world: World, admin: Browser) -> None:
    over, full, free = (world.project(limit=limit) for limit in (3, 2, 2))
    world.running(over, 3)
    world.running(full, 2)
    retired = world.plan(limit=None)
    with world.app.app_context():
        keys = [each.key for each in (over, full, free)]
        moves.move(keys, full.plan_code, COMMAND_LINE)
        plans.change(retired, PlanChange(is_retired=True), COMMAND_LINE)
    found = page(admin.get("/admin/plans"))
    offered, put_away = (
        [[cell.text for cell in (*row.every("th"), *row.every("td"))] for row in body.every("tr")]
        for body in found.every("tbody")
    )
    code = full.plan_code
    assert [f"Plan {code}", str(code), "2", "3", "5", "1", "1", "Edit"] in offered
    assert put_away == [[f"Plan {retired}", str(retired), "no limit", "0", "0", "0", "0", "Edit"]]
    addresses = [
        each.attributes["href"] for each in found.every("a", aria_describedby=f"plan-{code}")
    ]
    for address, shown in zip(addresses, ([over, full, free], [full], [over]), strict=False):
        assert listed(admin, address) == [each.name for each in shown]


def listed(admin: Browser, address: str) -> list[str]:
    """The names of the projects in a list, as they follow each other."""
    return [each.the("a").text for each in page(admin.get(address)).every("li", class_="card")]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ["a", "b", "c", "d"]),
        ("?sort=plan", ["d", "c", "b", "a"]),
        ("?sort=live", ["b", "c", "a", "d"]),
        ("?sort=free", ["c", "b", "a", "d"]),
        ("?slots=over", ["c"]),
        ("?slots=at", ["b"]),
        ("?slots=free", ["a", "d"]),
        ("?slots=none&sort=none&plan=none", ["a", "b", "c", "d"]),
    ],
)
def test_projects_are_found_by_their_slots_and_sorted(
    world: World, admin: Browser, query: str, shown: list[str]
) -> None:
    for name, limit, live in (("d", None, 0), ("c", 2, 2), ("b", 3, 3), ("a", 3, 1)):
        project = world.project(limit=limit)
        world.running(project, live)
        if name == "c":
            world.set_limit(project, 1)
        with world.app.app_context():
            projects.rename(project.key, name, COMMAND_LINE)
    assert listed(admin, f"/admin/projects{query}") == shown


@on_both_databases
@pytest.mark.parametrize("sort", ProjectOrder)
def test_a_sorted_list_goes_on_where_its_page_ends(world: World, sort: ProjectOrder) -> None:
    made = [world.project(limit=limit) for limit in (None, 2, 1, 2)]
    for project in made[1:3]:
        world.running(project, 1)
    with world.app.app_context():
        every = [each.key for each in project_lists.listed(View(sort=sort)).projects]
        found, after = list[str](), None
        for _ in made:
            one = project_lists.listed(View(sort=sort, after=after), limit=1)
            found += [each.key for each in one.projects]
            after = one.next_after
    assert (found, after) == (every, None)


def test_a_place_that_is_none_is_the_beginning_of_the_list(world: World, admin: Browser) -> None:
    name = world.project().name
    for seen in ("x", "", "-", "9" * 40):
        assert listed(admin, f"/admin/projects?sort=live&after=1&seen={seen}") == [name]


def test_chosen_projects_are_moved_after_a_preview_and_each_is_told(
    world: World, admin: Browser
) -> None:
    crowded, waiting, there = world.project(limit=2), world.project(limit=0), world.project(limit=1)
    world.running(crowded, 2)
    world.queue(world.experiment(waiting, name="First"))
    path = f"/admin/projects/move?slots=over&plan={crowded.plan_code}"
    chosen: dict[str, Any] = {
        "projects": [each.key for each in (crowded, waiting, there)],
        "to_plan": there.plan_code,
    }
    asked = admin.submit(path, **chosen)
    told = page(asked).the("section", aria_labelledby="effects-title")
    assert told.the("h2").text == (
        f"3 projects to Plan {there.plan_code}, 1 at once: 1 experiment starts from the queue at"
        " once; 1 project over the limit, by 1 experiment; nothing is stopped"
    )
    assert [each.text for each in told.every("li")] == [
        f"{waiting.name} : “First”",
        f"{crowded.name} : 2 of 1 live",
    ]
    kept = [each.attributes["value"] for each in page(asked).every("input", name="projects")]
    assert kept == chosen["projects"]

    done = page(admin.submit(path, **chosen, agreed=agreement(asked)))
    assert [[row.the("th").text, row.the("td").text] for row in done.the("tbody").every("tr")] == [
        [
            crowded.name,
            f"From the Plan {crowded.plan_code} plan. Over the limit: 2 of 1 live."
            " Nothing was stopped.",
        ],
        [
            waiting.name,
            f"From the Plan {waiting.plan_code} plan. Went live from the queue: “First”.",
        ],
        [there.name, f"It was on the Plan {there.plan_code} plan already."],
    ]
    assert world.execute("SELECT DISTINCT plan_code FROM project") == [(there.plan_code,)]


def test_a_move_of_nothing_or_to_nothing_says_what_to_choose(world: World, admin: Browser) -> None:
    project, retired = world.project(), world.plan()
    with world.app.app_context():
        plans.change(retired, PlanChange(is_retired=True), COMMAND_LINE)
    sent: list[tuple[dict[str, Any], str]] = [
        ({"to_plan": project.plan_code}, "Choose the projects to be moved first."),
        ({"projects": [project.key], "to_plan": ""}, "Choose the plan to move them to."),
        ({"projects": [project.key], "to_plan": retired}, "Choose the plan to move them to."),
    ]
    for form, told in sent:
        answer = admin.submit("/admin/projects/move?slots=free", **form)
        assert answer.headers["Location"] == "/admin/projects?slots=free"
        assert told in page(admin.get("/admin/projects")).the("main").text


@pytest.mark.parametrize(("limit", "kept"), [("3", 3), ("0", 0), ("", None)])
def test_a_plan_is_added(world: World, admin: Browser, limit: str, kept: int | None) -> None:
    answer = admin.submit("/admin/plans/new", code=300, name=" Sandbox ", experiments_running=limit)
    assert answer.headers["Location"] == "/admin/plans"
    assert world.execute(PLANS) == [(300, "Sandbox", kept)]


def test_a_form_opened_before_a_colleagues_save_is_told_of_it_before_it_saves(
    world: World, admin: Browser
) -> None:
    code = world.plan(limit=2)
    path, form = f"/admin/plans/{code}", {"name": "Mine", "experiments_running": "2"}
    seen = seen_in(admin.get(path))
    with world.app.app_context():
        plans.change(code, PlanChange("Theirs", Limit(5)), COMMAND_LINE)
    overtaken = admin.submit(path, **form, seen=seen)
    assert "It is “Theirs, 5 at once” now." in page(overtaken).text
    assert world.execute(PLANS) == [(code, "Theirs", 5)]
    assert admin.submit(path, **form, seen=seen_in(overtaken)).status_code == 302
    assert world.execute(PLANS) == [(code, "Mine", 2)]


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


def test_what_long_names_tell_after_a_press_is_no_longer_than_a_cookie(
    world: World, admin: Browser
) -> None:
    characters = [chr(0x4E00 + number * 7919 % 20_000) for number in range(2_400)]
    names = ["".join(characters[start : start + 120]) for start in range(0, 2_400, 120)]
    code = world.plan(limit=0)
    for name in names[:10]:
        with world.app.app_context():
            project = projects.create(name, code, COMMAND_LINE)
        draft = world.experiment(project, name=f"{name[::-1]}")
        world.queue(draft)
    path, form = f"/admin/plans/{code}", {"name": names[11], "experiments_running": "1"}
    saved = admin.submit(path, **form, agreed=agreement(admin.submit(path, **form)))
    (cookie,) = [
        each for each in saved.headers.getlist("Set-Cookie") if each.startswith("switchyard=")
    ]
    assert len(cookie) < 4_000
    (told,) = flashed(admin.get("/admin/plans"))
    assert "10 experiments went live from the queue: " in told
    assert told.endswith(f"in {sorted(names[:10])[0]}; and 9 more.")


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
    shop = {"name": "Web shop", "plan": code, "time_zone": "Europe/Berlin"}
    answer = admin.submit("/admin/projects/new", **shop)
    (row,) = world.execute("SELECT key, name, plan_code, time_zone FROM project")
    assert answer.headers["Location"] == f"/admin/projects/{row.key}"
    assert (row.name, row.plan_code, row.time_zone) == tuple(shop.values())
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
    assert "3 of 1 live Over the limit of the" in page(admin.get(path.removesuffix("/plan"))).text


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


def test_an_admin_removes_a_member_of_any_project_and_says_what_becomes_of_their_starts(
    world: World, admin: Browser
) -> None:
    project = world.project(limit=0)
    email = world.member(project)
    world.queue(world.experiment(project, name="Waiting"), world.person(email))
    path = f"/admin/projects/{project.key}"
    assert "<strong>1 queued</strong>: “Waiting”" in admin.get(path).text
    remove = f"{path}/members/{world.person(email).user_id}/remove"
    admin.submit(remove)
    assert email in page(admin.get(path)).the("table").text
    admin.submit(remove, starts="drop")
    told = flashed(admin.get(path))
    assert told == ["The member is removed. Dropped: 1 queued (“Waiting”)."]
    assert (world.line(project), email in page(admin.get(path)).the("table").text) == ([], False)


def test_an_admin_sees_the_webhooks_of_any_project_with_addresses_shortened(
    world: World, admin: Browser
) -> None:
    project = world.project()
    listen(world, project)
    world.execute("UPDATE webhook_endpoint SET url = 'https://hooks.example/services/as-good-as'")
    shown = page(admin.get(f"/admin/projects/{project.key}")).every("table")[-1].text
    assert shown.startswith("Webhook Kinds of event State https://hooks.example/…")
    assert ("Switched on" in shown, "services" in shown) == (True, False)


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
    made: list[Project] = [world.project(limit=1), world.project()]
    world.running(made[0], 1)
    cards = [card.text for card in page(admin.get("/admin/projects")).every("li", class_="card")]
    readings = [
        f"1 of 1 live Plan {made[0].plan_code} plan",
        f"0 of 2 live Plan {made[1].plan_code} plan",
    ]
    assert cards == [
        f"{project.name} {project.key} {reading}"
        for project, reading in zip(made, readings, strict=True)
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


def test_a_new_plan_has_the_next_free_code_unless_another_is_given(world: World) -> None:
    admin = world.browser(world.user(admin=True))
    for code in (300, 41):
        admin.submit("/admin/plans/new", code=code, name=f"Plan {code}", experiments_running=2)
    field = page(admin.get("/admin/plans/new")).the("input", name="code")
    assert field.attributes["value"] == "301"
