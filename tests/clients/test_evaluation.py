"""The evaluations in clients/evaluation, by the vectors that any language can use."""

import importlib.util
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import mmh3
import pytest

from tests.clients.conftest import HOW_TO_GET_NODE
from tests.conftest import missing

FOLDER = Path(__file__).parents[2] / "clients" / "evaluation"
VECTORS: dict[str, Any] = json.loads((FOLDER / "vectors.json").read_text())
EXPECTED = {
    "audiences": [vector["is_in"] for vector in VECTORS["audiences"]],
    "evaluations": [visitor["flags"] for visitor in VECTORS["evaluations"]["visitors"]],
}
IN_NODE = """
import { readFileSync } from "node:fs";
import { evaluate, isIn, place } from "./evaluation.mjs";
const { audiences, evaluations } = JSON.parse(readFileSync("vectors.json"));
const { document, visitors } = evaluations;
console.log(JSON.stringify({
  audiences: audiences.map(({ audience, context }) => isIn(audience, context)),
  evaluations: visitors.map(({ unit, context }) => evaluate(document, unit, context)),
  places: JSON.parse(process.argv[1]).map(place),
}));
"""
TEXTS = ["", "a", "ab", "abc", "abcd", "abcde", "größe 😀", "x" * 257]
PLACES = [mmh3.hash(text, signed=False) % 10_000 for text in TEXTS]


def test_in_python_every_vector_comes_out() -> None:
    found = importlib.util.spec_from_file_location("evaluation", FOLDER / "evaluation.py")
    assert found
    assert found.loader
    evaluation = importlib.util.module_from_spec(found)
    found.loader.exec_module(evaluation)
    document, visitors = VECTORS["evaluations"]["document"], VECTORS["evaluations"]["visitors"]
    assert {
        "audiences": [evaluation.is_in(v["audience"], v["context"]) for v in VECTORS["audiences"]],
        "evaluations": [evaluation.evaluate(document, v["unit"], v["context"]) for v in visitors],
    } == EXPECTED
    assert [evaluation.place(text) for text in TEXTS] == PLACES


@pytest.mark.programs
def test_in_javascript_every_vector_comes_out() -> None:
    if not shutil.which("node"):
        missing(HOW_TO_GET_NODE)
    command = ["node", "--input-type=module", "--eval", IN_NODE, json.dumps(TEXTS)]
    told = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=True).stdout
    assert json.loads(told) == {**EXPECTED, "places": PLACES}
