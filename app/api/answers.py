"""The answers to what has changed something."""

from flask import Response, jsonify


def changed(**members: object) -> Response:
    """The members as JSON; the page that asked fetches its experiments again."""
    answer = jsonify(**members)
    answer.headers["HX-Trigger"] = "experiments-changed"
    return answer
