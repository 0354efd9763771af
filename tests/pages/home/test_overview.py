"""Where everybody begins: what needs attention across their projects, and what is live."""

from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from app.lifecycle.holds import holding
from app.lifecycle.queueing import queue
from app.lifecycle.scheduling import due_changes, schedules
from app.lifecycle.scheduling.schedules import Schedule
from app.models import Actor, Door, Experiment, Project, Role, Status, now
from app.results import summaries
from app.tenancy import slot_requests
from tests.conftest import on_both_databases
from tests.contracts import Contract
from tests.measured import noon, started
from tests.pages.reading import Element, page
from tests.world import COMMAND_LINE, QUEUE_UNTIL, TERMS, Browser, World


def overview(world: World, email: str) -> Element:
    answer = world.browser(email).get("/")
    assert answer.status_code == 200
    return page(answer)


def attention(found: Element) -> list[tuple[str, str]]:
    """Each sentence, and where its link leads."""
    if not found.every("ul", class_="attention"):
        return []
    items = found.the("ul", class_="attention").every("li")
    return [(item.the("p").text, item.the("a").attributes["href"]) for item in items]


def live(found: Element) -> list[list[str]]:
    """The rows of what is live, by their cells."""
    body = found.the("table", class_="live-now").the("tbody")
    return [
        [cell.text for cell in (*row.every("th"), *row.every("td"))] for row in body.every("tr")
    ]


def age(world: World, experiment: Experiment, days: float) -> None:
    """Set back when it was last changed."""
    world.execute(
        "UPDATE experiment SET changed_at = :at, live_since = NULL WHERE test_id = :id",
        at=f"{now() - timedelta(days=days):%Y-%m-%d %H:%M:%S.%f}",
        id=experiment.test_id,
    )


def path(project: Project, experiment: Experiment) -> str:
    return f"/projects/{project.key}/experiments/{experiment.key}"


def test_where_nothing_needs_attention_and_nothing_is_live_the_page_says_so(world: World) -> None:
    project = world.project()
    world.experiment(project)
    found = overview(world, world.member(project))
    assert attention(found) == []
    assert "Nothing needs you now." in found.text
    assert "Nothing is live in your projects" in found.text


def test_a_project_over_its_limit_is_named_with_its_numbers(world: World) -> None:
    project, full = world.project(limit=None), world.project(limit=1)
    world.running(project, 3)
    world.running(full, 1)
    world.set_limit(project, 2)
    email = world.member(project)
    world.execute(
        "INSERT INTO membership SELECT :project, id, 'viewer' FROM user_account", project=full.id
    )
    assert attention(overview(world, email)) == [
        (
            f"{project.name} is over its limit: 3 of 2 live. "
            "Nothing more starts there until 2 are paused, or an admin gives it more slots.",
            f"/projects/{project.key}/slots",
        )
    ]


def test_a_result_that_is_sure_is_told_in_its_own_sentence(world: World) -> None:
    measured = started(world, world.project(), name="Banner")
    measured.come(0, 1000, noon(3), purchase=100)
    measured.come(1, 1000, noon(3), purchase=200)
    email = world.member(measured.project)
    assert live(overview(world, email))[0][2] == "Not read yet"
    with world.app.app_context():
        summaries.renew(now())
    found = overview(world, email)
    ((sentence, address),) = attention(found)
    assert sentence.startswith(f"Banner in {measured.project.name}: Treatment wins: it is at least")
    assert address == measured.page
    assert live(found)[0][2].startswith("Treatment wins")
    world.move(measured.experiment, Status.STOPPED, Contract.INTEGERS)
    assert attention(overview(world, email)) == []


def test_a_result_that_is_not_sure_is_told_with_what_is_live_alone(world: World) -> None:
    measured = started(world, world.project())
    measured.come(0, 1000, noon(3), purchase=100)
    measured.come(1, 1000, noon(3), purchase=103)
    with world.app.app_context():
        summaries.renew(now())
    found = overview(world, world.member(measured.project))
    assert attention(found) == []
    assert "is possible for Treatment" in live(found)[0][2]


