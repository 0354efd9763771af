"""Whether the database can be changed, or only read, as a standby can.

It is tried: permissions, settings and the state of a server all have their say in it.
"""

from sqlalchemy import false
from sqlalchemy.exc import SQLAlchemyError

from app.core import waiting
from app.core.errors import Busy
from app.database import database_errors
from app.database.transactions import taking_back
from app.models import Heartbeat, table_of

_change_nothing = table_of(Heartbeat).delete().where(false())


def is_read_only() -> bool:
    """Return whether the database takes no changes; a lock that others hold says nothing of that.

    Raises what else keeps from trying it.
    """
    try:
        with waiting.at_most(waiting.SHORTEST_WAIT), taking_back() as unit:
            unit.connection.execute(_change_nothing)
    except (SQLAlchemyError, Busy) as error:
        if database_errors.is_read_only(error):
            return True
        if not isinstance(database_errors.told_as_unavailable(error), Busy):
            raise
    return False
