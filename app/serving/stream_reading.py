"""Reading the event stream: what is in it is recorded, by whichever reader has its turn.

A reader that is killed between recording and saying so leaves what it has taken to the next, who
records it once more: rows, and the ids that events got before they were put in, count it once.
"""

from threading import Event

from app.core import metrics
from app.core.rare_logs import Failures, first_line, log_rarely
from app.database.database_errors import told_as_unavailable
from app.database.engine import db
from app.serving import recording
from app.serving.event_stream import EventStream, Turn

WORK = "recording streamed events"
SECONDS_BETWEEN_TRIES = 1.0


def read(stream: EventStream, stopped: Event) -> None:
    """Record what comes by a stream until `stopped` is set; what fails is tried again."""
    failures = Failures()
    while not stopped.is_set():
        try:
            with stream.turn() as turn:
                while turn and not stopped.is_set():
                    record_some(turn)
                    failures.end(WORK)
        except Exception as error:  # noqa: BLE001 - it is tried again, whatever it was
            if told_as_unavailable(error):
                log_rarely(WORK, "events wait in the stream: %s", first_line(error))
            else:
                failures.tell(WORK, error)
            stopped.wait(SECONDS_BETWEEN_TRIES)
        finally:
            db.session.remove()


def record_some(turn: Turn) -> None:
    """Record the oldest entries, if there are any soon."""
    entries = turn.oldest()
    if entries:
        recorded = recording.record_or_set_aside(entries, turn.set_aside)
        turn.forget(entries)
        metrics.of_process.events_taken("recorded", recorded)
