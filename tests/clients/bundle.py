"""The page that runs the published web provider: installed, bundled and served to a browser."""

import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

SOURCES = ("package.json", "package-lock.json", "entry.mjs", "walk.mjs")
# The icon is there so that the browser asks for none.
PAGE = '<!doctype html><link rel="icon" href="data:,"><script src="entry.js"></script>'
SECONDS_TO_INSTALL = 180


def build(folder: Path) -> Path:
    """Install the pinned packages in `folder` and bundle them there; gives the page's folder."""
    for name in SOURCES:
        shutil.copy(Path(__file__).parent / name, folder)
    _run(folder, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
    esbuild, site = folder / "node_modules/.bin/esbuild", folder / "site"
    _run(folder, esbuild, "entry.mjs", "--bundle", "--format=iife", f"--outdir={site}")
    (site / "index.html").write_text(PAGE)
    return site


def bundled(folder: Path, script: str, site: Path) -> None:
    """Bundle a script with the packages that are installed in `folder`, and a page with it."""
    site.mkdir(exist_ok=True)
    (folder / "recipe.mjs").write_text(script)
    out = f"--outfile={site / 'entry.js'}"
    _run(
        folder, folder / "node_modules/.bin/esbuild", "recipe.mjs", "--bundle", "--format=esm", out
    )
    (site / "index.html").write_text(PAGE.replace("<script ", '<script type="module" '))


@contextmanager
def serving(folder: Path) -> Generator[str]:
    """The origin of a web server of `folder`'s files, on a free port of 127.0.0.1."""
    handler = partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=partial(server.serve_forever, poll_interval=0.05))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object, **__: object) -> None:
        """Write no log."""


def _run(folder: Path, *command: str | Path) -> None:
    ended = subprocess.run(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS_TO_INSTALL,
        check=False,
    )
    assert ended.returncode == 0, f"{command} failed:\n{ended.stderr}"
