"""A client that holds every answer of an operation against the OpenAPI document."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import getitem
from typing import Any
from urllib.parse import quote

import jsonschema_rs
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.test import TestResponse

from app.api.openapi import descriptions
from app.api.openapi.headers import HEADERS
from tests import openapi_copy

CRASH = 500
DOCUMENT = "urn:openapi"

Place = tuple[str, ...]
"""The names that lead to a place in the document."""


class DocumentedClient(FlaskClient):
    """A test client that fails where an answer is not as the document says."""

    def open(self, *arguments: Any, **settings: Any) -> TestResponse:  # noqa: ANN401 - as Flask's
        """Send a request, and hold its answer against the document."""
        answer = super().open(*arguments, **settings)
        if "document" not in _made:
            # The copy is quicker to be had, and a test holds it against the document.
            _made["document"] = Document.of(self.application, openapi_copy.read())
        check(_made["document"], self.application, answer)
        return answer


def check(document: "Document", app: Flask, answer: TestResponse) -> None:
    """Fail unless the answer to an operation is as the document says; a crash is in none."""
    method, path = answer.request.method, answer.request.path
    try:
        rule, _ = app.url_map.bind("localhost").match(path, method, return_rule=True)
    except (HTTPException, RequestRedirect):
        return
    address = document.addresses.get((method, rule.rule))
    if address is None or answer.status_code == CRASH:
        return
    named = f"{method} {address}: {answer.status_code}"
    promise = document.promise(method, address, answer.status_code)
    assert promise is not None, f"{named} is not in the document; make openapi writes it anew."
    fault = promise.fault_of(answer)
    assert fault is None, f"{named} is not as the document says: {fault}"


@dataclass(frozen=True)
class Promise:
    """What the document says of an answer; one without a validator has no body."""

    validator: jsonschema_rs.Validator | None
    headers: frozenset[str]

    def fault_of(self, answer: TestResponse) -> str | None:
        """Return what of an answer is not so, None where all is."""
        known = {name for name in HEADERS if name in answer.headers}
        if not known <= self.headers:
            return f"the headers {', '.join(known - self.headers)}"
        if self.validator is None:
            return "a body" if answer.data else None
        error = next(self.validator.iter_errors(answer.json), None)
        return f"{error.instance_path}: {error.message}" if error else None


@dataclass(frozen=True)
class Document:
    """The document, and by method and rule what addresses it has; the same in every application."""

    whole: Mapping[str, Any]
    addresses: Mapping[tuple[str, str], str]
    _promises: dict[tuple[str, str, int], Promise | None] = field(default_factory=dict)

    @classmethod
    def of(cls, app: Flask, whole: Mapping[str, Any]) -> "Document":
        """The document of an application."""
        described = descriptions.of_app(app)
        return cls(whole, {(each.method, each.rule): each.address for each in described})

    def promise(self, method: str, address: str, status: int) -> Promise | None:
        """Return what is said of an answer with this status, None where nothing is."""
        key = method, address, status
        if key not in self._promises:
            responses = ("paths", address, method.lower(), "responses")
            is_said = str(status) in self._found(responses)
            self._promises[key] = self._promised((*responses, str(status))) if is_said else None
        return self._promises[key]

    def _promised(self, place: Place) -> Promise:
        found = self._found(place)
        if "$ref" in found:
            return self._promised(tuple(found["$ref"].split("/")[1:]))
        schema = (*place, "content", "application/json", "schema")
        has_body = "application/json" in found.get("content", {})
        return Promise(
            self._validator(schema) if has_body else None, frozenset(found.get("headers", ()))
        )

    def _found(self, place: Place) -> Mapping[str, Any]:
        """Return what is at a place in the document."""
        return reduce(getitem, place, self.whole)

    def _validator(self, place: Place) -> jsonschema_rs.Validator:
        steps = (quote(each.replace("~", "~0").replace("/", "~1"), safe="~") for each in place)
        schema = {"$ref": f"{DOCUMENT}#/{'/'.join(steps)}"}
        return jsonschema_rs.validator_for(schema, validate_formats=True, registry=self._known)

    @cached_property
    def _known(self) -> jsonschema_rs.Registry:
        """The document, read once for all validators: each is a place in it."""
        return jsonschema_rs.Registry([(DOCUMENT, dict(self.whole))])


_made: dict[str, Document] = {}
