"""The bare batch insert: the rows of a request's events, by the driver's own batches."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

EXPOSE = "INSERT INTO exposure (run_id, unit, position, day) VALUES (%s, %s, %s, %s)"
CONVERT = "INSERT INTO conversion (run_id, goal_id, unit, value) VALUES (%s, %s, %s, %s)"


def insert(connection: Any, sent: Mapping[str, Any], spelt: Callable[[str], str]) -> None:  # noqa: ANN401
    """Insert the events of `sent` in one transaction, on a connection in autocommit mode."""
    cursor = connection.cursor()
    cursor.execute("BEGIN")
    cursor.executemany(spelt(EXPOSE), list(_exposures(sent)))
    cursor.executemany(spelt(CONVERT), list(_conversions(sent)))
    cursor.execute("COMMIT")


def _exposures(sent: Mapping[str, Any]) -> Iterator[tuple[object, ...]]:
    day = datetime.now(UTC).date().isoformat()
    for event in sent["events"]:
        if event["type"] == "exposure":
            yield sent["run_id"], _hashed(event["unit"]), 0, day


def _conversions(sent: Mapping[str, Any]) -> Iterator[tuple[object, ...]]:
    for event in sent["events"]:
        if event["type"] == "conversion":
            yield sent["run_id"], sent["goal_id"], _hashed(event["unit"]), None


def _hashed(unit: str) -> str:
    return hashlib.blake2b(unit.encode(), digest_size=11).hexdigest()
