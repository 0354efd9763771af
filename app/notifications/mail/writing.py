"""Writing of letters: what a mail says, and the headers that it has."""

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr, make_msgid

from app.core.mail_terms import MailTerms
from app.models import AnnouncementKind, How, now
from app.notifications.mail import stopping
from app.notifications.mail.letters import Letter, Line

OF_RESULTS = frozenset(
    {
        AnnouncementKind.WINNER_CALLED,
        AnnouncementKind.SPLIT_BROKEN,
        AnnouncementKind.UNUSUAL_TRAFFIC,
    }
)
"""What an experiment's result says more of."""
LONGEST_SUBJECT = 150
# A line that is folded in the middle of an address leads nowhere.
_POLICY = SMTP.clone(max_line_length=998)


def written(letter: Letter, terms: MailTerms) -> EmailMessage:
    """Return a letter as a mail, with a link that stops such mails."""
    project_id = letter.project_id if letter.is_to_member else None
    token = stopping.token(terms.secret_key, letter.user_id, project_id)
    stops = f"{terms.public_address}/stop-mails?token={token}"
    mail = plain(terms, letter.email, _subject(letter), _text(letter, terms, stops))
    # By RFC 8058 a program for mails stops them with one request.
    mail["List-Unsubscribe"] = f"<{stops}>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return mail


def plain(terms: MailTerms, to: str, subject: str, text: str) -> EmailMessage:
    """Return a mail with a text; whatever is in its subject stays in that one line."""
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = formataddr(("Switchyard", terms.sender))
    mail["To"] = to
    mail["Subject"] = _one_line(subject)
    mail["Date"] = format_datetime(now())
    mail["Message-ID"] = make_msgid(domain=terms.sender.rpartition("@")[2])
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text, cte="quoted-printable")
    return mail


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_SUBJECT else f"{line[: LONGEST_SUBJECT - 1]}…"


def _subject(letter: Letter) -> str:
    if len(letter.lines) == 1:
        return letter.lines[0].text
    when = " since yesterday" if letter.how is How.DAILY else ""
    return f"{letter.project_name}: {len(letter.lines)} things have happened{when}"


def _text(letter: Letter, terms: MailTerms, stops: str) -> str:
    said = "\n\n".join(
        f"{_said(line, letter)}\n{terms.public_address}{_path(line, letter)}"
        for line in letter.lines
    )
    choose, what = _chosen_at(letter)
    return (
        f"{said}\n\n-- \nChoose what you are sent: {terms.public_address}{choose}\n"
        f"Stop all mails of {what}: {stops}\n"
    )


def _chosen_at(letter: Letter) -> tuple[str, str]:
    """Return where such mails are chosen, and what they are of."""
    if letter.is_to_member:
        return f"/account/notifications/{letter.project_key}", "this project"
    return "/admin/notifications", stopping.AS_ADMIN


def _said(line: Line, letter: Letter) -> str:
    """Return a sentence; in a summary, which tells of a whole day, with its moment."""
    text = " ".join(line.text.split())
    return f"{line.at:%-d %B, %H:%M} UTC: {text}" if letter.how is How.DAILY else text


def _path(line: Line, letter: Letter) -> str:
    """Return where to look at what is said; of who is no member, among the pages for admins."""
    if not letter.is_to_member:
        is_asked = line.kind is AnnouncementKind.SLOTS_REQUESTED
        return "/admin/requests" if is_asked else f"/admin/projects/{letter.project_key}"
    project = f"/projects/{letter.project_key}"
    if line.kind is AnnouncementKind.WEBHOOK_SWITCHED_OFF:
        return f"{project}/webhooks"
    if not line.experiment_key:
        return project
    experiment = f"{project}/experiments/{line.experiment_key}"
    return f"{experiment}/result" if line.kind in OF_RESULTS else experiment
