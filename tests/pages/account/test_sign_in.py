"""Signing in and out."""

import re

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY
from werkzeug.test import TestResponse

from app.accounts import passwords, users
from app.models import Role
from tests.pages.reading import errors, page
from tests.world import COMMAND_LINE, PASSWORD, Browser, World

# As a server has them: while tests run, others are there in their places.
HASHER, NOBODYS_HASH = passwords.HASHER, passwords.NOBODYS_HASH


def attempt(world: World, email: str, password: str, following: str = "") -> TestResponse:
    """The answer to a sign-in in a new browser."""
    browser = world.browser()
    path = f"/sign-in?next={following}" if following else "/sign-in"
    browser.refresh_token(path)
    return browser.submit(path, email=email, password=password)


def without_what_was_typed(answer: TestResponse, email: str) -> str:
    html = answer.get_data(as_text=True).replace(email, "")
    return re.sub(r'name="csrf_token" type="hidden" value="[^"]*"', "", html)


def test_the_page_asks_for_email_and_password(world: World) -> None:
    shown = page(world.browser().get("/sign-in"))
    labels = {each.text: each.attributes["for"] for each in shown.every("label")}
    assert shown.the("title").text == "Sign in · Switchyard"
    assert shown.the("input", id=labels["Email"]).attributes["autocomplete"] == "username"
    assert shown.the("input", id=labels["Password"]).attributes["type"] == "password"
    assert shown.the("input", type="submit").attributes["value"] == "Sign in"


@pytest.mark.parametrize("typed", ["{}", " {} ", "{upper}"], ids=["as is", "spaces", "capitals"])
def test_the_right_password_signs_in(world: World, typed: str) -> None:
    email = world.user()
    answer = attempt(world, typed.format(email, upper=email.upper()), PASSWORD)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")


@pytest.mark.parametrize(
    "password",
    [
        "wrong wrong",
        PASSWORD.upper(),
        f" {PASSWORD}",
        f"{PASSWORD} ",
        PASSWORD[:-1],
        "\x00",
        "x" * 5000,
    ],
    ids=["another", "capitals", "space before", "space after", "short", "nul", "endless"],
)
def test_any_other_password_does_not(world: World, password: str) -> None:
    answer = attempt(world, world.user(), password)
    assert answer.status_code == 401
    assert errors(answer) == {"": "Email or password is wrong."}


@pytest.mark.parametrize(
    "unknown",
    ["nobody@example.test", "nobody", "@", "a@b@c", "nul\x00@example.test", "ä@example.test"],
)
def test_an_unknown_email_and_a_wrong_password_are_told_the_same(
    world: World, unknown: str
) -> None:
    known = world.user()
    answers = [(email, attempt(world, email, "wrong wrong")) for email in (known, unknown)]
    statuses = {answer.status_code for _, answer in answers}
    bodies = {without_what_was_typed(answer, email) for email, answer in answers}
    assert statuses == {401}
    assert len(bodies) == 1


@pytest.mark.parametrize("email", ["ana@example.test", "nobody@example.test", "nobody", ""])
def test_one_hash_as_slow_as_anybodys_is_verified_whoever_it_is(
    world: World, monkeypatch: pytest.MonkeyPatch, email: str
) -> None:
    monkeypatch.setattr(passwords, "HASHER", HASHER)
    monkeypatch.setattr(passwords, "NOBODYS_HASH", NOBODYS_HASH)
    verified, verify = [], PasswordHasher.verify

    def note(hasher: PasswordHasher, hashed: str, password: str) -> bool:
        verified.append(extract_parameters(hashed))
        return verify(hasher, hashed, password)

    monkeypatch.setattr(PasswordHasher, "verify", note)
    with world.app.app_context():
        users.create("ana@example.test", PASSWORD, COMMAND_LINE)
        assert users.authenticate(email, "wrong wrong") is None
    assert verified == [RFC_9106_LOW_MEMORY]


@pytest.mark.parametrize(
    ("email", "password", "at_fault"),
    [
        ("", "", {"email": "Enter your email.", "password": "Enter your password."}),
        ("a@example.test", "", {"password": "Enter your password."}),
        ("", PASSWORD, {"email": "Enter your email."}),
    ],
)
def test_what_is_missing_is_said_beside_its_field(
    world: World, email: str, password: str, at_fault: dict[str, str]
) -> None:
    answer = attempt(world, email, password)
    assert (answer.status_code, errors(answer)) == (400, at_fault)


def test_a_refused_form_keeps_the_email_and_never_the_password(world: World) -> None:
    answer = attempt(world, "someone@example.test", "wrong wrong")
    assert page(answer).the("input", name="email").attributes["value"] == "someone@example.test"
    assert "wrong wrong" not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "path", ["/projects/a", "/projects/a?status=draft&after=5", "/account", "/admin/plans", "/a:b"]
)
def test_after_signing_in_one_is_where_one_wanted_to_go(world: World, path: str) -> None:
    answer = attempt(world, world.user(), PASSWORD, path.replace("&", "%26"))
    assert answer.headers["Location"] == path


