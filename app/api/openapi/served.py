"""/api/openapi.json: the document, for everybody."""

from threading import Lock

from flask import Blueprint, Flask, Response, current_app, jsonify

from app.api import queries
from app.api.openapi import descriptions, document
from app.api.queries import Query

blueprint = Blueprint("openapi", __name__, url_prefix="/api")

EXTENSION = "switchyard_openapi"

_making = Lock()


@blueprint.get("/openapi.json")
def show() -> Response:
    """Return the OpenAPI document."""
    queries.read(Query)
    return jsonify(of_app(current_app))


def of_app(app: Flask) -> dict[str, object]:
    """Return the document of an application, made when it is first asked for.

    By one thread alone: Python's parser, which reads the docstrings of members, can fail in two.
    """
    with _making:
        if EXTENSION not in app.extensions:
            app.extensions[EXTENSION] = document.made_of(descriptions.of_app(app))
        return app.extensions[EXTENSION]
