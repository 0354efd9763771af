"""Addresses of people and of pages, as pages show them."""

from markupsafe import Markup, escape


def breakable(text: str) -> Markup:
    """Return a text whose addresses break behind an “@” or a “/”, where they are too long."""
    parts = escape(text).replace("/", Markup("/<wbr>"))
    return Markup(parts.replace("@", Markup("@<wbr>")))  # noqa: S704
