"""The WSGI entry: granian and the flask command load this."""

import gc
import os

from flask import Flask


def load() -> Flask:
    """Return the application of this process."""
    # Nothing that is loaded is garbage while the process lives. Looking for some there, again and
    # again and once more at the end, was a third of what the shortest command takes.
    gc.disable()
    from app import create_app  # noqa: PLC0415
    from app.core import waiting  # noqa: PLC0415
    from app.web import schema_notice  # noqa: PLC0415

    app = create_app()
    gc.freeze()
    gc.enable()
    if not waiting.is_command():
        schema_notice.begin(app)
    return app


# Whatever is written from here on is for the user alone who runs this.
os.umask(0o077)

app = load()
