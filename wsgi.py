"""The WSGI entry: granian and the flask command load this."""

from app import create_app

app = create_app()