def test_what_was_read_before_a_pause_is_not_told_after_it(world: World) -> None:
    measured = started(world, world.project())
    measured.come(0, 1000, noon(3), purchase=100)
    measured.come(1, 1000, noon(3), purchase=200)
    with world.app.app_context():
        summaries.renew(now())
    for step in (Status.STOPPED, Status.DRAFT, Status.RUNNING):
        world.move(measured.experiment, step, Contract.INTEGERS)
    found = overview(world, world.member(measured.project))
    assert attention(found) == []
    assert live(found)[0][2] == "Not read yet"


def drop_from_the_queue(world: World, project: Project, experiment: Experiment) -> str:
    """Queue it for somebody who is no marketer any more when its turn comes; gives their e-mail."""
    email = world.member(project)
    (row,) = world.execute("SELECT id FROM user_account WHERE email = :email", email=email)
    actor = Actor(Door.BROWSER, user_id=row.id)
    with world.app.app_context():
        queue.join(project.id, experiment.test_id, actor, QUEUE_UNTIL)
    world.execute("UPDATE membership SET role = 'viewer' WHERE user_id = :id", id=row.id)
    with world.app.app_context():
        queue.serve(project.id)
    return email


def test_what_left_the_queue_by_itself_is_told_until_somebody_sees_to_it(world: World) -> None:
    project = world.project(limit=1)
    world.experiment(project, Status.RUNNING)
    waiting = world.experiment(project, name="Banner")
    drop_from_the_queue(world, project, waiting)
    email = world.member(project)
    ((sentence, address),) = attention(overview(world, email))
    assert sentence.startswith(f"Banner in {project.name}, today at")
    assert "left the queue: whoever asked for it may not change experiments here" in sentence
    assert address == path(project, waiting)
    with world.app.app_context():
        queue.join(project.id, waiting.test_id, COMMAND_LINE, QUEUE_UNTIL)
    assert attention(overview(world, email)) == []


def test_what_somebody_took_out_of_the_queue_needs_nobody(world: World) -> None:
    project = world.project(limit=1)
    world.experiment(project, Status.RUNNING)
    waiting = world.experiment(project)
    with world.app.app_context():
        queue.join(project.id, waiting.test_id, COMMAND_LINE, QUEUE_UNTIL)
        queue.leave(project.id, waiting.test_id, COMMAND_LINE)
    assert attention(overview(world, world.member(project))) == []


def test_a_scheduled_start_that_did_not_happen_is_told_for_a_week(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project, name="Banner")
    at = now() + timedelta(hours=1)
    with world.app.app_context():
        schedules.put(project.id, experiment.test_id, lambda _: Schedule(at, None), COMMAND_LINE)
    world.archive(experiment)
    assert attention(overview(world, world.member(project))) == []
    other = world.experiment(project, name="Other")
    with world.app.app_context():
        schedules.put(project.id, other.test_id, lambda _: Schedule(None, at), COMMAND_LINE)
        due_changes.carry_out(project.id, at + timedelta(seconds=1), TERMS)
    email = world.member(project)
    ((sentence, _),) = attention(overview(world, email))
    assert "Other in" in sentence
    assert "scheduled stop dropped: it was not live" in sentence
    world.execute("UPDATE history SET at = '2026-01-01 00:00:00'")
    assert attention(overview(world, email)) == []


def test_a_stop_of_what_is_paused_is_no_news_and_hides_none(world: World) -> None:
    project = world.project(limit=1)
    (banner,) = world.running(project, 1)
    at = now() + timedelta(hours=1)
    world.schedule(banner, stop_at=at)
    world.move(banner, Status.STOPPED, Contract.NAMES)
    world.running(project, 1)
    drop_from_the_queue(world, project, banner)
    email = world.member(project)
    told = attention(overview(world, email))
    assert [banner.name in sentence for sentence, _ in told] == [True]
    with world.app.app_context():
        due_changes.carry_out(project.id, at, TERMS)
    assert attention(overview(world, email)) == told
    history = world.browser(email).get(f"/projects/{project.key}/history").text
    sentence = "Scheduled stop dropped: it fell due when the experiment was paused already"
    assert sentence in history


