"""One press in a mail ends such mails, without a sign-in."""

from datetime import timedelta
from urllib.parse import urlsplit

from app import jobs
from app.models import How, Project, now
from app.notifications.mail.readers import OF_ADMINS
from app.tenancy import slot_requests
from tests.conftest import on_both_databases
from tests.notifications.mail.choosing import ALL_OFF, CHANGED_AT_ONCE, chosen, started
from tests.notifications.mail.mail_server import MailServer
from tests.world import World


def test_one_request_of_a_program_for_mails_stops_them_without_a_sign_in(
    world: World, server: MailServer
) -> None:
    project = world.project(limit=None)
    email = world.member(project)
    path = f"/account/notifications/{project.key}"
    world.browser(email).submit(path, **CHANGED_AT_ONCE)
    started(world, project)
    (mail,) = server.got
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = mail["List-Unsubscribe"].strip("<>")
    assert link in mail.get_content()
    assert link.startswith("https://experiments.example.test/")
    stops = link.removeprefix("https://experiments.example.test")
    program = world.app.test_client()
    assert "Stop these mails" in program.get(stops).text
    started(world, project)
    assert len(server.got) == 2, "a link that is only followed stops nothing"
    one_click = {"List-Unsubscribe": "One-Click"}
    answer = program.post(stops, data=one_click, content_type="multipart/form-data")
    assert (answer.status_code, "have stopped" in answer.text) == (200, True)
    started(world, project)
    assert len(server.got) == 2
    assert chosen(world.browser(email).get(path)) == ALL_OFF
    assert program.post(stops, data=one_click).status_code == 200
    world.remove(project, email)
    assert "have stopped" in program.get(stops).text


def test_a_link_that_was_changed_stops_nothing(world: World, server: MailServer) -> None:
    project = world.project()
    email = world.member(project)
    world.browser(email).submit(f"/account/notifications/{project.key}", **CHANGED_AT_ONCE)
    started(world, project)
    stops = urlsplit(server.got[0]["List-Unsubscribe"].strip("<>"))
    for query in ("", f"{stops.query}x", "token=WzEsMV0.forged"):
        assert world.app.test_client().post(f"/stop-mails?{query}").status_code == 400


@on_both_databases
def test_an_admin_stops_and_chooses_again_what_comes_of_projects_that_they_are_not_in(
    world: World, server: MailServer
) -> None:
    project = world.project(limit=0)
    admin = world.user(admin=True)
    browser, path = world.browser(admin), "/admin/notifications"
    assert chosen(browser.get(path)) == dict.fromkeys(OF_ADMINS, How.AT_ONCE)
    request_slots(world, project)
    (mail,) = server.got
    stops = mail["List-Unsubscribe"].strip("<>").removeprefix("https://experiments.example.test")
    program = world.app.test_client()
    assert "Stop mails of projects that you are no member of?" in program.get(stops).text
    assert "have stopped" in program.post(stops).text
    assert chosen(browser.get(path)) == dict.fromkeys(OF_ADMINS, How.OFF)
    request_slots(world, project)
    assert len(server.got) == 1
    browser.submit(path, slots_requested=How.AT_ONCE, queued_start_came=How.OFF)
    request_slots(world, project)
    assert server.recipients == [admin, admin]


def request_slots(world: World, project: Project) -> None:
    """Somebody asks for more slots, and whoever is to be told of it at once is."""
    draft, asking = world.experiment(project), world.person(world.member(project))
    with world.app.app_context():
        slot_requests.ask(project.id, draft.test_id, asking, now() + timedelta(days=1))
        jobs.once(now())
