"""Settings that doors hand to the rules, which read none themselves."""

from datetime import datetime, timedelta

from flask import current_app

from app.accounts.browser_sessions import Lifetimes
from app.accounts.failed_sign_ins import Free
from app.core.mail_terms import MailTerms
from app.core.start_terms import StartTerms
from app.models import now


def queue_until() -> datetime:
    """Return the moment at which a start that is queued now leaves the queue: after QUEUE_DAYS."""
    return now() + timedelta(days=current_app.config["QUEUE_DAYS"])


def late_start() -> timedelta:
    """Return how late a scheduled start may happen by itself: by LATE_START_MINUTES."""
    return timedelta(minutes=current_app.config["LATE_START_MINUTES"])


def retention() -> timedelta | None:
    """Return how long rows of visitors are kept of what is archived; None for ever."""
    days = current_app.config["RETENTION_DAYS"]
    return timedelta(days=days) if days else None


def knows_countries() -> bool:
    """Return whether the proxy says from which country a request comes: by COUNTRY_HEADER."""
    return bool(current_app.config["COUNTRY_HEADER"])


def sends_to_private_addresses() -> bool:
    """Return whether webhooks may go to this network: by WEBHOOKS_TO_PRIVATE_ADDRESSES."""
    return current_app.config["WEBHOOKS_TO_PRIVATE_ADDRESSES"]


def secret_key() -> str:
    """Return what this server signs with."""
    return current_app.config["SECRET_KEY"]


def mail_terms() -> MailTerms | None:
    """Return on which terms mails are sent: by SMTP_URL and its like; None where none are."""
    config = current_app.config
    if config["SMTP_URL"] is None:
        return None
    return MailTerms(
        server=config["SMTP_URL"],
        sender=config["MAIL_FROM"],
        public_address=config["PUBLIC_ADDRESS"],
        secret_key=secret_key(),
        may_be_plain=config["SMTP_PLAIN"],
    )


def start_terms() -> StartTerms:
    """Return the terms on which starts happen by themselves from now on."""
    return StartTerms(queue_until(), late_start())


def session_lifetimes() -> Lifetimes:
    """Return how long sessions last: by SESSION_IDLE_DAYS and SESSION_DAYS."""
    config = current_app.config
    return Lifetimes(
        idle=timedelta(days=config["SESSION_IDLE_DAYS"]),
        whole=timedelta(days=config["SESSION_DAYS"]),
    )


def free_failures() -> Free:
    """Return how many wrong passwords bring no wait: by SIGN_IN_FAILURES_BY_..."""
    config = current_app.config
    return Free(
        of_account=config["SIGN_IN_FAILURES_BY_ACCOUNT"],
        from_network=config["SIGN_IN_FAILURES_BY_NETWORK"],
    )
