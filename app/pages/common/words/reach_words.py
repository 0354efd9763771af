"""How many of the last day's visitors an audience covers, in sentences."""

from typing import NamedTuple

from app.core.errors import NotFound
from app.experiments import named_audiences
from app.experiments.audiences import conditions
from app.experiments.audiences.attributes import QUERY
from app.experiments.audiences.conditions import Audience
from app.pages.common.words import audience_words
from app.pages.common.words.phrases import counted
from app.serving import visitor_sample
from app.serving.visitor_sample import Reach

UNKNOWN = (
    "How many visitors that is cannot be said: nothing has asked for variants in the last 24 hours."
    " Pages that decide by themselves do not ask."
)
NOT_KEPT = (
    "How many visitors that is cannot be said: this server keeps no sample of them"
    " (VISITOR_SAMPLE)."
)
_OF_PAGES = "page"


class Reached(NamedTuple):
    """Who is in an audience, and how many visitors that is, in sentences; or why none can be."""

    who: str
    how_many: str


NOBODY_SAID = Reached("", "")


def reached(project_id: int, audience: Audience) -> Reached:
    """Return who and how many visitors of a project are in an audience."""
    return Reached(audience_words.in_words(audience), of(project_id, audience))


def reached_by_name(project_id: int, key: str) -> Reached:
    """Return who and how many are in a named audience; nothing of one that is not there."""
    try:
        named = named_audiences.by_key(project_id, key)
    except NotFound:
        return NOBODY_SAID
    return reached(project_id, conditions.read(named.rules))


def of(project_id: int, audience: Audience) -> str:
    """Return how many visitors of a project are in an audience; "" where everybody is."""
    return in_words(visitor_sample.reach(project_id, audience), audience) if audience else ""


def in_words(reach: Reach, audience: Audience) -> str:
    """Return how many visitors are in an audience, and what of it cannot be known."""
    if not reach.visitors:
        return UNKNOWN if visitor_sample.of_app().is_kept else NOT_KEPT
    return " ".join(filter(None, (_share(reach), _of_last_page(audience), _unsaid(reach))))


def _share(reach: Reach) -> str:
    if reach.is_whole:
        visitors = counted(reach.visitors, "visitor")
        return f"{reach.covered:,} of the {visitors} of the last 24 hours."
    share = f"{reach.covered / reach.visitors:.0%}".replace("%", " %")
    about = "Less than 1 %" if reach.covered and share == "0 %" else f"About {share}"
    return f"{about} of the visitors of the last 24 hours (sample of {reach.visitors:,})."


def _of_last_page(audience: Audience) -> str:
    asked = conditions.attributes_of(audience)
    is_of_pages = any(name == _OF_PAGES or name.startswith(QUERY) for name in asked)
    return "Each counts by the page that they were on last." if is_of_pages else ""


def _unsaid(reach: Reach) -> str:
    if not reach.unsaid:
        return ""
    return f"Of none of them was known: {', '.join(reach.unsaid)}."
