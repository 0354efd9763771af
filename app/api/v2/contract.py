"""The contract that asks for a status by integer: who calls, and what tells a retry."""

from flask import Blueprint
from pydantic import BaseModel

from app.accounts import access, key_rights
from app.accounts.caller import Caller
from app.api import credentials, idempotency
from app.api.idempotency import Key
from app.api.openapi.descriptions import ContractDescription
from app.api.operations import Operations
from app.api.v2 import errors
from app.api.v2.shapes import OnceBody, OpenChangeQuery, OpenNoBody, OpenQuery
from app.api.v2.statuses import HIDDEN
from app.core.errors import Unauthenticated
from app.experiments import goals, lookup
from app.web.header_names import INTEGERS_KEYS, OWN_IDEMPOTENCY_KEY


class IntegersContract:
    """The contract that asks for a status by integer, as operations are carried out by it."""

    description = ContractDescription(
        prefix="v2_",
        security=("bearer", *INTEGERS_KEYS),
        error=errors.PlainError,
        worded=errors.worded,
    )
    query = OpenQuery
    change_query = OpenChangeQuery
    body = OpenNoBody

    def caller(self, path: dict[str, str]) -> Caller:
        """Return who calls, in the project of `path`.

        Raises Unauthenticated, also for another project's key, NotFound and TooManyRequests.
        """
        project_key = path["project_key"]
        token = credentials.presented_token(*INTEGERS_KEYS)
        if not token:
            return access.by_membership(credentials.signed_in_user_id(), project_key)
        caller = credentials.by_token(token)
        if caller.project_key != project_key:
            raise Unauthenticated(key_rights.NO_KEY)
        return caller

    def idempotency_key(self, body: BaseModel, /) -> Key | None:
        """Return the header Idempotency-Key; of a creation, this contract's own header or member.

        With those the contract gives the first answer again, whatever is sent.
        """
        key = idempotency.of_header()
        if not isinstance(body, OnceBody):
            return key
        own = idempotency.of_header(OWN_IDEMPOTENCY_KEY, binds=False)
        for each in (body.key, own):
            idempotency.check(each)
        return key or body.key or own

    def named(self, _caller: Caller, path: dict[str, str], /) -> dict[str, str]:
        """Return the values of `path` as they are."""
        return path

    def require_found(self, caller: Caller, path: dict[str, str]) -> None:
        """Raise NotFound unless the project has what `path` names, where it shows it."""
        if "test_id" in path:
            lookup.subject_by_test_id(caller.project_id, path["test_id"], HIDDEN)
        if "goal_profile_id" in path:
            goals.by_id(caller.project_id, path["goal_profile_id"])


def operations(blueprint: Blueprint, subject: str) -> Operations:
    """Return what adds operations of this contract, about a subject, to a blueprint."""
    return Operations(blueprint, IntegersContract(), subject)
