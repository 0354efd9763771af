"""JSON schemas of the shapes that operations parse and answer."""

import json
import re
from collections.abc import Hashable, Mapping
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

Key = TypeVar("Key", bound=Hashable)
JsonSchema = dict[str, Any]
Part = dict[str, Any]
"""A part of the document, as its specification names what is in it."""

PLACE = "#/components/schemas/"
_MEMBERS = ConfigDict(extra="forbid", use_attribute_docstrings=True)
_OF_EVERY_NAME = frozenset({"app", "api"})


class _Plain(GenerateJsonSchema):
    """Schemas whose members are titled by their names alone."""

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002
        """Return that none is."""
        return False


def made_of(
    parsed: Mapping[Key, type[BaseModel]], answered: Mapping[Key, Any]
) -> tuple[dict[Key, JsonSchema], dict[str, JsonSchema]]:
    """Return the schemas of shapes by their keys, and those that they refer to by their names."""
    by_key, rest = TypeAdapter.json_schemas(
        [
            *((key, "validation", TypeAdapter(shape)) for key, shape in parsed.items()),
            *((key, "serialization", _listed(shape)) for key, shape in answered.items()),
        ],
        ref_template=PLACE + "{model}",
        schema_generator=_Plain,
    )
    shapes = {key: _renamed(schema) for (key, _), schema in by_key.items()}
    shapes |= {key: shapes[key]["items"] for key in answered}
    return shapes, {
        _name(name): _titled(name, each) for name, each in rest.get("$defs", {}).items()
    }


def as_json(schema: JsonSchema) -> Part:
    """Return the content of what is sent as JSON of this schema."""
    return {"application/json": {"schema": schema}}


def name_in(reference: JsonSchema) -> str:
    """Return the name of what is referred to."""
    return reference["$ref"].removeprefix(PLACE)


def without_null(schema: JsonSchema) -> JsonSchema:
    """Return the schema of what is left out rather than null."""
    kinds = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    if len(kinds) != 1:
        return schema
    rest = {name: value for name, value in schema.items() if name not in {"anyOf", "default"}}
    return kinds[0] | rest


@cache  # Operations share most shapes, and to read one takes long.
def _listed(shape: Hashable) -> TypeAdapter[Any]:
    """Return the shape in a list: from there it takes settings, which by itself it would not."""
    return TypeAdapter(list[shape], config=_MEMBERS)  # pyright: ignore[reportInvalidTypeForm]


def _titled(name: str, schema: JsonSchema) -> JsonSchema:
    """Return a schema that has its name as title: generators take that for the name of a class."""
    return _renamed(schema) | {"title": _name(name)}


def _renamed(schema: JsonSchema) -> JsonSchema:
    text = json.dumps(schema)
    place = re.compile(rf'"{PLACE}(\w+)"')
    return json.loads(place.sub(lambda found: f'"{PLACE}{_name(found[1])}"', text))


def _name(name: str) -> str:
    """Return a name without its modules: app__launch__check__Code is LaunchCheckCode."""
    parts = [part for part in name.split("__") if part not in _OF_EVERY_NAME]
    words = [word for part in parts for word in part.split("_")] if len(parts) > 1 else parts
    return "".join(word[:1].upper() + word[1:] for word in words)
