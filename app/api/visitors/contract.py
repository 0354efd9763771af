"""What operations for visitors have in common: how one is added, and described in the document."""

from collections.abc import Callable
from functools import wraps
from typing import cast

from flask import Blueprint, Response
from pydantic import BaseModel

from app.api import plain_errors
from app.api.openapi import descriptions
from app.api.openapi.descriptions import ANYWHERE, ContractDescription, Description, Fault
from app.api.operations import View
from app.web.header_names import STALE


class Operations:
    """Operations of a blueprint for visitors; `contract` is what they have in common."""

    def __init__(self, blueprint: Blueprint, contract: ContractDescription) -> None:
        self._blueprint = blueprint
        self._contract = contract

    def get(
        self, rule: str, query: type[BaseModel] | None = None, faults: tuple[Fault, ...] = ()
    ) -> Callable[[View], View]:
        """Return what makes a view, which reads a query of this shape, the GET of an address."""
        return self._registering("GET", rule, query=query, faults=faults)

    def post(
        self, rule: str, body: type[BaseModel], faults: tuple[Fault, ...] = ()
    ) -> Callable[[View], View]:
        """Return what makes a view, which reads a body of this shape, the POST of an address."""
        return self._registering("POST", rule, body=body, faults=faults)

    def _registering(
        self,
        method: str,
        rule: str,
        *,
        query: type[BaseModel] | None = None,
        body: type[BaseModel] | None = None,
        faults: tuple[Fault, ...],
    ) -> Callable[[View], View]:
        def registered(view: View) -> View:
            @wraps(view)
            def respond(**path: str) -> Response:
                return view(**path).response()

            self._blueprint.add_url_rule(rule, view_func=respond, methods=[method])
            description = Description(
                self._contract, "Visitors", method, rule, view, query, body, faults
            )
            descriptions.describe(self._blueprint, description)
            return cast("View", respond)

        return registered


def operations(blueprint: Blueprint, *security: str) -> Operations:
    """Return what adds operations whose errors are a sentence, with these schemes of keys."""
    return Operations(
        blueprint,
        ContractDescription(
            prefix="",
            security=security,
            error=plain_errors.ShortError,
            worded=lambda fault: (plain_errors.status_of(fault), ""),
            answer_headers=(STALE,),
            is_repeatable=False,
            usual_faults=ANYWHERE,
        ),
    )
