"""Mails with a link by which somebody chooses a password.

They are sent at once, and kept nowhere: nothing here holds what the link is opened by.
"""

from app.accounts.password_links import Made
from app.core.mail_terms import MailTerms
from app.notifications.mail import smtp, writing

SECONDS = 4.0
"""How long the mail server may take for each answer: whoever has made the link waits for it."""


def send(made: Made, terms: MailTerms) -> str:
    """Mail a link to whom it is for; return what kept it away, "" where it was sent."""
    address = f"{terms.public_address}/choose-password?token={made.token}"
    text = (
        f"{made.made_by or 'An admin'} has made you a link to Switchyard at "
        f"{terms.public_address}.\n\n"
        f"By this link you choose a password, and sign in with it as {made.email}:\n\n"
        f"{address}\n\n"
        f"It works once, until {made.expires_at:%-d %B %Y, %H:%M} UTC, and ends the one before.\n"
    )
    mail = writing.plain(terms, made.email, "Choose your password for Switchyard", text)
    return smtp.send(mail, made.email, terms, SECONDS)
