"""The field for a password that somebody chooses, wherever they choose one."""

from wtforms import PasswordField
from wtforms.validators import InputRequired

from app.accounts import passwords
from app.pages.common.forms import Checked


def chosen(label: str, missing: str) -> PasswordField:
    """Return the field for a password of a fit length; `missing` is said of an empty one."""
    return PasswordField(
        label,
        [InputRequired(missing), Checked(passwords.of_fit_length)],
        description=f"{passwords.SHORTEST} characters at least, a few words for example.",
    )
