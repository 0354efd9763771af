"""Switchyard as a server loads it, and beside its doors a bare route that is sent JSON."""

from flask import request
from flask.typing import ResponseReturnValue

from app import create_app

app = create_app()


@app.post("/collect/bare")
def bare() -> ResponseReturnValue:
    """Read the events of the body, and say how many there are."""
    return {"accepted": len(request.get_json()["events"]), "dropped": []}, 202
