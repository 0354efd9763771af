"""The file of a backup: a ZIP archive of a manifest and a copy of the database.

It appears under its name when it is complete, and nobody but its owner may read it.
"""

import os
import shutil
import tempfile
import zlib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from pydantic import ValidationError

from app.backups.errors import BackupFault
from app.backups.manifest import Manifest

MANIFEST = "switchyard-backup.json"
COPY = "database"
# A database shrinks to a third of itself by this, and hardly further by more work.
LEVEL = 1
ONLY_OWNER = 0o600


def write(file: Path, make_copy: Callable[[Path], Manifest]) -> Manifest:
    """Write the copy that `make_copy` puts at a path, with its manifest, to a new file.

    Raises BackupFault where there is such a file, or no folder for it.
    """
    if file.exists():
        raise BackupFault(f"There is a file {file} already.")
    if not file.parent.is_dir():
        raise BackupFault(f"There is no folder {file.parent}.")
    with _faults_told(file), _folder_beside(file) as folder:
        manifest = make_copy(folder / COPY)
        packed = folder / "packed"
        _pack(packed, folder / COPY, manifest)
        packed.replace(file)
    _keep_names(file.parent)
    return manifest


def read(file: Path) -> Manifest:
    """Return the manifest of a backup; BackupFault for a file that is none."""
    with _readable(file), ZipFile(file) as packed:
        return Manifest.model_validate_json(packed.read(MANIFEST))


@contextmanager
def extracted(file: Path) -> Generator[Path]:
    """Give the path of a backup's copy, unpacked and of the checksum that it was packed with.

    It lies beside the backup: /tmp may be in memory. Raises BackupFault.
    """
    with _folder_beside(file) as folder:
        copy = folder / COPY
        with (
            _readable(file),
            ZipFile(file) as packed,
            packed.open(COPY) as source,
            copy.open("wb") as target,
        ):
            shutil.copyfileobj(source, target)
        yield copy


def _pack(packed: Path, copy: Path, manifest: Manifest) -> None:
    descriptor = os.open(packed, os.O_CREAT | os.O_EXCL | os.O_WRONLY, ONLY_OWNER)
    with os.fdopen(descriptor, "wb") as output:
        with ZipFile(output, "w", ZIP_DEFLATED, compresslevel=LEVEL) as archive:
            archive.writestr(MANIFEST, manifest.model_dump_json(indent=2))
            archive.write(copy, COPY)
        output.flush()
        os.fsync(output.fileno())


@contextmanager
def _folder_beside(file: Path) -> Generator[Path]:
    """Give a folder that nobody else may look into, on the same file system as `file`."""
    try:
        folder = tempfile.TemporaryDirectory(prefix=".switchyard-backup-", dir=file.parent)
    except OSError as error:
        said = f"Nothing can be written beside {file}: {error.strerror}."
        raise BackupFault(said) from None
    with folder as name:
        yield Path(name)


def _keep_names(folder: Path) -> None:
    """Have the disk keep which files there are in a folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _faults_told(file: Path) -> Generator[None]:
    """Word what the operating system refuses, as for want of room."""
    try:
        yield
    except OSError as error:
        raise BackupFault(f"{file} cannot be written: {error.strerror}.") from None


@contextmanager
def _readable(file: Path) -> Generator[None]:
    try:
        yield
    except (FileNotFoundError, IsADirectoryError):
        raise BackupFault(f"There is no file {file}.") from None
    except (BadZipFile, KeyError, ValidationError, RuntimeError):
        # The last is for what is encrypted, or packed in a way that is unknown here.
        raise BackupFault(f"{file} is no backup of Switchyard.") from None
    except (EOFError, zlib.error):
        raise BackupFault(f"{file} is damaged.") from None
    except OSError as error:
        raise BackupFault(f"{file} cannot be unpacked: {error.strerror}.") from None
