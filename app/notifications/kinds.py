"""Kinds of announcement: how each is told, to programs and to people."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from app.models import AnnouncementKind, CauseKind, Door, Status
from app.notifications.changes import WORDS
from app.notifications.events import Event

_START = "start"
_SCHEDULED = {Status.RUNNING: _START, Status.STOPPED: "stop", None: "rise of traffic"}
_BY_ITSELF = {Door.QUEUE: "from the queue", Door.SCHEDULE: "by its schedule"}


@dataclass(frozen=True)
class Told:
    """How a kind of announcement is told: its `type` to programs, in a `sentence` to people.

    `when` it comes is what it is chosen by; `when_mine` by whom alone it is of interest to.
    """

    type: str
    when: str
    sentence: Callable[[Event], str]
    when_mine: str = ""

    @property
    def to_member(self) -> str:
        """Return by what a member chooses it."""
        return self.when_mine or self.when


def sentence(event: Event) -> str:
    """Return what has happened, and in which project."""
    return f"{event.project_name}: {TOLD[event.kind].sentence(event)}"


def type_of(event: Event) -> str:
    """Return its type, as Standard Webhooks writes them: of a change it ends with which it is."""
    type_ = TOLD[event.kind].type
    return f"{type_}.{event.data['change']}" if type_ == _CHANGED else type_


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


def _with(said: str, why: str) -> str:
    """Return a sentence with why that is so, or what somebody wrote to it, if anything is said."""
    return f"{said}: {why}" if why else f"{said}."


def _moment(written: str) -> str:
    """Return a moment of an announcement as people read it."""
    return f"{datetime.fromisoformat(written).astimezone(UTC):%-d %B %Y, %H:%M} UTC"


def _changed(event: Event) -> str:
    said = f"{_name(event)} {WORDS[event.data['change']]} {_by(event)}"
    return _with(said, event.data["reason"])


def _overdue(event: Event) -> str:
    what = _SCHEDULED[event.data["status"]]
    due = _moment(event.data["due_at"])
    said = f"The {what} of {_name(event)}, due {due}, has not happened"
    # Stops and rises go on while it is.
    is_held = what == _START and event.data["is_queue_held"]
    return _with(said, "the queue is held." if is_held else "")


def _jobs_away(event: Event) -> str:
    since, until = _moment(event.data["away_since"]), _moment(event.data["back_at"])
    return f"Nothing was started or stopped by itself from {since} to {until}: the jobs were away."


def _lowered(event: Event) -> str:
    limit, before = event.data["limit"], event.data["previous_limit"]
    was = "none" if before is None else before
    lowered = f"was lowered from {was} to {limit} by {_who(event)}"
    # By a schedule none is lowered: another one, until a moment, has ended.
    if event.by and event.by.door is Door.SCHEDULE:
        lowered = f"is {limit} now instead of {was}, whose time is up"
    return f"The limit of live experiments {lowered}; {_still_live(event.data['running'])}."


def _still_live(running: int) -> str:
    return {0: "none is live", 1: "1 is live and was not stopped"}.get(
        running, f"{running} are live, none was stopped"
    )


def _switched_off(event: Event) -> str:
    url, why = event.data["url"], event.data["why"]
    return f"The webhook {url} was switched off: {why}"


def _queued_start_came(event: Event) -> str:
    return _with(f"{_name(event)} waited for a slot, and is live now", _why_let_in(event))


def _why_let_in(event: Event) -> str:
    if event.let_in is None:
        return ""
    who = event.let_in.email or "the command line"
    if event.data.get("is_time_up"):
        return f"the time of the limit that {who} had given is up."
    if event.cause is CauseKind.MOVED_PROJECT:
        return f"the project was moved to another plan by {who}."
    return f"the limit was raised by {who}."


def _found(event: Event) -> str:
    return f"{_name(event)}: {event.data['sentence']}"


def _no_visitors(event: Event) -> str:
    return f"No visitor has come to {_name(event)} for a day, although it is live."


def _unusual_traffic(event: Event) -> str:
    visitors, usual = event.data["visitors"], event.data["usual"]
    day = f"{date.fromisoformat(event.data['day']):%-d %B %Y}"
    return (
        f"{visitors:,} visitors came to {_name(event)} on {day}, where {usual:,} a day are usual: "
        "look whether they are people."
    )


def _slots_requested(event: Event) -> str:
    said = f"{_who(event)} asks for more slots, for {_name(event)}"
    return _with(said, event.data["note"])


def _slots_answered(event: Event) -> str:
    outcome, answer = event.data["outcome"], event.data["answer"]
    said = f"The request for more slots, for {_name(event)}, was {outcome} by {_who(event)}"
    return _with(said, answer)


_CHANGED = "experiment"
TOLD: dict[AnnouncementKind, Told] = {
    AnnouncementKind.EXPERIMENT_CHANGED: Told(
        _CHANGED, "An experiment was started, paused or archived, or its traffic raised", _changed
    ),
    AnnouncementKind.QUEUED_START_CAME: Told(
        "queue.start_came",
        "A start that waited in the queue has come",
        _queued_start_came,
        "A start that you queued, own or let in has come",
    ),
    AnnouncementKind.WINNER_CALLED: Told("result.winner_called", "A result is conclusive", _found),
    AnnouncementKind.SPLIT_BROKEN: Told("result.split_broken", "A split is broken", _found),
    AnnouncementKind.NO_VISITORS_FOR_A_DAY: Told(
        "result.no_visitors", "A live experiment has had no visitor for a day", _no_visitors
    ),
    AnnouncementKind.UNUSUAL_TRAFFIC: Told(
        "result.unusual_traffic",
        "A live experiment has unusually many visitors",
        _unusual_traffic,
    ),
    AnnouncementKind.OVERDUE: Told(
        "schedule.overdue", "A scheduled change has not happened", _overdue
    ),
    AnnouncementKind.JOBS_AWAY: Told("jobs.away", "The jobs were away, and are back", _jobs_away),
    AnnouncementKind.SLOTS_REQUESTED: Told(
        "slots.requested", "Somebody asks for more slots", _slots_requested
    ),
    AnnouncementKind.SLOTS_ANSWERED: Told(
        "slots.answered",
        "A request for slots was answered",
        _slots_answered,
        "Your request for slots was answered",
    ),
    AnnouncementKind.PLAN_LOWERED: Told(
        "plan.lowered", "The limit of live experiments is lower than before", _lowered
    ),
    AnnouncementKind.WEBHOOK_SWITCHED_OFF: Told(
        "webhook.switched_off", "A webhook was switched off by itself", _switched_off
    ),
}
