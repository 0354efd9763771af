"""A whole project is erased: all of it, nothing else, and only when nothing of it is live."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from app import jobs
from app.core.errors import InvalidInput, NotFound
from app.experiments.designs import Design
from app.experiments.measures import Measure
from app.models import Base, GoalKind, Role, Status, now
from app.tenancy import access_changes, moves, project_erasure, projects
from tests import audit
from tests.command_line import complaint, printed
from tests.conftest import on_both_databases
from tests.pages.reading import flashed, page
from tests.serving.site import Site, adding_up, did, make_site, saw
from tests.watching import until
from tests.world import COMMAND_LINE, World

# What is nobody's, or belongs to people and to plans.
STAYS = {
    "plan",
    "audit_entry",
    "audit_retention",
    "user_account",
    "admin_choice",
    "browser_session",
    "failed_sign_ins",
    "heartbeat",
    "password_link",
}
NEVER_OF_RETIRED = {"queued_start", "scheduled_change", "scheduled_rise"}
# What needs a full plan, a hold or a trouble to come about.
ROWS_BESIDE = (
    "INSERT INTO slot_request (project_id, user_id, test_id, asked_at, closed_at, closed_by_id)"
    " VALUES (:project, :user, :test, :at, :at, :user)",
    "INSERT INTO plan_override (project_id, until, reason, given_at)"
    " VALUES (:project, '2099-01-01', 'A fair', :at)",
    "INSERT INTO slot_demand (project_id, plan_code, day, refusals, requests)"
    " SELECT id, plan_code, '2026-01-01', 1, 1 FROM project WHERE id = :project",
    "INSERT INTO queue_hold (project_id, door, held_at, lifted_at, reason, user_id)"
    " VALUES (:project, 'browser', :at, :at, '', :user)",
    "INSERT INTO project_entry (project_id, after_id, kind, door, at, reason, cause, test_id,"
    " hold_id, user_id) SELECT :project, 0, 'everything stopped', 'browser', :at, '', 'request',"
    " :test, max(id), :user FROM queue_hold",
    "INSERT INTO project_entry (project_id, after_id, kind, door, at, reason, cause,"
    " cause_entry_id) SELECT :project, 0, 'queue held', 'browser', :at, '', 'request', max(id)"
    " FROM project_entry",
    "INSERT INTO dismissal (user_id, test_id, kind, state, at)"
    " VALUES (:user, :test, 'idle', 'draft', :at)",
    "INSERT INTO experiment_tag (test_id, tag, project_id) VALUES (:test, 'sale', :project)",
    "INSERT INTO origin (project_id, address) VALUES (:project, 'https://shop.example')",
    "INSERT INTO own_network (project_id, network) VALUES (:project, '192.0.2.0/24')",
    "INSERT INTO named_audience (project_id, key, name, rules, created_at)"
    " VALUES (:project, 'mobile', 'Mobile', '[]', :at)",
    "INSERT INTO sampled_visitor (project_id, place, seen_at, bound, context)"
    " VALUES (:project, 1, :at, 1, '{}')",
    "INSERT INTO not_counted (project_id, day, reason, number, last_at)"
    " VALUES (:project, '2099-01-01', 'bot', 1, :at)",
    "INSERT INTO webhook_endpoint (project_id, url, description, format, kinds, secret,"
    " listens_since, created_at)"
    " VALUES (:project, 'https://hooks.example/', '', 'standard', 'overdue', '', :at, :at)",
    "INSERT INTO webhook_delivery (endpoint_id, message_id, type, body, created_at, attempts,"
    " answer, fault) SELECT max(id), 'msg_1', 'ping', '', :at, 0, '', '' FROM webhook_endpoint",
    "INSERT INTO outbox_entry (message_id, kind, at, project_id, test_id, for_user_id, data,"
    " handed_on_at) SELECT 'msg_' || :project, 'overdue', :at, :project, :test, :user, '{}', :at",
    "INSERT INTO notification_choice (project_id, user_id, kind, how)"
    " VALUES (:project, :user, 'overdue', 'daily')",
    "INSERT INTO mail (project_id, user_id, kind, how, text, created_at, attempts, fault)"
    " VALUES (:project, :user, 'overdue', 'daily', '', :at, 0, '')",
    "INSERT INTO look (run_id, at, goal_id, position, control_visitors, control_conversions,"
    " visitors, conversions, low, high, p_value)"
    " SELECT run_id, :at, goal_id, 1, 9, 9, 9, 9, 0, 0, 1 FROM run_goal JOIN run ON run.id = run_id"
    " WHERE test_id = :test",
    "INSERT INTO verdict_call (run_id, at, kind, position)"
    " SELECT id, :at, 'winner', 1 FROM run WHERE test_id = :test",
    "INSERT INTO traffic_rise (run_id, at, day, before, after)"
    " SELECT id, :at, '2026-01-01', 5, 50 FROM run WHERE test_id = :test",
    "INSERT INTO exclusion (run_id, reason, at) SELECT id, 'bots', :at FROM run"
    " WHERE test_id = :test",
    "INSERT INTO answered_request (caller, request_id, fingerprint, answer, at)"
    " VALUES (:caller, 'one', '', 'null', :at)",
)


def counts(url: str) -> dict[str, int]:
    """The number of rows in each table."""
    with audit.connect(url) as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in Base.metadata.sorted_tables
        }


def fill(world: World) -> Site:
    """A project of which there is something in every table that a project has rows in."""
    site = make_site(world)
    site.goal("order", Measure(GoalKind.COUNT))
    seen = site.experiment(Design(goals=adding_up("order")))
    for visitor in ("ada", "bob"):
        assert site.collect(saw(seen, visitor), did("order", visitor, id="1")) == (2, [])
    member = world.person(world.member(site.project, Role.MARKETER))
    with world.app.app_context():
        jobs.once(now())
    site.walk(seen, Status.STOPPED, Status.ARCHIVED)
    site.clone(seen)
    key_id = world.execute("SELECT max(id) AS id FROM api_key")[0].id
    facts = {"project": site.project.id, "test": seen.test_id, "user": member.user_id}
    facts |= {"caller": f"key:{key_id}", "at": now().isoformat(" ")}
    for statement in ROWS_BESIDE:
        used = {name: fact for name, fact in facts.items() if f":{name}" in statement}
        world.execute(statement, **used)
    return site


@on_both_databases
def test_all_of_a_retired_project_goes_and_nothing_of_another(
    world: World, database_url: str
) -> None:
    fill(world)
    before = counts(database_url)
    assert {name for name, count in before.items() if not count} <= STAYS | NEVER_OF_RETIRED
    site = fill(world)
    said = printed(world, "project", "erase", site.project.key, "--name", site.project.name)
    assert said == {"key": site.project.key, "erased": True}
    after = counts(database_url)
    assert {name: after[name] for name in after if name not in STAYS} == {
        name: before[name] for name in before if name not in STAYS
    }
    assert after["user_account"] > before["user_account"]


def test_nothing_is_erased_by_another_name_or_while_something_is_live(
    world: World, database_url: str
) -> None:
    project = world.project()
    live = world.experiment(project, Status.RUNNING)
    before = counts(database_url)
    command = ("project", "erase", project.key)
    said = complaint(world, *command, "--name", "Another")
    assert said == f"Error: Type its name as it is written: {project.name}"
    said = complaint(world, *command, "--name", project.name)
    assert said == "Error: Something is live in it: pause it first."
    said = complaint(world, *command)
    assert said == "Error: Nobody is at a terminal to be asked: say --name."
    assert counts(database_url) == before
    assert world.reload(live).status is Status.RUNNING


def test_an_admin_erases_a_retired_project_by_its_name_and_the_jobs_finish_it(
    world: World,
) -> None:
    site = fill(world)
    admin, address = world.browser(world.user(admin=True)), f"/admin/projects/{site.project.key}"
    refused = admin.submit(f"{address}/erase", name=site.project.name)
    assert refused.status_code == 400
    assert "retire it first" in refused.text
    admin.submit(f"{address}/retire")
    assert f"{address}/erase" in admin.get(address).text
    assert admin.submit(f"{address}/erase", name="Another").status_code == 400
    admin.submit(f"{address}/erase", name=site.project.name)
    assert flashed(admin.get("/admin/projects")) == [
        f"“{site.project.name}” is being erased: it goes while flask jobs runs."
    ]
    shown = admin.get(address).text
    assert "Being erased" in shown
    assert "Bring back" not in shown
    assert page(admin.get(address)).the("main").every("form") == []
    assert "being erased" in admin.get("/admin/projects").text
    assert admin.get(f"{address}/erase").status_code == 302, "it is not asked about again"

    def is_erased() -> bool:
        with world.app.app_context():
            jobs.once(now())
        return admin.get(address).status_code == 404

    until(is_erased)


def test_one_that_is_being_erased_is_not_changed_and_does_not_come_back(world: World) -> None:
    project, email = world.project(), world.user()
    with world.app.app_context():
        projects.retire(project.key, COMMAND_LINE)
        project_erasure.begin(project.key, project.name, COMMAND_LINE)
        changes: list[Callable[[], object]] = [
            lambda: projects.bring_back(project.key, COMMAND_LINE),
            lambda: projects.rename(project.key, "Another", COMMAND_LINE),
            lambda: moves.move([project.key], project.plan_code, COMMAND_LINE),
            lambda: access_changes.put_member(project.id, email, Role.OWNER, COMMAND_LINE),
        ]
        for change in changes:
            with pytest.raises(InvalidInput, match="is being erased"):
                change()
        project_erasure.go_on()
        with pytest.raises(NotFound):
            projects.by_key(project.key)
