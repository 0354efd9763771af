"""The work that nobody presses a button for: what is due, what waits, and what lists need to know.

One process does it (`flask --app wsgi jobs`). Two of them do each thing once all the same: whatever
is done is taken from its table under the lock of its project, in the unit of work that does it.
"""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime

from flask import current_app

from app import lifecycle
from app.core import answered_requests, waiting
from app.core.database import db
from app.models import now
from app.results import summaries
from app.serving import keeping
from app.web.settings import late_start, start_terms

SECONDS_BETWEEN = 1.0


def run(stopped: threading.Event) -> None:
    """Do what there is to do, again and again, until `stopped` is set."""
    while not stopped.is_set():
        once(now())
        stopped.wait(SECONDS_BETWEEN)


def once(moment: datetime) -> None:
    """Do everything that is to be done at `moment`. What fails is logged, and tried again."""
    _try("schedules", lambda: _in_each(_due_project_ids(moment), _carry_out(moment)))
    to_serve = lifecycle.project_ids_to_serve
    _try("queues", lambda: _in_each(to_serve(moment), lifecycle.serve_queue))
    _try("standings", lambda: summaries.renew(moment))
    _try("kept events", keeping.record_kept)
    _try("answered requests", lambda: answered_requests.forget(moment))


def _due_project_ids(moment: datetime) -> Sequence[int]:
    return lifecycle.due_project_ids(moment, late_start())


def _carry_out(moment: datetime) -> Callable[[int], None]:
    terms = start_terms()
    return lambda project_id: lifecycle.carry_out_schedules(project_id, moment, terms)


def _in_each(project_ids: Sequence[int], work: Callable[[int], None]) -> None:
    """Do the work in each project; one that fails keeps it from no other."""
    for project_id in project_ids:
        _try(f"project {project_id}", lambda project_id=project_id: work(project_id))


def _try(what: str, work: Callable[[], None]) -> None:
    try:
        with waiting.at_most(waiting.SECONDS_OF_REQUEST):
            work()
    except Exception:
        # Whatever it is, nothing else may stand still for it.
        current_app.logger.exception("%s: not done, to be tried again", what)
    finally:
        # What was read is not kept open, and not believed at the next turn.
        db.session.remove()
