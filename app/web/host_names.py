"""The name that a browser or program asked for: names know no case."""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask


class InSmallLetters:
    """A WSGI application for which the host of a request is in small letters."""

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        if host := environ.get("HTTP_HOST"):
            environ["HTTP_HOST"] = host.lower()
        return self.application(environ, start_response)


def register(app: Flask) -> None:
    """See the name asked for in small letters, as the server's own are listed."""
    app.wsgi_app = InSmallLetters(app.wsgi_app)
