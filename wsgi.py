"""The WSGI entry: gunicorn and the flask command load this."""

from app import create_app

app = create_app()
