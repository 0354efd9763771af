"""The bound on the requests that a process works on at once.

The server has a thread for every connection, so that a body that comes slowly, or never whole,
holds up nobody else. Those whose body is there wait here until few enough are being worked on.
"""

from threading import Semaphore

from flask import Flask, current_app, g, request

EXTENSION = "switchyard_concurrency"
EVALUATING = "ofrep"


def register(app: Flask) -> None:
    """Bound what the application works on at once, evaluations and all else each by themselves."""
    most = app.config["REQUESTS_AT_ONCE"]
    app.extensions[EXTENSION] = {EVALUATING: Semaphore(most), None: Semaphore(most)}
    app.teardown_request(_make_room)


def wait_for_room() -> None:
    """Wait until the request may be worked on, which it is until its context ends.

    An evaluation never waits for what waits for the database.
    """
    semaphores = current_app.extensions[EXTENSION]
    room = semaphores.get(request.blueprint) or semaphores[None]
    room.acquire()
    g.room = room


def _make_room(_error: BaseException | None) -> None:
    room = g.pop("room", None)
    if room:
        room.release()
