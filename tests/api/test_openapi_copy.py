"""The copy of the document in docs/ is the document, and no client of it breaks."""

import json
from copy import deepcopy
from typing import Any

import pytest
from flask import Flask

from app.api.openapi import served
from tests import breaking_changes, openapi_copy

SHELF: dict[str, Any] = {
    "type": "object",
    "properties": {
        "kind": {"type": "string", "enum": ["oak", "ash"]},
        "size": {"type": "integer"},
        "books": {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}]},
    },
    "required": ["kind", "size"],
}
SENT = ("components", "schemas", "Shelf")
ANSWERED = ("components", "schemas", "Built")
POST = ("paths", "/shelves", "post")
DOCUMENT: dict[str, Any] = {
    "paths": {
        "/shelves": {
            "post": {
                "parameters": [{"name": "dry_run", "in": "query", "schema": {"type": "boolean"}}],
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Shelf"}}
                    }
                },
                "responses": {
                    "201": {
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Built"}}
                        }
                    },
                    "409": {},
                },
            }
        }
    },
    "components": {"schemas": {"Shelf": SHELF, "Built": deepcopy(SHELF)}},
}
GONE = object()


def changed(*path: str | int, to: object) -> dict[str, Any]:
    """The document with something else at a path, or nothing."""
    document = deepcopy(DOCUMENT)
    part: Any = document
    for name in path[:-1]:
        part = part[name]
    if to is GONE:
        del part[path[-1]]
    else:
        part[path[-1]] = to
    return document


def test_the_copy_in_the_docs_is_the_document(app: Flask) -> None:
    made = openapi_copy.written(served.of_app(app))
    assert made == openapi_copy.COPY.read_text(encoding="utf-8"), "make openapi writes it anew."


def test_no_client_of_the_copy_breaks(app: Flask) -> None:
    document = json.loads(json.dumps(served.of_app(app)))
    assert breaking_changes.between(openapi_copy.read(), document) == []


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (changed("paths", "/shelves", to=GONE), "POST /shelves is gone."),
        (changed(*POST, "parameters", to=[]), "POST /shelves takes no dry_run any more."),
        (
            changed(*POST, "parameters", 0, "required", to=True),
            "POST /shelves asks for dry_run.",
        ),
        (changed(*POST, "requestBody", "required", to=True), "POST /shelves asks for a body."),
        (
            changed(*POST, "responses", "201", to=GONE),
            "POST /shelves does not answer 201 any more.",
        ),
        (changed(*SENT, "properties", "size", to=GONE), "Shelf has no size any more."),
        (
            changed(*SENT, "properties", "kind", "enum", to=["oak"]),
            "Shelf, kind takes no ash any more.",
        ),
        (
            changed(*SENT, "properties", "size", "type", to="string"),
            "Shelf, size is string, no more integer.",
        ),
        (
            changed(*SENT, "properties", "books", to=SHELF["properties"]["books"]["anyOf"][0]),
            "Shelf, books is array, no more array or null.",
        ),
        (
            changed(*SENT, "properties", "books", "anyOf", 0, "items", "type", to="integer"),
            "Shelf, books, item is integer, no more string.",
        ),
        (changed(*SENT, "required", to=["kind", "size", "books"]), "Shelf: books is required."),
        (changed(*ANSWERED, "properties", "books", to=GONE), "Built has no books any more."),
        (
            changed(*ANSWERED, "properties", "size", to={"type": ["integer", "null"]}),
            "Built, size is integer or null, no more integer.",
        ),
        (changed(*ANSWERED, "required", to=["kind"]), "Built: size is not always there."),
    ],
)
def test_a_change_that_breaks_a_client_is_told(after: dict[str, Any], told: str) -> None:
    assert breaking_changes.between(DOCUMENT, after) == [told]


@pytest.mark.parametrize(
    "after",
    [
        DOCUMENT,
        changed("paths", "/books", to={}),
        changed(*POST, "responses", "409", to=GONE),
        changed(*SENT, "properties", "colour", to={"type": "string"}),
        changed(*SENT, "properties", "kind", "enum", to=["oak", "ash", "elm"]),
        changed(*SENT, "required", to=[]),
        changed(*ANSWERED, "properties", "colour", to={"type": "string"}),
        changed(*ANSWERED, "properties", "kind", "enum", to=["oak"]),
        changed(*ANSWERED, "required", to=["kind", "size", "books"]),
    ],
)
def test_a_change_that_breaks_nobody_is_not_told(after: dict[str, Any]) -> None:
    assert breaking_changes.between(DOCUMENT, after) == []
