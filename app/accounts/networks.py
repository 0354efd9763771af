"""Networks of a project's own people, whose visits to its site do not count."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network

from sqlalchemy import delete, select

from app.accounts.rights import changing_by_right
from app.core.errors import ChangedMeanwhile, InvalidInput
from app.core.version_tokens import ANYTHING, Condition, digest
from app.database.engine import db
from app.database.rows import audit, project_row
from app.database.rows.audit import Deed, changed
from app.models import Actor, AuditKind, OwnNetwork, Role

MOST_NETWORKS = 100
MAPPED_BITS = 96
"""So many bits stand before an IPv4 address that is written as an IPv6 one."""
Network = IPv4Network | IPv6Network


def replace(
    project_id: int, networks: Sequence[str], actor: Actor, condition: Condition = ANYTHING
) -> None:
    """List exactly these networks.

    Raises InvalidInput for one that is none, and for too many, and ChangedMeanwhile where others
    are listed that do not meet the `condition`.
    """
    wanted = sorted({checked(network) for network in networks})
    if len(wanted) > MOST_NETWORKS:
        raise InvalidInput(f"A project lists at most {MOST_NETWORKS} networks.", "networks")
    with changing_by_right(project_id, actor, Role.OWNER) as work:
        theirs = delete(OwnNetwork).where(OwnNetwork.project_id == project_id)
        before = sorted(work.session.scalars(theirs.returning(OwnNetwork.network)))
        if before != wanted and not condition.is_met_by(token_of(before)):
            raise ChangedMeanwhile("The networks are not as they were to be. Nothing was done.")
        work.session.add_all(OwnNetwork(project_id=project_id, network=each) for each in wanted)
        if changes := changed(own_networks=(before, wanted)):
            audit.enter_of(work, Deed(AuditKind.NETWORKS_CHANGED, changes=changes))
        project_row.bump_version(work.session, project_id)


def listed(project_id: int) -> Sequence[str]:
    """Return the project's own networks, in alphabetical order."""
    statement = (
        select(OwnNetwork.network)
        .where(OwnNetwork.project_id == project_id)
        .order_by(OwnNetwork.network)
    )
    return db.session.scalars(statement).all()


def token_of(networks: Sequence[str]) -> str:
    """Return a text that is another whenever other networks are listed."""
    return digest(*sorted(networks))


def read(project_id: int) -> tuple[Network, ...]:
    """Return the same, to look addresses up in."""
    return tuple(ip_network(network) for network in listed(project_id))


def checked_all(lines: str) -> list[str]:
    """Return the networks in a text, one a line; InvalidInput for the first that is none."""
    return [checked(line) for line in lines.splitlines() if line.strip()]


def checked(text: str) -> str:
    """Return a network as it is kept, as 192.0.2.0/24; a bare address is a network of its own.

    InvalidInput for what is none, and for one that holds every address.
    """
    try:
        network = _unmapped(ip_network(text.strip(), strict=False))
    except ValueError:
        network = None
    if network is None or not network.prefixlen or "%" in text:
        raise InvalidInput(
            f"“{text.strip()[:80]}” is not a network: give it as 192.0.2.0/24, or an address.",
            "networks",
        )
    return str(network)


def _unmapped(network: Network) -> Network:
    """Return IPv4 addresses that are written as IPv6 as what they are: events come from those."""
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is None or network.prefixlen < MAPPED_BITS:
        return network
    return IPv4Network((mapped, network.prefixlen - MAPPED_BITS))
