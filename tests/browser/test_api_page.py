"""From the API page to a started experiment, by copying what stands there into a shell."""

import os
import subprocess

from playwright.sync_api import Page, expect

from app.accounts import api_keys
from app.experiments import goals, lookup
from app.models import KeyType, Role, Status
from app.pages.project.api_commands import KEY, SERVER_KEY
from tests.browser.conftest import Site
from tests.browser.views import check
from tests.world import COMMAND_LINE

STEPS = ["walk-key", "walk-create", "walk-try", "walk-start", "walk-show"]
SECONDS_FOR_CURL = 60
ID_AND_VALUE = "fields => fields.map(each => ({id: each.id, value: each.value}))"
TELL = "curl -s -o /dev/null -w '%{http_code}\\n'"
NOT_UNDERSTOOD = {400, 401, 404, 405, 413, 415, 422, 500}
# Those name a key, a webhook, a link, an audience or somebody that there is not, what does not wait
# or was not stopped.
MADE_UP = {
    "preview-command": 404,
    "revoke_key-command": 404,
    "rotate_key-command": 404,
    "undo_stop-command": 404,
    "put_member-command": 422,
    "remove_member-command": 404,
    "count_again-command": 404,
    "move_in_queue-command": 404,
    "leave_queue-command": 404,
    "show_webhook-command": 404,
    "change_webhook-command": 404,
    "remove_webhook-command": 404,
    "rotate_webhook_secret-command": 404,
    "test_webhook-command": 404,
    "list_webhook_deliveries-command": 404,
    "redeliver_to_webhook-command": 404,
    "show_audience-command": 404,
    "show_audience_reach-command": 404,
    "change_audience-command": 404,
    "delete_audience-command": 404,
}


def copied(page: Page, field: str) -> str:
    """Return what is in the clipboard after the button beside a text was pressed."""
    page.locator(f'button[data-copy="{field}"]').click()
    expect(page.locator(f".copy:has(#{field}) [role=status]")).to_have_text("Copied.")
    return page.evaluate("navigator.clipboard.readText()")


def minted(page: Page) -> str:
    """A new admin key, as its page shows it."""
    page.get_by_role("link", name="Create an admin key").click()
    page.get_by_label("Name").fill("shell")
    page.get_by_role("button", name="Create key").click()
    return page.get_by_label("The new key").input_value()


def test_copy_and_paste_lead_to_a_started_experiment(site: Site) -> None:
    project = site.world.project()
    owner = site.world.member(project, Role.OWNER)
    page = site.visit(owner)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"/projects/{project.key}")
    page.get_by_role("link", name="API", exact=True).click()
    commands = [copied(page, step) for step in STEPS]
    key = minted(page)
    shell = subprocess.run(
        ["bash", "-e"],
        input="\n".join([commands[0], key, *commands[1:], ""]),
        capture_output=True,
        text=True,
        timeout=SECONDS_FOR_CURL,
        check=True,
    )
    assert '"status":"running"' in shell.stdout.replace(" ", "")
    with site.app.app_context():
        found = lookup.by_public_id(project.id, lookup.public_id_of(project.id, "first-experiment"))
        assert found.status is Status.RUNNING


def test_every_command_of_the_page_is_understood(site: Site) -> None:
    project = site.world.project()
    site.world.start(site.world.experiment(project))
    site.world.experiment(project)
    with site.app.app_context():
        goals.create(project.id, "purchase", COMMAND_LINE)
        api_keys.mint(project.id, KeyType.CLIENT, "pages", COMMAND_LINE)
        server_key = api_keys.mint(project.id, KeyType.SERVER, "shop", COMMAND_LINE).token
    page = site.visit(site.world.member(project, Role.OWNER))
    page.goto(f"/projects/{project.key}/api")
    operations = page.locator("details textarea")
    commands = {each["id"]: each["value"] for each in operations.evaluate_all(ID_AND_VALUE)}
    told = [f"{TELL} {each.removeprefix('curl ')}" for each in commands.values()]
    shell = subprocess.run(
        ["bash"],
        input="\n".join(told),
        env={**os.environ, KEY: site.world.key(project), SERVER_KEY: server_key},
        capture_output=True,
        text=True,
        timeout=SECONDS_FOR_CURL,
        check=True,
    )
    statuses = dict(zip(commands, map(int, shell.stdout.split()), strict=True))
    assert {name: each for name, each in statuses.items() if each in NOT_UNDERSTOOD} == MADE_UP


def test_axe_finds_nothing_in_an_operation_that_is_unfolded(site: Site) -> None:
    project = site.world.project()
    page = site.visit(site.world.member(project, Role.OWNER))
    page.goto(f"/projects/{project.key}/api")
    page.locator("#set_status summary").click()
    expect(page.locator("#set_status-command")).to_be_visible()
    check(page)
