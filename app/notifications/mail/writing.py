"""Writing of letters: what a mail says, and the headers that it has."""

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr, make_msgid

from app.core.mail_terms import MailTerms
from app.models import How, now
from app.notifications.mail import stopping
from app.notifications.mail.letters import Letter, Line

LONGEST_SUBJECT = 150
# A line that is folded in the middle of an address leads nowhere.
_POLICY = SMTP.clone(max_line_length=998)


def written(letter: Letter, terms: MailTerms) -> EmailMessage:
    """Return a letter as a mail, with a link that stops those of its project."""
    stops = f"{terms.public_address}/stop-mails?token=" + stopping.token(
        terms.secret_key, letter.user_id, letter.project_id
    )
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
    project = f"{terms.public_address}/projects/{letter.project_key}"
    said = "\n\n".join(_said(line, project) for line in letter.lines)
    choose = f"{terms.public_address}/account/notifications/{letter.project_key}"
    return (
        f"{said}\n\n-- \nChoose what you are sent: {choose}\n"
        f"Stop all mails of this project: {stops}\n"
    )


def _said(line: Line, project: str) -> str:
    address = f"{project}/experiments/{line.experiment_key}" if line.experiment_key else project
    return f"{' '.join(line.text.split())}\n{address}"
