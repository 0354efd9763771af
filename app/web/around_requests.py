"""What is around every request: its id, the headers of its answer, and word of how it went.

One layer for all of these, for each costs every evaluation its share.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask

from app.core import current_request
from app.web import header_names, headers
from app.web.headers import Header
from app.web.request_kinds import first_part
from app.web.request_log import access_log, request_counts, request_ids
from app.web.request_log.answered import Answered

CRASHED = "500"
FILES = "static"
LOWEST_ERROR = "4"
Told = Callable[[Answered], None]
# Named, for the function that each request makes: Python builds what stands in its annotations.
Write = Callable[[bytes], object]


class AroundRequests:
    """WSGI middleware around the application; each of `told` is told of each answer."""

    def __init__(
        self, application: WSGIApplication, *, believes_proxy: bool, told: Sequence[Told]
    ) -> None:
        self.application = application
        self.believes_proxy = believes_proxy
        self.told = told

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as the application does, a file and a crash too."""
        began, code = time.perf_counter(), CRASHED
        request_id = request_ids.id_of(environ, believes_proxy=self.believes_proxy)
        named, first = (header_names.REQUEST_ID, request_id), first_part(environ["PATH_INFO"])
        is_by_tls = environ["wsgi.url_scheme"] == "https"

        def start(
            status: str,
            given: list[Header],
            exc_info: Any = None,  # noqa: ANN401
        ) -> Write:
            nonlocal code
            code = status[:3]
            is_file = first == FILES and status < LOWEST_ERROR
            added = headers.missing(given, is_file=is_file, is_by_tls=is_by_tls)
            return start_response(status, [*given, *added, named], exc_info)

        token = current_request.begin(request_id, environ.get("REMOTE_ADDR", ""))
        try:
            return self.application(environ, start)
        finally:
            self._tell(environ, first, code, time.perf_counter() - began)
            current_request.end(token)

    def _tell(self, environ: WSGIEnvironment, first: str, status: str, seconds: float) -> None:
        answered = Answered(environ["REQUEST_METHOD"], environ["PATH_INFO"], first, status, seconds)
        for tell in self.told:
            tell(answered)


def register(app: Flask) -> None:
    """Put this around the application."""
    log, counts = access_log.of(app), request_counts.of(app)
    app.wsgi_app = AroundRequests(
        app.wsgi_app,
        believes_proxy=bool(app.config["TRUSTED_PROXIES"]),
        told=[counts.count, *([log.tell] if log else [])],
    )
