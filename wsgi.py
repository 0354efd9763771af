"""The WSGI entry: granian and the flask command load this."""

import os

from app import create_app
from app.core import waiting
from app.web import schema_notice

# Whatever is written from here on is for the user alone who runs this.
os.umask(0o077)

app = create_app()
if not waiting.is_command():
    schema_notice.begin(app)
