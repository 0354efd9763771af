"""Operations of the API: what each takes, and the one way in which all are carried out.

The caller comes first, then their role, and of a key its scope, and then whether what was sent can
be understood: its query, and its body. Before that is found fault with, a request for nothing that
there is says so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, wraps
from inspect import signature
from typing import Any, Protocol, TypedDict, Unpack, cast

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import BaseModel
from werkzeug.exceptions import HTTPException

from app.accounts.caller import Admin, Caller
from app.api import bodies, conditions, dry_runs, idempotency, queries, unheeded
from app.api.answers import Answer
from app.api.idempotency import Key
from app.api.openapi import descriptions
from app.api.openapi.descriptions import ContractDescription, Description, Fault
from app.core.errors import InvalidInput
from app.core.version_tokens import Condition
from app.lifecycle import Precondition
from app.models import Role, Scope

View = Callable[..., Answer[Any]]

DRY_RUN = "dry_run"
_GIVEN = frozenset({"caller", "query", "body", "expected", "condition"})
TO_PAUSE = (Scope.READ, Scope.PAUSE)
"""The scopes of what has to be read to pause something: an emergency key needs `pause` alone."""
CHANGING_STATUS = (Scope.START, Scope.PAUSE, Scope.WRITE)
"""The scopes of what changes a status: the rules say which of them it takes."""


class Told(TypedDict, total=False):
    """What the document says of an operation beside what it is carried out by.

    `faults` are what it may be refused for beside what any may be; `gives` and `security` are those
    of a `Description`.
    """

    faults: tuple[Fault, ...]
    gives: tuple[str, str]
    security: tuple[str, ...]


class Contract(Protocol):
    """What a contract adds to its operations; `path` has the values of the request's path."""

    @property
    def description(self) -> ContractDescription:
        """Return what its operations have in common, for whoever reads of them."""
        ...

    @property
    def query(self) -> type[BaseModel]:
        """Return the shape of a query where an operation that reads takes none."""
        ...

    @property
    def change_query(self) -> type[BaseModel]:
        """Return the shape of the query of a change."""
        ...

    @property
    def body(self) -> type[BaseModel]:
        """Return the shape of a body where an operation takes none."""
        ...

    def caller(self, path: dict[str, str]) -> Caller | Admin:
        """Return who calls. Raises Unauthenticated, Forbidden, NotFound, TooManyRequests,
        BadRequest where nothing names the project, and Flask-WTF's CSRFError.
        """
        ...

    def idempotency_key(self, body: BaseModel, /) -> Key | None:
        """Return what tells a change from one that is sent again; None where nothing does."""
        ...

    def named(self, caller: Any, path: dict[str, str], /) -> dict[str, str]:  # noqa: ANN401
        """Return the values of `path` as views know them. Raises NotFound."""
        ...

    def require_found(self, caller: Any, path: dict[str, str]) -> None:  # noqa: ANN401
        """Raise NotFound unless the project has what the path names."""
        ...


@dataclass(frozen=True)
class Right:
    """Who may do something: whoever has the role; a limited key with one of the scopes, too.

    A contract that lets in admins alone asks for neither.
    """

    role: Role
    scopes: tuple[Scope, ...]

    def require(self, caller: Caller | Admin) -> None:
        """Raise Forbidden for anybody else."""
        if isinstance(caller, Caller):
            caller.require(self.role)
            caller.require_scope(*self.scopes)


