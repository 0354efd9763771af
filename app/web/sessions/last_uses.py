"""When sessions were last used, and people seen: noted while nobody waits, without any promise."""

from datetime import datetime
from typing import cast

from flask import Flask, current_app

from app.accounts import browser_sessions
from app.accounts.browser_sessions import Used
from app.web.written_behind import Manner, WrittenBehind

EXTENSION = "switchyard_last_uses"
THREAD = "last uses"
MANNER = Manner(THREAD, "last uses of sessions are not noted")

LastUses = WrittenBehind[Used, datetime]


def notes_of(app: Flask) -> LastUses:
    """Return what a process has to write down of last uses."""
    return WrittenBehind(app, MANNER, browser_sessions.note_use, max)


def register(app: Flask) -> None:
    """Give the application a memory of its own."""
    app.extensions[EXTENSION] = notes_of(app)


def note(used: Used, moment: datetime) -> None:
    """Have it written that a session was used at `moment`; nobody waits for it."""
    cast("LastUses", current_app.extensions[EXTENSION]).note(used, moment)
