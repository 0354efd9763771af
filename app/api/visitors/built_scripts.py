"""The scripts that sites load into their pages, as they are sent: without comments and spaces.

Each has its checksum in its name. Those that there ever were are kept in static/scripts/, so that
a page that names one gets the same bytes whatever version of Switchyard answers.
"""

import gzip
import hashlib
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import rjsmin

ROOT = Path(__file__).parents[3]
EVALUATION = ROOT / "clients" / "evaluation" / "evaluation.mjs"
SCRIPT = ROOT / "static" / "switchyard.js"
PREVIEW = ROOT / "static" / "switchyard-preview.js"
KEPT = ROOT / "static" / "scripts"
FOLDER_ADDRESS = "/scripts/"
_EXPORT = "export {"
_SHOWN_DIGITS = 16


@dataclass(frozen=True)
class Script:
    """A script, by the name of its file without checksum and end."""

    kind: str
    plain: bytes

    @cached_property
    def digest(self) -> bytes:
        """Return its SHA-256."""
        return hashlib.sha256(self.plain).digest()

    @property
    def name(self) -> str:
        """Return the name of its file, which is of this content alone."""
        return f"{self.kind}-{self.digest.hex()[:_SHOWN_DIGITS]}.js"

    @property
    def path(self) -> str:
        """Return the path of its address, where it is for good."""
        return f"{FOLDER_ADDRESS}{self.name}"

    @property
    def integrity(self) -> str:
        """Return its checksum as browsers compare it, in `integrity` and in a security policy."""
        return f"sha256-{b64encode(self.digest).decode()}"

    @cached_property
    def compressed(self) -> bytes:
        """Return it compressed by gzip."""
        return gzip.compress(self.plain, 9, mtime=0)


@cache
def newest() -> Script:
    """Return the script of this version, which knows which script shows a preview."""
    preview = newest_of_preview()
    known = f'const PREVIEW = ["{preview.path}", "{preview.integrity}"];'
    # In braces, its names are nobody else's.
    return _built("switchyard", f"{{{known}\n{evaluation()}\n{SCRIPT.read_text()}}}")


def evaluation() -> str:
    """Return the evaluation as a script, which exports nothing."""
    return EVALUATION.read_text().partition(_EXPORT)[0]


@cache
def newest_of_preview() -> Script:
    """Return the script of this version that shows a preview."""
    return _built("switchyard-preview", PREVIEW.read_text())


@cache
def all_of_them() -> Mapping[str, Script]:
    """Return the scripts of this version and of all before it, by their names."""
    before = [Script(path.stem.rpartition("-")[0], path.read_bytes()) for path in KEPT.glob("*.js")]
    return {each.name: each for each in (*before, newest(), newest_of_preview())}


def _built(kind: str, written: str) -> Script:
    return Script(kind, str(rjsmin.jsmin(written)).encode())
