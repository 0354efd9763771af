"""The first start: from an empty database to its first admin, plan and project, once."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy import exists, select

from app.accounts import browser_sessions, passwords, users
from app.accounts.browser_sessions import Begun
from app.core.errors import Conflict
from app.core.validation import checked_email, checked_name
from app.database.engine import db
from app.database.rows import answered_requests
from app.database.rows.answered_requests import RequestId
from app.database.transactions import detached, writing
from app.models import UTC_ZONE, Actor, Door, User
from app.tenancy import plans, projects

# Of all who begin at the same moment one is first: the others wait for it.
_ONCE = RequestId("set-up", "first start", "", "A set-up")
_NOBODY = Actor(Door.BROWSER)
DONE = "Somebody has set this server up already: sign in."


@dataclass(frozen=True)
class FirstStart:
    """What somebody says who begins: themselves, a plan with its limit, and a project on it."""

    email: str
    password: str
    plan_name: str
    experiments_running: int | None
    project_name: str
    time_zone: str = UTC_ZONE


FIRST_PLAN_CODE = 1


def is_open() -> bool:
    """Return whether nobody signs in here yet."""
    return not db.session.scalar(select(exists().select_from(User)))


def begin(first: FirstStart, device: str, *also: Callable[[User], None]) -> Begun:
    """Make the first admin, plan and project in one unit of work; return a session on this device.

    `also` are parts of it, which are told who that admin is.

    Raises Conflict where somebody signs in here already, and InvalidInput for what cannot be used.
    """
    email = checked_email(first.email)
    password_hash = passwords.hashed(passwords.checked(first.password, email=email))
    checked_name(first.plan_name)

    def made() -> Begun:
        if not is_open():
            raise Conflict(DONE)
        begun = _made(first, email, password_hash, device)
        for part in also:
            part(begun.user)
        return begun

    outcome = answered_requests.once(_ONCE, made, lambda _: True, is_all_or_nothing=True)
    if outcome.made is None:
        raise Conflict(DONE)
    return outcome.made


def _made(first: FirstStart, email: str, password_hash: str, device: str) -> Begun:
    with writing() as session:
        user = users.add(session, email, password_hash, _NOBODY, is_admin=True)
        session.flush()
        admin = Actor(Door.BROWSER, user.id)
        begun = browser_sessions.sign_in(session, user, device)
        begun = replace(begun, user=detached(session, user))
    plans.add(FIRST_PLAN_CODE, first.plan_name, first.experiments_running, admin)
    projects.create(first.project_name, FIRST_PLAN_CODE, admin, begun.user.id, first.time_zone)
    return begun
