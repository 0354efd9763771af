"""What an event says in a sentence, for people."""

from collections.abc import Callable

from app.models import AnnouncementKind, Door
from app.notifications.changes import WORDS
from app.notifications.events import Event

_BY_ITSELF = {Door.QUEUE: "from the queue", Door.SCHEDULE: "by its schedule"}


def sentence(event: Event) -> str:
    """Return what has happened, and in which project."""
    return f"{event.project_name}: {_SENTENCES[event.kind](event)}"


def _name(event: Event) -> str:
    return f"“{event.experiment.name}”" if event.experiment else "An experiment"


def _who(event: Event) -> str:
    """Return who brought it about: an e-mail, a key or the command line."""
    if event.by is None:
        return "nobody"
    key = event.by.api_key
    return event.by.email or (f"the key “{key}”" if key else "the command line")


def _by(event: Event) -> str:
    by_itself = event.by and _BY_ITSELF.get(event.by.door)
    return by_itself or f"by {_who(event)}"


def _changed(event: Event) -> str:
    reason = event.data["reason"]
    said = f"{_name(event)} {WORDS[event.data['change']]} {_by(event)}"
    return f"{said}: {reason}" if reason else f"{said}."


def _overdue(event: Event) -> str:
    change = "start" if event.data["status"] == "running" else "stop"
    return f"The {change} of {_name(event)}, due at {event.data['due_at']}, has not happened."


def _jobs_away(event: Event) -> str:
    since, until = event.data["away_since"], event.data["back_at"]
    return f"Nothing was started or stopped by itself from {since} to {until}: the jobs were away."


def _lowered(event: Event) -> str:
    limit, running = event.data["limit"], event.data["running"]
    return f"The limit is {limit} now, which is lower than before, and {running} are live."


def _switched_off(event: Event) -> str:
    url, why = event.data["url"], event.data["why"]
    return f"The webhook {url} was switched off: {why}"


_SENTENCES: dict[AnnouncementKind, Callable[[Event], str]] = {
    AnnouncementKind.EXPERIMENT_CHANGED: _changed,
    AnnouncementKind.QUEUED_START_CAME: lambda event: (
        f"{_name(event)} waited for a slot, and is live now."
    ),
    AnnouncementKind.WINNER_CALLED: lambda event: f"{_name(event)}: {event.data['sentence']}",
    AnnouncementKind.SPLIT_BROKEN: lambda event: f"{_name(event)}: {event.data['sentence']}",
    AnnouncementKind.NO_VISITORS_FOR_A_DAY: lambda event: (
        f"No visitor has come to {_name(event)} for a day, although it is live."
    ),
    AnnouncementKind.OVERDUE: _overdue,
    AnnouncementKind.JOBS_AWAY: _jobs_away,
    AnnouncementKind.SLOTS_REQUESTED: lambda event: (
        f"{_who(event)} asks for more slots, for {_name(event)}."
    ),
    AnnouncementKind.SLOTS_ANSWERED: lambda event: (
        f"The request for more slots, for {_name(event)}, was answered by {_who(event)}."
    ),
    AnnouncementKind.PLAN_LOWERED: _lowered,
    AnnouncementKind.WEBHOOK_SWITCHED_OFF: _switched_off,
}
