"""Words for a standstill: nobody carries out what is scheduled, and no queue moves by itself."""

from app.core.settings import SetUp
from app.database.rows import heartbeats
from app.database.rows.heartbeats import Away
from app.pages.common.time_zones import by_the_clock

COMMANDS = {
    SetUp.BY_HAND: ".venv/bin/flask --app wsgi jobs",
    SetUp.SYSTEMD: "systemctl start switchyard-jobs",
    SetUp.CONTAINERS: "docker compose --env-file settings.env up --detach jobs",
}
"""What starts the jobs, by how the server is set up."""


def told_to_admins() -> str:
    """Return what stands still and what to do, "" where nothing does."""
    away = heartbeats.jobs_away()
    return for_admins(away)


def for_admins(away: Away | None) -> str:
    """Return what stands still, for somebody who can see to it; "" where nothing does."""
    if away is None:
        return ""
    if away.since is None:
        return f"{_standstill(away)}: the jobs have not run on this database yet."
    return f"{_standstill(away)}: the jobs are not running, or cannot write to the database."


def for_members(away: Away | None) -> str:
    """Return what stands still, for somebody who plans something; "" where nothing does."""
    return "" if away is None else f"{_standstill(away)}: an admin has to start the jobs."


def _standstill(away: Away) -> str:
    since = f"Since {by_the_clock(away.since)} scheduled" if away.since else "Scheduled"
    return (
        f"{since} starts, stops and rises of traffic do not happen, and a queue moves only when"
        " somebody frees a slot or lifts its hold"
    )
