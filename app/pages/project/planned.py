"""What somebody has planned, in the words of the page that ends their access."""

from collections.abc import Mapping

from app.lifecycle import Plans, Starts
from app.pages.common.words import counted, quoted

CHOICES = {
    Starts.KEEP: "Keep them: they are yours from then on",
    Starts.DROP: "Drop them: they do not start",
}


def decided(form: Mapping[str, str]) -> Starts | None:
    """Return what a form says of somebody's starts, None where it says nothing."""
    said = form.get("starts", "")
    return Starts(said) if said in set(Starts) else None


def parts(plans: Plans) -> list[tuple[str, str]]:
    """Return how many stops, starts and queued starts there are, each with their names."""
    kinds = (
        (plans.stops, counted(len(plans.stops), "stop")),
        (plans.starts, counted(len(plans.starts), "start")),
        (plans.queued, f"{len(plans.queued):,} queued"),
    )
    return [(words, quoted(names)) for names, words in kinds if names]


def by_holder(plans: Mapping[int, Plans]) -> dict[int, tuple[Plans, list[tuple[str, str]]]]:
    """Return what each person or key has planned, and that in words."""
    return {holder_id: (each, parts(each)) for holder_id, each in plans.items()}


def summary(plans: Plans) -> str:
    """Return how much is planned: "1 stop, 1 start, 2 queued"."""
    return ", ".join(words for words, _ in parts(plans))


def ended(plans: Plans, starts: Starts | None, *, is_own: bool = False) -> str:
    """Return what has become of what was planned, as sentences; "" where nothing was."""
    of_starts = Plans(starts=plans.starts, queued=plans.queued)
    kept = plans if starts is Starts.KEEP else Plans(stops=plans.stops)
    became = (
        ("Still planned" if is_own else "Yours now", kept),
        ("Dropped", of_starts if starts is Starts.DROP else Plans()),
    )
    return "".join(f" {label}: {_named(each)}." for label, each in became if parts(each))


def _named(plans: Plans) -> str:
    return ", ".join(f"{words} ({names})" for words, names in parts(plans))
