"""The copy of the OpenAPI document that is kept in docs/, and how it is written anew."""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from app import create_app
from app.api.openapi import served
from tests import breaking_changes
from tests.settings import SECRET_KEY

COPY = Path(__file__).parent.parent / "docs" / "openapi.json"
ACCEPTED = "--breaking"


def read() -> dict[str, Any]:
    """The copy."""
    return json.loads(COPY.read_text(encoding="utf-8"))


def written(document: dict[str, Any]) -> str:
    """A document as it is kept."""
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def write_anew(*, may_break: bool) -> None:
    """Write the copy anew; without `may_break` not where a client of it would break."""
    document = _made()
    broken = breaking_changes.between(read(), document) if COPY.exists() else []
    if broken and not may_break:
        raise SystemExit("\n".join([*broken, "If that is meant, make openapi BREAKING=yes"]))
    COPY.write_text(written(document), encoding="utf-8")


def _made() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{folder}/none.db"
        app = create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": database}, Path(folder))
        return served.of_app(app)


if __name__ == "__main__":
    write_anew(may_break=ACCEPTED in sys.argv)
