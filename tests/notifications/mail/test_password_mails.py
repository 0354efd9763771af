"""A link to choose a password is mailed to whom it is for, and the page says whether."""

from urllib.parse import urlsplit

from tests.command_line import printed
from tests.notifications.mail.mail_server import MailServer
from tests.pages.reading import page
from tests.world import World


def test_an_invitation_is_mailed_and_the_page_says_whether(
    world: World, server: MailServer
) -> None:
    email = world.user(admin=True)
    admin = world.browser(email)
    shown = admin.submit("/admin/people/invite", email="nina@example.test")
    assert "It was mailed to them." in shown.text
    address = page(shown).the("input", id="link").attributes["value"]
    (mail,) = server.got
    assert server.recipients == ["nina@example.test"]
    token = urlsplit(address).query
    lines = mail.get_content().splitlines()
    assert lines[0].startswith(f"{email} has made you a link to Switchyard at https://")
    assert f"https://experiments.example.test/choose-password?{token}" in lines
    server.answer = "550 Nobody of this name"
    person = world.person("nina@example.test").user_id
    shown = admin.submit(f"/admin/people/{person}/link")
    assert "It could not be mailed" in shown.text
    assert "Nobody of this name" in shown.text
    assert page(shown).the("input", id="link").attributes["value"] != address


def test_a_link_that_is_made_on_the_command_line_is_mailed_too(
    world: World, server: MailServer
) -> None:
    made = printed(world, "user", "invite", "new@example.test")
    assert made["mailed"] is True
    assert server.recipients == ["new@example.test"]
    assert made["path"] in server.got[0].get_content()
    server.answer = "550 Nobody of that name"
    again = printed(world, "user", "link", "new@example.test")
    assert again["mailed"] is False
    assert "Nobody of that name" in again["fault"]
