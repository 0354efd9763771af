"""Phrases for moments and numbers, for names, and for who did something."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import accumulate

from app.models import ApiKey, ChangedBySomeone, User
from app.pages.common.time_zones import today, zone

MOST_QUOTED = 10
LONGEST_QUOTED = 300
MINUTES_OF_AN_HOUR = 60
HOURS_OF_TWO_DAYS = 48


def age(moment: datetime) -> str:
    """Return how many days ago, by the viewer's calendar: "today", "1 day", "12 days"."""
    days = (today() - moment.astimezone(zone()).date()).days
    return counted(days, "day") if days > 0 else "today"


def ago(moment: datetime) -> str:
    """Return when something happened, by the viewer's clock: "today at 14:05", "3 days ago"."""
    days = age(moment)
    return f"today at {moment.astimezone(zone()):%H:%M}" if days == "today" else f"{days} ago"


def counted(number: int, noun: str) -> str:
    """Return so many of something: "1 day", "1,500 visitors"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def quoted(names: Sequence[str]) -> str:
    """Return names in quotes, the first ten at most: "“Banner”, “Prices” and 3 more".

    Of long names there are fewer, so that they may be told after a press, too.
    """
    shown = fitting([f"“{name}”" for name in names])
    more = len(names) - len(shown)
    return f"{', '.join(shown)} and {more} more" if more else ", ".join(shown)


def fitting(texts: Sequence[str]) -> Sequence[str]:
    """Return the first ten texts, as many as have room in the cookie of a session: one at least."""
    lengths = accumulate(map(len, texts[:MOST_QUOTED]))
    return texts[: max(1, sum(length <= LONGEST_QUOTED for length in lengths))]


def span(time: timedelta) -> str:
    """Return how long a time is, in the largest unit that it fills: "5 minutes", "2 hours"."""
    minutes = max(int(time.total_seconds()) // 60, 1)
    if minutes < MINUTES_OF_AN_HOUR:
        return counted(minutes, "minute")
    hours = minutes // MINUTES_OF_AN_HOUR
    return counted(hours, "hour") if hours < HOURS_OF_TWO_DAYS else counted(hours // 24, "day")


def minimum(days: int, visitors: int) -> str:
    """Return what the verdict of a design waits for; "" where there is no minimum."""
    asked = (counted(days, "day") if days else "",)
    asked += (f"{counted(visitors, 'visitor')} of each variant" if visitors else "",)
    return " and ".join(filter(None, asked))


def author(change: ChangedBySomeone, reader_id: int | None) -> str:
    """Return who made a change, as the reader would say it."""
    return named(change.user, change.api_key, reader_id) or "the command line"


def named(user: User | None, api_key: ApiKey | None, reader_id: int | None) -> str:
    """Return a person or a key, as the reader would say it; "" for neither."""
    key_name = api_key and api_key.name
    return called(user and user.id, user and user.email, key_name, reader_id)


def called(
    user_id: int | None, email: str | None, api_key: str | None, reader_id: int | None
) -> str:
    """Do what `named` does, by the person's id and e-mail or by the key's name."""
    if email:
        return "you" if user_id == reader_id else email
    return key_named(api_key) if api_key else ""


def key_named(name: str) -> str:
    """Return a key by its name, which may be anything: a person's e-mail, too."""
    return f"a key, “{name}”"
