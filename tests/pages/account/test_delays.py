"""Wrong passwords: who has to wait after them, for how long, and who has not."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from app import jobs
from app.accounts import failed_sign_ins, passwords
from app.accounts.failed_sign_ins import Free, of_network
from app.database.engine import db
from app.database.transactions import writing
from app.models import FailedSignIns, now
from tests.conftest import MakeApp, on_both_databases
from tests.pages.reading import errors
from tests.world import PASSWORD, Browser, World

WRONG = "wrong wrong"
TOO_MANY = "Too many wrong passwords. Wait for {} before you try again."


@pytest.fixture
def world(make_app: MakeApp) -> World:
    """A server on which two wrong passwords of an account, and four from a network, are free."""
    few = {"SIGN_IN_FAILURES_BY_ACCOUNT": "2", "SIGN_IN_FAILURES_BY_NETWORK": "4"}
    return World(make_app(**few, TRUSTED_PROXIES="1"))


def attempt(
    world: World, email: str, password: str = WRONG, network: str = "192.0.2.1"
) -> TestResponse:
    """The answer to a sign-in in a new browser, from an address."""
    return again(world.browser(), email, password, network)


def again(
    browser: Browser, email: str, password: str = WRONG, network: str = "192.0.2.1"
) -> TestResponse:
    """The answer to a sign-in in this browser, after which no time passes by itself."""
    browser.refresh_token("/sign-in")
    form = {"email": email, "password": password, "csrf_token": browser.csrf_token}
    answer = browser.client.post("/sign-in", data=form, headers={"X-Forwarded-For": network})
    stop_time(browser.client.application)
    return answer


def sign_in(world: World, email: str) -> int:
    """The status of a right sign-in from the network of `attempt`, while time goes on."""
    browser = world.browser()
    browser.client.environ_base["HTTP_X_FORWARDED_FOR"] = "192.0.2.1"
    return browser.sign_in(email).status_code


def device_of(world: World, email: str) -> Browser:
    """A browser in which somebody has signed in on the page, which knows its device."""
    browser = world.browser()
    browser.sign_in(email)
    return browser


def fail(world: World, email: str, times: int) -> list[int]:
    """The statuses of so many wrong passwords, each from a network of its own."""
    return [
        attempt(world, email, network=f"198.51.100.{number}").status_code for number in range(times)
    ]


def let_pass(world: World, seconds: float) -> None:
    """Have it that all failures happened so long ago."""
    _move_to(world.app, now() - timedelta(seconds=seconds))


def stop_time(app: Flask) -> None:
    """Have it that all failures happen now, however slow the machine is."""
    _move_to(app, now() + timedelta(hours=1))


def _move_to(app: Flask, moment: datetime) -> None:
    with app.app_context(), writing() as session:
        session.execute(update(FailedSignIns).values(last_at=moment))


def counted(world: World) -> int:
    with world.app.app_context():
        return db.session.scalar(select(func.count()).select_from(FailedSignIns)) or 0


@on_both_databases
def test_after_some_failures_each_further_try_waits_twice_as_long_and_a_minute_at_most(
    world: World,
) -> None:
    email, waits = world.user(), []
    assert fail(world, email, 2) == [401, 401]
    for _ in range(8):
        answer = attempt(world, email, network="203.0.113.9")
        assert answer.status_code == 429
        waits.append(int(answer.headers["Retry-After"]))
        let_pass(world, waits[-1])
        assert attempt(world, email, network=f"203.0.113.{len(waits)}").status_code == 401
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]


def test_the_page_says_when_to_try_again_and_even_the_right_password_waits(world: World) -> None:
    email = world.user()
    fail(world, email, 2)
    assert errors(attempt(world, email, PASSWORD)) == {"": TOO_MANY.format("a second")}
    let_pass(world, 1)
    attempt(world, email)
    answer = attempt(world, email, PASSWORD)
    assert errors(answer) == {"": TOO_MANY.format("2 seconds")}
    let_pass(world, 2)
    assert attempt(world, email, PASSWORD).status_code == 302


def test_a_try_that_comes_too_early_makes_nobody_wait_longer(world: World) -> None:
    email = world.user()
    fail(world, email, 2)
    assert {attempt(world, email).headers["Retry-After"] for _ in range(5)} == {"1"}


def test_whoever_signs_in_begins_anew(world: World) -> None:
    email = world.user()
    assert fail(world, email, 1) == [401]
    assert attempt(world, email, PASSWORD).status_code == 302
    assert fail(world, email, 2) == [401, 401]


@pytest.mark.parametrize("typed", ["{}", " {} ", "{upper}"], ids=["as is", "spaces", "capitals"])
def test_an_account_is_counted_however_its_email_is_written(world: World, typed: str) -> None:
    email = world.user()
    fail(world, email, 2)
    answer = attempt(world, typed.format(email, upper=email.upper()), PASSWORD)
    assert answer.status_code == 429


@pytest.mark.parametrize("email", ["nobody@example.test", "nobody"])
def test_an_account_that_does_not_exist_is_told_the_same(world: World, email: str) -> None:
    assert fail(world, email, 3) == [401, 401, 429]


@on_both_databases
def test_a_known_device_is_not_held_up_by_the_failures_of_others(world: World) -> None:
    email = world.user()
    known = device_of(world, email)
    known.submit("/sign-out")
    fail(world, email, 2)
    for number in range(4):
        attempt(world, f"other{number}@example.test")
    assert attempt(world, email, PASSWORD).status_code == 429
    assert again(known, email, PASSWORD).status_code == 302


def test_a_known_device_answers_for_its_own_failures(world: World) -> None:
    email = world.user()
    known = device_of(world, email)
    known.submit("/sign-out")
    answers = [again(known, email, network=f"198.51.100.{number}") for number in range(3)]
    assert [each.status_code for each in answers] == [401, 401, 429]
    assert attempt(world, email, PASSWORD).status_code == 302


def test_a_device_is_known_for_the_accounts_that_have_signed_in_on_it_alone(world: World) -> None:
    first, second, stranger = (world.user() for _ in range(3))
    shared = device_of(world, first)
    shared.submit("/sign-out")
    again(shared, second, PASSWORD)
    shared.refresh_token("/account")
    shared.submit("/sign-out")
    for email in (first, second, stranger):
        fail(world, email, 2)
    answers = [again(shared, email, PASSWORD) for email in (stranger, first)]
    assert [each.status_code for each in answers] == [429, 302]


def test_a_device_that_somebody_else_signed_is_unknown(world: World) -> None:
    email, browser = world.user(), world.browser()
    browser.client.set_cookie("switchyard_device", "WyJhIixbImIiXV0.forged", path="/sign-in")
    fail(world, email, 2)
    assert again(browser, email, PASSWORD).status_code == 429


def test_a_network_waits_for_wrong_passwords_of_any_accounts(world: World) -> None:
    emails = [f"{name}@example.test" for name in "abcde"]
    assert [attempt(world, email).status_code for email in emails] == [401] * 4 + [429]
    assert attempt(world, emails[4], network="192.0.2.2").status_code == 401


def test_signing_in_rightly_takes_nothing_from_what_a_network_has_free(world: World) -> None:
    for _ in range(3):
        assert attempt(world, world.user(), PASSWORD).status_code == 302
    assert counted(world) == 0
    attempt(world, "a@example.test")
    attempt(world, world.user(), PASSWORD)
    emails = [f"{name}@example.test" for name in "bcde"]
    assert [attempt(world, email).status_code for email in emails] == [401] * 3 + [429]


@on_both_databases
def test_signing_in_rightly_leaves_a_networks_failures_as_old_as_they_are(world: World) -> None:
    for name in "abcde":
        attempt(world, f"{name}@example.test")
        let_pass(world, 60)
    rows = "SELECT failures, last_at FROM failed_sign_ins WHERE subject LIKE 'network:%'"
    let_pass(world, 290)
    before = world.execute(rows)
    assert sign_in(world, world.user()) == sign_in(world, world.user()) == 302
    assert world.execute(rows) == before


@on_both_databases
def test_a_right_sign_in_takes_back_no_failure_that_came_while_it_was_looked_at(
    world: World,
) -> None:
    network = of_network("192.0.2.1", Free(2, 4))
    with world.app.app_context():
        right = failed_sign_ins.begin(network)
        failed_sign_ins.begin(network)
        with writing() as session:
            failed_sign_ins.forgive(session, right)
    assert world.execute("SELECT failures FROM failed_sign_ins") == [(1,)]


@pytest.mark.parametrize(
    ("first", "second", "are_one"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8:0:0::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("fe80::1%eth0", "fe80::2", True),
        ("", "unix:", True),
    ],
)
def test_a_network_is_an_address_and_of_ipv6_its_first_64_bits(
    first: str,
    second: str,
    are_one: bool,  # noqa: FBT001
) -> None:
    free = Free(1, 1)
    assert (of_network(first, free) == of_network(second, free)) is are_one


def test_a_failure_is_forgotten_every_five_minutes(world: World) -> None:
    email = world.user()
    fail(world, email, 2)
    let_pass(world, 5 * 60)
    assert fail(world, email, 2) == [401, 429]
    let_pass(world, 15 * 60)
    assert fail(world, email, 3) == [401, 401, 429]


@on_both_databases
def test_what_was_counted_is_gone_after_a_day(world: World) -> None:
    fail(world, world.user(), 1)
    for left, seconds in ((2, 23 * 3600), (0, 24 * 3600)):
        let_pass(world, seconds)
        with world.app.app_context():
            jobs.once(now())
        assert counted(world) == left


def test_a_server_whose_clock_is_behind_makes_nobody_wait_for_longer(world: World) -> None:
    email = world.user()
    fail(world, email, 2)
    let_pass(world, -3)
    assert attempt(world, email).headers["Retry-After"] == "1"


def test_guessing_the_present_password_waits_too_and_holds_up_no_sign_in(world: World) -> None:
    email, new = world.user(), "a better password"
    browser = world.browser(email)
    for _ in range(2):
        browser.submit("/account", present=WRONG, new=new, again=new)
    stop_time(world.app)
    answer = browser.submit("/account", present=PASSWORD, new=new, again=new)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    assert errors(answer) == {"": TOO_MANY.format("a second")}
    assert attempt(world, email, PASSWORD).status_code == 302
    let_pass(world, 1)
    assert browser.submit("/account", present=PASSWORD, new=new, again=new).status_code == 302


def test_a_wrong_present_password_is_told_and_counted_whatever_the_new_one_is(
    world: World,
) -> None:
    browser, common = world.browser(world.user()), "Password123!"
    answer = browser.submit("/account", present=WRONG, new=common, again=common)
    assert errors(answer) == {"present": "This is not your present password."}
    assert world.execute("SELECT failures FROM failed_sign_ins") == [(1,)]


def test_an_unfit_new_password_is_no_wrong_one(world: World) -> None:
    browser, common, new = world.browser(world.user()), "Password123!", "a better password"
    for _ in range(3):
        browser.submit("/account", present=PASSWORD, new=common, again=common)
    assert counted(world) == 0
    assert browser.submit("/account", present=PASSWORD, new=new, again=new).status_code == 302


def test_who_comes_while_as_many_are_looked_at_as_can_be_is_told_at_once_and_not_counted(
    world: World,
) -> None:
    email = world.user()
    with passwords.place(), passwords.place():
        answer = attempt(world, email, PASSWORD)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    assert errors(answer) == {
        "": "Many people are signing in at this moment. Wait for a second before you try again."
    }
    assert counted(world) == 0
    assert attempt(world, email, PASSWORD).status_code == 302


def test_a_try_that_comes_too_early_takes_no_place_from_others(world: World) -> None:
    email = world.user()
    fail(world, email, 2)
    stop_time(world.app)
    with passwords.place(), passwords.place():
        answer = attempt(world, email, PASSWORD)
    assert errors(answer) == {"": TOO_MANY.format("a second")}


def test_by_default_nobody_waits_for_a_few_mistakes(make_app: MakeApp) -> None:
    world = World(make_app())
    email = world.user()
    assert [attempt(world, email).status_code for _ in range(6)] == [401] * 5 + [429]
