"""The script in Debian's Firefox, which is led by nothing: what it has counted says how it went."""

import shutil
import subprocess
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.accounts import api_keys, origins
from app.models import KeyType
from app.pages.project import snippets
from app.pages.project.snippets import Snippet
from tests.browser.sites.elsewhere import page_with, site_of
from tests.browser.sites.test_script_slowed import counted, running
from tests.conftest import missing
from tests.servers import Server
from tests.watching import until
from tests.world import COMMAND_LINE, World

pytestmark = pytest.mark.soak

SECONDS_TO_START = 60
# What the order is worth tells: 1 where the page's own came first, and then a variant.
PAGE = """<script>
  let isLoaded = false;
  addEventListener("load", () => { isLoaded = true; });
  switchyard.watch("%s", "original", (value) => {
    const isGood = isLoaded && ["control", "treatment"].includes(value) && !troubles.length;
    switchyard.track("order", isGood ? 1 : 1000);
  });
</script>"""


@contextmanager
def opened(address: str, profile: Path) -> Generator[None]:
    """Have a Firefox without windows open a page."""
    binary = shutil.which("firefox-esr")
    if not binary:
        missing("Firefox is not installed: apt-get install firefox-esr")
    command = [binary, "--headless", "--no-remote", "--profile", str(profile), address]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as firefox:
        try:
            yield
        finally:
            firefox.terminate()


@pytest.mark.parametrize("more", ["", "edge: true,"], ids=["decided by the server", "in the page"])
@pytest.mark.parametrize("tag", [snippets.tag, snippets.fixed_tag], ids=["newest", "fixed"])
def test_the_pages_own_comes_first_then_the_variant_and_it_counts_once(
    served: tuple[World, Server], tmp_path: Path, tag: Callable[[str, str], Snippet], more: str
) -> None:
    world, server = served
    experiment = running(world)
    with world.app.app_context():
        key = api_keys.mint(experiment.project_id, KeyType.CLIENT, "web pages", COMMAND_LINE).token
    loader = tag(server.address, key).text.replace("key:", f"{more} key:")
    with site_of(page_with(loader + PAGE % experiment.key)) as address:
        with world.app.app_context():
            origins.replace(experiment.project_id, [address], COMMAND_LINE)
        with opened(address, tmp_path):
            until(lambda: counted(world, experiment)[1] > 0, SECONDS_TO_START)
    assert counted(world, experiment) == (1, 1)
