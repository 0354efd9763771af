"""A request that has been answered, as the access log and the counts are told of it."""

from typing import NamedTuple


class Answered(NamedTuple):
    """How a request went.

    `first` is the first part of its path, `status` has three digits.
    """

    method: str
    path: str
    first: str
    status: str
    seconds: float
