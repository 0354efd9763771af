"""The history of experiments: read, and given reasons afterwards."""

from sqlalchemy import select

from app import ledger
from app.errors import NotFound
from app.ledger import Actor
from app.models import History, Kind
from app.transactions import writing
from app.wording import checked_reason


def give_reason(project_id: int, test_id: int, reason: str, actor: Actor) -> None:
    """Keep why the latest change of an experiment was made, for the one who made it.

    Raises NotFound when the latest change is somebody else's or there is none, and InvalidInput
    for a reason that cannot be kept.
    """
    kept = checked_reason(reason)
    with writing() as session:
        ledger.lock_project(session, project_id)
        latest = session.scalar(
            select(History)
            .where(
                History.project_id == project_id,
                (History.test_id == test_id) | (History.paused_test_id == test_id),
                History.kind == Kind.CHANGED,
            )
            .order_by(History.id.desc())
            .limit(1)
        )
        if latest is None or (latest.user_id, latest.api_key_id) != (
            actor.user_id,
            actor.api_key_id,
        ):
            raise NotFound("The latest change is not yours.")
        latest.reason = kept
        ledger.bump_version(session, project_id)
