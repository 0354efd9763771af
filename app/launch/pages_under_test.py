"""Which other live experiments test the same page."""

from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from sqlalchemy import func, select

from app.accounts.origins import USUAL_PORTS
from app.database.engine import db
from app.models import Experiment, Status

MOST_COMPARED = 500


@dataclass(frozen=True)
class Other:
    """Another live experiment on the same page."""

    public_id: str
    key: str
    name: str


def others_on(experiment: Experiment) -> tuple[Other, ...]:
    """Return the other live experiments of the project whose page is this one's, newest first.

    Of those whose addresses look alike to the database, the newest 500 are compared.
    """
    parts = urlsplit(experiment.url)
    if not parts.hostname:
        return ()
    address = func.lower(Experiment.url)
    statement = (
        select(Experiment.public_id, Experiment.key, Experiment.name, Experiment.url)
        .where(
            Experiment.project_id == experiment.project_id,
            Experiment.status == Status.RUNNING,
            Experiment.test_id != experiment.test_id,
            address.contains(parts.hostname, autoescape=True),
            address.contains(parts.path.rstrip("/").lower(), autoescape=True),
        )
        .order_by(Experiment.test_id.desc())
        .limit(MOST_COMPARED)
    )
    rows = db.session.execute(statement).all()
    return tuple(Other(*row[:3]) for row in rows if same_page(row.url, experiment.url))


def same_page(one: str, other: str) -> bool:
    """Return whether two addresses lead to one page.

    Scheme, usual port, capitals in the host, a slash at the end and the fragment do not matter.
    """
    return _bare(urlsplit(one)) == _bare(urlsplit(other))


def _bare(parts: SplitResult) -> tuple[str | None, int | None, str, str]:
    return parts.hostname, _port(parts), parts.path.rstrip("/"), parts.query


def _port(parts: SplitResult) -> int | None:
    """Return the port where it is not the scheme's usual one."""
    try:
        port = parts.port
    except ValueError:
        # An address kept by a version that took any number for a port.
        return -1
    return None if port == USUAL_PORTS.get(parts.scheme) else port