@dataclass(frozen=True)
class Operation:
    """One operation: who may do it, and the shapes of its query and its body."""

    view: View
    right: Right
    query: type[BaseModel]
    body: type[BaseModel] | None
    takes: frozenset[str]
    asked_to_try_by: tuple[str, ...]
    """Which of the two, "query" and "body", have a member `dry_run`."""

    @classmethod
    def of(
        cls, view: View, right: Right, contract: Contract, method: str, rule: str
    ) -> "Operation":
        """Return the operation that a view is: its annotations say what it takes.

        Raises TypeError for what neither the request nor the rule has, and where they do not say
        what it answers: nobody could describe it then.
        """
        takes = {name: each.annotation for name, each in signature(view).parameters.items()}
        is_change = method != "GET"
        unknown = takes.keys() - _GIVEN - set(descriptions.PLACE.findall(rule))
        if unknown:
            raise TypeError(f"Nothing gives {view.__name__} its {', '.join(unknown)}.")
        if not descriptions.says_what_it_answers(view):
            raise TypeError(f"{view.__name__} does not say what it answers.")
        query = takes.get("query", contract.change_query if is_change else contract.query)
        body = takes.get("body", contract.body) if is_change else None
        shapes = {"query": query, "body": body}
        tried = [name for name, shape in shapes.items() if shape and DRY_RUN in shape.model_fields]
        return cls(view, right, query, body, frozenset(takes), tuple(tried))

    def carry_out(self, contract: Contract, path: dict[str, str]) -> ResponseReturnValue:
        """Return the answer to the present request."""
        caller = contract.caller(path)
        self.right.require(caller)
        path = contract.named(caller, path)
        try:
            query = queries.read(self.query)
            body = bodies.read(self.body) if self.body else None
            condition = self._condition(body)
        except (InvalidInput, HTTPException):
            contract.require_found(caller, path)
            raise
        unheeded.note(query, body)
        given: dict[str, Any] = {"caller": caller, "query": query, "body": body}
        given |= {"expected": condition, "condition": condition, **path}
        work = partial(self._answer, {name: given[name] for name in self.takes})
        if body is None:
            return work()
        key = contract.idempotency_key(body)
        if any(getattr(given[name], DRY_RUN) for name in self.asked_to_try_by):
            idempotency.check(key)
            return dry_runs.answer(caller, work)
        return work() if key is None else idempotency.once(caller, key, work)

    def _answer(self, given: dict[str, Any]) -> ResponseReturnValue:
        return self.view(**given).response()

    def _condition(self, body: BaseModel | None) -> Precondition | Condition | None:
        """Return what a change depends on. Raises Malformed where it can depend on nothing."""
        if "expected" in self.takes:
            return conditions.expected()
        if "condition" in self.takes:
            return conditions.of_request()
        if body is not None:
            conditions.require_none()
        return None


class Operations:
    """The operations of a blueprint, by the rules of a contract; `subject` is what they are about.

    Each says which scope of a key it takes, one of several where there are; a change that names
    none takes a key that is not limited. What else is told of it is for the document.
    """

    def __init__(self, blueprint: Blueprint, contract: Contract, subject: str) -> None:
        self._blueprint = blueprint
        self._contract = contract
        self._subject = subject

    def get(
        self, rule: str, *scopes: Scope, role: Role = Role.VIEWER, **told: Unpack[Told]
    ) -> Callable[[View], View]:
        """Return what makes a view the operation that reads what is at an address."""
        return self._at(rule, "GET", Right(role, scopes or (Scope.READ,)), told)

    def post(
        self, rule: str, *scopes: Scope, role: Role = Role.MARKETER, **told: Unpack[Told]
    ) -> Callable[[View], View]:
        """Return what makes a view a POST of whoever has this role."""
        return self._at(rule, "POST", Right(role, scopes), told)

    def put(
        self, rule: str, *scopes: Scope, role: Role = Role.MARKETER, **told: Unpack[Told]
    ) -> Callable[[View], View]:
        """Return what makes a view a PUT of whoever has this role."""
        return self._at(rule, "PUT", Right(role, scopes), told)

    def patch(
        self, rule: str, *scopes: Scope, role: Role = Role.MARKETER, **told: Unpack[Told]
    ) -> Callable[[View], View]:
        """Return what makes a view a PATCH of whoever has this role."""
        return self._at(rule, "PATCH", Right(role, scopes), told)

    def delete(
        self, rule: str, *scopes: Scope, role: Role = Role.MARKETER, **told: Unpack[Told]
    ) -> Callable[[View], View]:
        """Return what makes a view a DELETE of whoever has this role."""
        return self._at(rule, "DELETE", Right(role, scopes), told)

    def _at(self, rule: str, method: str, right: Right, told: Told) -> Callable[[View], View]:
        def registered(view: View) -> View:
            operation = Operation.of(view, right, self._contract, method, rule)

            @wraps(view)
            def respond(**path: str) -> ResponseReturnValue:
                return operation.carry_out(self._contract, path)

            self._blueprint.add_url_rule(rule, view_func=respond, methods=[method])
            self._describe(operation, rule, method, told)
            return cast("View", respond)

        return registered

    def _describe(self, operation: Operation, rule: str, method: str, told: Told) -> None:
        description = Description(
            self._contract.description,
            self._subject,
            method,
            rule,
            operation.view,
            operation.query,
            operation.body,
            **told,
        )
        descriptions.describe(self._blueprint, description)
