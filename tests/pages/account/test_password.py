"""One's own sign-in: a new password."""

import pytest

from tests.pages.reading import errors, flashed, page
from tests.world import PASSWORD, Browser, World

NEW = "a better password"
SAME = "This is your present password. Take another."
LENGTH = "A password has 12 to 200 characters."
COMMON = (
    "This password is among the first that others try. Take a few words that have nothing to do "
    "with each other."
)


def change(browser: Browser, present: str = PASSWORD, new: str = NEW, again: str = NEW) -> int:
    return browser.submit("/account", present=present, new=new, again=again).status_code


def test_a_new_password_signs_in_and_the_old_one_no_more(world: World) -> None:
    email = world.user()
    assert change(world.browser(email)) == 302
    assert world.browser().sign_in(email, NEW).status_code == 302
    assert world.browser().sign_in(email, PASSWORD).status_code == 401


def test_a_new_password_ends_every_other_session_and_keeps_this_one(world: World) -> None:
    email = world.user()
    here, elsewhere, somebody = (
        world.browser(email),
        world.browser(email),
        world.browser(world.user()),
    )
    change(here)
    assert here.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 302
    assert somebody.get("/account").status_code == 200


def test_a_copy_of_the_old_cookie_is_nobody_after_a_new_password(world: World) -> None:
    browser, thief = world.browser(world.user()), world.browser()
    cookie = browser.client.get_cookie("switchyard")
    assert cookie
    thief.client.set_cookie("switchyard", cookie.value)
    assert thief.get("/account").status_code == 200
    change(browser)
    assert thief.get("/account").status_code == 302


def test_the_page_says_what_came_of_it(world: World) -> None:
    browser = world.browser(world.user())
    change(browser)
    sentence = "Your password is changed. Sessions on other devices have ended."
    assert flashed(browser.get("/account")) == [sentence]
    assert flashed(browser.get("/account")) == []


@pytest.mark.parametrize(
    ("fields", "at_fault"),
    [
        ({"present": "wrong wrong"}, {"present": "This is not your present password."}),
        ({"present": ""}, {"present": "Enter your present password."}),
        ({"new": "elevenchars", "again": "elevenchars"}, {"new": LENGTH}),
        ({"new": "n" * 201, "again": "n" * 201}, {"new": LENGTH}),
        ({"new": "Password123!", "again": "Password123!"}, {"new": COMMON}),
        ({"new": "person1@example.test", "again": "person1@example.test"}, {"new": COMMON}),
        ({"new": PASSWORD, "again": PASSWORD}, {"new": SAME}),
        ({"again": "something else"}, {"again": "The two new passwords are not the same."}),
        ({"new": "", "again": ""}, {"new": "Enter a new password."}),
    ],
    ids=[
        "wrong present",
        "no present",
        "short",
        "long",
        "common",
        "one's own address",
        "the present one",
        "different",
        "empty",
    ],
)
def test_a_mistake_is_said_beside_its_field_and_changes_nothing(
    world: World, fields: dict[str, str], at_fault: dict[str, str]
) -> None:
    email = world.user()
    browser = world.browser(email)
    form = {"present": PASSWORD, "new": NEW, "again": NEW, **fields}
    answer = browser.submit("/account", **form)
    assert (answer.status_code, errors(answer)) == (400, at_fault)
    assert world.browser().sign_in(email).status_code == 302


def test_the_page_says_how_long_a_password_is_before_one_is_typed(world: World) -> None:
    shown = page(world.browser(world.user()).get("/account"))
    described_by = shown.the("input", id="new").attributes["aria-describedby"]
    about = shown.the("p", id=described_by)
    assert about.text == "12 characters at least, a few words for example."


def test_no_password_is_ever_printed_back(world: World) -> None:
    browser = world.browser(world.user())
    form = {"present": "secret one", "new": "secret two", "again": "secret three"}
    assert "secret" not in browser.submit("/account", **form).get_data(as_text=True)
