"""What events say to people: each kind has a sentence, and a type for programs."""

from datetime import UTC, datetime

import pytest

from app.lifecycle.announcements import DONE
from app.lifecycle.rules import Action
from app.models import AnnouncementKind, CauseKind, Door
from app.notifications.changes import WORDS
from app.notifications.events import About, Author, Event
from app.notifications.kinds import sentence, type_of

AT = datetime(2026, 11, 30, 9, 30, tzinfo=UTC)
BANNER = About(12, "exp_1", "banner", "Banner")
MIA = Author(Door.BROWSER, "mia@demo.test", None)
DATA: dict[AnnouncementKind, tuple[dict[str, object], str, str]] = {
    AnnouncementKind.EXPERIMENT_CHANGED: (
        {"change": "paused", "reason": "Too slow"},
        "experiment.paused",
        "“Banner” was paused by mia@demo.test: Too slow",
    ),
    AnnouncementKind.QUEUED_START_CAME: (
        {},
        "queue.start_came",
        "“Banner” waited for a slot, and is live now.",
    ),
    AnnouncementKind.WINNER_CALLED: (
        {"sentence": "Bold wins."},
        "result.winner_called",
        "“Banner”: Bold wins.",
    ),
    AnnouncementKind.SPLIT_BROKEN: (
        {"sentence": "It is broken."},
        "result.split_broken",
        "“Banner”: It is broken.",
    ),
    AnnouncementKind.NO_VISITORS_FOR_A_DAY: (
        {},
        "result.no_visitors",
        "No visitor has come to “Banner” for a day, although it is live.",
    ),
    AnnouncementKind.UNUSUAL_TRAFFIC: (
        {"day": "2026-11-30", "visitors": 4500, "usual": 480},
        "result.unusual_traffic",
        "4,500 visitors came to “Banner” on 30 November 2026, where 480 a day are usual: look "
        "whether they are people.",
    ),
    AnnouncementKind.OVERDUE: (
        {"status": "running", "due_at": "2026-11-30T09:00:00.000Z", "is_queue_held": True},
        "schedule.overdue",
        "The start of “Banner”, due 30 November 2026, 09:00 UTC, has not happened: the queue is "
        "held.",
    ),
    AnnouncementKind.JOBS_AWAY: (
        {"away_since": "2026-11-30T08:00:00.000Z", "back_at": "2026-11-30T09:00:00.000Z"},
        "jobs.away",
        "Nothing was started or stopped by itself from 30 November 2026, 08:00 UTC to 30 November "
        "2026, 09:00 UTC: the jobs were away.",
    ),
    AnnouncementKind.SLOTS_REQUESTED: (
        {"note": "The fair begins."},
        "slots.requested",
        "mia@demo.test asks for more slots, for “Banner”: The fair begins.",
    ),
    AnnouncementKind.SLOTS_ANSWERED: (
        {"outcome": "declined", "answer": "Not before May."},
        "slots.answered",
        "The request for more slots, for “Banner”, was declined by mia@demo.test: Not before May.",
    ),
    AnnouncementKind.PLAN_LOWERED: (
        {"limit": 2, "previous_limit": None, "running": 3},
        "plan.lowered",
        "The limit of live experiments was lowered from none to 2 by mia@demo.test; 3 are live, "
        "none was stopped.",
    ),
    AnnouncementKind.WEBHOOK_SWITCHED_OFF: (
        {"url": "https://a.example", "why": "it is gone."},
        "webhook.switched_off",
        "The webhook https://a.example was switched off: it is gone.",
    ),
}


@pytest.mark.parametrize("kind", AnnouncementKind)
def test_each_kind_has_a_type_and_a_sentence(kind: AnnouncementKind) -> None:
    data, type_, said = DATA[kind]
    event = Event("msg_1", kind, AT, 1, "shop", "Shop", BANNER, MIA, CauseKind.REQUEST, None, data)
    assert (type_of(event), sentence(event)) == (type_, f"Shop: {said}")


@pytest.mark.parametrize(
    ("running", "said"), [(0, "none is live"), (1, "1 is live and was not stopped")]
)
def test_a_lowered_limit_says_what_is_live_in_good_english(running: int, said: str) -> None:
    data = {"limit": 2, "previous_limit": 3, "running": running}
    kind = AnnouncementKind.PLAN_LOWERED
    event = Event("msg_1", kind, AT, 1, "shop", "Shop", None, MIA, CauseKind.REQUEST, None, data)
    assert sentence(event).endswith(f"by mia@demo.test; {said}.")


@pytest.mark.parametrize("action", Action)
def test_each_action_has_a_sentence(action: Action) -> None:
    change = AnnouncementKind.EXPERIMENT_CHANGED
    data = {"change": DONE[action].value, "reason": ""}
    event = Event("msg_1", change, AT, 1, "shop", "Shop", BANNER, MIA, None, None, data)
    assert sentence(event) == f"Shop: “Banner” {WORDS[DONE[action]]} by mia@demo.test."


def test_an_overdue_rise_of_traffic_is_called_one_and_waits_for_no_hold() -> None:
    data = {"status": None, "due_at": "2026-11-30T09:00:00.000Z", "is_queue_held": True}
    kind = AnnouncementKind.OVERDUE
    event = Event("msg_1", kind, AT, 1, "shop", "Shop", BANNER, MIA, None, None, data)
    assert sentence(event) == (
        "Shop: The rise of traffic of “Banner”, due 30 November 2026, 09:00 UTC, has not happened."
    )
