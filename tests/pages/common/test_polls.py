"""What a poll is told from memory, and what is never taken from there."""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from werkzeug.test import TestResponse

from app.accounts import access, users
from app.models import Experiment, Project, Role, now
from app.pages.common import fragments
from app.pages.common.polls import SECONDS_KNOWN
from tests.clock import Clock, set_polls_by_hand
from tests.conftest import on_both_databases
from tests.statements import recorded
from tests.world import COMMAND_LINE, PASSWORD, Browser, World


@dataclass
class Watched:
    """A project's page that somebody has open, in a process whose time passes by hand."""

    world: World
    clock: Clock
    project: Project
    experiment: Experiment
    email: str
    browser: Browser
    path: str
    tag: str = ""

    def fetch(self) -> TestResponse:
        """Return what an action has htmx fetch: the region as it is now."""
        return self.browser.get(self.path, HX_Request="true")

    def poll(self, browser: Browser | None = None) -> int:
        """The answer to the timed poll of this page, as another browser sends it or its own."""
        headers = {"HX_Request": "true", "If_None_Match": self.tag}
        return (browser or self.browser).get(self.path, **headers).status_code

    def forget_version(self) -> None:
        """Let so much time pass that the project's version is asked for again."""
        self.clock.seconds += self.world.app.config["SECONDS_REMEMBERED"]

    def user_id(self) -> int:
        """Return who looks at the page."""
        statement = "SELECT id FROM user_account WHERE email = :email"
        return self.world.execute(statement, email=self.email)[0].id


@pytest.fixture(params=["project", "experiment"])
def watched(world: World, request: pytest.FixtureRequest) -> Watched:
    """A page that is known to be unchanged: another poll of it asks the database nothing."""
    project = world.project(connected=True)
    world.member(project, Role.OWNER)
    experiment, email = world.experiment(project), world.member(project)
    path = f"/projects/{project.key}"
    if request.param == "experiment":
        path += f"/experiments/{experiment.key}"
    clock = set_polls_by_hand(world.app)
    made = Watched(world, clock, project, experiment, email, world.browser(email), path)
    made.tag = made.fetch().headers["ETag"]
    assert made.poll() == 304
    with recorded(world.app) as sent:
        assert made.poll() == 304
    assert sent == []
    return made


@on_both_databases
def test_a_change_is_seen_when_the_version_is_asked_for_again(watched: Watched) -> None:
    watched.world.start(watched.experiment)
    watched.forget_version()
    assert watched.poll() == 200


@pytest.mark.parametrize("moved", ["version = version + 1", "nonce = 'of another state'"])
def test_another_version_or_another_nonce_is_another_state(watched: Watched, moved: str) -> None:
    watched.world.execute(f"UPDATE project SET {moved}")  # noqa: S608
    watched.forget_version()
    assert watched.poll() == 200


def test_whoever_has_acted_sees_it_at_once(watched: Watched) -> None:
    watched.world.start(watched.experiment)
    answer = watched.fetch()
    assert answer.status_code == 200
    assert "Visitors are being split" in answer.text


def test_many_pages_of_a_project_ask_for_its_version_once(watched: Watched) -> None:
    world = watched.world
    others = [world.browser(world.member(watched.project)) for _ in range(3)]
    pages = [watched.browser, *others]
    tags = [page.get(watched.path).headers["ETag"] for page in pages]
    watched.forget_version()
    with recorded(world.app) as sent:
        for page, tag in zip(pages, tags, strict=True):
            answer = page.get(watched.path, HX_Request="true", If_None_Match=tag)
            assert answer.status_code == 304
    assert len(sent) == 1


def test_a_removed_member_is_refused_when_the_version_is_asked_for_again(
    watched: Watched,
) -> None:
    watched.world.remove(watched.project, watched.email)
    watched.forget_version()
    assert watched.poll() == 404


