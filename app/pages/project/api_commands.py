"""Commands for curl that ask the API for an operation, with what a project has."""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from app.models import now
from app.web.header_names import VISITORS_KEY

KEY = "SWITCHYARD_KEY"
SERVER_KEY = "SWITCHYARD_SERVER_KEY"

Part = Mapping[str, Any]

_DEEPEST = 3
_MADE_UP = "0"
# What is sent as a member whose shape has no example of it.
_VALUES: Mapping[str, object] = {
    "email": "somebody@example.com",
    "events": [{"type": "conversion", "goal": "purchase", "unit": "visitor-1", "value": 24.5}],
    "context": {"targetingKey": "visitor-1"},
    "name": "New headline",
    "note": "Looked at on Monday.",
    "origins": ["https://shop.example"],
    "role": "viewer",
    "status": "stopped",
    "test_name": "New headline",
    "url": "https://shop.example/",
}
# What can be done only with an experiment that is not live.
_OF_ONE_NOT_LIVE = ("/swap", "/queue")


@dataclass(frozen=True)
class Reader:
    """What the commands name: the server's address, and what the reader's project has.

    The experiment is one that is live, where there is one; `other` is not live.
    """

    address: str
    project: str
    experiment: str
    other: str
    test_id: int
    goal: str
    goal_id: int
    email: str
    client_key: str


@dataclass(frozen=True)
class Asked:
    """What a command asks for; `may_be_tried` where it can be told what would come of it."""

    method: str
    address: str
    security: Sequence[Part]
    body: object
    may_be_tried: bool = False


def written(asked: Asked, reader: Reader) -> str:
    """Return the command. A change is only tried, so that it does no harm to paste it."""
    query = "?dry_run=true" if asked.may_be_tried else ""
    address = shlex.quote(f"{reader.address}{_filled(asked.address, reader)}{query}")
    lines = [f"curl -X {asked.method} {address}"]
    if asked.security[0]:
        is_of_visitors = {VISITORS_KEY: []} in asked.security
        lines.append(f'-H "Authorization: Bearer ${SERVER_KEY if is_of_visitors else KEY}"')
    if asked.body is not None:
        lines.append('-H "Content-Type: application/json"')
        sent = json.dumps(_of_reader(asked.body, reader), ensure_ascii=False)
        lines.append(f"-d {shlex.quote(sent)}")
    return " \\\n  ".join(lines)


def body(document: Part, schema: Part) -> object:
    """Return an example of a body: what is required in it, and what its shape has an example of."""
    members = schema.get("properties", {})
    required = schema.get("required", ())
    shown = [*required, *(name for name in members if name not in required)]
    sent = {
        name: _sent(document, name, members[name])
        for name in shown
        if name in required or "examples" in members[name]
    }
    return sent or None


def _sent(document: Part, name: str, schema: Part) -> object:
    if "examples" in schema:
        return schema["examples"][0]
    return _VALUES.get(name, _example(document, schema))


def _filled(address: str, reader: Reader) -> str:
    values = {
        "id": reader.other if address.endswith(_OF_ONE_NOT_LIVE) else reader.experiment,
        "key": reader.experiment,
        "test_id": str(reader.test_id),
        "project_key": reader.project,
        "goal_key": reader.goal,
        "goal_profile_id": str(reader.goal_id),
        **dict.fromkeys(
            ("key_id", "webhook_id", "delivery_id", "exclusion_id", "audience_key"), _MADE_UP
        ),
        "member_email": reader.email,
        "client_key": reader.client_key,
        "action": "pause",
    }
    for name, value in values.items():
        address = address.replace(f"{{{name}}}", quote(value, safe="@"))
    return address


def _of_reader(sent: object, reader: Reader) -> object:
    if not isinstance(sent, dict):
        return sent
    tomorrow = f"{now() + timedelta(days=1):%Y-%m-%d}T10:30:00Z"
    named: dict[str, object] = {
        "ids": [reader.experiment],
        "pause": reader.experiment,
        "stop_at": tomorrow,
    }
    return {name: named.get(name, value) for name, value in sent.items()}


def _example(document: Part, schema: Part, depth: int = 0) -> object:
    """Return something of this schema."""
    if "$ref" in schema:
        named = schema["$ref"].rpartition("/")[2]
        return _example(document, document["components"]["schemas"][named], depth)
    if "anyOf" in schema:
        return _example(document, schema["anyOf"][0], depth)
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    if schema.get("type") == "array" and depth < _DEEPEST:
        return [_example(document, schema.get("items", {}), depth + 1)]
    examples: Mapping[str, object] = {"integer": 1, "number": 1, "boolean": True, "object": {}}
    return examples.get(schema.get("type", ""), "text")
