"""The changes of an edit as the pages show them, field by field."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from pydantic import TypeAdapter

from app.experiments.audiences import conditions
from app.experiments.designs import GoalUse, VariantDesign
from app.models import DEFAULT_MARGIN, FieldChange
from app.pages.common.values import plain_number, written_percents, written_value
from app.pages.common.words import audience_words
from app.pages.common.words.labels import GOAL_ROLES
from app.pages.common.words.phrases import counted

LONGEST_TEXT = 120
LONGEST_VALUE = 40
NOTHING = "none"


@dataclass(frozen=True)
class ShownChange:
    """One field by its name, as it was and as it is since."""

    field: str
    before: str
    after: str


def shown(changes: Sequence[FieldChange] | None) -> tuple[ShownChange, ...]:
    """Return the changes of an edit, those of a design in words, long texts cut short."""
    return tuple(_shown(change) for change in changes or ())


def _shown(change: FieldChange) -> ShownChange:
    name, in_words = FIELDS[change["field"]]
    return ShownChange(name, *in_words(change["before"], change["after"]))


Pair = tuple[str, str]


def _texts(before: object, after: object) -> Pair:
    """Return two texts from a little before where they differ, so that cutting shows that."""
    texts = [" ".join(str(text).split()) for text in (before, after)]
    differ = (at for at, (one, other) in enumerate(zip(*texts, strict=False)) if one != other)
    alike = next(differ, min(map(len, texts)))
    begin = alike - _LED_IN if alike > LONGEST_TEXT - _LED_IN else 0
    first, second = (_quoted(text, begin) for text in texts)
    return first, second


def _quoted(text: str, begin: int) -> str:
    if not text:
        return NOTHING
    return f"“{'…' if begin else ''}{_cut(text[begin:], LONGEST_TEXT)}”"


def _variants(before: object, after: object) -> Pair:
    """Return variants by name and share, or by key and value where those are what they were."""
    was, becomes = (_VARIANTS.validate_python(variants) for variants in (before, after))
    if _shares(was) != _shares(becomes):
        return _shares(was), _shares(becomes)
    return _values(was), _values(becomes)


def _shares(variants: Sequence[VariantDesign]) -> str:
    return ", ".join(f"{each.name} {_share(each.weight)}" for each in variants)


def _values(variants: Sequence[VariantDesign]) -> str:
    return ", ".join(
        f"{each.name} ({each.key}): {_cut(written_value(each.value), LONGEST_VALUE)}"
        for each in variants
    )


def _share(share: object) -> str:
    return f"{written_percents(cast('int', share))} %"


def _days(days: object) -> str:
    return counted(cast("int", days), "day")


def _visitors(visitors: object) -> str:
    return counted(cast("int", visitors), "visitor")


def _goals(value: object) -> str:
    goals = _GOALS.validate_python(value)
    return ", ".join(f"{goal.key} ({_use(goal)})" for goal in goals) or NOTHING


def _audience(value: object) -> str:
    return audience_words.in_words(conditions.read(value))


def _use(goal: GoalUse) -> str:
    parts = [GOAL_ROLES[goal.role].lower()]
    if goal.margin != DEFAULT_MARGIN:
        parts.append(f"{_share(goal.margin)} tolerated")
    if goal.cap is not None:
        parts.append(f"at most {plain_number(goal.cap)} a visitor")
    return ", ".join(parts)


def _always_shown(value: object) -> str:
    counts = cast("dict[str, int]", value)
    told = [f"{key} to {counted(number, 'visitor')}" for key, number in counts.items() if number]
    return ", ".join(told) or NOTHING


def _excluded(value: object) -> str:
    return ", ".join(_from_to(**each) for each in _EXCLUDED.validate_python(value)) or NOTHING


def _from_to(first_day: date | None, last_day: date | None) -> str:
    first = f"{first_day:%-d %b %Y}" if first_day else "the start"
    return f"{first} to {last_day:%-d %b %Y}" if last_day else f"{first} to the end"


def _word(value: object) -> str:
    return str(value) or NOTHING


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def _each(in_words: Callable[[object], str]) -> Callable[[object, object], Pair]:
    return lambda before, after: (in_words(before), in_words(after))


_LED_IN = 20
_VARIANTS = TypeAdapter(list[VariantDesign])
_GOALS = TypeAdapter(list[GoalUse])
_EXCLUDED = TypeAdapter(list[dict[str, date | None]])
FIELDS: dict[str, tuple[str, Callable[[object, object], Pair]]] = {
    "name": ("Name", _texts),
    "url": ("Page", _texts),
    "description": ("Description", _texts),
    "hypothesis": ("Hypothesis", _texts),
    "ticket_url": ("Ticket", _texts),
    "owner": ("Owner", _each(_word)),
    "tags": ("Tags", _each(_word)),
    "variants": ("Variants", _variants),
    "traffic_allocation": ("Traffic", _each(_share)),
    "minimum_days": ("Runs at least", _each(_days)),
    "minimum_visitors": ("Each variant at least", _each(_visitors)),
    "goals": ("Goals", _each(_goals)),
    "always_shown": ("Always shown", _each(_always_shown)),
    "preview_links": ("Preview links", lambda _before, _after: ("handed out", "taken back")),
    "audience": ("Who takes part", _each(_audience)),
    "excluded": ("Days left out", _each(_excluded)),
}
