"""Addresses of people and of pages, as pages show them."""

import re
from datetime import timedelta

import pytest

from app.models import Role, now
from app.pages.common.addresses import breakable
from tests.pages.reading import page
from tests.world import Browser, World

# The browser breaks what stands in an option or a template by itself, or shows it in a dialog.
OWNER = Role.OWNER
NOT_ON_THE_PAGE = re.compile("<(option|template|title)\\b.*?</\\1>", re.DOTALL)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("mia@demo.test", "mia@<wbr>demo.test"),
        ("you", "you"),
        ("<b>@x", "&lt;b&gt;@<wbr>x"),
        ("shop.test/product/bag", "shop.test/<wbr>product/<wbr>bag"),
    ],
)
def test_an_address_breaks_behind_its_at_sign_and_its_slashes(text: str, html: str) -> None:
    assert breakable(text) == html


def unbroken(browser: Browser, address: str) -> list[str]:
    """The texts of a page in which an e-mail cannot break behind its “@”."""
    html = NOT_ON_THE_PAGE.sub("", browser.get(address).text)
    return re.findall(r">([^<]*\w@\w[^<]*)<", html)


def test_history_breaks_every_e_mail_behind_its_at_sign(world: World) -> None:
    project = world.project(limit=1)
    email, owner_email = world.member(project), world.member(project, OWNER)
    (running,) = world.running(project, 1)
    world.schedule(running, stop_at=now() + timedelta(hours=1), actor=world.person(email))
    owner = world.browser(owner_email)
    edit = f"/projects/{project.key}/experiments/{running.key}/edit"
    fields = page(owner.get(edit)).every("input")
    form = {
        each.attributes["name"]: each.attributes.get("value", "")
        for each in fields
        if each.attributes.get("name") in {"name", "seen"}
    }
    assert owner.submit(edit, **form, owner=email).status_code == 302
    owner.submit(f"/projects/{project.key}/members", email=email, role="viewer")
    told = f"/projects/{project.key}/history"
    for reader in (email, owner_email):
        html = world.browser(reader).get(told).text
        assert html.count(email.replace("@", "@<wbr>")) >= 1
        assert unbroken(world.browser(reader), told) == []


def test_a_page_that_names_people_breaks_their_e_mails(world: World) -> None:
    project = world.project()
    email, member, owner_email = world.user(), world.member(project), world.member(project, OWNER)
    owner = world.browser(owner_email)
    owner.submit(f"/projects/{project.key}/members", email=world.user(), role="viewer")
    assert unbroken(owner, f"/projects/{project.key}/members") == []
    assert unbroken(world.browser(email), "/") == []
    assert unbroken(world.browser(member), f"/projects/{project.key}/install") == []


def test_the_sign_in_page_brings_the_keyboard_for_addresses(world: World) -> None:
    field = page(world.browser().get("/sign-in")).the("input", name="email")
    assert (field.attributes["type"], field.attributes["autocomplete"]) == ("email", "username")
