"""The kind of a verdict in a word or two, for lists."""

from app.results.headlines import HEADLINES
from app.results.verdict import Kind


def word(kind: str | None) -> str:
    """Return the word for a kind of verdict as it is kept; "" for none, and for an unknown one."""
    return HEADLINES[Kind(kind)].word if kind in set(Kind) else ""
