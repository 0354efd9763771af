"""The recipes for programs, as they are documented, against the real server."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from app.experiments import creation, goals
from app.experiments.creation import Draft
from app.experiments.designs import Design, GoalUse
from app.experiments.texts import Texts
from app.models import Experiment, GoalRole
from tests.clients import bundle
from tests.clients.conftest import HOW_TO_GET_NODE
from tests.clients.setting import Setting
from tests.conftest import missing
from tests.recipes import recipe
from tests.world import COMMAND_LINE


@pytest.fixture
def banner(setting: Setting) -> Experiment:
    """The experiment of the recipes, which runs."""
    uses = (GoalUse("purchase", GoalRole.PRIMARY),)
    draft = Draft(Texts("Banner"), "banner", Design(goals=uses))
    with setting.world.app.app_context():
        goals.create(setting.project.id, "purchase", COMMAND_LINE)
        made = creation.create(setting.project.id, draft, COMMAND_LINE)
    setting.start(made)
    return made


def counted(setting: Setting) -> tuple[object, ...]:
    """Return how many visitors and conversions are counted in the project."""
    (row,) = setting.world.execute(
        "SELECT sum(visitors), (SELECT sum(conversions) FROM daily_conversions"
        " JOIN run ON run.id = run_id JOIN experiment USING (test_id) WHERE project_id = :project)"
        " FROM daily_visitors JOIN run ON run.id = run_id JOIN experiment USING (test_id)"
        " WHERE project_id = :project",
        project=setting.project.id,
    )
    return tuple(row)


@pytest.mark.usefixtures("banner")
def test_from_python_a_hook_reports_who_has_seen_what(setting: Setting) -> None:
    program = recipe("From a Python server", SERVER=setting.address, CLIENT_KEY=setting.key)
    shown = ran([sys.executable, "-c", f"{program}\nprint(shown)"])
    assert shown in {"control", "treatment"}
    assert counted(setting) == (1, 1)


@pytest.mark.usefixtures("banner")
def test_from_node_plain_http_is_enough(setting: Setting) -> None:
    if not shutil.which("node"):
        missing(HOW_TO_GET_NODE)
    program = recipe("From a Node server", SERVER=setting.address, CLIENT_KEY=setting.key)
    command = ["node", "--input-type=module", "--eval", f"{program}\nconsole.log(shown);"]
    assert ran(command) in {"control", "treatment"}
    assert counted(setting) == (1, 1)


def test_the_web_provider_hears_of_a_pause(
    setting: Setting, banner: Experiment, node_folder: Path, chromium: Browser
) -> None:
    said = "globalThis.read = () => OpenFeature.getClient().getStringValue('banner', 'original');"
    site = node_folder / "recipe"
    with bundle.serving(site) as origin:
        key = setting.client_key(origin)
        text = recipe("With OpenFeature in a page", SERVER=setting.address, CLIENT_KEY=key)
        bundle.bundled(node_folder, f"{text}\n{said}", site)
        page = chromium.new_context().new_page()
        page.clock.install()
        page.goto(origin)
        page.wait_for_function("globalThis.read && read() !== 'original'")
        setting.pause(banner)
        page.clock.run_for(10_000)
        page.wait_for_function("read() === 'original'")
        page.context.close()


def ran(command: list[str]) -> str:
    """Return what a program says that nothing troubles."""
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout.strip()
