"""Changes of a project by somebody who has the right to them still, once their turn has come."""

from collections.abc import Generator
from contextlib import contextmanager

from app.accounts import access
from app.core import unit_of_work
from app.core.unit_of_work import UnitOfWork
from app.models import Actor, Role


@contextmanager
def changing(project_id: int, actor: Actor, role: Role = Role.MARKETER) -> Generator[UnitOfWork]:
    """Begin a unit of work of a project for what takes `role` in it.

    The door has asked, but the right may have ended while it waited for the lock: raises NotFound,
    Forbidden, Retired or Unauthenticated then. What loads an experiment to change it asks by itself
    and needs only `unit_of_work.changing`.
    """
    with unit_of_work.changing(project_id, actor) as work:
        access.require_right(work.storage.connection, project_id, actor, role)
        yield work
