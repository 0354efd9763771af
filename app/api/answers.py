"""What views answer: typed members, sent as JSON, with the status and headers of their kind."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar, Generic, TypeVar

from flask import Response, jsonify, make_response

from app.api import conditions
from app.web import entity_tags
from app.web.header_names import ETAG, HISTORY_ENTRY, HX_TRIGGER, LOCATION

EXPERIMENTS_CHANGED = {HX_TRIGGER: "experiments-changed"}
"""What has pages fetch their lists of experiments again."""

Members = TypeVar("Members", bound=Mapping[str, Any])


class Answer(Generic[Members]):
    """The answer of an operation: 200 with these members, and with headers of its own."""

    statuses: ClassVar[tuple[HTTPStatus, ...]] = (HTTPStatus.OK,)
    header_names: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        members: Members,
        headers: Mapping[str, str] | None = None,
        status: HTTPStatus | None = None,
    ) -> None:
        self.members = members
        self.headers = headers or {}
        self.status = status or self.statuses[0]

    def response(self) -> Response:
        """Return the answer as it is sent."""
        is_same = self.status is HTTPStatus.NOT_MODIFIED
        answer = make_response("") if is_same else jsonify(self.members)
        answer.status_code = self.status
        answer.headers.update(self.headers)
        return answer


class Accepted(Answer[Members]):
    """The answer to what has been taken in, 202."""

    statuses = (HTTPStatus.ACCEPTED,)


class Conditional(Answer[Members]):
    """The answer to what is asked for again and again: 304 where it is the same as before."""

    statuses = (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED)
    header_names = (ETAG,)


class Versioned(Answer[Members]):
    """The answer of what reads or changes an experiment: the ETag is of its `version` then."""

    header_names = (ETAG,)

    def __init__(self, members: Members, version: int) -> None:
        super().__init__(members, {ETAG: conditions.etag(version)})


class CreatedVersioned(Versioned[Members]):
    """The answer to what has made something that belongs to an experiment, 201."""

    statuses = (HTTPStatus.CREATED,)


class Tagged(Answer[Members]):
    """The answer of what reads or changes something that has no version: `token` is its ETag."""

    header_names = (ETAG,)

    def __init__(self, members: Members, token: str) -> None:
        super().__init__(members, {ETAG: entity_tags.quoted(token)})


class CreatedTagged(Tagged[Members]):
    """The answer to what has made something new at an address, with an ETag, 201."""

    statuses = (HTTPStatus.CREATED,)
    header_names = (LOCATION, ETAG)

    def __init__(self, members: Members, token: str, address: str) -> None:
        super().__init__(members, token)
        self.headers = {**self.headers, LOCATION: address}


class Put(Tagged[Members]):
    """The answer to what is put at an address: 201 where that has made it, `made_at` there."""

    statuses = (HTTPStatus.OK, HTTPStatus.CREATED)
    header_names = (ETAG, LOCATION)

    def __init__(self, members: Members, token: str, made_at: str | None) -> None:
        super().__init__(members, token)
        if made_at is not None:
            self.headers = {**self.headers, LOCATION: made_at}
            self.status = HTTPStatus.CREATED


class Created(Answer[Members]):
    """The answer to what has made something new, 201."""

    statuses = (HTTPStatus.CREATED,)


class CreatedAt(Created[Members]):
    """The answer to what has made something that has an address from now on, 201."""

    header_names = (LOCATION,)

    def __init__(self, members: Members, address: str) -> None:
        super().__init__(members, {LOCATION: address})


class Changed(Answer[Members]):
    """The answer to a change of experiments, after which the page fetches its list again."""

    def __init__(
        self,
        members: Members,
        headers: Mapping[str, str] | None = None,
        status: HTTPStatus | None = None,
    ) -> None:
        super().__init__(members, {**EXPERIMENTS_CHANGED, **(headers or {})}, status)


class ChangedOne(Changed[Members]):
    """The answer to a change of one experiment: the ETag is of the `version` that it has now."""

    header_names = (ETAG,)

    def __init__(
        self, members: Members, version: int, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(members, {ETAG: conditions.etag(version), **(headers or {})})


class Entered(ChangedOne[Members]):
    """The answer to a change of one experiment that the history has in an entry of its own.

    The header History-Entry names that entry, if something was changed: what came of it is told
    from there, however things are by then.
    """

    header_names = (*ChangedOne.header_names, HISTORY_ENTRY)

    def __init__(self, members: Members, version: int, entry_id: int | None) -> None:
        entry = {} if entry_id is None else {HISTORY_ENTRY: str(entry_id)}
        super().__init__(members, version, entry)
