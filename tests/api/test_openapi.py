"""The OpenAPI document says what operations take and answer, and answers are held against it."""

import re
from typing import Any

import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from openapi_spec_validator import OpenAPIV31SpecValidator
from typing_extensions import TypedDict

from app.api.admin.contract import NamesContract
from app.api.answers import Answer
from app.api.openapi import descriptions, schemas, served
from app.api.openapi.descriptions import Description
from tests import documented
from tests.api.asking import with_key
from tests.documented import Document
from tests.world import World

ERROR = {"error": "Not found", "code": "NOT_FOUND", "detail": "There is none."}


class Shelf(TypedDict):
    """What is tried here."""

    size: int


def show_shelf() -> Answer[Shelf]:
    """Return the shelf."""
    return Answer({"size": 1})


def tried(answer: ResponseReturnValue) -> Flask:
    """An application with one operation, which answers whatever is to be tried."""
    app, blueprint = Flask("tried"), Blueprint("tried", "tried")
    contract = NamesContract.description
    description = Description(contract, "Shelves", "GET", "/shelf", show_shelf, None, None, ())
    descriptions.describe(blueprint, description)
    blueprint.add_url_rule("/shelf", view_func=lambda: answer)
    app.register_blueprint(blueprint)
    return app


@pytest.fixture
def document(app: Flask) -> dict[str, Any]:
    return served.of_app(app)


def operation(document: dict[str, Any], identity: str) -> dict[str, Any]:
    """An operation of the document."""
    every = (each for methods in document["paths"].values() for each in methods.values())
    return next(each for each in every if each["operationId"] == identity)


def headers_of(document: dict[str, Any], identity: str) -> set[str]:
    """The headers that the success of an operation may have."""
    answers = operation(document, identity)["responses"]
    return {
        name
        for status, answer in answers.items()
        if status < "3"
        for name in answer.get("headers", ())
    }


def test_the_document_is_given_to_everybody(client: FlaskClient, document: dict[str, Any]) -> None:
    answer = client.get("/api/openapi.json")
    assert (answer.status_code, answer.json) == (200, document)


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    assert [*OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_an_address_allows_the_methods_that_the_document_names(
    app: Flask, document: dict[str, Any]
) -> None:
    """Also where a word, `current` say, stands in the place of another address's name."""
    addresses = app.url_map.bind("localhost")
    allowed = {
        path: {*addresses.allowed_methods(re.sub(r"{\w+}", "1", path))} - {"HEAD", "OPTIONS"}
        for path in document["paths"]
    }
    documented = {
        path: {method.upper() for method in methods} for path, methods in document["paths"].items()
    }
    assert allowed == documented


def test_every_route_of_the_json_doors_is_in_the_document(app: Flask) -> None:
    described = {(each.method, each.rule) for each in descriptions.of_app(app)}
    routes = {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(("/api/", "/v2/", "/ofrep/", "/collect"))
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert routes - described == {("GET", "/api/openapi.json")}


def test_each_schema_has_a_title_of_its_own_for_generators(document: dict[str, Any]) -> None:
    titles = {
        name: schema["title"]
        for name, schema in document["components"]["schemas"].items()
        if "title" in schema
    }
    assert titles
    assert titles == {name: name for name in titles}


def test_a_schema_is_named_by_its_shape_or_by_the_operation_that_it_is_sent_to(
    document: dict[str, Any],
) -> None:
    named = document["components"]["schemas"].keys()
    assert {"Experiment", "ExperimentPage", "CreateExperiment", "V2CreateExperiment"} <= named


def test_two_shapes_of_one_name_are_a_mistake() -> None:
    other = TypedDict("other", {"size": int})  # noqa: UP013 - a class could not be called as another
    other.__name__ = other.__qualname__ = "Shelf"
    with pytest.raises(ValueError, match="Shelf"):
        schemas.made_of({}, {"one": Shelf, "other": other}, {})


def test_every_member_says_what_it_is(document: dict[str, Any]) -> None:
    named = document["components"]["schemas"]
    silent = [
        f"{name}.{member}"
        for name, shape in named.items()
        for member, schema in shape.get("properties", {}).items()
        if "description" not in schema
        and "description" not in named.get(schema.get("$ref", "").rpartition("/")[2], {})
    ]
    assert silent == []


def test_headers_are_promised_where_they_are_sent(document: dict[str, Any]) -> None:
    assert "History-Entry" in headers_of(document, "set_status")
    assert "History-Entry" not in headers_of(document, "move_in_queue")
    assert "History-Entry" not in headers_of(document, "hold_queue")
    assert "ETag" in headers_of(document, "move_in_queue")
    assert "ETag" not in headers_of(document, "add_note")


def test_what_was_made_is_linked_with_what_can_be_asked_of_it(
    world: World, document: dict[str, Any]
) -> None:
    ask = with_key(world, world.project())
    made = ask("POST", "/api/admin/goals", {"key": "sign-up"}).json
    link = operation(document, "create_goal")["responses"]["201"]["links"]["show_goal"]
    assert link["parameters"] == {"goal_key": "$response.body#/key"}
    assert made
    assert ask("GET", f"/api/admin/goals/{made['key']}", None).status_code == 200


@pytest.mark.parametrize("answer", [{"size": 1}, (ERROR, 404)])
def test_an_answer_that_the_document_knows_is_let_through(answer: ResponseReturnValue) -> None:
    app = tried(answer)
    documented.check(
        Document.of(app, served.of_app(app)), app, given := app.test_client().get("/shelf")
    )
    assert given.is_json


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (({"size": 1}, 202), "GET /shelf: 202 is not in the document"),
        (({"size": "1"}, 200), "size"),
        (({}, 200), "size"),
        (({"size": 1, "colour": "red"}, 200), "colour"),
        (({**ERROR, "code": "GONE"}, 404), "GONE"),
        (({"size": 1}, 200, {"Retry-After": "5"}), "Retry-After"),
    ],
)
def test_an_answer_that_the_document_does_not_know_is_found(
    answer: ResponseReturnValue, fault: str
) -> None:
    app = tried(answer)
    given = app.test_client().get("/shelf")
    with pytest.raises(AssertionError, match=fault):
        documented.check(Document.of(app, served.of_app(app)), app, given)
