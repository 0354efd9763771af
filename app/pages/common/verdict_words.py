"""The kind of an experiment's verdict, in the words of its result page, for rows and lists."""

from app.results.headlines import HEADLINES, Headline
from app.results.verdict import VerdictKind


def headline(kind: str | None) -> Headline | None:
    """Return a verdict in a word or two; None where none is known, or by a later version alone."""
    return HEADLINES[VerdictKind(kind)] if kind in set(VerdictKind) else None
