"""Polls: the page again if it has changed, and nothing at all if it has not.

Every open page asks every few seconds, so "unchanged" is answered from memory. Each process
remembers for SECONDS_KNOWN that whoever shows this cookie is this member of this project,
and for the setting SECONDS_REMEMBERED the version that the project has now. Who asks is judged
afresh whenever the project has changed, which every change of its members is too; nobody gets
anything but "unchanged" from memory. So a former member's next poll after SECONDS_REMEMBERED is
refused. A process that ends sessions, by a sign-out or a new password, forgets at once whom it
knows; any other tells an ended session "unchanged" for no longer than SECONDS_KNOWN.

Whoever has just acted must see it at once, whichever process answers: they ask without
If-None-Match, which the timed poll alone sends.
"""

import time
from collections.abc import Callable
from typing import cast

from flask import Flask, Response, current_app, render_template

from app.accounts import access
from app.accounts.caller import Caller, State
from app.core import current_request
from app.core.cache import Recent
from app.pages.common import fragments
from app.pages.common.callers import member
from app.pages.common.time_zones import today, zone
from app.web.sessions import session_cookies

EXTENSION = "switchyard_polls"
SECONDS_KNOWN = 30.0
MOST_CALLERS = 10_000
MOST_PROJECTS = 1_000

Render = Callable[[Caller, str], Response]


class Polls:
    """A process's memory of polls, bounded. `clock` is in seconds."""

    def __init__(
        self, seconds_remembered: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._callers = Recent[tuple[bytes, str], Caller](SECONDS_KNOWN, MOST_CALLERS, clock)
        self._states = Recent[int, State | None](seconds_remembered, MOST_PROJECTS, clock)

    def known(self, presented: bytes, project_key: str) -> Caller | None:
        """Return who shows this cookie, None unless they were judged at the project's version.

        And while as many scheduled changes were overdue, and the jobs were away or not: those are
        so by time alone.
        """
        caller = self._callers.known((presented, project_key))
        if caller is None:
            return None
        return caller if caller.judged_at == self._state(caller.project_id) else None

    def judged(self, presented: bytes, project_key: str) -> Caller:
        """Return who shows this cookie; raises what `member` raises for them."""
        return self._callers.read((presented, project_key), lambda: member(project_key))

    def forget_callers(self) -> None:
        """Judge everybody afresh from now on."""
        self._callers.clear()

    def _state(self, project_id: int) -> State | None:
        return self._states.get(project_id, lambda: access.state(project_id))


def register(app: Flask) -> None:
    """Give the application a memory of its own."""
    app.extensions[EXTENSION] = Polls(app.config["SECONDS_REMEMBERED"])


def forget_callers() -> None:
    """Have whoever polls this process next judged afresh: sessions have ended."""
    _of_app().forget_callers()


def answer(project_key: str, render: Render) -> Response:
    """304 if the browser shows the project as it is, else the page or region from `render`.

    `render` gets the caller and the version to mark it with. Raises what `member` raises.
    """
    return _from_memory(project_key) or _in_full(project_key, render)


def _from_memory(project_key: str) -> Response | None:
    if not fragments.is_poll():
        return None
    caller = _of_app().known(session_cookies.presented(), project_key)
    if caller is None:
        return None
    current_request.come_from("user", caller.user_id)
    return fragments.unchanged(_tag(caller))


def _in_full(project_key: str, render: Render) -> Response:
    caller = _of_app().judged(session_cookies.presented(), project_key)
    version = _tag(caller)
    return fragments.unchanged(version) or _with_hold(caller, render(caller, version))


def _with_hold(caller: Caller, answer: Response) -> Response:
    """Return a region with what the head of its page says of a hold, which may have changed too."""
    if fragments.is_wanted():
        head = render_template("project/_hold.html", caller=caller, swaps=True)
        answer.set_data(answer.get_data(as_text=True) + head)
    return answer


def _tag(caller: Caller) -> str:
    return fragments.tag(caller, today(), zone())


def _of_app() -> Polls:
    return cast("Polls", current_app.extensions[EXTENSION])