def test_the_draft_that_has_been_idle_longest_over_all_projects_is_named(world: World) -> None:
    first, second = world.project(), world.project()
    email = world.member(first)
    world.execute(
        "INSERT INTO membership SELECT :project, id, 'viewer' FROM user_account", project=second.id
    )
    for project, days in ((first, 15), (first, 20), (second, 41), (second, 13)):
        age(world, world.experiment(project, name=f"Idle for {days}"), days)
    age(world, world.experiment(second, Status.STOPPED), 90)
    ((sentence, _),) = attention(overview(world, email))
    assert sentence == (
        f"Idle for 41 in {second.name} has been a draft for 41 days, longer than any other: "
        "start it, or discard it."
    )


def test_a_draft_of_two_weeks_is_not_idle_yet(world: World) -> None:
    project = world.project()
    age(world, world.experiment(project), 13.9)
    assert attention(overview(world, world.member(project))) == []


@pytest.mark.parametrize(("requests", "lead"), [(1, "1 open request"), (2, "2 open requests")])
def test_an_admin_is_told_how_many_requests_are_open_and_nobody_else_is(
    world: World, requests: int, lead: str
) -> None:
    project = world.project(limit=0)
    experiment = world.experiment(project)
    for _ in range(requests):
        user_id = world.execute(
            "SELECT id FROM user_account WHERE email = :email", email=world.member(project)
        )[0].id
        with world.app.app_context():
            asker = Actor(Door.BROWSER, user_id=user_id)
            slot_requests.ask(project.id, experiment.test_id, asker, QUEUE_UNTIL)
    found = overview(world, world.user(admin=True))
    ((sentence, address),) = attention(found)
    assert sentence.startswith(f"{lead} for more slots")
    assert address == "/admin/requests"
    assert attention(overview(world, world.member(project))) == []


def test_what_is_live_is_listed_newest_first_with_its_project_and_its_age(world: World) -> None:
    project, other = world.project(limit=None), world.project()
    for days in (3, 1, 2):
        age(world, world.experiment(project, Status.RUNNING, f"For {days}"), days)
    world.experiment(other, Status.RUNNING, "Elsewhere")
    world.member(other)
    assert live(overview(world, world.member(project, Role.VIEWER))) == [
        [f"For 1 {project.name}", "1 day", "Not read yet"],
        [f"For 2 {project.name}", "2 days", "Not read yet"],
        [f"For 3 {project.name}", "3 days", "Not read yet"],
    ]


def test_twenty_are_shown_as_live_and_it_is_said_that_there_are_more(world: World) -> None:
    project = world.project(limit=None)
    world.running(project, 20)
    email = world.member(project)
    assert "there are more" not in overview(world, email).text
    world.running(project, 1)
    found = overview(world, email)
    assert len(live(found)) == 20
    assert "These are the latest 20; there are more." in found.text


def test_ten_of_a_kind_are_shown_and_it_is_said_that_there_are_more(world: World) -> None:
    email = world.user()
    for _ in range(11):
        project = world.project(limit=None)
        world.running(project, 1)
        world.set_limit(project, 0)
    world.execute(
        "INSERT INTO membership SELECT p.id, u.id, 'viewer' FROM project p, user_account u"
    )
    found = overview(world, email)
    assert len(attention(found)) == 10
    assert "There is more of the same" in found.text


def test_the_next_pages_of_projects_are_projects_alone(world: World) -> None:
    project = world.project(limit=None)
    world.running(project, 1)
    world.set_limit(project, 0)
    email = world.member(project)
    found = page(world.browser(email).get("/?after=0"))
    assert found.the("main").every("h2") == []


def test_a_stranger_hears_of_nothing(world: World) -> None:
    project = world.project(limit=None)
    world.running(project, 2)
    world.set_limit(project, 1)
    age(world, world.experiment(project), 40)
    world.member(project)
    for found in (overview(world, world.user()), overview(world, world.member(world.project()))):
        assert attention(found) == []
        assert project.name not in found.text


