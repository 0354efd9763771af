"""The evaluation for other programs, clients/evaluation, and the vectors that it is tried with."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

FOLDER = Path(__file__).parents[1] / "clients" / "evaluation"
VECTORS: dict[str, Any] = json.loads((FOLDER / "vectors.json").read_text())


def _loaded() -> ModuleType:
    """The one in Python, which is no package: whoever needs it copies the file."""
    found = importlib.util.spec_from_file_location("evaluation", FOLDER / "evaluation.py")
    assert found
    assert found.loader
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


in_python = _loaded()
