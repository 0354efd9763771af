"""What a project has announced, where somebody listens."""

from collections.abc import Sequence

from sqlalchemy import select

from app.database.engine import db
from app.database.transactions import writing
from app.models import (
    OutboxEntry,
    Project,
    SwitchedOff,
    WebhookEndpoint,
    WebhookFormat,
)
from tests.world import World


def listen(world: World, project: Project, switched_off: SwitchedOff | None = None) -> int:
    """Have a webhook listen in a project that wants to be sent nothing; gives its id."""
    with world.app.app_context(), writing() as session:
        endpoint = WebhookEndpoint(
            project_id=project.id,
            url="https://hooks.example/",
            format=WebhookFormat.STANDARD,
            kinds=frozenset(),
            secret="whsec_c2VjcmV0",
            switched_off=switched_off,
        )
        session.add(endpoint)
        session.flush()
        return endpoint.id


def announced(world: World, project: Project) -> Sequence[OutboxEntry]:
    """Return what was announced in a project, the oldest first."""
    statement = select(OutboxEntry).where(OutboxEntry.project_id == project.id)
    with world.app.app_context():
        return db.session.scalars(statement.order_by(OutboxEntry.id)).all()


def kinds(world: World, project: Project) -> list[str]:
    """The kinds of what was announced in a project."""
    return [entry.kind.value for entry in announced(world, project)]