def test_the_page_is_fetched_again_when_something_in_a_project_of_the_reader_has_changed(
    world: World,
) -> None:
    mine, other = world.project(), world.project()
    draft, elsewhere = world.experiment(mine), world.experiment(other)
    browser = world.browser(world.member(mine))
    region = page(browser.get("/")).the("section", id="region")
    assert region.attributes["hx-get"] == "/"

    def poll() -> int:
        headers = {"HX_Request": "true", "If_None_Match": f'"{region.attributes["data-version"]}"'}
        return browser.get("/", **headers).status_code

    assert poll() == 304
    world.start(elsewhere)
    assert poll() == 304
    world.start(draft)
    assert poll() == 200
    region = page(browser.get("/", HX_Request="true")).the("section", id="region")
    assert draft.name in region.text
    assert poll() == 304


def test_the_page_is_fetched_again_when_a_result_has_been_read(world: World) -> None:
    measured = started(world, world.project(), days=3)
    browser = world.browser(world.member(measured.project))
    tag = browser.get("/", HX_Request="true").headers["ETag"]
    with world.app.app_context():
        summaries.renew(now())
    answer = browser.get("/", HX_Request="true", If_None_Match=tag)
    assert answer.status_code == 200
    assert "Not read yet" not in page(answer).text


def test_who_was_moved_from_one_project_to_another_is_not_told_that_nothing_has_changed(
    world: World,
) -> None:
    left, joined = world.project(), world.project()
    world.execute("UPDATE project SET version = 7")
    browser = world.browser(email := world.member(left))
    tag = browser.get("/", HX_Request="true").headers["ETag"]
    world.execute(
        "UPDATE membership SET project_id = :joined WHERE user_id ="
        " (SELECT id FROM user_account WHERE email = :email)",
        joined=joined.id,
        email=email,
    )
    assert browser.get("/", HX_Request="true", If_None_Match=tag).status_code == 200


def silent(world: World, project: Project, name: str, days: float) -> Experiment:
    """An experiment that has been live for so long without a visitor, as its result was read."""
    measured = started(world, project, name=name)
    age(world, measured.experiment, days)
    with world.app.app_context():
        summaries.renew(now())
    return measured.experiment


def put_aside(browser: Browser) -> TestResponse:
    """Put aside what needs attention, by its button, and return where that leads."""
    item = page(browser.get("/")).the("ul", class_="attention").every("li")[0]
    fields = {each.attributes["name"]: each.attributes["value"] for each in item.every("input")}
    return browser.client.post(
        item.the("form").attributes["action"], data=fields | {"csrf_token": browser.csrf_token}
    )


def test_live_for_a_day_without_a_visitor_needs_attention_and_less_does_not(world: World) -> None:
    project = world.project()
    silent(world, project, "Today", 0.9)
    email = world.member(project)
    assert attention(overview(world, email)) == []
    experiment = silent(world, project, "Silent", 30)
    ((sentence, address),) = attention(overview(world, email))
    assert sentence == (
        f"Silent in {project.name} has been live for 30 days, and no visitor came: see that its "
        "pages load the script, and that visitors take part."
    )
    assert address == f"{path(project, experiment)}/result"


def test_what_can_never_be_decided_needs_attention_after_a_day(world: World) -> None:
    project = world.project()
    email = world.member(project)
    without_goal = world.experiment(project, Status.RUNNING, "No goal")
    age(world, without_goal, 0.9)
    with world.app.app_context():
        summaries.renew(now())
    assert attention(overview(world, email)) == []
    age(world, without_goal, 2)
    ((sentence, _),) = attention(overview(world, email))
    assert f"No goal in {project.name}: No primary goal is chosen" in sentence