ELSEWHERE = [
    "https://evil.example",
    "http:evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/%5Cevil.example",
    "/%09/evil.example",
    "%09//evil.example",
    "/%0A/evil.example",
    "/%0D%0ALocation: https://evil.example",
    "%20//evil.example",
    "/%00/evil.example",
    "/%C2%85/evil.example",
    "/%E2%80%A8/evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "@evil.example",
    "//[evil",
    "//[::1",
    "https://[",
    "",
]


@pytest.mark.parametrize("following", ELSEWHERE)
@pytest.mark.parametrize("signed_in", [False, True], ids=["signing in", "signed in"])
def test_next_never_leads_to_another_site(
    world: World,
    following: str,
    signed_in: bool,  # noqa: FBT001
) -> None:
    email = world.user()
    if signed_in:
        answer = world.browser(email).get(f"/sign-in?next={following}")
    else:
        answer = attempt(world, email, PASSWORD, following)
    if "%00" in following:
        assert answer.status_code == 400
    else:
        assert (answer.status_code, answer.headers["Location"]) == (302, "/")


def cookie_of(browser: Browser) -> str:
    cookie = browser.client.get_cookie("switchyard")
    assert cookie
    return cookie.value


def test_signing_in_renews_the_session(world: World) -> None:
    browser = world.browser()
    browser.refresh_token("/sign-in")
    before = cookie_of(browser), browser.csrf_token
    with browser.client.session_transaction() as session:
        session["planted"] = "by somebody else"
    browser.sign_in(world.user())
    assert cookie_of(browser) != before[0]
    assert browser.csrf_token
    assert browser.csrf_token != before[1]
    with browser.client.session_transaction() as session:
        assert "planted" not in session


def test_the_csrf_token_of_before_signing_in_is_worth_nothing_afterwards(world: World) -> None:
    project = world.project()
    browser = world.browser()
    browser.refresh_token("/sign-in")
    before = browser.csrf_token
    browser.sign_in(world.member(project))
    browser.csrf_token = before
    browser.submit(f"/projects/{project.key}/new-experiment", name="Banner")
    assert world.execute("SELECT count(*) FROM experiment") == [(0,)]


def test_signing_out_ends_the_session(world: World) -> None:
    browser = world.browser(world.user())
    answer = browser.submit("/sign-out")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in")
    assert browser.get("/account").status_code == 302


def test_signing_out_without_the_csrf_token_does_not(world: World) -> None:
    browser = world.browser(world.user())
    browser.csrf_token = ""
    browser.submit("/sign-out")
    assert browser.get("/account").status_code == 200


def test_a_cookie_that_was_tampered_with_is_nobody(world: World) -> None:
    browser = world.browser(world.user())
    content, _, signature = cookie_of(browser).rpartition(".")
    other = ("A" if signature[0] != "A" else "B") + signature[1:]
    browser.client.set_cookie("switchyard", f"{content}.{other}")
    assert browser.get("/account").status_code == 302


def test_a_session_of_somebody_who_is_gone_is_nobody(world: World) -> None:
    browser = world.browser(world.user())
    world.execute("DELETE FROM browser_session")
    world.execute("DELETE FROM user_account")
    assert browser.get("/account").status_code == 302


def test_two_browsers_of_one_server_are_two_people(world: World) -> None:
    first, second = world.user(), world.user()
    browsers = [world.browser(first), world.browser(second)]
    for browser, email in zip(browsers, (first, second), strict=True):
        assert page(browser.get("/account")).the("strong").text == email


def test_the_pages_head_knows_who_is_signed_in(world: World) -> None:
    project = world.project()
    email = world.member(project, Role.VIEWER)
    head = page(world.browser(email).get("/")).the("header")
    assert email in head.text
    assert [link.text for link in head.the("nav").every("a")] == ["Projects"]
    head = page(world.browser(world.user(admin=True)).get("/")).the("header")
    assert [link.text for link in head.the("nav").every("a")] == [
        "Projects",
        "Plans",
        "All projects",
        "Requests",
        "People",
        "Audit",
    ]
    assert page(world.browser().get("/sign-in")).the("header").every("nav") == []


@pytest.mark.parametrize(("query", "times"), [("", 0), ("?lost=1", 1)])
def test_what_may_have_been_pressed_is_spoken_of_as_what_may_have_been(
    world: World, query: str, times: int
) -> None:
    text = page(world.browser().get(f"/sign-in{query}")).the("main").text
    assert text.count("If you pressed something just before, it was not carried out.") == times
    assert "You were signed out" not in text
