"""The shapes of this contract's queries and bodies, which take more than is heeded.

Its own clients send members that nothing here understands; an answer says which those were.
"""

from typing import Annotated

from app.api import queries, whole_numbers
from app.api.bodies import Body, OptionalBody
from app.api.idempotency import Key
from app.api.queries import ChangeQuery, DaysQuery, Query
from app.api.shapes import RequestKey
from app.core.validation import LARGEST_NUMBER
from app.web.header_names import OWN_IDEMPOTENCY_KEY


class OpenQuery(Query, extra="allow"):
    """A query string whose other parameters are named in the answer, and not heeded."""


class OpenChangeQuery(ChangeQuery, extra="allow"):
    """The query of a change, beside which other parameters are named in the answer."""


class OpenDaysQuery(DaysQuery, extra="allow"):
    """Days, beside which other parameters are named in the answer, and not heeded."""


class PageQuery(OpenQuery):
    """A page of a list, from the place at `offset`."""

    limit: Annotated[int, whole_numbers.in_query("limit", 1, queries.LARGEST_LIMIT)] = 50
    """How many to show at most."""
    offset: Annotated[int, whole_numbers.in_query("offset", 0, LARGEST_NUMBER)] = 0
    """How many to leave out before."""


class OpenBody(Body, extra="allow"):
    """A body whose other members are named in the answer, and not heeded."""


class OnceBody(OpenBody):
    """A body that may say what tells it from one that is sent again."""

    header_names = (OWN_IDEMPOTENCY_KEY,)

    idempotency_key: RequestKey | None = None
    """In place of the header `x-idempotency-key`."""

    @property
    def key(self) -> Key | None:
        """Return what it says of that."""
        sent = self.idempotency_key
        return None if sent is None else Key(sent, "idempotency_key", binds=False)


class OpenNoBody(OptionalBody, extra="allow"):
    """No body, or one whose members are named in the answer, and not heeded."""
