"""Passwords that may be chosen, and what it takes to tell."""

import time
from contextlib import suppress

import pytest

from app.accounts import passwords
from app.core.errors import InvalidInput

SYMBOLS = "4@8({[<369&#!1/|0$5+7%2xz"
# Some ten times what it takes on a machine with nothing else to do; unbounded it is six seconds.
SECONDS_TO_TELL = 0.5


@pytest.mark.parametrize(
    "password",
    [
        (SYMBOLS * 3)[:72],
        SYMBOLS * 8,
        "4@({[<69!1|7",
        "1|7" + "as" * 40,
        "4@({[<69!1|7$5+" * 2,
        "@" * 200,
    ],
)
def test_no_password_takes_long_to_be_told_from_a_common_one(password: str) -> None:
    passwords.checked("a few words together")
    begun = time.thread_time()
    with suppress(InvalidInput):
        passwords.checked(password)
    assert time.thread_time() - begun < SECONDS_TO_TELL


@pytest.mark.parametrize(
    "password",
    ["P@ssw0rd1234", "p4$$w0rd!p4$$w0rd!", "!@#$%^&*()_+", "1234567890!@#$%^&*()", "123456789012"],
)
def test_a_common_password_is_one_with_symbols_for_letters_too(password: str) -> None:
    with pytest.raises(InvalidInput, match="among the first"):
        passwords.checked(password)


@pytest.mark.parametrize(
    "password", ["a few words together", "v(9!x{2@L|0$w", "ж" * 3 + "plum tree"]
)
def test_another_password_may_be_chosen(password: str) -> None:
    assert passwords.checked(password) == password
