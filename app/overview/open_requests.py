"""Requests for more slots that wait for an admin."""

from dataclasses import dataclass

from sqlalchemy import String, cast, func, select

from app.database.engine import db
from app.models import SlotRequest, Trouble
from app.overview.dismissals import is_put_aside


@dataclass(frozen=True)
class OpenRequests:
    """The open requests for more slots, by the `latest_id` and its experiment."""

    number: int
    latest_id: int
    test_id: int
    is_put_aside: bool

    @property
    def state(self) -> str:
        """Return what is so, for whoever puts them aside."""
        return f"{self.number} {self.latest_id}"


_how_many_open = select(func.count()).where(SlotRequest.closed_at.is_(None)).scalar_subquery()
_open_requests = (
    select(
        _how_many_open,
        SlotRequest.id,
        SlotRequest.test_id,
        is_put_aside(
            Trouble.REQUESTS,
            SlotRequest.test_id,
            cast(_how_many_open, String).concat(" ").concat(cast(SlotRequest.id, String)),
            SlotRequest.asked_at,
        ),
    )
    .where(SlotRequest.closed_at.is_(None))
    .order_by(SlotRequest.id.desc())
    .limit(1)
)


def find(user_id: int) -> OpenRequests | None:
    """Return the open requests for more slots, for an admin; None where there are none."""
    found = db.session.execute(_open_requests, {"user": user_id}).first()
    return OpenRequests(*found) if found else None