def test_a_member_in_another_role_gets_the_page_anew(watched: Watched) -> None:
    watched.world.give_role(watched.project, watched.email, Role.VIEWER)
    watched.forget_version()
    assert watched.poll() == 200


def test_who_asks_is_judged_anew_after_a_while_however_often_they_ask(watched: Watched) -> None:
    with watched.world.app.app_context():
        users.set_password(watched.email, "another horse", COMMAND_LINE)
    for second in range(0, int(SECONDS_KNOWN), 4):
        watched.clock.seconds = second
        assert watched.poll() == 304
    watched.clock.seconds = SECONDS_KNOWN
    assert watched.poll() == 401


def test_a_browser_that_has_signed_out_is_unknown_at_once(watched: Watched) -> None:
    watched.browser.submit("/sign-out")
    assert watched.poll() == 401


def copied(watched: Watched) -> Browser:
    """Another browser, with a copy of the cookie, which the process knows from its polls."""
    cookie, copy = watched.browser.client.get_cookie("switchyard"), watched.world.browser()
    assert cookie
    copy.client.set_cookie("switchyard", cookie.value)
    assert watched.poll(copy) == 304
    return copy


def test_a_copied_cookie_is_refused_at_once_where_its_owner_has_signed_out(
    watched: Watched,
) -> None:
    copy = copied(watched)
    watched.browser.submit("/sign-out")
    assert watched.poll(copy) == 401


@pytest.mark.parametrize("way", ["everywhere else", "a new password"])
def test_where_somebody_ends_their_other_sessions_those_are_refused_at_once(
    watched: Watched, way: str
) -> None:
    other = watched.world.browser(watched.email)
    if way == "everywhere else":
        other.submit("/account/sessions/end-others")
    else:
        new = "a better password"
        other.submit("/account", present=PASSWORD, new=new, again=new)
    assert watched.poll() == 401
    assert watched.poll(other) == 304


def test_nobody_is_told_anything_for_the_tag_of_somebody_else(watched: Watched) -> None:
    world = watched.world
    colleague = world.browser(world.member(watched.project))
    assert colleague.get(watched.path).status_code == 200
    assert watched.poll(colleague) == 200
    assert watched.poll(world.browser(world.user())) == 404
    assert watched.poll(world.browser()) == 401


def test_a_cookie_that_was_tampered_with_is_nobodys(watched: Watched) -> None:
    cookie = watched.browser.client.get_cookie("switchyard")
    assert cookie
    payload, _, signature = cookie.value.rpartition(".")
    stranger = watched.world.browser()
    stranger.client.set_cookie("switchyard", f"{payload}.{signature[::-1]}")
    assert watched.poll(stranger) == 401
    stranger.client.set_cookie("switchyard", cookie.value)
    assert watched.poll(stranger) == 304


def test_the_cookies_of_others_change_nothing(watched: Watched) -> None:
    watched.browser.client.set_cookie("balancer", "another with every answer")
    with recorded(watched.world.app) as sent:
        assert watched.poll() == 304
    assert sent == []


def test_what_is_known_of_one_project_says_nothing_of_another(watched: Watched) -> None:
    other = watched.world.project()
    theirs = watched.world.experiment(other)
    path = f"/projects/{other.key}"
    headers = {"HX_Request": "true", "If_None_Match": watched.tag}
    for each in (path, f"{path}/experiments/{theirs.key}"):
        assert watched.browser.get(each, **headers).status_code == 404


@pytest.mark.parametrize(("days", "status"), [(0, 304), (-1, 200)])
def test_yesterdays_page_is_not_todays(watched: Watched, days: int, status: int) -> None:
    with watched.world.app.app_context():
        caller = access.as_reader(watched.user_id(), watched.project.key)
    tag = fragments.tag(caller, now().date() + timedelta(days=days), ZoneInfo("UTC"))
    headers = {"HX_Request": "true", "If_None_Match": f'"{tag}"'}
    assert watched.browser.get(watched.path, **headers).status_code == status
