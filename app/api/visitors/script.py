"""The script that sites load into their pages: the newest, or one that stays as it is."""

from http import HTTPStatus

from flask import Blueprint, Response, abort, make_response, request

from app.api.visitors import built_scripts
from app.api.visitors.built_scripts import FOLDER_ADDRESS, Script

blueprint = Blueprint("script", __name__)

SECONDS_KEPT = 300
SECONDS_OF_A_YEAR = 365 * 24 * 3600


@blueprint.get("/switchyard.js")
def show() -> Response:
    """Return the script of this version, which browsers ask for again in five minutes."""
    return _answer(built_scripts.newest(), SECONDS_KEPT)


@blueprint.get(f"{FOLDER_ADDRESS}<name>")
def show_for_good(name: str) -> Response:
    """Return the script of this name, of this version or one before; it never changes."""
    script = built_scripts.all_of_them().get(name)
    if script is None:
        abort(HTTPStatus.NOT_FOUND)
    answer = _answer(script, SECONDS_OF_A_YEAR)
    answer.cache_control.immutable = True
    return answer


def _answer(script: Script, seconds: int) -> Response:
    """Answer with a script, for pages of any origin, whose browsers keep it for some seconds."""
    is_compressed = request.accept_encodings["gzip"] > 0
    answer = make_response(script.compressed if is_compressed else script.plain)
    answer.mimetype = "text/javascript"
    if is_compressed:
        answer.content_encoding = "gzip"
    answer.vary.add("Accept-Encoding")
    answer.cache_control.public = True
    answer.cache_control.max_age = seconds
    answer.set_etag(f"{script.digest.hex()[:32]}{'-gzip' if is_compressed else ''}")
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    # What is loaded by its hash (`integrity`) is asked for as from another origin.
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.make_conditional(request)
    return answer
