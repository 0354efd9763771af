"""The first start in the browser: opened by the code in the log, once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.web import set_up_code
from tests.conftest import on_both_databases
from tests.pages.reading import errors, flashed, page
from tests.world import World

GIVEN = {
    "email": "ada@example.test",
    "new": "a few good words",
    "again": "a few good words",
    "project": "Bakery",
    "plan": "Team",
    "experiments_running": "3",
}


def code(world: World) -> str:
    with world.app.app_context():
        return set_up_code.code()


@on_both_databases
def test_an_empty_server_is_set_up_by_the_code_in_its_log_and_signs_in(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    browser = world.browser()
    assert "Nobody can yet. Set up Switchyard" in page(browser.get("/sign-in")).the("main").text
    browser.refresh_token("/set-up")
    browser.client.set_cookie("time_zone", "Europe/Berlin")
    assert code(world) in caplog.text
    typed = code(world).lower().replace("-", " ")
    assert browser.submit("/set-up", code=typed, **GIVEN).status_code == 302
    shown = browser.get("/")
    assert "set up" in flashed(shown)[0]
    assert "Bakery" in page(shown).the("main").text
    (project,) = world.execute("SELECT time_zone FROM project")
    assert project.time_zone == "Europe/Berlin"
    listed = page(browser.get("/admin/plans")).the("tbody").text
    assert listed.startswith("Team 1 3")
    signed_in = "SELECT subject FROM audit_entry WHERE kind = 'signed in'"
    assert world.execute(signed_in) == [(GIVEN["email"],)]
    # Once: then it leads to the sign-in page.
    assert world.browser().get("/set-up").headers["Location"] == "/sign-in"
    assert "Nobody can yet" not in world.browser().get("/sign-in").text


@pytest.mark.long
def test_the_demo_is_loaded_beside_ones_own_project_and_is_ones_own_too(world: World) -> None:
    browser = world.browser()
    browser.refresh_token("/set-up")
    assert browser.submit("/set-up", code=code(world), with_demo="y", **GIVEN).status_code == 302
    shown = page(browser.get("/")).the("main").text
    assert "Bakery" in shown
    assert "Outdoor shop" in shown
    assert browser.get("/projects/demo-outdoor-shop/members").status_code == 200


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("code", "AAAA-AAAA-AAAA"),
        ("email", "ada"),
        ("new", "short"),
        ("again", "other words here"),
        ("project", ""),
        ("experiments_running", "-1"),
    ],
)
def test_what_cannot_be_used_is_said_beside_its_field_and_nothing_is_made(
    world: World, field: str, typed: str
) -> None:
    browser = world.browser()
    browser.refresh_token("/set-up")
    answer = browser.submit("/set-up", **{"code": code(world), **GIVEN, field: typed})
    assert answer.status_code == 400
    assert field in errors(answer)
    for table in ("user_account", "plan", "project"):
        assert world.execute(f"SELECT count(*) FROM {table}") == [(0,)]  # noqa: S608


@pytest.mark.long
def test_where_the_demo_cannot_be_loaded_nothing_is_set_up(world: World) -> None:
    browser = world.browser()
    browser.refresh_token("/set-up")
    taken = {**GIVEN, "email": "mia@demo.test", "code": code(world), "with_demo": "y"}
    answer = browser.submit("/set-up", **taken)
    assert errors(answer)["email"] == "Somebody of the demo has this email: take another."
    assert browser.submit("/set-up", **{**taken, "email": GIVEN["email"]}).status_code == 302


def test_a_server_with_anybody_in_it_is_set_up_by_nobody(world: World) -> None:
    world.user()
    browser = world.browser()
    browser.refresh_token("/sign-in")
    assert browser.submit("/set-up", code=code(world), **GIVEN).headers["Location"] == "/sign-in"
    assert world.execute("SELECT count(*) FROM user_account") == [(1,)]


@on_both_databases
def test_of_two_who_set_it_up_at_once_one_is_first(world: World) -> None:
    browsers = [world.browser() for _ in range(2)]
    for browser in browsers:
        browser.refresh_token("/set-up")
    given = {**GIVEN, "code": code(world)}
    with ThreadPoolExecutor(2) as pool:
        answers = list(
            pool.map(
                lambda pair: pair[1].submit("/set-up", **{**given, "email": f"{pair[0]}@a.test"}),
                enumerate(browsers),
            )
        )
    assert {answer.status_code for answer in answers} <= {302, 400}
    assert world.execute("SELECT count(*) FROM user_account") == [(1,)]
    assert world.execute("SELECT count(*) FROM project") == [(1,)]
