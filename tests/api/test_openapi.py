"""The OpenAPI document says what operations take and answer."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV31SpecValidator

from app.api.openapi import served


@pytest.fixture
def document(app: Flask) -> dict[str, Any]:
    return served.of_app(app)


def test_the_document_is_given_to_everybody(client: FlaskClient, document: dict[str, Any]) -> None:
    answer = client.get("/api/openapi.json")
    assert (answer.status_code, answer.json) == (200, document)


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    assert [*OpenAPIV31SpecValidator(document).iter_errors()] == []
