"""Pages of another origin with the script, a real server and a real browser."""

from dataclasses import dataclass

import pytest
from playwright.sync_api import Page

from app.accounts import api_keys, origins
from app.accounts.api_keys import Minted
from app.models import Experiment, KeyType, Project, Status
from tests.browser.conftest import Site
from tests.browser.polling import until
from tests.browser.sites.elsewhere import page_with, site_of, tag
from tests.world import COMMAND_LINE

EVALUATED = "switchyard.ready.then(() => switchyard.variant('{key}', 'fallback'))"


@dataclass
class Connected:
    """A project with a running experiment, and a client key for a site elsewhere."""

    project: Project
    experiment: Experiment
    client: Minted

    @property
    def evaluated(self) -> str:
        """Asks for the visitor's variant."""
        return EVALUATED.format(key=self.experiment.key)


@pytest.fixture
def site(own_site: Site) -> Site:
    """A site of each test's own."""
    return own_site


@pytest.fixture
def connected(site: Site) -> Connected:
    """A project whose experiment runs, and that lists no site."""
    project = site.world.project()
    experiment = site.world.experiment(project, Status.RUNNING)
    with site.app.app_context():
        return Connected(
            project,
            experiment,
            api_keys.mint(project.id, KeyType.CLIENT, "web pages", COMMAND_LINE),
        )


def elsewhere(site: Site, address: str) -> Page:
    """A page elsewhere, in a browser whose complaints are the test's own affair."""
    page = site.chromium.new_context().new_page()
    page.goto(address)
    return page


def exposures(site: Site) -> int:
    return site.world.execute("SELECT count(*) FROM exposure")[0][0]


def test_a_page_of_a_listed_origin_gets_variants_and_is_counted(
    site: Site, connected: Connected
) -> None:
    html = page_with(tag(site.server.address, connected.client.token))
    with site_of(html) as address:
        with site.app.app_context():
            origins.replace(connected.project.id, [address], COMMAND_LINE)
        page = site.chromium.new_context().new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(address)
        first = page.evaluate(connected.evaluated)
        assert first in {"control", "treatment"}
        until(page, lambda: exposures(site) == 1)
        page.reload()
        assert page.evaluate(connected.evaluated) == first
        # What was seen has been told, in this run: only what is done goes out.
        with page.expect_request_finished(lambda request: request.url.endswith("/collect")):
            page.evaluate("switchyard.track('nothing')")
        assert (page.evaluate("troubles"), said, exposures(site)) == ([], [], 1)


def test_a_page_of_an_origin_that_is_not_listed_falls_back_without_an_error(
    site: Site, connected: Connected
) -> None:
    with site_of(page_with(tag(site.server.address, connected.client.token))) as address:
        page = elsewhere(site, address)
        assert page.evaluate(connected.evaluated) == "fallback"
        page.evaluate("switchyard.track('purchase')")
        page.reload()
        page.evaluate("switchyard.ready")
        assert (page.evaluate("troubles"), exposures(site)) == ([], 0)


def test_when_the_server_is_dead_the_page_goes_on_with_its_fallbacks(
    site: Site, connected: Connected
) -> None:
    with site_of(page_with(tag(site.server.address, connected.client.token))) as address:
        with site.app.app_context():
            origins.replace(connected.project.id, [address], COMMAND_LINE)
        page = elsewhere(site, address)
        assert page.evaluate(connected.evaluated) != "fallback"
        site.server.kill()
        page.reload()
        assert page.evaluate("typeof switchyard.variant") == "function", "the script is cached"
        assert page.evaluate(connected.evaluated) == "fallback"
        page.evaluate("switchyard.track('purchase', 3)")
        page.reload()
        page.evaluate("switchyard.ready")
        assert page.evaluate("troubles") == []
