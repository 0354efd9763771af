"""The WSGI entry: granian and the flask command load this."""

from app import create_app
from app.core import waiting
from app.web import schema_notice

app = create_app()
if not waiting.is_command():
    schema_notice.begin(app)
