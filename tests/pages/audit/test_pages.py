"""The audit trail as pages and files: of a project for its owners, of everything for admins."""

import csv
import io
import json
from contextlib import suppress
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from app import lifecycle
from app.accounts import api_keys
from app.experiments import goals
from app.lifecycle import Action, ActionRequest, Refused
from app.models import Conclusion, Experiment, KeyType, Project, Role, Scope, Status, now
from app.pages.common.time_zones import by_the_clock
from tests.pages.reading import page
from tests.world import COMMAND_LINE, Browser, World


@pytest.fixture
def project(world: World) -> Project:
    """A project in which something has happened."""
    project = world.project()
    world.experiment(project, Status.RUNNING, "Larger photos")
    with world.app.app_context():
        goals.create(project.id, "order", COMMAND_LINE, "Order")
    return project


@pytest.fixture
def owner(world: World, project: Project) -> Browser:
    """An owner of it."""
    return world.browser(world.member(project, Role.OWNER))


@pytest.fixture
def admin(world: World) -> Browser:
    """An admin, who belongs to no project."""
    return world.browser(world.user(admin=True))


def told(browser: Browser, address: str) -> list[str]:
    """The entries of a page in words, newest first."""
    answer = browser.get(address)
    assert answer.status_code == 200
    entries = page(answer).every("li", class_="entry")
    return [entry.the("div", class_="what").text for entry in entries]


def test_an_owner_reads_what_happened_in_the_project_alone(
    world: World, project: Project, owner: Browser
) -> None:
    world.experiment(world.project(), name="Of another")
    found = told(owner, f"/projects/{project.key}/audit")
    assert found[0].startswith("Member added: person")
    assert found[1:] == [
        "Goal added: order Name Order",
        "Status changed: Larger photos Status Draft → Live",
        "Created: Larger photos",
        f"Project created: {project.name} Plan Plan {project.plan_code} ({project.plan_code})",
    ]


def decide(world: World, experiment: Experiment, request: ActionRequest) -> None:
    with world.app.app_context(), suppress(Refused):
        lifecycle.take_action(experiment.project_id, experiment.test_id, request, COMMAND_LINE)


def test_decisions_are_told_with_variant_and_outcome_and_are_no_edits(
    world: World, project: Project, owner: Browser
) -> None:
    experiment = world.experiment(project, Status.STOPPED, "Banner")
    address = f"/projects/{project.key}"
    for request in (
        ActionRequest(Action.STOP_SERVING),
        ActionRequest(Action.SHIP, variant="treatment"),
        ActionRequest(Action.CONCLUDE, Conclusion.LOST),
    ):
        decide(world, experiment, request)
    assert told(owner, f"{address}/audit?what=decisions") == [
        "Decided: Banner Outcome Won → Lost Variant treatment → none Everybody gets it yes → no",
        "Shipped “Treatment” to everybody: Banner Outcome Won Variant treatment"
        " Everybody gets it no → yes",
    ]
    (refused,) = told(owner, f"{address}/audit?what=refused")
    assert refused.startswith("Stop serving refused: Banner")
    refused_in_history = told(owner, f"{address}/history?kind=refused")
    assert refused_in_history == ["Banner Stop serving refused: it was paused"]
    assert len(told(owner, f"{address}/history?kind=decisions")) == 2
    assert "Decided" not in " ".join(told(owner, f"{address}/history?kind=edits"))


def test_what_is_only_planned_is_not_told_as_done(
    world: World, project: Project, owner: Browser
) -> None:
    world.running(project, 1)
    queued, scheduled = (world.experiment(project, name=name) for name in ("Next", "Later"))
    world.queue(queued)
    tomorrow = now() + timedelta(days=1)
    world.schedule(scheduled, start_at=tomorrow)
    found = told(owner, f"/projects/{project.key}/audit")
    assert found[:2] == [
        f"Start scheduled: Later Due {by_the_clock(tomorrow, ZoneInfo('UTC'))}",
        "Start queued: Next",
    ]


def test_moments_are_told_by_the_viewers_clock_and_roles_and_plans_by_their_names(
    world: World, project: Project, owner: Browser
) -> None:
    with world.app.app_context():
        minted = api_keys.mint(
            project.id,
            KeyType.ADMIN,
            "job",
            COMMAND_LINE,
            scopes={Scope.PAUSE},
            lifetime=timedelta(days=2),
        )
    ends = minted.key.expires_at
    newest = told(owner, f"/projects/{project.key}/audit?what=keys")[0]
    assert ends
    until = by_the_clock(ends, ZoneInfo("UTC"))
    assert newest == f"Key created: job Type Admin Scopes Pause Works until {until}"
    added = told(owner, f"/projects/{project.key}/audit?what=people")[0]
    assert added.endswith("Role Owner")


def test_an_owner_is_offered_only_what_a_project_has_entries_of(
    project: Project, owner: Browser, admin: Browser
) -> None:
    found = [
        page(browser.get(address)).the("select").text
        for browser, address in ((owner, f"/projects/{project.key}/audit"), (admin, "/admin/audit"))
    ]
    assert [("Sign-ins" in each, "The server itself" in each) for each in found] == [
        (False, False),
        (True, True),
    ]


