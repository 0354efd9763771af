"""Signing in, which anybody may try."""

from dataclasses import dataclass

from app.accounts import browser_sessions, failed_sign_ins, passwords, users
from app.accounts.browser_sessions import Begun
from app.accounts.failed_sign_ins import Free, Subject
from app.database.rows import audit
from app.database.rows.audit import Deed
from app.database.transactions import writing
from app.models import Actor, AuditKind, Door


@dataclass(frozen=True)
class Attempt:
    """What somebody has typed, from which address, and in which browser.

    `known_device` is the id of a device that has signed in with this e-mail before, "" for others.
    """

    email: str
    password: str
    address: str
    browser: str
    known_device: str = ""


def sign_in(attempt: Attempt, free: Free) -> Begun | None:
    """Return the session that begins, or None for a wrong e-mail or password.

    Raises TooManyRequests where too many have failed of late, for this account or from this
    network; a known device answers for its own failures alone. And at once where more people sign
    in than are looked at.
    """
    subjects = _subjects(attempt, free)
    # Before it takes a place: tries that come too early keep nobody else out.
    failed_sign_ins.require_turn(*subjects)
    with passwords.place():
        counted = failed_sign_ins.begin(*subjects)
        user = users.authenticate(attempt.email, attempt.password)
    if user is None:
        _tell_failure(attempt.email)
        return None
    with writing() as session:
        failed_sign_ins.forgive(session, counted)
        return browser_sessions.sign_in(session, user, attempt.browser)


def _tell_failure(email: str) -> None:
    """Enter a failure, of nobody where nobody has this e-mail: it may be a password.

    Both take equally long.
    """
    with writing() as session:
        user = users.known(session, email)
        failed = Deed(AuditKind.SIGN_IN_FAILED, user.email if user else "")
        audit.enter(session, Actor(Door.BROWSER), failed)


def _subjects(attempt: Attempt, free: Free) -> tuple[Subject, ...]:
    if attempt.known_device:
        return (failed_sign_ins.of_device(attempt.known_device, attempt.email, free),)
    return (
        failed_sign_ins.of_account(attempt.email, free),
        failed_sign_ins.of_network(attempt.address, free),
    )
