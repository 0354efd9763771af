"""Pages of other sites: of an origin that is not the server's own."""

from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@contextmanager
def site_of(html: str) -> Generator[str]:
    """The address of a site that answers with this page, whatever it is asked for."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = html.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Keep the tests' output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def page_with(script_tags: str) -> str:
    """A page that notes in `troubles` every error and every promise that nobody catches."""
    return f"""<!doctype html>
<html lang="en">
<head>
<title>Elsewhere</title>
<script>
  window.troubles = [];
  addEventListener("error", (event) => troubles.push(event.message));
  addEventListener("unhandledrejection", (event) => troubles.push(String(event.reason)));
</script>
{script_tags}
</head>
<body><h1>Elsewhere</h1></body>
</html>"""


def tag(address: str, client_key: str) -> str:
    """The tag as the Install page gives it."""
    return f'<script src="{address}/switchyard.js" data-key="{client_key}" defer></script>'