def test_an_admin_reads_everything_and_asks_for_a_part_of_it(
    world: World, project: Project, admin: Browser
) -> None:
    world.project()
    signed_in = told(admin, "/admin/audit?what=sign-ins")
    assert [line.partition(":")[0] for line in signed_in] == ["Signed in"]
    of_one = told(admin, f"/admin/audit?project={project.key}&what=experiments")
    assert len(of_one) == 2
    assert told(admin, "/admin/audit?project=none-of-this-key") == []
    assert told(admin, "/admin/audit?person=nobody@example.test") == []
    assert told(admin, "/admin/audit?since=2999-01-01") == []


def test_what_makes_no_sense_in_the_address_shows_a_page_all_the_same(admin: Browser) -> None:
    admin.client.set_cookie("time_zone", "Asia/Tokyo")
    queries = ("what=none", "before=x", "before=9.9.9", "since=today", "endpoint=x&where=y")
    for query in (*queries, "since=0001-01-01", "until=9999-12-31"):
        assert admin.get(f"/admin/audit?{query}").status_code == 200, query


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("person=nobody@example.test", "Nobody signs in with this e-mail here."),
        ("project=none", "No project has this key. Of one that was erased, look by its day."),
        ("since=2026-13-01", "Not a valid date value."),
    ],
)
def test_who_looks_for_what_there_is_not_is_told_so_and_shown_nothing(
    admin: Browser, query: str, said: str
) -> None:
    assert told(admin, "/admin/audit") != []
    shown = page(admin.get(f"/admin/audit?{query}"))
    assert shown.the("p", class_="error").text == said
    assert shown.every("li", class_="entry") == []
    assert shown.the("div", class_="empty").text.startswith("Nothing is shown until")
    for file in ("audit.csv", "audit.jsonl"):
        refused = admin.get(f"/admin/audit/{file}?{query}")
        assert (refused.status_code, said in refused.text) == (400, True)


def test_older_entries_are_on_the_next_page(world: World, admin: Browser) -> None:
    project = world.project()
    with world.app.app_context():
        for number in range(60):
            goals.create(project.id, f"goal-{number}", COMMAND_LINE)
    first = admin.get("/admin/audit?what=projects")
    older = page(first).the("nav", **{"aria-label": "Pages"}).the("a")
    assert older.text == "Older"
    rest = told(admin, older.attributes["href"])
    assert len(rest) == 11
    assert "Project created" in rest[-1]


def test_the_files_hold_the_same_entries(project: Project, owner: Browser, admin: Browser) -> None:
    address = f"/projects/{project.key}/audit"
    table = owner.get(f"{address}/audit.csv?what=projects")
    rows = list(csv.DictReader(io.StringIO(table.text.removeprefix("\ufeff"))))
    lines = owner.get(f"{address}/audit.jsonl?what=projects")
    facts = [json.loads(line) for line in lines.text.splitlines()]
    assert [row["kind"] for row in rows] == ["goal added", "project created"]
    assert [each["kind"] for each in facts] == ["goal added", "project created"]
    assert json.loads(rows[0]["changes"]) == facts[0]["changes"]
    assert facts[0]["changes"] == [{"field": "name", "before": None, "after": "Order"}]
    assert lines.mimetype == "application/jsonl"
    everything = admin.get("/admin/audit/audit.jsonl").text.splitlines()
    assert len(everything) > len(facts)


def test_a_program_of_an_owner_reads_the_same(world: World, project: Project) -> None:
    headers = {"Authorization": f"Bearer {world.key(project)}"}
    client = world.app.test_client(use_cookies=False)
    first = client.get("/api/admin/audit?limit=2", headers=headers).json
    assert first
    assert [entry["kind"] for entry in first["data"]] == ["key created", "goal added"]
    cursor = first["next_cursor"]
    second = client.get(f"/api/admin/audit?limit=200&cursor={cursor}", headers=headers).json
    assert second
    kinds = [entry["kind"] for entry in second["data"]]
    assert kinds == ["changed", "created", "project created"]
    assert second["next_cursor"] is None
    assert client.get("/api/admin/audit?cursor=x", headers=headers).status_code == 422


def test_a_program_of_an_admin_reads_of_all_projects_and_of_none(
    project: Project, admin: Browser
) -> None:
    def read(query: str) -> list[tuple[str, str]]:
        answer = admin.get(f"/api/admin/audit/everything?{query}").json
        assert answer
        return [(entry["kind"], entry["project"]) for entry in answer["data"]]

    everything = read("limit=200")
    assert ("signed in", "") in everything
    assert ("project created", project.key) in everything
    assert {key for _, key in read(f"project={project.key}")} == {project.key}
    assert admin.get("/api/admin/audit/everything?project=none").status_code == 404


def test_a_key_that_is_named_as_a_person_is_not_taken_for_them(
    world: World, project: Project, owner: Browser
) -> None:
    named = world.member(project)
    headers = {"Authorization": f"Bearer {world.key(project, named)}"}
    client = world.app.test_client(use_cookies=False)
    assert client.post("/api/admin/keys", json={"type": "server"}, headers=headers).json
    read = client.get("/api/admin/audit?limit=2", headers=headers).json
    assert read
    told = [(entry["author"], entry["is_by_key"]) for entry in read["data"]]
    assert told == [(named, True), ("", False)]
    address = f"/projects/{project.key}/audit"
    assert f"a key, “{named}”" in owner.get(address).text.replace("<wbr>", "")
    facts = json.loads(owner.get(f"{address}/audit.jsonl").text.splitlines()[0])
    assert (facts["author"], facts["is_by_key"]) == (named, True)
