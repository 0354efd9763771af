"""The evaluations in clients/evaluation, by the vectors that any language can use."""

import json
import shutil
import subprocess

import mmh3
import pytest

from tests.clients.conftest import HOW_TO_GET_NODE
from tests.conftest import missing
from tests.evaluation import FOLDER, VECTORS, in_python

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
    document, visitors = VECTORS["evaluations"]["document"], VECTORS["evaluations"]["visitors"]
    assert {
        "audiences": [in_python.is_in(v["audience"], v["context"]) for v in VECTORS["audiences"]],
        "evaluations": [in_python.evaluate(document, v["unit"], v["context"]) for v in visitors],
    } == EXPECTED
    assert [in_python.place(text) for text in TEXTS] == PLACES


@pytest.mark.programs
def test_in_javascript_every_vector_comes_out() -> None:
    if not shutil.which("node"):
        missing(HOW_TO_GET_NODE)
    command = ["node", "--input-type=module", "--eval", IN_NODE, json.dumps(TEXTS)]
    told = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=True).stdout
    assert json.loads(told) == {**EXPECTED, "places": PLACES}
