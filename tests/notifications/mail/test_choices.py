"""What somebody is mailed is their own choice, project by project."""

from app.models import How, Role
from tests.conftest import MakeApp
from tests.notifications.mail.choosing import CHANGED_AT_ONCE, chosen, started
from tests.notifications.mail.mail_server import MailServer
from tests.pages.reading import flashed
from tests.world import World


def test_a_member_chooses_for_themselves_and_begins_with_what_is_usual(
    world: World, server: MailServer
) -> None:
    project = world.project(limit=None)
    owner, other = world.member(project, Role.OWNER), world.member(project)
    browser, path = world.browser(owner), f"/account/notifications/{project.key}"
    usual = chosen(browser.get(path))
    assert usual["winner_called"] == How.DAILY
    assert usual["queued_start_came"] == How.AT_ONCE
    assert usual["experiment_changed"] == How.OFF
    answer = browser.submit(path, **CHANGED_AT_ONCE)
    assert flashed(browser.get(answer.location)) == [
        f"Saved: what you are mailed of {project.name}."
    ]
    assert chosen(browser.get(path)) == CHANGED_AT_ONCE
    assert chosen(world.browser(other).get(path))["experiment_changed"] == How.OFF
    started(world, project)
    assert server.recipients == [owner]


def test_without_a_mail_server_the_pages_say_so(make_app: MakeApp) -> None:
    world = World(make_app())
    project = world.project()
    browser = world.browser(world.member(project))
    for path in ("/account/notifications", f"/account/notifications/{project.key}"):
        assert "This server sends no mails" in browser.get(path).text
