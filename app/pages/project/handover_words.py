"""What somebody has planned, in the words of the page that ends their access."""

from collections.abc import Mapping

from app.lifecycle import PlannedChanges, StartsChoice
from app.pages.common.words.phrases import counted, quoted

Planned = tuple[PlannedChanges, list[tuple[str, str]]]
"""What somebody has planned, and each kind of it in words, with its names."""

CHOICES = {
    StartsChoice.KEEP: "Keep them: they are yours from then on",
    StartsChoice.DROP: "Drop them: they do not start",
}


def decided(form: Mapping[str, str]) -> StartsChoice | None:
    """Return what a form says of somebody's starts, None where it says nothing."""
    said = form.get("starts", "")
    return StartsChoice(said) if said in set(StartsChoice) else None


def parts(planned: PlannedChanges) -> list[tuple[str, str]]:
    """Return how many stops, starts and queued starts there are, each with their names."""
    kinds = (
        (planned.stops, counted(len(planned.stops), "stop")),
        (planned.starts, counted(len(planned.starts), "start")),
        (planned.queued, f"{len(planned.queued):,} queued"),
    )
    return [(words, quoted(names)) for names, words in kinds if names]


def told(planned: PlannedChanges) -> Planned:
    """Return what somebody has planned, and that in words."""
    return planned, parts(planned)


def by_holder(planned: Mapping[int, PlannedChanges]) -> dict[int, Planned]:
    """Return what each person or key has planned, and that in words."""
    return {holder_id: told(each) for holder_id, each in planned.items()}


def ended(planned: PlannedChanges, starts: StartsChoice | None, *, is_own: bool = False) -> str:
    """Return what has become of what was planned, as sentences; "" where nothing was."""
    of_starts = PlannedChanges(starts=planned.starts, queued=planned.queued)
    kept = planned if starts is StartsChoice.KEEP else PlannedChanges(stops=planned.stops)
    became = (
        ("Still planned" if is_own else "Yours now", kept),
        ("Dropped", of_starts if starts is StartsChoice.DROP else PlannedChanges()),
    )
    return "".join(f" {label}: {_named(each)}." for label, each in became if parts(each))


def _named(planned: PlannedChanges) -> str:
    return ", ".join(f"{words} ({names})" for words, names in parts(planned))
