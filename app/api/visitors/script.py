"""The script that sites load into their pages, /switchyard.js, and what it loads for a preview.

It is made of the evaluation, which other programs have as a module, and the script itself. Both
files are sent without comments and spaces, made once for each process.
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
PREVIEW = ROOT / "static" / "switchyard-preview.js"
_EXPORT = "export {"


@dataclass(frozen=True)
class Script:
    """A script as it is sent, plain or compressed, and its ETag."""

    plain: bytes
    compressed: bytes
    tag: str


@cache
def made() -> Script:
    """Return the script of this version."""
    evaluation = EVALUATION.read_text().partition(_EXPORT)[0]
    # In braces, its names are nobody else's.
    return _made(f"{{{evaluation}\n{SCRIPT.read_text()}}}")


@cache
def made_of_preview() -> Script:
    """Return the script of this version that shows a preview."""
    return _made(PREVIEW.read_text())


def _made(written: str) -> Script:
    plain = str(rjsmin.jsmin(written)).encode()
    return Script(plain, gzip.compress(plain, 9, mtime=0), hashlib.sha256(plain).hexdigest()[:32])


@blueprint.get("/switchyard.js")
def show() -> Response:
    """Return the script."""
    return _answer(made())


@blueprint.get("/switchyard-preview.js")
def show_of_preview() -> Response:
    """Return what the script loads where a preview link is followed."""
    return _answer(made_of_preview())


def _answer(script: Script) -> Response:
    """Answer with a script, for pages of any origin, whose browsers ask again in five minutes."""
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
