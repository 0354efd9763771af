"""How long a page with many running experiments takes, in Chromium, beside the same page without.

From navigation until all variants are applied: on a visitor's first page, and on the next, for
which the browser has kept the script. And how long the evaluation in the page takes by itself.
"""

import json
import shutil
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median

import httpx
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from app.accounts import api_keys, origins
from app.api.visitors import built_scripts
from app.models import KeyType
from app.pages.project import snippets
from tests.bench.sizes import PAGES
from tests.browser.sites.elsewhere import site_of
from tests.conftest import CHROMIUM, LIKE_A_PERSONS
from tests.servers import Server
from tests.world import COMMAND_LINE, World

EXPERIMENTS = 20
WITHOUT = "without Switchyard"
BY_SERVER = "decided by the server"
IN_PAGE = "decided in the page"
_PAGE = """<!doctype html>
<html lang="en">
<head><title>Shop</title>%(loader)s</head>
<body>
<script>
  const left = new Set(%(keys)s);
  const apply = (key, value) => {
    document.body.append(Object.assign(document.createElement("p"), { textContent: value }));
    left.delete(key);
    if (!left.size) window.applied = performance.now();
  };
  for (const key of [...left]) {
    if (window.switchyard) switchyard.watch(key, "original", (value) => apply(key, value));
    else apply(key, "original");
  }
</script>
</body>
</html>"""
_APPLIED = "window.applied !== undefined"
_EVALUATIONS = """(document) => {
  const rounds = 2000;
  const evaluated = () => {
    const began = performance.now();
    for (let at = 0; at < rounds; at += 1) evaluate(document, `visitor-${at}`, {});
    return (1000 * (performance.now() - began)) / rounds;
  };
  evaluated();
  return evaluated();
}"""


@dataclass(frozen=True)
class PageTimes:
    """Milliseconds until all is applied, on a visitor's first page and on the next, by kind.

    And the microseconds in which a page evaluates all experiments for one visitor.
    """

    first: dict[str, float]
    following: dict[str, float]
    evaluation: float


def measured(world: World, server: Server) -> PageTimes | None:
    """The medians of several visitors; None without a Chromium."""
    binary = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if not binary:
        return None
    with sync_playwright() as playwright, _sites(world, server) as (addresses, document):
        browser = playwright.chromium.launch(executable_path=binary, args=LIKE_A_PERSONS)
        # The first page of a browser takes longer, whatever it is.
        _visit(browser, addresses[WITHOUT])
        # In turn, so that none has the quieter moments.
        visits = [
            {kind: _visit(browser, address) for kind, address in addresses.items()}
            for _ in range(PAGES)
        ]
        evaluation = _evaluation(browser, document)
        browser.close()
    first, following = (
        {kind: median(visit[kind][number] for visit in visits) for kind in addresses}
        for number in (0, 1)
    )
    return PageTimes(first, following, evaluation)


@contextmanager
def _sites(world: World, server: Server) -> Generator[tuple[dict[str, str], str]]:
    """The addresses of the page by kind, and that of the document that it is decided by."""
    project = world.project(None)
    keys = [each.key for each in world.running(project, EXPERIMENTS)]
    with world.app.app_context():
        key = api_keys.mint(project.id, KeyType.CLIENT, "shop", COMMAND_LINE).token
    loader = snippets.tag(server.address, key).text
    loaders = {WITHOUT: "", BY_SERVER: loader, IN_PAGE: loader.replace("key:", "edge: true, key:")}
    with ExitStack() as stack:
        addresses = {
            kind: stack.enter_context(site_of(_PAGE % {"loader": each, "keys": json.dumps(keys)}))
            for kind, each in loaders.items()
        }
        with world.app.app_context():
            origins.replace(project.id, list(addresses.values()), COMMAND_LINE)
        yield addresses, f"{server.address}/edge/v1/{key}.json"


def _visit(browser: Browser, address: str) -> tuple[float, float]:
    """The milliseconds of a visitor's first page, and of the next."""
    context = browser.new_context()
    try:
        return _applied(context, address), _applied(context, address)
    finally:
        context.close()


def _applied(context: BrowserContext, address: str) -> float:
    page = context.new_page()
    page.goto(address)
    page.wait_for_function(_APPLIED)
    return page.evaluate("applied")


def _evaluation(browser: Browser, document: str) -> float:
    page = browser.new_page()
    page.goto("about:blank")
    page.add_script_tag(content=built_scripts.evaluation())
    return page.evaluate(_EVALUATIONS, httpx.get(document).raise_for_status().json())
