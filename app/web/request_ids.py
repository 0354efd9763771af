"""The id of each request, for whoever looks in a log for what an answer tells of.

A trusted proxy's id is kept, so that its log and this one's lines can be laid side by side. It has
to make that itself: of an id that callers send, nobody knows whose request it names. Where no proxy
is trusted, one is made here.
"""

import re
import secrets
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask

from app.core import current_request

HEADER = "X-Request-ID"
_SANE = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestIds:
    """WSGI middleware that names every request in its answer and, meanwhile, in the log."""

    def __init__(self, application: WSGIApplication, *, believes_proxy: bool) -> None:
        self.application = application
        self.believes_proxy = believes_proxy

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as the application does, with the id of the request added."""
        request_id = self._id_of(environ)

        def start(
            status: str,
            headers: list[tuple[str, str]],
            exc_info: Any = None,  # noqa: ANN401
        ) -> Callable[[bytes], object]:
            return start_response(status, [*headers, (HEADER, request_id)], exc_info)

        token = current_request.begin(request_id)
        try:
            return self.application(environ, start)
        finally:
            current_request.end(token)

    def _id_of(self, environ: WSGIEnvironment) -> str:
        given = environ.get("HTTP_X_REQUEST_ID", "") if self.believes_proxy else ""
        return given if _SANE.fullmatch(given) else secrets.token_hex(8)


def register(app: Flask) -> None:
    """Name every request of the application."""
    believes_proxy = bool(app.config["TRUSTED_PROXIES"])
    app.wsgi_app = RequestIds(app.wsgi_app, believes_proxy=believes_proxy)
