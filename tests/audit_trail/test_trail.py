"""The audit trail: everything that anybody does or is refused is in it, and no secret is."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from app.accounts import api_keys, networks, origins, users
from app.audit_trail import reading, retention
from app.audit_trail.entries import Entry
from app.audit_trail.filters import Filters, Place
from app.experiments import goals
from app.lifecycle.holds import holding
from app.models import AuditKind, Door, KeyType, Kind, Project, ProjectKind, Role, Status, now
from app.tenancy import (
    access_changes,
    moves,
    plans,
    project_erasure,
    projects,
    slot_answers,
    slot_requests,
)
from app.tenancy.plans import Limit, PlanChange
from tests.command_line import complaint, printed
from tests.conftest import on_both_databases
from tests.world import COMMAND_LINE, PASSWORD, QUEUE_UNTIL, TERMS, World

EVERYTHING = Filters()
SMALL = PlanChange("Small", Limit(1))


def told(world: World, filters: Filters = EVERYTHING) -> list[Entry]:
    """The entries that are asked for, newest first."""
    with world.app.app_context():
        return list(reading.listed(filters).entries)


def latest(world: World) -> tuple[str, str, str, list[tuple[str, object, object]]]:
    """The newest entry: its kind, its author, what it was done to, and what changed."""
    entry = told(world)[0]
    changes = [(each["field"], each["before"], each["after"]) for each in entry.changes]
    return entry.kind, entry.author, entry.subject, changes


def test_a_sign_in_is_told_with_its_request_and_address(world: World) -> None:
    email, browser = world.user(), world.browser()
    browser.sign_in(email)
    assert latest(world) == ("signed in", email, email, [])
    entry = told(world)[0]
    assert (entry.address, len(entry.request_id), entry.door) == ("127.0.0.1", 16, Door.BROWSER)
    browser.submit("/sign-out")
    assert latest(world)[:2] == ("signed out", email)


def test_a_failed_sign_in_names_only_whom_there_is(world: World) -> None:
    email = world.user()
    for typed, named in ((email.upper(), email), ("my-password", ""), ("nul\0@b.example", "")):
        assert world.browser().sign_in(typed, "not my password").status_code == 401
        assert latest(world) == ("sign-in failed", "", named, [])


def test_a_wrong_present_password_is_told_as_a_failed_sign_in_is(world: World) -> None:
    email = world.user()
    browser = world.browser(email)
    new = "another good password"
    browser.submit("/account", present="not my password", new=new, again=new)
    assert latest(world) == ("sign-in failed", email, email, [])


def test_members_are_told_as_they_come_change_and_go(world: World) -> None:
    project, owner = world.project(), world.user()
    email = world.user()
    with world.app.app_context():
        access_changes.put_member(project.id, owner, Role.OWNER, COMMAND_LINE)
        actor = world.person(owner)
        put = access_changes.put_member(project.id, email, Role.VIEWER, actor)
        assert latest(world) == ("member added", owner, email, [("role", None, "viewer")])
        access_changes.put_member(project.id, email, Role.OWNER, actor)
        assert latest(world) == ("role changed", owner, email, [("role", "viewer", "owner")])
        before = len(told(world))
        access_changes.put_member(project.id, email, Role.OWNER, actor)
        assert len(told(world)) == before
        access_changes.remove_member(project.id, put.user_id, actor)
    assert latest(world) == ("member removed", owner, email, [("role", "owner", None)])


def test_keys_are_told_by_name_with_those_that_end_with_them_and_never_by_token(
    world: World,
) -> None:
    project = world.project()
    with world.app.app_context():
        minted = api_keys.mint(project.id, KeyType.ADMIN, "deploy", COMMAND_LINE)
        assert latest(world)[::2] == ("key created", "deploy")
        answer = world.app.test_client(use_cookies=False).post(
            "/api/admin/keys",
            json={"type": "server"},
            headers={"Authorization": f"Bearer {minted.token}"},
        )
        assert answer.status_code == 201
        assert latest(world)[:3] == ("key created", "deploy", "API key")
        rotated = access_changes.rotate_key(project.id, minted.key.id, COMMAND_LINE, timedelta(1))
        assert latest(world)[::2] == ("key rotated", "deploy")
        access_changes.revoke_key(project.id, rotated.key.id, COMMAND_LINE)
        kinds = [(entry.kind, entry.subject) for entry in told(world)[:3]]
        assert sorted(kinds) == sorted(
            [("key revoked", "deploy"), ("key revoked", "deploy"), ("key revoked", "API key")]
        )
        before = len(told(world))
        access_changes.revoke_key(project.id, rotated.key.id, COMMAND_LINE)
        assert len(told(world)) == before
    everything = repr(world.execute("SELECT * FROM audit_entry"))
    assert answer.json
    for token in (minted.token, rotated.token, answer.json["key"]):
        assert token not in everything


Deed = Callable[[World, Project], object]
DEEDS: dict[str, tuple[Deed, AuditKind, list[tuple[str, object, object]]]] = {
    "sites": (
        lambda _, project: origins.replace(project.id, ["https://a.example"], COMMAND_LINE),
        AuditKind.SITES_CHANGED,
        [("sites", [], ["https://a.example"])],
    ),
    "own networks": (
        lambda _, project: networks.replace(project.id, ["192.0.2.0/24"], COMMAND_LINE),
        AuditKind.NETWORKS_CHANGED,
        [("own_networks", [], ["192.0.2.0/24"])],
    ),
    "a time zone": (
        lambda _, project: projects.set_time_zone(project.id, "Asia/Tokyo", COMMAND_LINE),
        AuditKind.TIME_ZONE_CHANGED,
        [("time_zone", "UTC", "Asia/Tokyo")],
    ),
    "a goal": (
        lambda _, project: goals.create(project.id, "order", COMMAND_LINE, "Order"),
        AuditKind.GOAL_ADDED,
        [("name", None, "Order")],
    ),
    "a plan": (
        lambda _, project: plans.change(
            project.plan_code, PlanChange("Small", Limit(1)), COMMAND_LINE
        ),
        AuditKind.PLAN_CHANGED,
        [("name", "Plan 1001", "Small"), ("experiments_running", 2, 1)],
    ),
    "another plan": (
        lambda world, project: moves.move([project.key], world.plan(), COMMAND_LINE),
        AuditKind.PROJECT_MOVED,
        [("plan", 1001, 1002)],
    ),
    "another name": (
        lambda _, project: projects.rename(project.key, "New", COMMAND_LINE),
        AuditKind.PROJECT_RENAMED,
        [("name", "Project 1001", "New")],
    ),
    "retired": (
        lambda _, project: projects.retire(project.key, COMMAND_LINE),
        AuditKind.PROJECT_RETIRED,
        [],
    ),
    "a password": (
        lambda world, _: users.set_password(world.user(), "another horse", COMMAND_LINE),
        AuditKind.PASSWORD_CHANGED,
        [],
    ),
    "a person": (
        lambda _, __: users.create("new@one.example", PASSWORD, COMMAND_LINE, is_admin=True),
        AuditKind.PERSON_CREATED,
        [("is_admin", None, True)],
    ),
}


@pytest.mark.parametrize("what", DEEDS)
def test_what_is_done_is_told_with_what_it_changed(world: World, what: str) -> None:
    deed, kind, changes = DEEDS[what]
    project = world.project()
    with world.app.app_context():
        deed(world, project)
    found = latest(world)
    assert (found[0], found[3]) == (kind, changes)


def test_what_changes_nothing_is_no_entry(world: World) -> None:
    project = world.project()
    with world.app.app_context():
        before = len(told(world))
        origins.replace(project.id, [], COMMAND_LINE)
        plans.change(project.plan_code, PlanChange("Plan 1001", Limit(2)), COMMAND_LINE)
        projects.rename(project.key, project.name, COMMAND_LINE)
        projects.bring_back(project.key, COMMAND_LINE)
    assert len(told(world)) == before


def test_a_request_for_slots_and_its_answer_are_told(world: World) -> None:
    project = world.project(limit=1)
    world.running(project, 1)
    person, admin = world.person(world.member(project)), world.person(world.user(admin=True))
    with world.app.app_context():
        slot_requests.ask(project.id, world.experiment(project).test_id, person, QUEUE_UNTIL)
        slot_answers.decline(slot_requests.listed()[0].request.id, "Not before June.", admin)
    kinds = [entry.kind for entry in told(world)]
    assert kinds[0] == "request answered"
    assert "slots requested" in kinds


def test_who_is_not_allowed_something_is_told_once_a_minute_in_each_project(world: World) -> None:
    one, other = world.project(), world.project()
    email = world.member(one)
    world.give_role(other, email, Role.MARKETER)
    browser = world.browser(email)
    for project in (one, one, other):
        assert browser.get(f"/projects/{project.key}/keys").status_code == 403
    latest, first = (entry for entry in told(world) if entry.kind is AuditKind.NOT_ALLOWED)
    assert (latest.author, latest.project_key, first.project_key) == (email, other.key, one.key)
    assert first.subject == f"GET /projects/{one.key}/keys"


@on_both_databases
def test_three_tables_are_read_as_one_page_by_page(world: World) -> None:
    project = world.project()
    live = world.experiment(project, Status.RUNNING)
    with world.app.app_context():
        holding.hold_queue(project.id, COMMAND_LINE)
        goals.create(project.id, "order", COMMAND_LINE)
        holding.lift_hold(project.id, COMMAND_LINE, TERMS)
    all_at_once = told(world, Filters(project.id))
    assert [entry.kind for entry in all_at_once] == [
        ProjectKind.HOLD_LIFTED,
        AuditKind.GOAL_ADDED,
        ProjectKind.QUEUE_HELD,
        Kind.CHANGED,
        Kind.CREATED,
        AuditKind.PROJECT_CREATED,
    ]
    assert all_at_once[3].subject == live.name
    assert all_at_once[3].changes[0] == {"field": "status", "before": "draft", "after": "running"}
    one_by_one, before = [], None
    with world.app.app_context():
        while len(one_by_one) < len(all_at_once):
            page = reading.listed(Filters(project.id), before, 1)
            one_by_one += page.entries
            before = page.next_before and Place.read(str(page.next_before))
    assert one_by_one == all_at_once
    assert before is None


def test_entries_are_found_by_person_project_kind_and_day(world: World) -> None:
    project, other = world.project(), world.project()
    email = world.member(project)
    world.browser(email)
    theirs = {entry.kind for entry in told(world, Filters(person=email))}
    assert theirs == {"member added", "signed in"}
    assert {entry.project_key for entry in told(world, Filters(other.id))} == {other.key}
    wanted = Filters(kinds=(AuditKind.SIGNED_IN, Kind.CREATED))
    assert {entry.kind for entry in told(world, wanted)} == {"signed in"}
    tomorrow = now() + timedelta(days=1)
    assert told(world, Filters(since=tomorrow)) == []
    assert told(world, Filters(until=tomorrow)) == told(world)


def test_the_trail_of_an_erased_project_stays_and_its_history_goes(world: World) -> None:
    project = world.project()
    world.experiment(project)
    with world.app.app_context():
        project_erasure.erase(project.key, project.name, COMMAND_LINE)
    kinds = [entry.kind for entry in told(world, Filters(project.id))]
    assert kinds == ["erasure begun", "project retired", "project created"]
    assert {entry.project_name for entry in told(world, Filters(project.id))} == {project.name}


@on_both_databases
def test_old_entries_are_deleted_by_command_alone_and_that_is_told(world: World) -> None:
    project = world.project()
    world.experiment(project)
    with world.app.app_context():
        users.create("new@one.example", PASSWORD, COMMAND_LINE)
        deleted = retention.shorten(now(), COMMAND_LINE)
    # The project's and the person's.
    assert deleted == 2
    assert [entry.kind for entry in told(world)] == [AuditKind.TRAIL_SHORTENED, Kind.CREATED]
    assert printed(world, "audit", "shorten", "2020-01-01") == {
        "before": "2020-01-01",
        "deleted": 0,
    }
    assert "does not match" in complaint(world, "audit", "shorten", "yesterday")


def test_a_day_of_the_command_is_one_of_utc(world: World) -> None:
    world.project()
    with world.app.app_context():
        assert retention.shorten(datetime(2020, 1, 1, tzinfo=UTC), COMMAND_LINE) == 0
