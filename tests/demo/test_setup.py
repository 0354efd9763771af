"""The demo: believable, complete, only into an empty database, and the same every time."""

import re
from collections.abc import Generator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from app import create_app
from app.database.engine import db
from app.models import now
from tests import command_line, databases
from tests.conftest import MakeApp, on_both_databases
from tests.settings import OTHER_SECRET_KEY, SECRET_KEY
from tests.world import PASSWORD_HASH, World

pytestmark = pytest.mark.long


def load(world: World) -> dict[str, Any]:
    """Return what `flask demo` prints."""
    return command_line.printed(world, "demo")


@pytest.fixture(scope="module")
def demo(
    migrated_sqlite_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Generator[tuple[World, dict[str, Any]]]:
    """A server with the demo, to look at, and what loading it printed."""
    folder = tmp_path_factory.mktemp("demo")
    url = databases.copy_sqlite(migrated_sqlite_file, folder)
    world = World(create_app({"DATABASE_URL": url, "SECRET_KEY": SECRET_KEY}, folder))
    yield world, load(world)
    with world.app.app_context():
        db.engine.dispose()


Demo = tuple[World, dict[str, Any]]


def in_each(world: World, column: str, table: str) -> set[object]:
    return {row[0] for row in world.execute(f"SELECT DISTINCT {column} FROM {table}")}  # noqa: S608


def running_of_limit(world: World) -> set[tuple[int, int | None]]:
    """Return how many run, and how many may, in each project."""
    rows = world.execute(
        "SELECT count(e.test_id) AS running, plan.experiments_running AS most FROM project"
        " JOIN plan ON plan.code = project.plan_code LEFT JOIN experiment e"
        " ON e.project_id = project.id AND e.status = 'running'"
        " GROUP BY project.id, plan.experiments_running"
    )
    return {(row.running, row.most) for row in rows}


def test_the_demo_shows_everything_there_is(demo: Demo) -> None:
    world, printed = demo
    assert list(printed) == ["demo", "sign_ins", "keys"]
    assert len(world.execute("SELECT code FROM plan")) == 3
    assert len(world.execute("SELECT id FROM project")) >= 3
    assert len(world.execute("SELECT test_id FROM experiment")) >= 24
    assert in_each(world, "status", "experiment") == {"draft", "running", "stopped", "archived"}
    assert in_each(world, "role", "membership") == {"viewer", "marketer", "owner"}
    assert in_each(world, "is_admin", "user_account") == {True, False}
    assert {(300, "Sandbox", 2), (305, "Agency Lite", 2)} < set(
        world.execute("SELECT code, name, experiments_running FROM plan")
    )


def test_one_project_is_at_its_limit_and_one_over_it(demo: Demo) -> None:
    found = running_of_limit(demo[0])
    assert any(most is not None and running == most for running, most in found)
    assert any(most is not None and running > most for running, most in found)
    assert any(most is None and running > 2 for running, most in found)


def test_what_history_tells_of_refusals_is_counted_as_demand(demo: Demo) -> None:
    world, _ = demo
    refused = "SELECT sum(times) FROM history WHERE kind = 'refused'"
    assert world.execute("SELECT sum(refusals) FROM slot_demand") == world.execute(refused)


def test_something_is_queued_scheduled_refused_concluded_and_given_a_reason(demo: Demo) -> None:
    world, _ = demo
    assert in_each(world, "kind", "history") == {
        "created",
        "changed",
        "refused",
        "queued",
        "scheduled",
    }
    assert in_each(world, "conclusion", "history") > {"won", "lost", "inconclusive", "unfinished"}
    assert len(in_each(world, "reason", "history")) > 5
    queued = world.execute(
        "SELECT p.key, e.status FROM queued_start q JOIN experiment e ON e.test_id = q.test_id"
        " JOIN project p ON p.id = q.project_id"
    )
    assert queued == [("demo-garden-centre", "draft")]
    (scheduled,) = world.execute("SELECT at, target FROM scheduled_change")
    assert str(scheduled.at) > now().isoformat(" ")
    assert scheduled.target == "running"


def test_every_experiment_that_was_live_has_its_result_in_short(demo: Demo) -> None:
    was_live = "SELECT test_id FROM experiment WHERE started_at IS NOT NULL ORDER BY test_id"
    assert demo[0].execute("SELECT test_id FROM standing ORDER BY test_id") == demo[0].execute(
        was_live
    )


def test_how_an_experiment_ended_is_what_its_result_says(demo: Demo) -> None:
    rows = demo[0].execute(
        "SELECT e.name, e.conclusion, s.kind FROM experiment e JOIN standing s USING (test_id)"
        " WHERE e.conclusion IS NOT NULL"
    )
    fitting = {
        "won": {"winner"},
        "lost": {"original_wins"},
        "inconclusive": {"undecided", "held_back"},
        "unfinished": {"held_back"},
    }
    assert {row.conclusion for row in rows} == set(fitting)
    assert [row for row in rows if row.kind not in fitting[row.conclusion]] == []


def test_where_visitors_came_lately_the_script_is_known_to_be_in_the_page(demo: Demo) -> None:
    world, printed = demo
    for project, key in (
        ("demo-outdoor-shop", "free-delivery-bar"),
        ("demo-garden-centre", "local-delivery-map"),
    ):
        world_id = f"SELECT public_id FROM experiment WHERE key = '{key}'"  # noqa: S608
        answer = world.app.test_client().get(
            f"/api/admin/experiments/{world.execute(world_id)[0][0]}/launch-check",
            headers={"X-SDK-Key": printed["keys"][project]},
        )
        assert answer.json is not None
        states = {each["code"]: each["state"] for each in answer.json["checks"]}
        assert (states["script"], states["goal"]) == ("passed", "passed")


def test_the_history_of_a_project_is_in_the_order_in_which_it_happened(demo: Demo) -> None:
    by_id, by_moment = (
        demo[0].execute(f"SELECT id FROM history ORDER BY project_id, {order}, id")  # noqa: S608
        for order in ("id", "at")
    )
    assert by_id == by_moment


def test_every_status_has_come_about_by_its_history(demo: Demo) -> None:
    world, _ = demo
    steps: dict[int, list[tuple[str, str]]] = {}
    for row in world.execute(
        "SELECT * FROM history WHERE kind = 'changed' ORDER BY test_id, at, id"
    ):
        steps.setdefault(row.test_id, [("", "draft")]).append((row.from_status, row.to_status))
    for walk in steps.values():
        assert all(before[1] == after[0] for before, after in pairwise(walk))
    for row in world.execute("SELECT test_id, status FROM experiment"):
        assert steps.get(row.test_id, [("", "draft")])[-1][1] == row.status


def test_nothing_in_the_demo_lies_in_the_future_or_before_it_was_created(demo: Demo) -> None:
    odd = demo[0].execute(
        "SELECT e.test_id FROM experiment e LEFT JOIN history h ON h.test_id = e.test_id"
        " WHERE e.changed_at < e.created_at OR e.started_at < e.created_at"
        " OR e.stopped_at < e.started_at OR h.at < e.created_at"
        " OR e.changed_at > :now OR h.at > :now",
        now=now().isoformat(" "),
    )
    assert odd == []


def test_the_printed_sign_ins_and_keys_open_the_demo(demo: Demo) -> None:
    world, printed = demo
    for email, password in printed["sign_ins"].items():
        assert world.browser().sign_in(email, password).status_code == 302
    for project, token in printed["keys"].items():
        path = f"/v2/project/{project}/experiments"
        answer = world.app.test_client().get(path, headers={"x-api-key": token})
        assert answer.status_code == 200


def test_the_demo_goes_into_an_empty_database_only(world: World) -> None:
    world.plan()
    assert "empty database" in command_line.complaint(world, "demo")
    assert world.execute("SELECT count(*) FROM project") == [(0,)]


def test_the_demo_is_not_loaded_twice(demo: Demo) -> None:
    before = contents(demo[0])
    assert "empty database" in command_line.complaint(demo[0], "demo")
    assert contents(demo[0]) == before


def contents(world: World) -> list[object]:
    """The demo's rows, but for the salt of passwords and the moment that it was loaded."""
    return [
        world.execute("SELECT * FROM plan ORDER BY code"),
        world.execute("SELECT id, email, is_admin, session_token FROM user_account ORDER BY id"),
        world.execute("SELECT id, key, name, plan_code, version FROM project ORDER BY id"),
        world.execute("SELECT * FROM membership ORDER BY project_id, user_id"),
        world.execute("SELECT id, project_id, name, last4, token_hash FROM api_key ORDER BY id"),
        world.execute(
            "SELECT test_id, public_id, project_id, key, name, url, status, user_id, api_key_id"
            " FROM experiment ORDER BY test_id"
        ),
        world.execute(
            "SELECT id, test_id, from_status, to_status, door, user_id, api_key_id"
            " FROM history ORDER BY id"
        ),
    ]


@on_both_databases
def test_the_demo_is_the_same_every_time_and_on_every_database(world: World, demo: Demo) -> None:
    assert load(world) == demo[1]
    assert contents(world) == contents(demo[0])


def test_another_servers_demo_has_other_passwords_and_keys(make_app: MakeApp, demo: Demo) -> None:
    other = load(World(make_app(SECRET_KEY=OTHER_SECRET_KEY)))
    for kind in ("sign_ins", "keys"):
        assert other[kind].keys() == demo[1][kind].keys()
        assert not set(other[kind].values()) & set(demo[1][kind].values())


ADDRESS = "http://127.0.0.1:8000"


def welcome(world: World, *options: str) -> str:
    result = world.app.test_cli_runner().invoke(args=["welcome", "--address", ADDRESS, *options])
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def test_welcome_fills_an_empty_database_once_and_prints_how_to_sign_in_while_that_works(
    world: World, client: FlaskClient
) -> None:
    text = welcome(world)
    assert ADDRESS in text
    email, password = re.findall(r"^ +(\S+@\S+) +(\S+)$", text, re.MULTILINE)[0]
    assert world.browser().sign_in(email, password).status_code == 302
    project, token = re.findall(r"^ +(\S+) +(sdk_admin_\S+)$", text, re.MULTILINE)[0]
    path = f"/v2/project/{project}/experiments"
    assert client.get(path, headers={"x-api-key": token}).status_code == 200
    assert welcome(world) == text
    assert len(world.execute("SELECT code FROM plan")) == 3
    world.execute("UPDATE user_account SET password_hash = :other", other=PASSWORD_HASH)
    assert "@" not in welcome(world)


def test_the_page_of_the_demo_shops_experiment_is_the_shop_where_the_server_answers(
    world: World,
) -> None:
    welcome(world)
    (found,) = world.execute("SELECT url FROM experiment WHERE key = 'buy-button'")
    assert found.url == f"{ADDRESS}/demo/shop", "its preview links lead there"
    assert ADDRESS in in_each(world, "address", "origin")


def test_welcome_leaves_somebodys_own_database_alone(world: World) -> None:
    world.project()
    text = welcome(world)
    assert ADDRESS in text
    assert "@" not in text
    assert "sdk_admin_" not in text
    assert world.execute("SELECT count(*) FROM project") == [(1,)]


def test_welcome_without_the_demo_leaves_it_empty_and_leads_to_its_set_up(world: World) -> None:
    set_up = f"Open {ADDRESS}/set-up"
    assert set_up in welcome(world, "--no-demo")
    assert world.execute("SELECT count(*) FROM project") == [(0,)]
    assert set_up not in welcome(world)


def test_the_app_is_made_without_a_database_to_talk_to(tmp_path: Path) -> None:
    settings = {"DATABASE_URL": "postgresql://nowhere.invalid/x", "SECRET_KEY": SECRET_KEY}
    app = create_app(settings, tmp_path)
    assert "demo" in app.cli.commands
