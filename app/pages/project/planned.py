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


def summary(plans: Plans) -> str:
    """Return how much is planned: "1 stop, 1 start, 2 queued"."""
    return ", ".join(words for words, _ in parts(plans))


def ended(plans: Plans, starts: Starts | None, *, is_own: bool = False) -> str:
    """Return what has become of what was planned, as sentences; "" where nothing was."""
    became = {Starts.KEEP: "yours now", Starts.DROP: "dropped"}
    said = [
        f"{counted(len(plans.stops), 'planned stop')} {'stays' if is_own else 'yours now'}"
        for _ in plans.stops[:1]
    ]
    if plans.have_starts and starts:
        of_both = Plans(starts=plans.starts, queued=plans.queued)
        said.append(f"{summary(of_both)} {became[starts]}")
    return f" {'; '.join(said)}." if said else ""
