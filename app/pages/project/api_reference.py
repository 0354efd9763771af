"""The operations of the OpenAPI document as the API page shows them: grouped, in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.api.openapi import headers
from app.pages.project import api_commands
from app.pages.project.api_commands import Reader
from app.pages.project.snippets import Snippet

Part = Mapping[str, Any]

FOR_PEOPLE: list[dict[str, list[str]]] = [{headers.SESSION: []}]
"""What an operation asks for that no key opens."""


@dataclass(frozen=True)
class Member:
    """One thing that an operation takes: `place` is path, query, header or body."""

    name: str
    place: str
    kind: str
    is_required: bool
    description: str


@dataclass(frozen=True)
class Answer:
    """What an operation may answer: by `words` its members, or the codes of its errors."""

    status: str
    description: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Operation:
    """An operation, and the command that asks for it."""

    identity: str
    method: str
    address: str
    summary: str
    details: str
    takes: tuple[Member, ...]
    answers: tuple[Answer, ...]
    command: Snippet


def by_subject(document: Part, reader: Reader) -> dict[str, list[Operation]]:
    """Return the operations of a document that a program may ask for, by what they are about."""
    found: dict[str, list[Operation]] = {tag["name"]: [] for tag in document["tags"]}
    for address, methods in document["paths"].items():
        for method, operation in methods.items():
            if operation["security"] != FOR_PEOPLE:
                shown = _operation(document, method.upper(), address, operation, reader)
                found[operation["tags"][0]].append(shown)
    return found


def followed(document: Part, part: Part) -> Part:
    """Return the part of a document that a part refers to, or that part itself."""
    if "$ref" not in part:
        return part
    found: Part = document
    for name in part["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return found


def body_of(document: Part, operation: Part) -> Part:
    """Return the schema of an operation's body, an empty one where it takes none."""
    schema = _content(operation.get("requestBody", {}))
    # One that may be left out may be null instead.
    return followed(document, schema.get("anyOf", [schema])[0])


def _operation(
    document: Part, method: str, address: str, operation: Part, reader: Reader
) -> Operation:
    parameters = [followed(document, each) for each in operation["parameters"]]
    names = {each["name"] for each in parameters if each["in"] == "query"}
    body = api_commands.body(document, body_of(document, operation))
    asked = api_commands.Asked(method, address, operation["security"], body, "dry_run" in names)
    command = api_commands.written(asked, reader)
    return Operation(
        operation["operationId"],
        method,
        address,
        operation["summary"],
        operation.get("description", ""),
        _required_first(*_parameters(document, parameters), *_members(document, operation)),
        tuple(_answers(document, operation)),
        Snippet(f"{operation['operationId']}-command", f"{method} {address}", command),
    )


def _required_first(*members: Member) -> tuple[Member, ...]:
    return tuple(sorted(members, key=lambda member: not member.is_required))


def _parameters(document: Part, parameters: list[Part]) -> Iterator[Member]:
    for each in parameters:
        schema, required = each["schema"], each.get("required", False)
        description = each.get("description") or schema.get("description", "")
        yield Member(each["name"], each["in"], _kind(document, schema), required, description)


def _members(document: Part, operation: Part) -> Iterator[Member]:
    body = body_of(document, operation)
    for name, schema in body.get("properties", {}).items():
        required = name in body.get("required", ())
        description = schema.get("description", "")
        yield Member(name, "body", _kind(document, schema), required, description)


def _answers(document: Part, operation: Part) -> Iterator[Answer]:
    for status, answer in operation["responses"].items():
        whole = followed(document, answer)
        schema = _content(whole)
        codes = schema.get("properties", {}).get("code", {}).get("enum", ())
        members = followed(document, schema).get("properties", ()) if status < "3" else codes
        yield Answer(status, whole["description"], tuple(members))


def _content(part: Part) -> Part:
    return part.get("content", {}).get("application/json", {}).get("schema", {})


def _kind(document: Part, schema: Part) -> str:
    """Return the type of something in words: its values where they are few."""
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(document, each) for each in schema["anyOf"]))
    if "$ref" in schema:
        return _kind(document, followed(document, schema))
    if "enum" in schema or "const" in schema:
        return ", ".join(str(each) for each in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {_kind(document, schema.get('items', {}))}"
    return schema.get("format") or schema.get("type", "any JSON")
