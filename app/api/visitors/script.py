"""The script that sites load into their pages: /switchyard.js."""

from pathlib import Path

from flask import Blueprint, Response, current_app, send_file

blueprint = Blueprint("script", __name__)

SECONDS_KEPT = 300


@blueprint.get("/switchyard.js")
def show() -> Response:
    """Return the script, for pages of any origin; browsers ask for it again after five minutes."""
    path = Path(current_app.static_folder or "") / "switchyard.js"
    answer = send_file(path, mimetype="text/javascript", max_age=SECONDS_KEPT)
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    # What is loaded by its hash (`integrity`) is asked for as from another origin.
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer
