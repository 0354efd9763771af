"""Words for an event stream that nobody reads, or that its readers do not keep up with."""

from datetime import timedelta
from typing import NamedTuple

from flask import current_app

from app.core.errors import Unavailable
from app.core.settings import SetUp
from app.events.kept import event_stream
from app.events.kept.event_stream import State
from app.models import now
from app.pages.common.time_zones import by_the_clock
from app.pages.common.words.phrases import counted

COMMANDS = {
    SetUp.BY_HAND: ".venv/bin/flask --app wsgi events",
    SetUp.SYSTEMD: "systemctl start switchyard-events@1",
    SetUp.CONTAINERS: "docker compose --env-file settings.env up --detach events",
}
"""What starts a reader, by how the server is set up."""
AWAY = "The event stream does not answer: each machine keeps its events until it does."


class Told(NamedTuple):
    """What is wrong, "" where nothing is, and the command that helps, "" where none does."""

    sentence: str = ""
    command: str = ""


def told_to_admins() -> Told:
    """Return what is wrong with the event stream, where there is one."""
    stream = event_stream.of_app()
    if stream is None:
        return Told()
    try:
        state = stream.state()
    except Unavailable:
        return Told(AWAY)
    return (
        Told(_behind(state), COMMANDS[current_app.config["SET_UP"]]) if state.is_behind else Told()
    )


def _behind(state: State) -> str:
    since = now() - timedelta(seconds=state.seconds_behind)
    return (
        f"Events wait in the stream since {by_the_clock(since)},"
        f" of {counted(state.waiting, 'request')}: its readers are not running, or too few."
    )
