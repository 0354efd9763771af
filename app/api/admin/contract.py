"""The contract that asks for a status by name: who calls, and in which project."""

from flask import Blueprint, request
from pydantic import BaseModel
from werkzeug.exceptions import BadRequest

from app.accounts import access
from app.accounts.caller import Admin, Caller
from app.api import credentials, idempotency
from app.api.admin import errors
from app.api.bodies import NoBody
from app.api.idempotency import Key
from app.api.openapi.descriptions import ContractDescription
from app.api.openapi.headers import SESSION
from app.api.operations import Operations
from app.api.queries import ChangeQuery, Query
from app.core.errors import Forbidden
from app.experiments import lookup
from app.tenancy import plans, projects
from app.web.header_names import PROJECT_ID, SDK_KEY


class NamesContract:
    """The contract that asks for a status by name, as operations are carried out by it."""

    description = ContractDescription(
        prefix="",
        security=("bearer", SDK_KEY),
        error=errors.Error,
        worded=errors.worded,
        headers=(PROJECT_ID,),
    )
    query = Query
    change_query = ChangeQuery
    body = NoBody

    def caller(self, path: dict[str, str]) -> Caller:
        """Return who calls, in the project of X-Project-Id, the key, or the experiment in `path`.

        Raises Unauthenticated, Forbidden, NotFound, TooManyRequests, and BadRequest where nothing
        names the project.
        """
        wanted = request.headers.get(PROJECT_ID, "")
        token = credentials.presented_token(SDK_KEY)
        if token:
            known = credentials.by_token(token)
            if wanted and wanted != known.project_key:
                raise Forbidden(f"{PROJECT_ID} is not the project of this key.")
            return known
        user_id = credentials.signed_in_user_id()
        if wanted:
            return access.by_membership(user_id, wanted)
        if "public_id" in path:
            return access.by_experiment(user_id, path["public_id"])
        raise BadRequest(f"Name the project in {PROJECT_ID}.")

    def idempotency_key(self, _body: BaseModel, /) -> Key | None:
        """Return the header Idempotency-Key, None without one."""
        return idempotency.of_header()

    def named(self, caller: Caller, path: dict[str, str]) -> dict[str, str]:
        """Return the values of `path`, an experiment's key as its id. Raises NotFound for none."""
        if "public_id" not in path:
            return path
        return path | {"public_id": lookup.public_id_of(caller.project_id, path["public_id"])}

    def require_found(self, caller: Caller, path: dict[str, str]) -> None:
        """Raise NotFound unless the project has the experiment in `path`."""
        if "public_id" in path:
            lookup.subject_by_public_id(caller.project_id, path["public_id"])


class AdminsContract:
    """The same contract for admins, of what belongs to no project or to all of them.

    It lets in no key: that opens one project, and does there what its members may.
    """

    description = ContractDescription(
        prefix="", security=(SESSION,), error=errors.Error, worded=errors.worded
    )
    query = Query
    change_query = ChangeQuery
    body = NoBody

    def caller(self, path: dict[str, str]) -> Admin:  # noqa: ARG002 - as contracts are asked
        """Return the admin who is signed in.

        Raises Unauthenticated, TooManyRequests, and Forbidden for a key and for anybody else.
        """
        if token := credentials.presented_token(SDK_KEY):
            credentials.by_token(token)
            raise Forbidden("This is for admins, who are signed in: a key opens one project.")
        return credentials.signed_in_admin()

    def idempotency_key(self, _body: BaseModel, /) -> Key | None:
        """Return the header Idempotency-Key, None without one."""
        return idempotency.of_header()

    def named(self, _caller: Admin, path: dict[str, str], /) -> dict[str, str]:
        """Return the values of `path` as they are."""
        return path

    def require_found(self, caller: Admin, path: dict[str, str]) -> None:  # noqa: ARG002
        """Raise NotFound unless there is what the path names, or it is a plan to be added there."""
        if "code" in path and request.method != "PUT":
            plans.by_code(int(path["code"]))
        if "project_key" in path:
            projects.by_key(path["project_key"])


def operations(blueprint: Blueprint, subject: str) -> Operations:
    """Return what adds operations of this contract, about a subject, to a blueprint."""
    return Operations(blueprint, NamesContract(), subject)


def operations_of_admins(blueprint: Blueprint, subject: str) -> Operations:
    """Return what adds operations for admins, about a subject, to a blueprint."""
    return Operations(blueprint, AdminsContract(), subject)