def test_what_is_put_aside_is_left_out_for_its_reader_until_it_changes(world: World) -> None:
    project = world.project()
    experiment = silent(world, project, "Silent", 30)
    email, colleague = world.member(project, Role.VIEWER), world.member(project)
    browser = world.browser(email)
    assert put_aside(browser).headers["Location"] == "/#attention"
    found = page(browser.get("/"))
    assert attention(found) == []
    assert "It shows again when something about it changes." in found.text
    assert len(attention(overview(world, colleague))) == 1
    # The same trouble of another time, and another trouble at the same time, are news.
    world.move(experiment, Status.STOPPED, Contract.INTEGERS)
    world.start(experiment)
    world.execute("UPDATE dismissal SET at = '2020-01-01 00:00:00.000000'")
    age(world, experiment, 2)
    with world.app.app_context():
        summaries.renew(now())
    assert len(attention(page(browser.get("/")))) == 1


@on_both_databases
def test_another_verdict_shows_again(world: World) -> None:
    project = world.project()
    experiment = silent(world, project, "Silent", 30)
    browser = world.browser(world.member(project))
    put_aside(browser)
    assert attention(page(browser.get("/"))) == []
    world.execute(
        "UPDATE standing SET kind = 'sample_ratio_mismatch', tone = 'broken',"
        " needs_attention = :yes, sentence = 'Do not trust this.' WHERE test_id = :id",
        id=experiment.test_id,
        yes=True,
    )
    ((sentence, _),) = attention(page(browser.get("/")))
    assert "Do not trust this." in sentence


@on_both_databases
def test_of_drafts_the_next_one_is_named_once_the_longest_idle_is_put_aside(world: World) -> None:
    project = world.project()
    for days in (20, 41):
        age(world, world.experiment(project, name=f"Idle for {days}"), days)
    browser = world.browser(world.member(project))
    put_aside(browser)
    ((sentence, _),) = attention(page(browser.get("/")))
    assert sentence.startswith("Idle for 20")
    browser.submit("/put-aside/none")
    ((sentence, _),) = attention(page(browser.get("/")))
    assert sentence.startswith("Idle for 41")


@on_both_databases
def test_a_start_that_did_not_happen_is_put_aside(world: World) -> None:
    project = world.project(limit=1)
    world.experiment(project, Status.RUNNING)
    drop_from_the_queue(world, project, world.experiment(project, name="Banner"))
    browser = world.browser(world.member(project))
    put_aside(browser)
    assert attention(page(browser.get("/"))) == []


@on_both_databases
@pytest.mark.parametrize(
    "fields",
    [{"experiment": "x"}, {"trouble": "none"}, {"experiment": "99"}, {"state": "dra\0ft"}],
)
def test_what_is_no_trouble_of_the_reader_is_not_put_aside(
    world: World, fields: dict[str, str]
) -> None:
    project = world.project()
    experiment = world.experiment(project)
    form = {"experiment": str(experiment.test_id), "trouble": "idle", "state": "draft", **fields}
    browser = world.browser(world.member(project))
    assert browser.submit("/put-aside", **form).status_code == 404
    assert world.execute("SELECT * FROM dismissal") == []


def test_what_is_sure_is_not_pushed_out_by_what_leads_nowhere(world: World) -> None:
    project = world.project(limit=None)
    measured = started(world, project, name="Winning")
    measured.come(0, 1000, noon(3), purchase=100)
    measured.come(1, 1000, noon(3), purchase=200)
    for number in range(11):
        silent(world, project, f"Silent {number}", 3)
    found = overview(world, world.member(project))
    assert len(attention(found)) == 10
    assert attention(found)[0][0].startswith("Winning")
    assert "There is more of the same" in found.text


