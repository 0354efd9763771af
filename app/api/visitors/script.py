"""The script that sites load into their pages: /switchyard.js.

It is made of the evaluation, which other programs have as a module, and the script itself, without
comments and spaces, once for each process.
"""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import rjsmin
from flask import Blueprint, Response, make_response, request

blueprint = Blueprint("script", __name__)

SECONDS_KEPT = 300
ROOT = Path(__file__).parents[3]
EVALUATION = ROOT / "clients" / "evaluation" / "evaluation.mjs"
SCRIPT = ROOT / "static" / "switchyard.js"
_EXPORT = "export {"


@dataclass(frozen=True)
class Script:
    """The script as it is sent, plain or compressed, and its ETag."""

    plain: bytes
    compressed: bytes
    tag: str


@cache
def made() -> Script:
    """Return the script of this version."""
    evaluation = EVALUATION.read_text().partition(_EXPORT)[0]
    # In braces, its names are nobody else's.
    plain = str(rjsmin.jsmin(f"{{{evaluation}\n{SCRIPT.read_text()}}}")).encode()
    return Script(plain, gzip.compress(plain, 9, mtime=0), hashlib.sha256(plain).hexdigest()[:32])


@blueprint.get("/switchyard.js")
def show() -> Response:
    """Return the script, for pages of any origin; browsers ask for it again after five minutes."""
    script = made()
    is_compressed = request.accept_encodings["gzip"] > 0
    answer = make_response(script.compressed if is_compressed else script.plain)
    answer.mimetype = "text/javascript"
    if is_compressed:
        answer.content_encoding = "gzip"
    answer.vary.add("Accept-Encoding")
    answer.cache_control.public = True
    answer.cache_control.max_age = SECONDS_KEPT
    answer.set_etag(f"{script.tag}{'-gzip' if is_compressed else ''}")
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    # What is loaded by its hash (`integrity`) is asked for as from another origin.
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.make_conditional(request)
    return answer
