"""E-mail addresses on pages."""

from markupsafe import Markup, escape


def breakable(text: str) -> Markup:
    """Return a text whose addresses break behind their “@”, where they do not fit on a line."""
    return Markup(escape(text).replace("@", Markup("@<wbr>")))  # noqa: S704
