"""Where somebody is signed in: listed, ended, and ending by itself."""

import threading
from datetime import datetime, timedelta

import pytest
from itsdangerous import TimestampSigner
from sqlalchemy import select, update

from app import jobs
from app.accounts import people
from app.accounts.browser_sessions import Used
from app.database.engine import db
from app.database.transactions import writing
from app.models import BrowserSession, now
from app.web.request_kinds import Kind
from app.web.sessions import last_uses
from tests.conftest import MakeApp, on_both_databases
from tests.faults import outages
from tests.pages.reading import Element, flashed, page
from tests.statements import places_of_connections, recorded
from tests.watching import until
from tests.world import Browser, World

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


def signed_in(world: World, email: str, user_agent: str = FIREFOX) -> Browser:
    """A browser that says this of itself, in which somebody is signed in."""
    client = world.app.test_client()
    client.environ_base["HTTP_USER_AGENT"] = user_agent
    browser = Browser(client)
    browser.sign_in(email)
    return browser


def is_in(browser: Browser) -> bool:
    return browser.get("/account").status_code == 200


def listed(browser: Browser) -> list[Element]:
    return page(browser.get("/account")).the("table").the("tbody").every("tr")


def set_back(world: World, column: str, by: timedelta, session_id: int = 1) -> None:
    """Have it that a session began, or was last used, so long ago."""
    of_session = update(BrowserSession).where(BrowserSession.id == session_id)
    with world.app.app_context(), writing() as session:
        session.execute(of_session.values({column: now() - by}))


def nobody_notes() -> bool:
    """Return whether no last use is being written down."""
    return all(thread.name != last_uses.THREAD for thread in threading.enumerate())


def is_used_lately(world: World) -> bool:
    """Return whether it is noted that the only session has been used within the last minute."""
    with world.app.app_context():
        return db.session.scalars(select(BrowserSession.last_used_at)).one() > now() - MINUTE


def test_the_account_lists_each_browser_and_marks_this_one(world: World) -> None:
    email = world.user()
    signed_in(world, email, "curl/8.14.1")
    here = signed_in(world, email)
    signed_in(world, world.user())
    this, other = listed(here)
    assert this.the("th").text.startswith("Firefox on Linux this browser, since")
    assert this.every("button") == []
    assert other.the("th").text.startswith("curl since")
    assert other.the("button").text == "Sign out"


@on_both_databases
def test_one_browser_is_signed_out_and_no_other(world: World) -> None:
    email = world.user()
    here, there, elsewhere = (signed_in(world, email) for _ in range(3))
    sessions = world.execute("SELECT id FROM browser_session ORDER BY id")
    answer = here.submit(f"/account/sessions/{sessions[1].id}/end")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/account#places")
    assert flashed(here.get("/account")) == ["That browser is signed out."]
    assert [is_in(each) for each in (here, there, elsewhere)] == [True, False, True]


@on_both_databases
def test_all_browsers_but_this_one_are_signed_out(world: World) -> None:
    email = world.user()
    here, *others = (signed_in(world, email) for _ in range(3))
    somebody = signed_in(world, world.user())
    here.submit("/account/sessions/end-others")
    assert [is_in(each) for each in (here, *others, somebody)] == [True, False, False, True]
    buttons = page(here.get("/account")).the("main").every("button")
    assert "Sign out everywhere else" not in [each.text for each in buttons]


def test_nobody_signs_somebody_else_out(world: World) -> None:
    victim, attacker = signed_in(world, world.user()), signed_in(world, world.user())
    theirs = world.execute("SELECT min(id) AS id FROM browser_session")[0].id
    attacker.submit(f"/account/sessions/{theirs}/end")
    assert flashed(attacker.get("/account")) == [
        "You are not signed in there: nothing has changed."
    ]
    assert is_in(victim)


def test_a_copy_of_the_cookie_is_nobody_once_its_owner_has_signed_out(world: World) -> None:
    browser, thief = world.browser(world.user()), world.browser()
    cookie = browser.client.get_cookie("switchyard")
    assert cookie
    thief.client.set_cookie("switchyard", cookie.value)
    assert is_in(thief)
    browser.submit("/sign-out")
    assert not is_in(thief)
    assert world.execute("SELECT count(*) FROM browser_session") == [(0,)]


