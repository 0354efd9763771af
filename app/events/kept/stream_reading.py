"""Reading the event stream: what is in it is recorded, by as many readers as are started.

A reader that is killed between recording and saying so leaves what it has read to the next, who
records it once more: rows, and the ids that events got before they were put in, count it once.
"""

from threading import Event

from app.core import metrics
from app.core.rare_logs import Failures, first_line, log_rarely
from app.database.database_errors import told_as_unavailable
from app.database.engine import db
from app.events.kept import recording
from app.events.kept.event_stream import EventStream

WORK = "recording streamed events"
SECONDS_BETWEEN_LOOKS = 0.1
SECONDS_BETWEEN_TRIES = 1.0


def read(stream: EventStream, stopped: Event) -> None:
    """Record what comes by a stream until `stopped` is set; what fails is tried again."""
    failures = Failures()
    while not stopped.is_set():
        try:
            has_recorded = record_some(stream)
            failures.end(WORK)
            stopped.wait(0 if has_recorded else SECONDS_BETWEEN_LOOKS)
        except Exception as error:  # noqa: BLE001 - it is tried again, whatever it was
            if told_as_unavailable(error):
                log_rarely(WORK, "events wait in the stream: %s", first_line(error))
            else:
                failures.tell(WORK, error)
            stopped.wait(SECONDS_BETWEEN_TRIES)
        finally:
            db.session.remove()


def record_some(stream: EventStream) -> bool:
    """Record the oldest entries of a lane; False where there are none, or others are at them."""
    with stream.turn() as turn:
        entries = turn.oldest() if turn else []
        if not turn or not entries:
            return False
        recorded = recording.record_or_set_aside(entries, turn.set_aside)
        turn.forget_until(entries[-1])
    metrics.of_process.events_taken("recorded", recorded)
    return True
