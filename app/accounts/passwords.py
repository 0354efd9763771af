"""Passwords: what is kept of one, whether one is right, and which may be chosen.

Hashing is slow and takes 64 MB, both on purpose. A process does it for a few people at once and
refuses the others, so that no number of attempts takes its processors, threads or memory away from
visitors.
"""

from collections.abc import Generator
from contextlib import contextmanager
from math import prod
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from app.core.errors import InvalidInput, TooManyRequests

SHORTEST = 12
LONGEST = 200
MOST_AT_ONCE = 2
SECONDS_UNTIL_FREE = 1
# As zxcvbn scores: below, some million guesses are enough.
LOWEST_SCORE = 2
# What zxcvbn reads at most. It compares each part of a password with its lists of words, once for
# every way to read its symbols as letters: never more than of twelve characters at their worst.
_LONGEST_SCORED = 72
_MOST_WAYS_TO_READ = 144
_MOST_COMPARED = _MOST_WAYS_TO_READ * SHORTEST**2

_places = BoundedSemaphore(MOST_AT_ONCE)
HASHER = PasswordHasher()
# Checked when nobody has the e-mail, so that the answer takes as long as for a wrong password. Of
# random bytes that nobody kept; made anew, it would be a quarter of what it takes to start.
NOBODYS_HASH = (
    "$argon2id$v=19$m=65536,t=3,p=4$VrqvFMpfBPsER1bH2QaUaA"
    "$MLePz2X7nqHbmIEIkulS4mOJnUoyVh3m6iV9kFBPaEQ"
)


@contextmanager
def place() -> Generator[None]:
    """Take one of the process's few places for hashing; TooManyRequests at once without one."""
    if not _places.acquire(blocking=False):
        raise TooManyRequests("Many people are signing in at this moment.", SECONDS_UNTIL_FREE)
    try:
        yield
    finally:
        _places.release()


def hashed(password: str) -> str:
    """Return what the database keeps of a password.

    Slow on purpose: never within a unit of work.
    """
    return HASHER.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Return whether a password is the one of this hash; without one it takes as long to say no."""
    try:
        return HASHER.verify(password_hash or NOBODYS_HASH, password[: LONGEST + 1])
    except VerificationError:
        return False


def of_fit_length(password: str, field: str = "password") -> str:
    """Return a password whose length may be chosen, which is told at once; raises InvalidInput."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidInput(f"A password has {SHORTEST} to {LONGEST} characters.", field)
    return password


def checked(password: str, field: str = "password", *, email: str = "") -> str:
    """Return a password that may be chosen.

    InvalidInput for one that is too short, too long, or among the first to be guessed: `email` is
    guessed early, too. Telling takes some 40 ms: where anybody may ask, in a `place`.
    """
    if _is_common(of_fit_length(password, field), email):
        raise InvalidInput(
            "This password is among the first that others try. Take a few words that have nothing "
            "to do with each other.",
            field,
        )
    return password


def _is_common(password: str, email: str) -> bool:
    # It loads long lists of words, which no server needs where nobody chooses a password.
    from zxcvbn import zxcvbn  # noqa: PLC0415

    known = [part for part in ("switchyard", email, *email.split("@")) if part]
    return zxcvbn(_scored(password), user_inputs=known)["score"] < LOWEST_SCORE


def _scored(password: str) -> str:
    """Return the beginning of a password that zxcvbn scores in bounded time."""
    start = password[:_LONGEST_SCORED]
    while len(start) > SHORTEST and _compared(start) > _MOST_COMPARED:
        start = start[:-1]
    return start


def _compared(password: str) -> int:
    from zxcvbn.matching import L33T_TABLE  # noqa: PLC0415

    present = set(password)
    ways_to_read = prod(max(1, len(present & set(symbols))) for symbols in L33T_TABLE.values())
    return ways_to_read * len(password) ** 2
