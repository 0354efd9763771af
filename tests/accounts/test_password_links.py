"""Links by which somebody chooses a password: used once, by the right person, in time."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from app.accounts import password_links
from app.core.errors import AlreadyExists, Forbidden, InvalidInput
from app.database.transactions import writing
from tests.conftest import on_both_databases, on_postgresql
from tests.pages.reading import page
from tests.watching import until, waiting_for_locks
from tests.world import COMMAND_LINE, Browser, World

CHOSEN = {"new": "a few good words", "again": "a few good words"}


def invited(world: World, email: str = "new@example.test") -> str:
    """The address of the link of somebody who is invited."""
    with world.app.app_context():
        made = password_links.invite(email, COMMAND_LINE)
    return f"/choose-password?token={made.token}"


def choose(browser: Browser, address: str, **typed: str) -> int:
    browser.refresh_token(address)
    return browser.submit(address, **{**CHOSEN, **typed}).status_code


def ended(world: World, address: str) -> str:
    """The sign-in page that the link leads to, which says why."""
    return world.browser().client.get(address, follow_redirects=True).text


@on_both_databases
def test_who_is_invited_chooses_a_password_and_is_signed_in(world: World) -> None:
    address, browser = invited(world), world.browser()
    assert world.browser().sign_in("new@example.test", "!").status_code == 401
    assert "new@" in browser.get(address).text
    assert choose(browser, address) == 302
    assert browser.get("/account").status_code == 200
    entered = world.execute("SELECT kind FROM audit_entry ORDER BY id")
    assert [row.kind for row in entered][-2:] == ["password changed", "signed in"]
    assert world.browser().sign_in("new@example.test", CHOSEN["new"]).status_code == 302


def test_a_link_is_used_once_and_ends_with_the_next_one(world: World) -> None:
    first = invited(world)
    user_id = world.person("new@example.test").user_id or 0
    with world.app.app_context():
        second = password_links.make(user_id, COMMAND_LINE)
    assert "This link has ended" in ended(world, first)
    address = f"/choose-password?token={second.token}"
    assert choose(world.browser(), address) == 302
    assert "This link has ended" in ended(world, address)


def test_a_link_ends_by_itself(world: World) -> None:
    address = invited(world)
    world.execute("UPDATE password_link SET expires_at = '2020-01-01 00:00:00'")
    assert "This link has ended" in ended(world, address)
    assert "This link has ended" in ended(world, "/choose-password")


@pytest.mark.parametrize(
    "typed", [{"new": "short", "again": "short"}, {"again": "other words here"}]
)
def test_an_unfit_password_leaves_the_link_as_it_is(world: World, typed: dict[str, str]) -> None:
    address, browser = invited(world), world.browser()
    assert choose(browser, address, **typed) == 400
    assert choose(browser, address) == 302


def test_a_new_password_ends_all_sessions_and_only_admins_make_links(world: World) -> None:
    email = world.user()
    browser, actor = world.browser(email), world.person(email)
    with world.app.app_context():
        with pytest.raises(Forbidden):
            password_links.make(actor.user_id or 0, actor)
        with pytest.raises(Forbidden):
            password_links.invite("other@example.test", actor)
        with pytest.raises(AlreadyExists):
            password_links.invite(email.upper(), COMMAND_LINE)
        with pytest.raises(InvalidInput):
            password_links.invite("nobody", COMMAND_LINE)
        made = password_links.make(actor.user_id or 0, COMMAND_LINE)
    assert browser.get("/account").status_code == 200
    assert choose(world.browser(), f"/choose-password?token={made.token}") == 302
    assert browser.get("/account").status_code == 302


def test_an_admin_invites_and_finds_people_in_the_browser(world: World) -> None:
    admin = world.browser(world.user(admin=True))
    shown = page(admin.submit("/admin/people/invite", email="New@Example.test"))
    link = shown.the("input", id="link").attributes["value"]
    assert link.startswith("http://localhost/choose-password?token=")
    listed = page(admin.get("/admin/people?q=NEW@")).the("tbody").text
    assert listed.startswith("new@example.test None Never Invited")
    token = link.partition("token=")[2]
    assert token not in repr(world.execute("SELECT * FROM audit_entry"))
    assert token not in repr(world.execute("SELECT * FROM password_link"))
    taken = admin.submit("/admin/people/invite", email="new@example.test")
    assert taken.status_code == 400
    assert "signs in here already" in taken.text


@on_postgresql
@pytest.mark.parametrize(
    ("deactivated", "sessions"), [("NULL", 1), ("CURRENT_TIMESTAMP", 0)], ids=["used", "ended"]
)
def test_a_link_opens_one_session_at_most_whatever_happens_at_the_same_moment(
    world: World, deactivated: str, sessions: int
) -> None:
    token = invited(world).removeprefix("/choose-password?token=")

    def use(device: str) -> bool:
        with world.app.app_context():
            try:
                return bool(password_links.use(token, CHOSEN["new"], device))
            except InvalidInput:
                return False

    with ThreadPoolExecutor(2) as threads, world.app.app_context():
        with writing() as session:
            session.execute(text(f"UPDATE user_account SET deactivated_at = {deactivated}"))  # noqa: S608
            used = [threads.submit(use, device) for device in ("one", "another")]
            until(lambda: waiting_for_locks(world) == len(used))
        assert sum(each.result() for each in used) == sessions
    assert world.execute("SELECT count(*) FROM browser_session") == [(sessions,)]
