"""What somebody had planned whose access has ended, as /api/admin shows it."""

from app.lifecycle import PlannedChanges


def shown(planned: PlannedChanges) -> dict[str, list[str]]:
    """Return the experiments by name: what was to stop, to start, and waited in the queue."""
    return {name: list(names) for name, names in vars(planned).items()}
