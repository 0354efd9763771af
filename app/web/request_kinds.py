"""What requests are for: what waits where, and what is counted and logged."""

from enum import StrEnum

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Kind(StrEnum):
    """What a request is for, as far as waiting and counting go."""

    EVALUATING = "evaluating"
    COLLECTING = "collecting"
    READING = "reading"
    WRITING = "writing"


UNCOUNTED = frozenset({"static", "switchyard.js", "scripts", "healthz", "readyz", "metrics"})
"""The first parts of the addresses of files, and of what operators' machines ask for."""
_OF_VISITORS = {"ofrep": Kind.EVALUATING, "collect": Kind.COLLECTING}
QUIET = UNCOUNTED | _OF_VISITORS.keys()
"""The first parts of the addresses that most requests go to, and that say the least."""


def first_part(path: str) -> str:
    """Return the first part of an address's path, however many slashes it begins with."""
    return path.lstrip("/").partition("/")[0]


def kind_of(method: str, first: str) -> Kind:
    """Return what a request is for, by its method and the first part of its address."""
    by_method = Kind.READING if method in SAFE_METHODS else Kind.WRITING
    return _OF_VISITORS.get(first, by_method)
