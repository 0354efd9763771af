"""Events as they were judged when they came, for whoever records them later."""

from datetime import datetime

from pydantic import BaseModel

from app.events.records import JudgedConversion, JudgedExposure


class Judged(BaseModel):
    """The events of one request, so many, as they were judged at the moment `at` when they came.

    The salts say of which runs: the number of one that an older state of the database does not
    have may be given to another. Versions before kept no times, and ids only where events came with
    them: what they have kept has none.
    """

    key_id: int
    at: datetime
    salts: dict[int, str]
    exposed: list[JudgedExposure]
    reached: list[JudgedConversion]
    events: int = 0

    def without(self, hashed: str) -> "Judged":
        """Return the events of all other visitors."""
        exposed = [each for each in self.exposed if each.unit != hashed]
        reached = [each for each in self.reached if each.unit != hashed]
        events = max(0, self.events - len(self) + len(exposed) + len(reached))
        changes = {"exposed": exposed, "reached": reached, "events": events}
        return self.model_copy(update=changes)

    def __len__(self) -> int:
        """Return how many exposures and conversions there are."""
        return len(self.exposed) + len(self.reached)
