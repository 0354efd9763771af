"""Requests to /api/admin: each thing asked for is done once, however often its answer is lost."""

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from uuid import uuid4

import httpx
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_before_delay,
    wait_random_exponential,
)

from switchyard import answers
from switchyard.failures import Document, NoAnswer, of_our_own

SECONDS_TO_ANSWER = 15
LARGEST_PAGE = 500
_BACKOFF = wait_random_exponential(multiplier=0.25, max=8)


class Api:
    """The API of one project. For `patience` seconds a request is sent again after lost answers."""

    def __init__(self, client: httpx.Client, patience: float) -> None:
        self._client = client
        self._retrying = Retrying(
            retry=retry_if_exception_type(NoAnswer),
            wait=_seconds_between,
            stop=stop_before_delay(patience),
            reraise=True,
        )

    def at_once(self) -> "Api":
        """Return the same without patience: each request is sent once."""
        return Api(self._client, 0)

    def read(self, path: str, **query: str) -> Document:
        """Return what is at a path. Raises Failure."""
        return self._send(self._client.build_request("GET", path, params=query))

    def read_all(self, path: str, **query: str) -> Iterator[Document]:
        """Return all items of a list, whatever the number of its pages. Raises Failure."""
        cursor: dict[str, str] = {}
        while True:
            page = self.read(path, limit=str(LARGEST_PAGE), **query, **cursor)
            yield from page["data"]
            if not page["next_cursor"]:
                return
            cursor = {"cursor": page["next_cursor"]}

    def change(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        seen_version: int | None = None,
    ) -> Document:
        """Return the answer to a change, which depends on the version that was seen, if any.

        It is sent with the same key each time, so that it is done once. Raises Failure.
        """
        headers = {"Idempotency-Key": str(uuid4())}
        if seen_version is not None:
            headers["If-Match"] = f'"v{seen_version}"'
        return self._send(self._client.build_request(method, path, json=body, headers=headers))

    def _send(self, request: httpx.Request) -> Document:
        return self._retrying(self._send_once, request)

    def _send_once(self, request: httpx.Request) -> Document:
        try:
            answer = self._client.send(request)
        except httpx.RequestError as error:
            raise NoAnswer(_lost(request, error)) from error
        return answers.document_of(answer)


@contextmanager
def connected(url: str, key: str, patience: float) -> Generator[Api]:
    """Open a connection to the server at `url`."""
    headers = {
        "Authorization": f"Bearer {key}",
        "User-Agent": f"switchyard-client/{version('switchyard-client')}",
    }
    address = f"{url.rstrip('/')}/api/admin/"
    with httpx.Client(base_url=address, headers=headers, timeout=SECONDS_TO_ANSWER) as client:
        yield Api(client, patience)


def seconds_asked_for(state: RetryCallState) -> float:
    """Return how long the last answer asks to wait before the next request."""
    error = state.outcome.exception() if state.outcome else None
    return error.retry_after if isinstance(error, NoAnswer) else 0


def _seconds_between(state: RetryCallState) -> float:
    return max(_BACKOFF(state), seconds_asked_for(state))


def _lost(request: httpx.Request, error: httpx.RequestError) -> Document:
    host = request.url.copy_with(path="/", query=None)
    detail = f"{host} did not answer: {str(error) or type(error).__name__}."
    if request.method != "GET" and not isinstance(error, httpx.ConnectError):
        detail += " What was asked for may have been done."
    return of_our_own("No answer", "NO_ANSWER", detail)
