"""The document: every operation of the application, as OpenAPI 3.1."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from app.api.answers import Conditional
from app.api.bodies import Body, OptionalBody
from app.api.openapi import errors, headers, links, schemas, texts
from app.api.openapi.descriptions import Description, name_of
from app.api.openapi.schemas import JsonSchema, Part
from app.web import header_names

Place = tuple[str, str]
"""The id of an operation, and the part of it: query, body, answer, error, or what a path names."""


def made_of(descriptions: Sequence[Description]) -> Part:
    """Return the document that describes these operations."""
    shapes = _Shapes.of(descriptions)
    paths: dict[str, Part] = defaultdict(dict)
    for each in descriptions:
        paths[each.address][each.method.lower()] = _operation(each, shapes, descriptions)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Switchyard", "version": "1", "description": texts.INTRODUCTION},
        "servers": [{"url": "/"}],
        "tags": [{"name": name} for name in dict.fromkeys(each.subject for each in descriptions)],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(shapes.named.items())),
            "parameters": headers.PARAMETERS,
            "headers": headers.HEADERS,
            "responses": errors.shared((each, shapes.part(each, "error")) for each in descriptions),
            "securitySchemes": headers.SECURITY,
        },
    }


@dataclass(frozen=True)
class _Shapes:
    """The schemas of all operations by operation and part, and those that have names."""

    by_part: Mapping[Place, JsonSchema]
    named: Mapping[str, JsonSchema]

    @classmethod
    def of(cls, descriptions: Sequence[Description]) -> "_Shapes":
        queries = {(each.id, "query"): each.query for each in descriptions if each.query}
        bodies = {(each.id, "body"): each.sent for each in descriptions if each.sent}
        answers = {(each.id, "answer"): each.members for each in descriptions}
        errors = {(each.id, "error"): each.contract.error for each in descriptions}
        paths = {
            (each.id, name): annotation
            for each in descriptions
            for name, annotation in each.path.items()
        }
        names = _names_of_bodies(descriptions) | _names_of_queries(descriptions)
        by_part, named = schemas.made_of(queries | bodies, answers | errors | paths, names)
        # A query is no object in the document: its parameters stand by themselves.
        of_queries = {part: schemas.name_in(by_part[part]) for part in queries}
        spread = {part: named[name] for part, name in of_queries.items()}
        for name in {*of_queries.values()}:
            del named[name]
        return cls(by_part | spread, named)

    def part(self, each: Description, part: str) -> JsonSchema:
        """Return the schema of a part of an operation."""
        return self.by_part[each.id, part]


def _names_of_bodies(descriptions: Sequence[Description]) -> dict[Place, str]:
    """Return the name of each body that is sent to one operation alone: create_goal, CreateGoal."""
    times = Counter(each.sent for each in descriptions)
    return {
        (each.id, "body"): _title(each)
        for each in descriptions
        if each.sent and times[each.sent] == 1
    }


def _names_of_queries(descriptions: Sequence[Description]) -> dict[Place, str]:
    """Return names that are no other's for what is in the document by its parameters alone."""
    return {(each.id, "query"): f"{_title(each)}Query" for each in descriptions if each.query}


def _title(each: Description) -> str:
    return each.id.title().replace("_", "")


def _operation(each: Description, shapes: _Shapes, others: Sequence[Description]) -> Part:
    body = {"requestBody": _body(each, shapes)} if each.sent else {}
    details = {"description": each.details} if each.details else {}
    return {
        "operationId": each.id,
        "tags": [each.subject],
        "summary": each.summary,
        **details,
        "security": [{name: []} if name else {} for name in each.schemes],
        "parameters": [*_parameters(each, shapes)],
        **body,
        "responses": _responses(
            each, shapes.part(each, "answer"), shapes.part(each, "error"), links.of(each, others)
        ),
    }


def _parameters(each: Description, shapes: _Shapes) -> Iterator[Part]:
    for name in each.path:
        description, schema = texts.PATH[name]
        yield {
            "name": name_of(name),
            "in": "path",
            "required": True,
            "description": description,
            "schema": shapes.part(each, name) | schema,
        }
    query = shapes.by_part.get((each.id, "query"), {})
    for name, schema in query.get("properties", {}).items():
        said = schemas.of_parameter(schema)
        required = {"required": True} if name in query.get("required", ()) else {}
        described = {"name": name, "in": "query", "description": said.pop("description")}
        yield {**described, **required, "schema": said}
    yield from (headers.parameter(name) for name in _header_names(each))


def _header_names(each: Description) -> Iterator[str]:
    yield from each.contract.headers
    if each.is_change:
        yield header_names.IDEMPOTENCY_KEY
    if each.body and issubclass(each.body, Body):
        yield from each.body.header_names
    if each.is_conditional:
        yield header_names.IF_MATCH
    if each.may_need_nothing:
        yield header_names.IF_NONE_MATCH
    if issubclass(each.answer, Conditional):
        yield headers.IF_NONE_MATCH_OF_READ


def _body(each: Description, shapes: _Shapes) -> Part:
    is_optional = each.sent is not None and issubclass(each.sent, OptionalBody)
    schema = shapes.part(each, "body")
    sent = {"anyOf": [schema, {"type": "null"}]} if is_optional else schema
    return {"required": not is_optional, "content": schemas.as_json(sent)}


def _responses(each: Description, answer: JsonSchema, error: JsonSchema, leads_to: Part) -> Part:
    repeated = (header_names.IDEMPOTENCY_REPLAYED,) if each.is_change else ()
    names = (*each.answer.header_names, *repeated, *each.contract.answer_headers)
    said, content = headers.beside(names), {"content": schemas.as_json(answer)}
    successes = {
        str(status.value): {"description": status.phrase, **said, **leads_to}
        | ({} if status is HTTPStatus.NOT_MODIFIED else content)
        for status in each.answer.statuses
    }
    return successes | errors.of(each, error, answer)
