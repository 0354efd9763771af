"""Visits to a page with switchyard.js, with a site and a server that are made up."""

import json
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Request, Route

from app.api.visitors import built_scripts
from app.pages.project import snippets
from tests.browser.sites.elsewhere import page_with, tag

NEWEST = built_scripts.newest()
SCRIPT = NEWEST.plain.decode()
SITE, SERVER, KEY = "https://shop.example/", "https://switchyard.example", "sdk_client_1"
TAG = tag(SERVER, KEY)
SCRIPTS = (f"{SERVER}/switchyard.js", SERVER + NEWEST.path)
SECOND = 1000
FLAGS = {
    "flags": [
        {"key": "banner", "value": "treatment", "reason": "SPLIT", "metadata": {"run": "a"}},
        {"key": "off", "value": False, "reason": "SPLIT"},
        {"key": "shipped", "value": "bold", "reason": "STATIC"},
    ]
}
ANSWER = {"body": json.dumps(FLAGS)}
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Expose-Headers": "ETag",
    "ETag": '"1"',
}
LOADER = snippets.tag(SERVER, KEY).text
FIXED_LOADER = snippets.fixed_tag(SERVER, KEY).text
READ = "switchyard.ready.then(() => switchyard.variant('banner', 'fallback'))"
# What the script sends is noted, and by which way. Of beacons the first `refusals` are not taken;
# the first requests are answered as `answers` say: by a status, or never (0).
NOTE_EVENTS = """
  window.sent = [];
  window.ways = [];
  window.refusals = 0;
  window.answers = [];
  const note = (way, url, body) => {
    ways.push(way);
    sent.push({ url, ...JSON.parse(body) });
  };
  navigator.sendBeacon = (url, body) => {
    if (refusals-- > 0) return false;
    note("beacon", url, body);
    return true;
  };
  const ask = window.fetch;
  window.fetch = async (url, options) => {
    if (!url.endsWith("/collect")) return ask(url, options);
    note("request", url, options.body);
    const status = answers.length ? answers.shift() : 202;
    if (status === "away") throw new TypeError("away");
    const text = async () => JSON.stringify({ accepted: 1, dropped: window.dropped || [] });
    return status ? { status, text } : new Promise(() => {});
  };
"""


@dataclass
class Visit:
    """A page of a site with the script, and what the script asked for and said."""

    context: BrowserContext
    page: Page
    answer: dict[str, Any] | None = None
    evaluations: list[Request] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def run(self, script: str) -> Any:  # noqa: ANN401
        """Return what a script of the page gives, which nothing may have troubled."""
        result = self.page.evaluate(script)
        assert self.page.evaluate("troubles") == []
        return result

    def wait(self, milliseconds: int) -> None:
        """Let time pass in the page."""
        self.page.clock.run_for(milliseconds)

    @property
    def contexts(self) -> list[dict[str, Any]]:
        """Return what each evaluation has said of the visitor."""
        bodies = [request.post_data_json or {} for request in self.evaluations]
        return [body["context"] for body in bodies]

    def is_ready(self) -> bool:
        """Return whether `ready` has come, without waiting for it."""
        self.run("void switchyard.ready.then(() => { window.isReady = true })")
        return self.run("window.isReady === true")

    def sent(self) -> list[list[str]]:
        """The experiments and goals in each beacon or request."""
        return [
            [event.get("experiment") or event["goal"] for event in batch["events"]]
            for batch in self.run("sent")
        ]


class Visits:
    """Makes visits; everything a page loads is made up."""

    def __init__(self, chromium: Browser) -> None:
        self.chromium = chromium
        self.contexts: list[BrowserContext] = []

    def __call__(
        self,
        tags: str = TAG,
        before: str = "",
        answer: dict[str, Any] | None = ANSWER,
        script: str | None = SCRIPT,
    ) -> Visit:
        """A visit to a page with these tags; `before` runs first, `answer` is the evaluation's.

        An answer, or a script, that is None never comes.
        """
        context = self.chromium.new_context()
        self.contexts.append(context)
        visit = Visit(context, context.new_page(), answer)
        context.route(f"{SITE}**", lambda route: fulfill(route, page_with(tags), "text/html"))
        for address in SCRIPTS:
            context.route(address, lambda route: fulfill(route, script, "text/javascript"))
        for door in ("ofrep", "edge"):
            context.route(f"{SERVER}/{door}/**", lambda route: evaluate(route, visit))
        visit.page.on("console", lambda said: visit.warnings.append(said.text))
        visit.page.clock.install(time=0)
        visit.page.clock.pause_at(SECOND)
        visit.page.add_init_script(NOTE_EVENTS + before)
        visit.page.goto(SITE)
        return visit


def fulfill(route: Route, body: str | None, content_type: str) -> None:
    """Answer with a file, or never."""
    if body is not None:
        route.fulfill(body=body, content_type=content_type, headers=CORS)


def evaluate(route: Route, visit: Visit) -> None:
    """Answer an evaluation, or the document, and the question that browsers ask before it."""
    if route.request.method == "OPTIONS":
        return route.fulfill(status=204, headers=CORS)
    visit.evaluations.append(route.request)
    return None if visit.answer is None else route.fulfill(headers=CORS, **visit.answer)
