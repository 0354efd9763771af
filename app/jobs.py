"""The work that nobody presses a button for: what is due, what waits, and what lists need to know.

One process does it (`flask --app wsgi jobs`). Two of them do each thing once all the same: whatever
is done is taken from its table under the lock of its project, in the unit of work that does it.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from app import lifecycle
from app.accounts import browser_sessions, failed_sign_ins
from app.core import metrics, waiting
from app.core.errors import Busy, Unavailable
from app.core.rare_logs import Failures
from app.database import database_errors, sqlite_journal
from app.database.engine import db
from app.database.rows import answered_requests
from app.database.rows.heartbeats import JOBS, Heart
from app.events import not_counted, visitor_erasure
from app.events.kept import keeping
from app.models import now
from app.notifications import backlogs, handing_on, jobs_away
from app.notifications.mail import letters
from app.notifications.mail.sender import Sender as MailSender
from app.notifications.webhooks import deliveries
from app.notifications.webhooks.sender import Sender as WebhookSender
from app.results import silences, summaries
from app.serving import visitor_sample
from app.tenancy import overrides, project_erasure
from app.web.settings import (
    late_start,
    mail_terms,
    retention,
    sends_to_private_addresses,
    session_lifetimes,
    start_terms,
)

SECONDS_BETWEEN = 1.0


def run(stopped: threading.Event) -> None:
    """Do what there is to do, again and again, until `stopped` is set.

    While the database is away nothing is tried but to say that this process lives.
    """
    heart, failures = Heart(JOBS, on_return=jobs_away.announce_return), Failures()
    was_away, senders = False, _senders()
    begin = {what: sender.begin for what, sender in senders.items()}
    while not stopped.is_set():
        turn = Turn(now(), heart, stopped, begin, failures)
        turn.do_all()
        if turn.why_away and not was_away:
            current_app.logger.warning("The jobs wait for the database: %s", turn.why_away)
        if was_away and not turn.why_away:
            current_app.logger.warning("The jobs go on: the database is back.")
        was_away = bool(turn.why_away)
        stopped.wait(SECONDS_BETWEEN)
    for sender in senders.values():
        sender.end()


def once(moment: datetime) -> list[str]:
    """Do everything that is to be done at `moment`, and return what is not done, and is due still.

    Why not is logged. Between two such turns nobody is told that the jobs were away.
    """
    finish = {what: sender.finish for what, sender in _senders().items()}
    turn = Turn(moment, Heart(JOBS), threading.Event(), finish)
    turn.do_all()
    if turn.why_away:
        current_app.logger.warning("Not done, for want of the database: %s", turn.why_away)
        return ["whatever is due"]
    return turn.undone


def _senders() -> dict[str, WebhookSender | MailSender]:
    """Return what sends beside the jobs; mails only where there is a server for them."""
    app = current_app
    senders: dict[str, WebhookSender | MailSender] = {
        "webhooks": WebhookSender(app.app_context, allows_private=sends_to_private_addresses())
    }
    if terms := mail_terms():
        senders["mail"] = MailSender(app.app_context, terms)
    return senders


@dataclass
class Turn:
    """What is done at a moment, or until it is `stopped`. `send` sends what is due, by its name.

    `why_away` says why the database cannot be used, if so, and `undone` what else was not done.
    """

    moment: datetime
    heart: Heart
    stopped: threading.Event
    send: Mapping[str, Callable[[datetime], None]]
    failures: Failures = field(default_factory=Failures)
    why_away: str = field(default="", init=False)
    undone: list[str] = field(default_factory=list, init=False)

    def do_all(self) -> None:
        """Do everything that is to be done; what fails is logged, and tried again."""
        self._do("metrics", self._tell_metrics)
        self._do("schedules", self._schedules)
        self._do("overrides", self._overrides)
        self._do("queues", self._queues)
        self._do("standings", lambda: summaries.renew(self.moment))
        self._do("silences", lambda: silences.announce_silences(self.moment))
        self._do("overdue changes", lambda: lifecycle.announce_overdue(self.moment))
        self._do("announcements", self._announcements)
        for what, send in self.send.items():
            self._do(what, lambda send=send: send(self.moment))
        self._do("events set aside", lambda: keeping.take_up_set_aside(self.moment))
        self._do("kept events", keeping.record_kept)
        self._do("answered requests", lambda: answered_requests.forget(self.moment))
        self._do("announcements of before", lambda: handing_on.forget(self.moment))
        self._do("webhooks of before", lambda: deliveries.forget(self.moment))
        self._do("mails of before", lambda: letters.forget(self.moment))
        self._do("journal", sqlite_journal.shorten)
        self._do("failed sign-ins", lambda: failed_sign_ins.forget(self.moment))
        self._do("what was not counted", lambda: not_counted.forget(self.moment))
        self._do("the sample of visitors", lambda: visitor_sample.forget(self.moment))
        self._do("sessions", lambda: browser_sessions.forget(self.moment, session_lifetimes()))
        if kept_for := retention():
            self._do("old rows", lambda: visitor_erasure.delete_old_rows(self.moment, kept_for))
        self._do("erased projects", project_erasure.go_on)

    def _tell_metrics(self) -> None:
        if metrics.of_process.counters():
            behind = lifecycle.lags(self.moment, late_start())
            seen = self.moment.timestamp()
            lags = behind.schedule_seconds, behind.queues_unserved
            metrics.of_process.count(lambda counters: counters.tell_of_jobs(seen, *lags))
            for each in backlogs.backlogs(self.moment):
                told = each.way, each.waiting, each.oldest_seconds
                metrics.of_process.count(
                    lambda counters, told=told: counters.tell_of_waiting(*told)
                )

    def _schedules(self) -> None:
        project_ids, terms = lifecycle.due_project_ids(self.moment, late_start()), start_terms()
        self._in_each(
            "schedules",
            project_ids,
            lambda each: lifecycle.carry_out_schedules(each, self.moment, terms),
        )

    def _overrides(self) -> None:
        project_ids = overrides.ended_project_ids(self.moment)
        self._in_each("override", project_ids, lambda each: overrides.end(each, self.moment))

    def _queues(self) -> None:
        project_ids = lifecycle.project_ids_to_serve(self.moment)
        self._in_each("queue", project_ids, lifecycle.serve_queue)

    def _announcements(self) -> None:
        handing_on.hand_on(self.moment, mails=mail_terms() is not None)

    def _in_each(self, what: str, project_ids: Sequence[int], work: Callable[[int], None]) -> None:
        """Do the work in each project; one that fails keeps it from no other."""
        for project_id in project_ids:
            self._do(
                f"{what} of project {project_id}", lambda project_id=project_id: work(project_id)
            )

    def _do(self, what: str, work: Callable[[], None]) -> None:
        """Do some work. That it is come to is a sign of life, whatever comes of it."""
        self._try("sign of life", self.heart.beat)
        self._try(what, work)

    def _try(self, what: str, work: Callable[[], None]) -> None:
        """Do some work, unless the database has turned out to be away, or it is time to end."""
        if self.why_away or self.stopped.is_set():
            return
        try:
            with waiting.at_most(waiting.SECONDS_OF_REQUEST):
                work()
            self.failures.end(what)
        except (SQLAlchemyError, Unavailable) as error:
            self._note(what, error)
        except Exception as error:  # noqa: BLE001 - nothing else may stand still for it
            self.undone.append(what)
            self.failures.tell(what, error)
        finally:
            # What was read is not kept open, and not believed at the next turn.
            db.session.remove()

    def _note(self, what: str, error: SQLAlchemyError | Unavailable) -> None:
        is_told = isinstance(error, Unavailable)
        unavailable = error if is_told else database_errors.as_unavailable(error)
        self.undone.append(what)
        if unavailable is None:
            self.failures.tell(what, error)
        elif isinstance(unavailable, Busy):
            current_app.logger.warning("%s: others had what it needs; to be tried again", what)
        else:
            self.why_away = str(error).partition("\n")[0]