@on_both_databases
def test_a_day_without_a_visitor_needs_attention_however_many_came_before(world: World) -> None:
    measured = started(world, world.project(), name="Fell silent")
    measured.come(0, 1000, now() - timedelta(days=3), purchase=100)
    measured.come(1, 1000, now() - timedelta(days=3), purchase=103)
    age(world, measured.experiment, 5)
    with world.app.app_context():
        summaries.renew(now())
    browser = world.browser(world.member(measured.project))
    ((sentence, _),) = attention(page(browser.get("/")))
    assert sentence.startswith(f"Fell silent in {measured.project.name}: ")
    assert "No visitor has come for 3 days: see that its pages load the script." in sentence
    put_aside(browser)
    assert attention(page(browser.get("/"))) == []
    measured.come(1, 1, now() - timedelta(hours=1))
    assert attention(page(browser.get("/"))) == []
    # What is put aside is the silence until then: the next one is another.
    world.execute("UPDATE dismissal SET at = :past", past=now() - timedelta(days=3, hours=1))
    world.execute("UPDATE daily_visitors SET last_at = :past", past=now() - timedelta(days=2))
    assert len(attention(page(browser.get("/")))) == 1


def overdue(world: World, experiment: Experiment, minutes: int) -> None:
    world.execute(
        "UPDATE scheduled_change SET at = :at WHERE test_id = :id",
        at=f"{now() - timedelta(minutes=minutes):%Y-%m-%d %H:%M:%S.%f}",
        id=experiment.test_id,
    )


@on_both_databases
def test_what_is_overdue_is_put_aside_until_it_is_held_or_due_anew(world: World) -> None:
    project = world.project()
    draft = world.experiment(project, name="Late")
    world.schedule(draft, now() + timedelta(hours=1))
    overdue(world, draft, 5)
    browser = world.browser(world.member(project))
    put_aside(browser)
    assert attention(page(browser.get("/"))) == []
    with world.app.app_context():
        held = holding.hold_queue(project.id, COMMAND_LINE)
    assert held.is_new
    ((sentence, _),) = attention(page(browser.get("/")))
    assert f"Late in {project.name}: held" in sentence
    put_aside(browser)
    assert attention(page(browser.get("/"))) == []
    world.execute("UPDATE dismissal SET at = :past", past=now() - timedelta(hours=1))
    assert len(attention(page(browser.get("/")))) == 1


@on_both_databases
def test_a_rise_of_traffic_that_is_overdue_needs_attention_until_it_is_put_aside(
    world: World,
) -> None:
    project = world.project()
    live = world.overdue_rise(project)
    browser = world.browser(world.member(project))
    sentences = [sentence for sentence, _ in attention(page(browser.get("/")))]
    said = f"{live.name} in {project.name}: overdue: traffic was to rise to 50 % on"
    assert any(said in sentence for sentence in sentences)
    put_aside(browser)
    assert attention(page(browser.get("/"))) == []


@on_both_databases
def test_a_project_over_its_limit_is_put_aside_until_its_numbers_change(world: World) -> None:
    project = world.project(limit=None)
    running = world.running(project, 3)
    world.set_limit(project, 2)
    browser = world.browser(world.member(project))
    put_aside(browser)
    assert attention(page(browser.get("/"))) == []
    world.set_limit(project, 1)
    assert len(attention(page(browser.get("/")))) == 1
    put_aside(browser)
    assert attention(page(browser.get("/"))) == []
    world.move(running[0], Status.STOPPED, Contract.INTEGERS)
    ((sentence, _),) = attention(page(browser.get("/")))
    assert "2 of 1 live" in sentence


@on_both_databases
def test_open_requests_are_put_aside_by_an_admin_until_there_is_another(world: World) -> None:
    project = world.project(limit=0)
    experiment = world.experiment(project)
    admin = world.browser(world.user(admin=True))
    for _ in range(2):
        asker = world.person(world.member(project))
        with world.app.app_context():
            slot_requests.ask(project.id, experiment.test_id, asker, QUEUE_UNTIL)
        assert len(attention(page(admin.get("/")))) == 1
        tag = admin.get("/", HX_Request="true").headers["ETag"]
        put_aside(admin)
        assert attention(page(admin.get("/"))) == []
        assert admin.get("/", HX_Request="true", If_None_Match=tag).status_code == 200
    assert "Show it again" in page(admin.get("/")).text
    member = world.browser(world.member(project))
    form = {"experiment": str(experiment.test_id), "trouble": "requests", "state": "2 2"}
    assert member.submit("/put-aside", **form).status_code == 404
