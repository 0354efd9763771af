"""JSON schemas of the shapes that operations parse and answer."""

import ast
import inspect
import json
import re
import textwrap
from collections import Counter
from collections.abc import Hashable, Mapping
from functools import cache
from itertools import pairwise
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema
from typing_extensions import get_original_bases, is_typeddict

Key = TypeVar("Key", bound=Hashable)
JsonSchema = dict[str, Any]
Part = dict[str, Any]
"""A part of the document, as its specification names what is in it."""

PLACE = "#/components/schemas/"
_MEMBERS = ConfigDict(extra="forbid", use_attribute_docstrings=True)
_SHOWN = "Shown"


class _Plain(GenerateJsonSchema):
    """Schemas whose members are titled by their names alone."""

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002
        """Return that none is."""
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Return a schema with its default, but for those that stand for what is not sent."""
        described = super().default_schema(schema)
        if described.get("default", "") in ("", None):
            described.pop("default", None)
        return described

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """Return a schema whose members say what stands below them in the source.

        It is read here alone: a process that makes no document begins in a tenth less of CPU.
        """
        described = super().model_schema(schema)
        for base in filter(_is_shape, schema["cls"].__mro__):
            for name, description in _docstrings(base).items():
                described["properties"][name].setdefault("description", description)
        return described

    def typed_dict_schema(self, schema: core_schema.TypedDictSchema) -> JsonSchemaValue:
        """Return a schema whose members say what they say where they come from."""
        described = super().typed_dict_schema(schema)
        for base in filter(is_typeddict, get_original_bases(schema.get("cls", object))):
            for name, description in _descriptions(base).items():
                described["properties"][name].setdefault("description", description)
        return described


def made_of(
    parsed: Mapping[Key, type[BaseModel]], answered: Mapping[Key, Any], names: Mapping[Key, str]
) -> tuple[dict[Key, JsonSchema], dict[str, JsonSchema]]:
    """Return the schemas of shapes by their keys, and those that they refer to by their names.

    `names` are those of some of the parsed; any other is named as its class, without Shown. Raises
    ValueError where two have the same.
    """
    by_key, rest = TypeAdapter.json_schemas(
        [
            *((key, "validation", TypeAdapter(shape)) for key, shape in parsed.items()),
            *((key, "serialization", _listed(shape)) for key, shape in answered.items()),
        ],
        ref_template=PLACE + "{model}",
        schema_generator=_Plain,
    )
    made = {key: schema for (key, _), schema in by_key.items()}
    named = rest.get("$defs", {})
    renaming = {name: name.removesuffix(_SHOWN) for name in named}
    renaming |= {name_in(made[key]): name for key, name in names.items()}
    _require_different(renaming)
    shapes = {key: _renamed(schema, renaming) for key, schema in made.items()}
    shapes |= {key: shapes[key]["items"] for key in answered}
    return shapes, {
        renaming[name]: _renamed(each, renaming) | {"title": renaming[name]}
        for name, each in named.items()
    }


def _is_shape(base: type) -> bool:
    return issubclass(base, BaseModel) and base is not BaseModel


@cache
def _docstrings(shape: type[BaseModel]) -> dict[str, str]:
    """Return what a class says of the members that it adds."""
    (its,) = ast.parse(textwrap.dedent(inspect.getsource(shape))).body
    found: dict[str, str] = {}
    for member, below in pairwise(its.body if isinstance(its, ast.ClassDef) else []):
        match member, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(said))),
            ):
                found[name] = inspect.cleandoc(said)
    return found


@cache
def _descriptions(shape: type) -> dict[str, str]:
    """Return what the members of a shape say of themselves."""
    made = TypeAdapter(list[shape], config=_MEMBERS).json_schema(schema_generator=_Plain)  # pyright: ignore[reportInvalidTypeForm]
    members = made["$defs"][made["items"]["$ref"].rpartition("/")[2]]["properties"]
    return {name: each["description"] for name, each in members.items() if "description" in each}


def as_json(schema: JsonSchema) -> Part:
    """Return the content of what is sent as JSON of this schema."""
    return {"application/json": {"schema": schema}}


def name_in(reference: JsonSchema) -> str:
    """Return the name of what is referred to."""
    return reference["$ref"].removeprefix(PLACE)


def of_parameter(schema: JsonSchema) -> JsonSchema:
    """Return the schema of what is left out rather than null."""
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    (kind,) = (each for each in schema.get("anyOf", ({},)) if each != {"type": "null"})
    return kind | rest


@cache  # Operations share most shapes, and to read one takes long.
def _listed(shape: Hashable) -> TypeAdapter[Any]:
    """Return the shape in a list: from there it takes settings, which by itself it would not."""
    return TypeAdapter(list[shape], config=_MEMBERS)  # pyright: ignore[reportInvalidTypeForm]


def _require_different(renaming: Mapping[str, str]) -> None:
    """Raise ValueError for classes that would have one name, and for what no class is called."""
    taken = Counter(renaming.values())
    wrong = [was for was, name in renaming.items() if taken[name] > 1 or "__" in name]
    if wrong:
        raise ValueError(f"Schemas have no names of their own: {', '.join(wrong)}.")


def _renamed(schema: JsonSchema, renaming: Mapping[str, str]) -> JsonSchema:
    place = re.compile(rf'"{PLACE}(\w+)"')
    text = place.sub(lambda found: f'"{PLACE}{renaming[found[1]]}"', json.dumps(schema))
    return json.loads(text)
