"""The application as the server loads it; each answer names the process that gave it."""

import os
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from app import create_app

WORKER = "X-Worker"
made = cache(create_app)


def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer as the application does, with one more header."""

    def start(
        status: str,
        headers: list[tuple[str, str]],
        exc_info: Any = None,  # noqa: ANN401
    ) -> Callable[[bytes], object]:
        return start_response(status, [*headers, (WORKER, str(os.getpid()))], exc_info)

    return made()(environ, start)
