"""Backups: one file that holds the whole database at one moment, and says what it is.

A copy is made while others write, and put back in one transaction: whatever interrupts that, the
database is as it was before or as it was at the moment of the backup.
"""

from pathlib import Path
from types import ModuleType

from app.backups import archive, postgresql, sqlite
from app.backups.errors import BackupFault
from app.backups.manifest import Contents, Manifest
from app.database import schema
from app.database.engine import db
from app.database.rows import audit
from app.database.rows.audit import Deed
from app.database.transactions import writing
from app.models import Actor, AuditEntry, AuditKind, Base, Door, now

_KINDS: dict[str, ModuleType] = {"sqlite": sqlite, "postgresql": postgresql}


def database_kind() -> str:
    """Return the kind of the application's database, as a backup names it."""
    return db.engine.dialect.name


def database_name() -> str:
    """Return the name of the application's database, as somebody types it who replaces it."""
    return Path(db.engine.url.database or "").name


def back_up(file: Path) -> Manifest:
    """Write the database as it is now to a new file, and return what the file says of itself.

    Raises BackupFault.
    """
    kind, begun_at = database_kind(), now()

    def make_copy(copy: Path) -> Manifest:
        contents = _KINDS[kind].copy_to(copy)
        # One that could not be put back would be found out too late.
        if contents.schema_version in schema.known():
            _check_tables(contents)
        return Manifest(database=kind, at=begun_at, **contents._asdict())

    return archive.write(file, make_copy)


def examine(file: Path) -> Manifest:
    """Return what a backup says of itself. Raises BackupFault for one that cannot be used here."""
    manifest = archive.read(file)
    kind = database_kind()
    if manifest.database != kind:
        raise BackupFault(
            f"This is a backup of {manifest.database}, and DATABASE_URL names {kind}."
        )
    if manifest.schema_version not in schema.known():
        raise BackupFault(
            f"This backup is of schema {manifest.schema_version}, which this version does not"
            f" know: it knows up to {schema.known()[-1]}. Install the version that made it."
        )
    _check_tables(manifest)
    return manifest


def _check_tables(held: Manifest | Contents) -> None:
    """Raise BackupFault where there are other tables than Switchyard's, or some are lacking.

    Names become a part of statements: what stands in a file is not believed.
    """
    ours = {*Base.metadata.tables, "alembic_version"}
    others = held.rows.keys() - ours
    lacks_some = held.schema_version == schema.known()[-1] and held.rows.keys() != ours
    if others or lacks_some:
        raise BackupFault("These are not Switchyard's tables: others are among them, or some lack.")


def is_database_empty() -> bool:
    """Return whether there is no table. Raises BackupFault where there are only others' tables."""
    tables = set(_KINDS[database_kind()].tables())
    if tables and not tables >= {"alembic_version", "project", "experiment"}:
        raise BackupFault("This database holds tables of something else: it is left alone.")
    return not tables


def restore(file: Path) -> Manifest:
    """Put a backup in the place of all that the database holds.

    What is put back is checked before it takes effect, and every session ends. Raises BackupFault,
    and then the database is as it was, unless it says otherwise.
    """
    manifest = examine(file)
    with archive.extracted(file) as copy:
        _KINDS[manifest.database].put_back(copy, manifest)
    _tell(manifest)
    return manifest


def _tell(manifest: Manifest) -> None:
    """Enter in the audit trail that a backup was put back, where its tables have one already."""
    if AuditEntry.__tablename__ in manifest.rows:
        with writing() as session:
            moment = manifest.at.isoformat(timespec="seconds")
            restored = Deed(AuditKind.DATABASE_RESTORED, f"the backup of {moment}")
            audit.enter(session, Actor(Door.COMMAND_LINE), restored)
