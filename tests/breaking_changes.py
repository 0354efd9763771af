"""What of one OpenAPI document a client of an earlier one would break on.

Seen are: what is gone (addresses, operations, parameters, members, successes, values that may be
sent), what is asked for anew, types that are narrower when sent or wider when answered, and members
that are not always answered any more. Not seen are limits and patterns, headers, what is in errors,
values that are answered for the first time, and in which of several shapes something changes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Part = dict[str, Any]


@dataclass(frozen=True)
class Shape:
    """A schema as far as it is compared: one of several shapes has the members of all."""

    types: frozenset[str]
    values: frozenset[str]
    members: Part
    required: frozenset[str]
    items: Part | None

    @classmethod
    def of(cls, schema: Part, document: Part) -> "Shape":
        schema = _followed(schema, document)
        named = schema.get("type", ())
        values = schema.get("enum", [schema["const"]] if "const" in schema else ())
        whole = cls(
            frozenset([named] if isinstance(named, str) else named),
            frozenset(map(str, values)),
            schema.get("properties", {}),
            frozenset(schema.get("required", ())),
            schema.get("items"),
        )
        all_of = [cls.of(each, document) for each in schema.get("allOf", ())]
        any_of = [cls.of(each, document) for each in schema.get("anyOf", ())]
        always = [each.required for each in any_of if each.members]
        required = frozenset[str].intersection(*always) if always else frozenset[str]()
        parts = [whole, *all_of, *any_of]
        return cls(
            frozenset[str]().union(*(each.types for each in parts)),
            frozenset[str]().union(*(each.values for each in parts)),
            {name: member for each in parts for name, member in each.members.items()},
            required.union(*(each.required for each in (whole, *all_of))),
            next((each.items for each in parts if each.items is not None), None),
        )


def between(before: Part, after: Part) -> list[str]:
    """Each breaking change, in words."""
    return list(dict.fromkeys(_Comparison(before, after).changes()))


@dataclass(frozen=True)
class _Comparison:
    before: Part
    after: Part
    _seen: set[str] = field(default_factory=set)

    def changes(self) -> Iterator[str]:
        for address, operations in self.before["paths"].items():
            for method, was in operations.items():
                now = self.after["paths"].get(address, {}).get(method)
                named = f"{method.upper()} {address}"
                yield from self._of_operation(named, was, now) if now else [f"{named} is gone."]

    def _of_operation(self, named: str, was: Part, now: Part) -> Iterator[str]:
        yield from self._of_parameters(named, was, now)
        old, new = was.get("requestBody", {}), now.get("requestBody", {})
        if new.get("required") and not old.get("required"):
            yield f"{named} asks for a body."
        yield from self._of_schema(f"{named}, body", _schema(old), _schema(new), is_sent=True)
        for status, answer in was["responses"].items():
            if not status.startswith("2"):
                continue
            if status not in now["responses"]:
                yield f"{named} does not answer {status} any more."
                continue
            old, new = _schema(answer), _schema(now["responses"][status])
            yield from self._of_schema(f"{named}, {status}", old, new, is_sent=False)

    def _of_parameters(self, named: str, was: Part, now: Part) -> Iterator[str]:
        old, new = _parameters(was, self.before), _parameters(now, self.after)
        yield from (f"{named} takes no {name} any more." for name in old.keys() - new.keys())
        for name, parameter in new.items():
            if parameter.get("required") and not old.get(name, {}).get("required"):
                yield f"{named} asks for {name}."
            if name in old:
                schemas = old[name]["schema"], parameter["schema"]
                yield from self._of_schema(f"{named}, {name}", *schemas, is_sent=True)

    def _of_schema(self, named: str, was: Part, now: Part, *, is_sent: bool) -> Iterator[str]:
        named = was["$ref"].rpartition("/")[2] if "$ref" in was else named
        if (key := f"{named} {is_sent} {now}") in self._seen:
            return
        self._seen.add(key)
        old, new = Shape.of(was, self.before), Shape.of(now, self.after)
        few, many = (old, new) if is_sent else (new, old)
        if many.types and not few.types <= many.types:
            yield f"{named} is {_listed(new.types)}, no more {_listed(old.types)}."
        if is_sent and new.values and not old.values <= new.values:
            yield f"{named} takes no {_listed(old.values - new.values)} any more."
        yield from (f"{named} has no {name} any more." for name in old.members.keys() - new.members)
        kept = old.members.keys() & new.members
        asked = new.required - old.required if is_sent else (old.required - new.required) & kept
        yield from (f"{named}: {name} {_REQUIRED[is_sent]}." for name in asked)
        inside = [(f"{named}, {name}", old.members[name], new.members[name]) for name in kept]
        inside += [(f"{named}, item", old.items, new.items)] if old.items and new.items else []
        for name, *schemas in inside:
            yield from self._of_schema(name, *schemas, is_sent=is_sent)


_REQUIRED = {True: "is required", False: "is not always there"}


def _followed(part: Part, document: Part) -> Part:
    if "$ref" not in part:
        return part
    for name in part["$ref"].removeprefix("#/").split("/"):
        document = document[name]
    return document


def _parameters(operation: Part, document: Part) -> Part:
    found = (_followed(each, document) for each in operation["parameters"])
    return {each["name"]: each for each in found}


def _schema(content: Part) -> Part:
    return content.get("content", {}).get("application/json", {}).get("schema", {})


def _listed(names: frozenset[str]) -> str:
    return " or ".join(sorted(names)) or "anything"
