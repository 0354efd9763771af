"""Origins: the web addresses whose pages may use a project's client keys."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

import idna
from sqlalchemy import delete, select

from app.accounts.rights import changing_by_right
from app.core.errors import ChangedMeanwhile, InvalidInput
from app.core.version_tokens import ANYTHING, Condition, digest
from app.database.engine import db
from app.database.rows import audit, project_row
from app.database.rows.audit import Deed, changed
from app.models import Actor, AuditKind, Origin, Role

MOST_ORIGINS = 100
HOST_LENGTH = 240


def replace(
    project_id: int, addresses: Sequence[str], actor: Actor, condition: Condition = ANYTHING
) -> None:
    """List exactly these origins.

    Raises InvalidInput for one that is none, and for too many, and ChangedMeanwhile where others
    are listed that do not meet the `condition`.
    """
    origins = sorted({checked_origin(address) for address in addresses})
    if len(origins) > MOST_ORIGINS:
        raise InvalidInput(f"A project lists at most {MOST_ORIGINS} origins.", "origins")
    with changing_by_right(project_id, actor, Role.OWNER) as work:
        theirs = delete(Origin).where(Origin.project_id == project_id).returning(Origin.address)
        before = sorted(work.session.scalars(theirs))
        if before != origins and not condition.is_met_by(token_of(before)):
            raise ChangedMeanwhile("The sites are not as they were to be. Nothing was done.")
        work.session.add_all(Origin(project_id=project_id, address=origin) for origin in origins)
        if changes := changed(sites=(before, origins)):
            audit.enter_of(work, Deed(AuditKind.SITES_CHANGED, changes=changes))
        project_row.bump_version(work.session, project_id)


def listed(project_id: int) -> Sequence[str]:
    """Return the project's origins, in alphabetical order."""
    statement = (
        select(Origin.address).where(Origin.project_id == project_id).order_by(Origin.address)
    )
    return db.session.scalars(statement).all()


def token_of(addresses: Sequence[str]) -> str:
    """Return a text that is another whenever other origins are listed."""
    return digest(*sorted(addresses))


def checked_all(lines: str) -> list[str]:
    """Return the origins in a text, one a line; InvalidInput names each that is none."""
    found, wrong = [], []
    for line in filter(str.strip, lines.splitlines()):
        try:
            found.append(checked_origin(line))
        except InvalidInput as error:
            wrong.append(str(error))
    if wrong:
        raise InvalidInput(" ".join(wrong), "origins")
    return found


def checked_origin(address: str) -> str:
    """Return an origin as browsers send it: scheme, host in small letters, an unusual port.

    A name with umlauts is written as browsers write it, by IDNA. InvalidInput otherwise.
    """
    if "*" in address:
        raise InvalidInput(
            f"“{address.strip()[:80]}” stands for many sites: list each of them on a line.",
            "origins",
        )
    found = _found(address)
    if not found:
        raise _not_an_origin(address)
    return found


def of_page(url: str) -> str:
    """Return the origin of a page as browsers send it; "" where its address has none."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    return _found(f"{parts.scheme}://{parts.netloc}")


def _found(address: str) -> str:
    """Return an origin as browsers send it, and nothing but one; "" for anything else."""
    try:
        parts = urlsplit(address.strip().lower())
        port = parts.port
        if not parts.netloc.isascii() and "@" not in parts.netloc:
            parts = parts._replace(netloc=_in_ascii(parts.hostname or "", port))
    except ValueError:
        return ""
    usual_port = USUAL_PORTS.get(parts.scheme)
    is_bare = parts.path in {"", "/"} and not (parts.query or parts.fragment)
    is_host = _HOST.fullmatch(parts.netloc.removesuffix(f":{port}"))
    if not (usual_port and is_bare and is_host) or len(parts.netloc) > HOST_LENGTH:
        return ""
    host = f"{parts.scheme}://{is_host[0]}"
    return host if port in {None, usual_port} else f"{host}:{port}"


def _in_ascii(host: str, port: int | None) -> str:
    """Return a host, with its port, as it is looked up. Raises ValueError for what is no name."""
    ascii_host = idna.encode(host, uts46=True).decode()
    return ascii_host if port is None else f"{ascii_host}:{port}"


USUAL_PORTS = {"http": 80, "https": 443}
# A name or an IPv4 address, or an IPv6 address in brackets; urlsplit has looked into the brackets.
_HOST = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\]")


def _not_an_origin(address: str) -> InvalidInput:
    text = address.strip()
    example = of_page(text) or of_page(f"https://{text}") or "https://shop.example"
    return InvalidInput(
        f"“{text[:80]}” is not an origin: give scheme and host, as {example}.", "origins"
    )