@on_both_databases
@pytest.mark.parametrize(
    ("column", "days"), [("last_used_at", 14), ("created_at", 90)], ids=["unused", "old"]
)
def test_a_session_ends_by_itself_and_jobs_delete_what_is_over(
    world: World, column: str, days: int
) -> None:
    over, going_on = (world.browser(world.user()) for _ in range(2))
    set_back(world, column, days * DAY, session_id=1)
    set_back(world, column, days * DAY - MINUTE, session_id=2)
    assert not is_in(over)
    with world.app.app_context():
        jobs.once(now())
    assert world.execute("SELECT id FROM browser_session") == [(2,)]
    assert is_in(going_on)
    until(nobody_notes)
    assert is_used_lately(world)


def test_a_server_whose_clock_is_behind_throws_nobody_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = world.browser(world.user())
    set_back(world, "created_at", timedelta(seconds=-3))
    set_back(world, "last_used_at", timedelta(seconds=-3))
    present = TimestampSigner.get_timestamp
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda self: present(self) - 3)
    assert is_in(browser)


@on_both_databases
def test_the_last_use_is_noted_to_the_minute(world: World) -> None:
    browser = world.browser(world.user())
    with recorded(world.app) as sent:
        assert is_in(browser)
    assert [each for each in sent if each.startswith("UPDATE")] == []
    set_back(world, "last_used_at", 2 * MINUTE)
    assert not is_used_lately(world)
    assert is_in(browser)
    until(nobody_notes)
    assert is_used_lately(world)


@on_both_databases
def test_when_somebody_was_last_seen_outlives_their_sessions(world: World) -> None:
    email, admin = world.user(), world.browser(world.user(admin=True))
    browser = world.browser(email)
    assert last_seen(world, email) > now() - MINUTE
    world.execute("UPDATE user_account SET last_seen_at = NULL")
    of_theirs = world.execute("SELECT max(id) AS id FROM browser_session")[0].id
    set_back(world, "last_used_at", 2 * MINUTE, of_theirs)
    browser.submit("/sign-out")
    until(nobody_notes)
    assert last_seen(world, email) > now() - MINUTE
    assert "Never" not in page(admin.get(f"/admin/people?q={email}")).the("tbody").text


def last_seen(world: World, email: str) -> datetime:
    """Return when somebody was last seen, as admins are told."""
    with world.app.app_context():
        moment = people.by_email(email).last_seen_at
    assert moment
    return moment


def test_nobody_waits_for_the_note_of_a_last_use(world: World) -> None:
    browser = world.browser(world.user())
    set_back(world, "last_used_at", 2 * MINUTE)
    with world.app.app_context(), db.engine.connect() as other:
        other.exec_driver_sql("BEGIN IMMEDIATE")
        assert is_in(browser)
        assert not is_used_lately(world)
        other.exec_driver_sql("ROLLBACK")
    until(nobody_notes)
    assert is_used_lately(world)


def test_a_last_use_that_no_thread_could_be_started_for_is_noted_with_the_next(
    world: World,
) -> None:
    browser = world.browser(world.user())
    set_back(world, "last_used_at", 2 * MINUTE)
    with outages.no_threads():
        assert is_in(browser)
    assert not is_used_lately(world)
    assert is_in(browser)
    until(nobody_notes)
    assert is_used_lately(world)


def test_a_last_use_is_noted_from_a_place_of_those_that_write(make_app: MakeApp) -> None:
    world = World(make_app(DATABASE_CONNECTIONS="4"))
    world.browser(world.user())
    notes = last_uses.notes_of(world.app)
    with places_of_connections(world.app, Kind.WRITING) as at_places:
        notes.note(Used(1, 1), now() + MINUTE)
        until(nobody_notes)
    assert at_places == [True]


def test_what_a_server_of_before_ends_by_a_new_password_has_ended_here(world: World) -> None:
    browser = world.browser(world.user())
    world.execute("UPDATE user_account SET session_token = 'another'")
    assert not is_in(browser)


def test_a_server_of_before_knows_a_session_that_began_here(world: World) -> None:
    browser = world.browser(world.user())
    tokens = world.execute("SELECT session_token FROM user_account")
    with browser.client.session_transaction() as session:
        assert session["_user_id"] == tokens[0].session_token


def test_a_cookie_of_a_server_of_before_signs_nobody_in(world: World) -> None:
    browser = world.browser(world.user())
    with browser.client.session_transaction() as session:
        del session["browser"]
    assert not is_in(browser)
