"""What an operation says of itself, for the document: all of it is what it is carried out by."""

import re
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, replace
from functools import partial
from inspect import cleandoc, signature
from typing import Any, get_args, get_origin

from flask import Blueprint, Flask
from flask.blueprints import BlueprintSetupState
from pydantic import BaseModel
from typing_extensions import get_original_bases
from werkzeug.exceptions import (
    BadRequest,
    HTTPException,
    RequestEntityTooLarge,
    UnsupportedMediaType,
)

from app.api.answers import Answer
from app.core.errors import (
    ChangedMeanwhile,
    Conflict,
    DomainError,
    Forbidden,
    IdTaken,
    InvalidInput,
    Malformed,
    NotFound,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)
from app.lifecycle import RefusalCode

EXTENSION = "switchyard_operations"

Fault = type[DomainError] | type[HTTPException] | RefusalCode
"""Something that an operation may be refused for."""

ANYWHERE = (
    BadRequest,
    Unauthenticated,
    Forbidden,
    InvalidInput,
    TooManyRequests,
    Unavailable,
)
_OF_A_BODY = (Malformed, RequestEntityTooLarge, UnsupportedMediaType)
_OF_A_CHANGE = (Conflict, IdTaken)
_NAMES = {"public_id": "id"}
PLACE = re.compile(r"<(?:[^<>:]+:)?(\w+)>")
"""What a rule leaves open, as Flask writes it."""


@dataclass(frozen=True)
class ContractDescription:
    """What the operations of a contract have in common.

    `prefix` begins the ids of its operations, `security` are the schemes of its keys, "" for none,
    `headers` the parameters that all of them take in headers, and `answer_headers` what all of them
    may answer with. `error` is the shape of its errors, and `worded` gives the status of one, and
    its code, which `code_member` has, if any has. `is_repeatable` where changes may be sent with an
    Idempotency-Key.
    """

    prefix: str
    security: tuple[str, ...]
    error: type
    worded: Callable[[Fault], tuple[int, str]]
    headers: tuple[str, ...] = ()
    answer_headers: tuple[str, ...] = ()
    code_member: str = "code"
    is_repeatable: bool = True
    usual_faults: tuple[Fault, ...] = (*ANYWHERE, NotFound)


@dataclass(frozen=True)
class Description:
    """One operation: what it takes, what it answers, and what it may be refused for.

    `gives` is what of addresses its answer names, and the member that does: of what it has made.
    `security` is other than that of its contract where it says any.
    """

    contract: ContractDescription
    subject: str
    method: str
    rule: str
    view: Callable[..., object]
    query: type[BaseModel] | None
    body: type[BaseModel] | None
    faults: tuple[Fault, ...] = ()
    gives: tuple[str, str] | None = None
    security: tuple[str, ...] = ()

    @property
    def schemes(self) -> tuple[str, ...]:
        """Return the schemes of what it asks for, "" for none."""
        return self.security or self.contract.security

    @property
    def is_change(self) -> bool:
        """Return whether it may be sent with what makes it be done once."""
        return self.method != "GET" and self.contract.is_repeatable

    @property
    def is_conditional(self) -> bool:
        """Return whether it is a change of one thing, which If-Match makes conditional."""
        return "expected" in self._takes or self.may_need_nothing

    @property
    def may_need_nothing(self) -> bool:
        """Return whether it may be sent with If-None-Match, too: for what is not there yet."""
        return "condition" in self._takes

    @property
    def _takes(self) -> Set[str]:
        return signature(self.view).parameters.keys()

    @property
    def sent(self) -> type[BaseModel] | None:
        """Return the shape of its body, None where there is nothing to send in one."""
        return self.body if self.body and self.body.model_fields else None

    @property
    def address(self) -> str:
        """Return its address, with {id} for what names an experiment."""
        return PLACE.sub(lambda found: f"{{{name_of(found[1])}}}", self.rule)

    @property
    def id(self) -> str:
        """Return its name."""
        return self.contract.prefix + self.view.__name__

    @property
    def summary(self) -> str:
        """Return what it does, in one line."""
        return self._said.partition("\n\n")[0].replace("\n", " ").removesuffix(".")

    @property
    def details(self) -> str:
        """Return what else there is to say of it."""
        return self._said.partition("\n\n")[2]

    @property
    def path(self) -> Mapping[str, Any]:
        """Return what its address names, and the type of each."""
        taken = signature(self.view).parameters
        names = PLACE.findall(self.rule)
        return {name: taken[name].annotation if name in taken else str for name in names}

    @property
    def answer(self) -> type[Answer[Any]]:
        """Return the kind of its answer, with its statuses and headers."""
        return get_origin(self._answered) or self._answered

    @property
    def members(self) -> Any:  # noqa: ANN401 - a type as it is annotated
        """Return the shape of its answer."""
        generic = self._answered if get_args(self._answered) else get_original_bases(self.answer)[0]
        return get_args(generic)[0]

    @property
    def usual_faults(self) -> tuple[Fault, ...]:
        """Return what it may be refused for as any other."""
        of_change = _OF_A_CHANGE if self.is_change else ()
        if "expected" in self._takes:
            of_change = (*of_change, RefusalCode.CHANGED_MEANWHILE)
        of_body = _OF_A_BODY if self.body else ()
        return (*self.contract.usual_faults, *of_body, *of_change)

    @property
    def all_faults(self) -> tuple[Fault, ...]:
        """Return everything that it may be refused for."""
        of_condition = (ChangedMeanwhile,) if self.may_need_nothing else ()
        return (*self.usual_faults, *of_condition, *self.faults)

    @property
    def _said(self) -> str:
        return cleandoc(self.view.__doc__ or "")

    @property
    def _answered(self) -> Any:  # noqa: ANN401 - a type as it is annotated
        return signature(self.view).return_annotation


def says_what_it_answers(view: Callable[..., object]) -> bool:
    """Return whether a view can be described."""
    answered = signature(view).return_annotation
    kind = get_origin(answered) or answered
    return isinstance(kind, type) and issubclass(kind, Answer)


def name_of(parameter: str) -> str:
    """Return the name in the document of what a rule names."""
    return _NAMES.get(parameter, parameter)


def describe(blueprint: Blueprint, description: Description) -> None:
    """Have the document of whatever application the blueprint is registered in describe this."""
    blueprint.record(partial(_keep, description))


def of_app(app: Flask) -> list[Description]:
    """Return the operations of an application."""
    return app.extensions[EXTENSION]


def _keep(description: Description, state: BlueprintSetupState) -> None:
    whole = replace(description, rule=f"{state.url_prefix or ''}{description.rule}")
    state.app.extensions.setdefault(EXTENSION, []).append(whole)
