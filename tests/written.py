"""What is written to a SQLite database, told by triggers of each table.

A dump before and one after would grow with all that there is, and miss what is changed back.
"""

from dataclasses import dataclass

from sqlalchemy import Table, text

from app.database.engine import db
from app.database.transactions import writing
from tests.world import World

# Of visitors who asked, and of the jobs, a thread writes at its own time.
NOT_TOLD = frozenset({"failed_sign_ins", "heartbeat", "sampled_visitor"})
# When somebody was last there is no change.
LAST_THERE = frozenset({"last_used_at", "last_seen_at"})
# What somebody was not allowed is told, and is no change.
NO_CHANGE = {"audit_entry": "NEW.kind <> 'not allowed'"}


@dataclass(frozen=True)
class Written:
    """What has been written to the database of a world, since this was begun."""

    world: World

    @classmethod
    def begin(cls, world: World) -> "Written":
        """Have each table tell from now on."""
        tables = [each for each in db.metadata.sorted_tables if each.name not in NOT_TOLD]
        with world.app.app_context(), writing() as session:
            session.execute(text("CREATE TABLE written (number INTEGER PRIMARY KEY, what TEXT)"))
            for trigger in (each for table in tables for each in _triggers(table)):
                session.execute(text(trigger))
        return cls(world)

    def so_far(self) -> int:
        """Return how many rows were added, changed or deleted."""
        return self.world.execute("SELECT coalesce(max(number), 0) FROM written")[0][0]

    def since(self, number: int) -> list[str]:
        """Return what was done after so many, and in which tables."""
        later = "SELECT what FROM written WHERE number > :number ORDER BY number"
        return [row.what for row in self.world.execute(later, number=number)]


def _triggers(table: Table) -> list[str]:
    differs = " OR ".join(
        f"OLD.{each.name} IS NOT NEW.{each.name}" for each in table.c if each.name not in LAST_THERE
    )
    is_told = NO_CHANGE.get(table.name, "true")
    return [
        _trigger(table.name, "INSERT", is_told),
        _trigger(table.name, "UPDATE", f"({differs}) AND {is_told}"),
        _trigger(table.name, "DELETE", "true"),
    ]


def _trigger(table: str, event: str, condition: str) -> str:
    told = f"BEGIN INSERT INTO written (what) VALUES ('{event} {table}'); END"  # noqa: S608
    return f"CREATE TRIGGER {table}_tells_{event} AFTER {event} ON {table} WHEN {condition} {told}"
