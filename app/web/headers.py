"""The headers that every answer carries."""

from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, Response, request

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
YEAR_OF_SECONDS = 365 * 24 * 3600


class FixedHeaders:
    """WSGI middleware that adds HEADERS to every answer, a static file's and a crash's too.

    What the application has said itself stays as it is.
    """

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application
        self.added = list(HEADERS.items())

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as the application does, with the headers added."""

        def start(
            status: str,
            headers: list[tuple[str, str]],
            exc_info: Any = None,  # noqa: ANN401
        ) -> Callable[[bytes], object]:
            said = {name.lower() for name, _ in headers}
            added = [header for header in self.added if header[0].lower() not in said]
            return start_response(status, headers + added, exc_info)

        return self.application(environ, start)


def register(app: Flask) -> None:
    """Put the headers on every answer of the application."""
    app.after_request(_add)
    app.wsgi_app = FixedHeaders(app.wsgi_app)


def _add(answer: Response) -> Response:
    if request.is_secure:
        answer.headers["Strict-Transport-Security"] = f"max-age={YEAR_OF_SECONDS}"
    if request.endpoint != "static":
        answer.headers.setdefault("Cache-Control", "no-store")
    return answer
