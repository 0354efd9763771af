"""switchyard.js where network and processor are slow, with a real server and a real site."""

from contextlib import ExitStack

import pytest
from playwright.sync_api import Page, Route

from app.accounts import api_keys, origins
from app.experiments import goals
from app.experiments.designs import Design, GoalUse
from app.experiments.measures import Measure
from app.models import Experiment, GoalKind, GoalRole, KeyType
from app.pages.project import snippets
from tests.browser.conftest import Site
from tests.browser.polling import until
from tests.browser.sites.elsewhere import page_with, site_of
from tests.world import COMMAND_LINE, World

SLOW_NETWORK = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 50_000,
    "uploadThroughput": 20_000,
}
TIMES_SLOWER = 4
MARKS = """<script>
  window.marks = [];
  addEventListener("DOMContentLoaded", () => marks.push("parsed"));
  addEventListener("load", () => marks.push("loaded"));
</script>"""
WATCH = """<script>
  marks.push("own");
  switchyard.watch("%s", "original", (value) => marks.push(value));
</script>"""


def running(world: World) -> Experiment:
    """A running experiment towards a goal that adds up every order."""
    project = world.project()
    with world.app.app_context():
        goals.create(
            project.id, "order", COMMAND_LINE, measure=Measure(GoalKind.REVENUE, currency="EUR")
        )
    experiment = world.experiment(project)
    world.redesign(experiment, Design(goals=(GoalUse("order", GoalRole.PRIMARY, cap=99),)))
    world.start(experiment)
    return experiment


def visited(site: Site, experiment: Experiment, more: str, stack: ExitStack) -> Page:
    """A page elsewhere that shows the experiment, in a browser that is slow."""
    with site.app.app_context():
        key = api_keys.mint(experiment.project_id, KeyType.CLIENT, "web pages", COMMAND_LINE).token
    loader = snippets.tag(site.server.address, key).text.replace("key:", f"{more} key:")
    address = stack.enter_context(site_of(page_with(MARKS + loader + WATCH % experiment.key)))
    with site.app.app_context():
        origins.replace(experiment.project_id, [address], COMMAND_LINE)
    page = site.chromium.new_context().new_page()
    slowed = page.context.new_cdp_session(page)
    slowed.send("Network.enable")
    slowed.send("Network.emulateNetworkConditions", SLOW_NETWORK)
    slowed.send("Emulation.setCPUThrottlingRate", {"rate": TIMES_SLOWER})
    # The script is on its way until the page's own is done: nothing there may wait for it.
    held: list[Route] = []
    page.route("**/switchyard.js", lambda route: held.append(route))  # noqa: PLW0108
    page.goto(address)
    until(page, lambda: bool(held))
    held[0].continue_()
    page.unroute("**/switchyard.js")
    return page


def counted(world: World, experiment: Experiment) -> tuple[int, float]:
    """Return how many visitors, and what their orders were worth."""
    (found,) = world.execute(
        "SELECT (SELECT count(*) FROM exposure WHERE run_id = run.id) AS visitors,"
        " (SELECT coalesce(sum(total_value), 0) FROM daily_conversions"
        " WHERE run_id = run.id) AS worth"
        " FROM run WHERE test_id = :id AND is_current",
        id=experiment.test_id,
    )
    return found.visitors, found.worth


@pytest.mark.parametrize("more", ["", "edge: true,"], ids=["decided by the server", "in the page"])
def test_the_pages_own_comes_first_then_the_variant_and_each_event_counts_once(
    site: Site, more: str
) -> None:
    experiment = running(site.world)
    with ExitStack() as stack:
        page = visited(site, experiment, more, stack)
        page.wait_for_function("marks.length === 4")
        *own, variant = page.evaluate("marks")
        assert own == ["own", "parsed", "loaded"]
        assert variant in {"control", "treatment"}
        # It leaves with the first order on its way, which goes out once more by beacon.
        page.evaluate("switchyard.track('order', { id: 'first', value: 1 })")
        with page.expect_request("**/collect"):
            page.wait_for_function("marks.length === 4")
        page.reload()
        page.evaluate(
            "switchyard.ready.then(() => switchyard.track('order', { id: 'last', value: 10 }))"
        )
        until(page, lambda: counted(site.world, experiment)[1] >= 10)
        assert counted(site.world, experiment) == (1, 11)
