"""Members are mailed what they want to be told: once, and nobody else is."""

import threading
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import func, select

from app import jobs
from app.accounts import people
from app.core.errors import InvalidInput
from app.core.validation import checked_name
from app.database.engine import db
from app.database.transactions import writing
from app.models import Actor, AnnouncementKind, Experiment, How, OutboxEntry, Project, Role, now
from app.notifications.attempts import AGAIN_AFTER, LEASE
from app.notifications.mail import choices, letters
from app.notifications.mail.sorting import next_summary
from app.notifications.outbox import Announcement, announce
from app.tenancy import departures, overrides, slot_requests
from app.tenancy.overrides import Grant
from tests.conftest import MakeApp, on_both_databases
from tests.notifications.listening import kinds
from tests.notifications.mail.choosing import chosen
from tests.notifications.mail.mail_server import MailServer
from tests.statements import recorded
from tests.world import COMMAND_LINE, World

CHANGED, OVERDUE = AnnouncementKind.EXPERIMENT_CHANGED, AnnouncementKind.OVERDUE
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


def turn(world: World, after: timedelta = timedelta()) -> None:
    """Have the jobs do all there is to do, some time from now."""
    with world.app.app_context():
        jobs.once(now() + after)


def summaries_after() -> timedelta:
    """Return how long it is until the next daily summaries, and a second."""
    return next_summary(now()) - now() + SECOND


def choose(world: World, project: Project, email: str, how: How, kind: AnnouncementKind) -> None:
    """Have a member choose how to be told of one kind, and of nothing else."""
    with world.app.app_context():
        user_id = world.person(email).user_id
        assert user_id
        choices.save(user_id, project.id, {**choices.NOTHING, kind: how})


def reader(world: World, project: Project, kind: AnnouncementKind = CHANGED) -> str:
    """A new member who wants to be told of one kind at once."""
    email = world.member(project)
    choose(world, project, email, How.AT_ONCE, kind)
    return email


@on_both_databases
def test_a_change_is_mailed_once_to_the_member_who_wants_that(
    world: World, server: MailServer
) -> None:
    project = world.project()
    email = reader(world, project)
    world.member(project)
    draft = world.experiment(project)
    world.start(draft)
    turn(world)
    turn(world, DAY)
    (mail,) = server.got
    assert server.recipients == [email]
    assert (mail["To"], mail["From"]) == (email, "Switchyard <switchyard@example.test>")
    said = f"{project.name}: “{draft.name}” was started by the command line."
    assert mail["Subject"] == said
    address = f"https://experiments.example.test/projects/{project.key}/experiments/{draft.key}"
    assert mail.get_content().splitlines()[:2] == [said, address]
    assert world.browser(email).get(address.partition(".test")[2]).status_code == 200


def test_nobody_is_mailed_what_they_did_themselves(world: World, server: MailServer) -> None:
    project = world.project()
    author, other = reader(world, project), reader(world, project)
    (live,) = world.running(project, 1)
    world.paused_by(live, world.person(author))
    turn(world)
    said = {str(mail["To"]): str(mail["Subject"]) for mail in server.got}
    assert said == {
        author: f"{project.name}: “{live.name}” was started by the command line.",
        other: f"{project.name}: 2 things have happened",
    }


def test_an_owner_is_mailed_the_end_of_a_limit_that_they_had_given_themselves(
    world: World, server: MailServer
) -> None:
    project = world.project(limit=1)
    email = world.user(admin=True)
    world.give_role(project, email, Role.OWNER)
    choose(world, project, email, How.AT_ONCE, AnnouncementKind.PLAN_LOWERED)
    until = now() + timedelta(hours=1)
    with world.app.app_context():
        overrides.give(project.key, Grant(2, until, "The fair"), world.person(email))
    world.running(project, 2)
    turn(world, timedelta(hours=2))
    assert server.subjects == [
        f"{project.name}: The limit of live experiments is 1 now instead of 2, whose time is up; "
        "2 are live, none was stopped."
    ]


@on_both_databases
def test_by_default_whoever_queued_a_start_is_told_of_it_alone(
    world: World, server: MailServer
) -> None:
    project = world.project(limit=1)
    (live,) = world.running(project, 1)
    asking = world.member(project)
    world.member(project, Role.OWNER)
    draft = world.experiment(project)
    world.queue(draft, world.person(asking))
    world.paused_by(live, COMMAND_LINE)
    turn(world)
    assert server.recipients == [asking]
    assert server.subjects == [
        f"{project.name}: “{draft.name}” waited for a slot, and is live now."
    ]


@on_both_databases
def test_by_default_an_admin_who_is_a_member_is_told_at_once_of_a_request(
    world: World, server: MailServer
) -> None:
    project = world.project(limit=1)
    admin, asking = world.user(admin=True), world.member(project)
    world.give_role(project, admin, Role.VIEWER)
    world.member(project, Role.OWNER)
    world.running(project, 1)
    draft = world.experiment(project)
    with world.app.app_context():
        until = now() + DAY
        slot_requests.ask(
            project.id, draft.test_id, world.person(asking), until, note="The fair begins."
        )
    turn(world)
    assert server.recipients == [admin]
    assert server.subjects == [
        f"{project.name}: {asking} asks for more slots, for “{draft.name}”: The fair begins."
    ]
    path = f"/account/notifications/{project.key}"
    assert chosen(world.browser(admin).get(path))["slots_requested"] == How.AT_ONCE


def asked_for_slots(world: World, project: Project) -> str:
    """Return who has just asked for more slots in a project that has none left."""
    asking = world.member(project)
    draft = world.experiment(project)
    with world.app.app_context():
        slot_requests.ask(project.id, draft.test_id, world.person(asking), now() + DAY)
    return asking


@on_both_databases
def test_every_admin_is_told_at_once_of_a_request_and_where_it_waits(
    world: World, server: MailServer
) -> None:
    project, admins = world.project(limit=0), [world.user(admin=True) for _ in range(2)]
    asking = asked_for_slots(world, project)
    turn(world)
    assert sorted(server.recipients) == sorted(admins)
    assert server.subjects[0].startswith(f"{project.name}: {asking} asks for more slots")
    address = server.got[0].get_content().splitlines()[1]
    assert address == "https://experiments.example.test/admin/requests"


@on_both_databases
def test_who_is_admin_no_more_is_told_of_no_request_even_of_what_waits(
    world: World, server: MailServer
) -> None:
    unmade, away, stays = (world.user(admin=True) for _ in range(3))
    project = world.project(limit=0)
    asked_for_slots(world, project)
    with world.app.app_context():
        jobs.handing_on.hand_on(now(), mails=True)
        for email, leave in ((unmade, set_no_admin), (away, departures.deactivate)):
            user_id = world.person(email).user_id
            assert user_id
            leave(user_id, COMMAND_LINE)
    asked_for_slots(world, project)
    turn(world)
    assert set(server.recipients) == {stays}


def set_no_admin(user_id: int, actor: Actor) -> object:
    """Unmake an admin."""
    return people.set_admin(user_id, actor, is_admin=False)


@on_both_databases
def test_of_a_start_at_the_end_of_a_limit_its_owner_hears_and_who_had_given_it(
    world: World, server: MailServer
) -> None:
    project, admin = world.project(limit=1), world.user(admin=True)
    world.user(admin=True)
    asking, owning = world.member(project), world.member(project)
    draft = world.experiment(project)
    own(world, draft, owning)
    until = now() + timedelta(hours=1)
    with world.app.app_context():
        overrides.give(project.key, Grant(0, until, "Calm"), world.person(admin))
    world.queue(draft, world.person(asking))
    turn(world, timedelta(hours=2))
    assert sorted(server.recipients) == sorted([admin, asking, owning])
    why = f"the time of the limit that {admin} had given is up."
    said = f"{project.name}: “{draft.name}” waited for a slot, and is live now: {why}"
    assert server.subjects == [said] * 3
    to_admin = next(mail for mail in server.got if mail["To"] == admin)
    address = to_admin.get_content().splitlines()[1]
    assert address == f"https://experiments.example.test/admin/projects/{project.key}"


@on_both_databases
def test_of_a_start_that_a_grant_lets_in_its_owner_hears_and_by_whose(
    world: World, server: MailServer
) -> None:
    project, admin = world.project(limit=0), world.user(admin=True)
    owning = world.member(project)
    (draft,) = world.queued(project, 1)
    own(world, draft, owning)
    with world.app.app_context():
        overrides.give(project.key, Grant(1, now() + DAY, "Fair"), world.person(admin))
    turn(world)
    assert server.recipients == [owning]
    assert server.subjects[0].endswith(f"is live now: the limit was raised by {admin}.")


def own(world: World, experiment: Experiment, email: str) -> None:
    """Make somebody the owner of an experiment."""
    world.execute(
        "UPDATE experiment SET owner_id = :id WHERE test_id = :test_id",
        id=world.person(email).user_id,
        test_id=experiment.test_id,
    )


@on_both_databases
def test_by_default_owners_are_told_day_by_day_in_one_letter(
    world: World, server: MailServer
) -> None:
    project = world.project()
    owner = world.member(project, Role.OWNER)
    world.member(project)
    for number in (1, 2):
        world.schedule(draft := world.experiment(project, name=f"Late {number}"), now() + DAY)
        world.let_be_due(draft, timedelta(hours=2))
    turn(world)
    assert kinds(world, project) == [OVERDUE, OVERDUE]
    assert server.got == []
    turn(world, summaries_after())
    (mail,) = server.got
    assert server.recipients == [owner]
    assert mail["Subject"] == f"{project.name}: 2 things have happened since yesterday"
    lines = mail.get_content().splitlines()
    moment = outbox_moment(world)
    for number in (1, 2):
        assert any(line.startswith(moment) and f"“Late {number}”" in line for line in lines)


def outbox_moment(world: World) -> str:
    """Return when the first thing was announced, as a summary writes it."""
    with world.app.app_context():
        at = db.session.scalars(select(func.min(OutboxEntry.at))).one()
    return f"{at:%-d %B, %H:%M} UTC: "


def test_the_word_of_a_webhook_that_was_switched_off_leads_to_webhooks(
    world: World, server: MailServer
) -> None:
    project = world.project()
    reader(world, project, AnnouncementKind.WEBHOOK_SWITCHED_OFF)
    data = {"url": "https://a.example/…", "why": "Nothing has arrived."}
    with world.app.app_context(), writing() as session:
        announce(session, Announcement(AnnouncementKind.WEBHOOK_SWITCHED_OFF, project.id, data))
    turn(world)
    address = server.got[0].get_content().splitlines()[1]
    assert address.endswith(f"/projects/{project.key}/webhooks")


def test_a_summary_tells_in_the_order_of_what_happened_and_leads_to_results(
    world: World, server: MailServer
) -> None:
    project, winner = world.project(), AnnouncementKind.WINNER_CALLED
    choose(world, project, world.member(project), How.DAILY, winner)
    experiment = world.experiment(project)
    with world.app.app_context(), writing() as session:
        for ago in range(2):
            data = {"sentence": f"{ago} hours ago."}
            at = now() - ago * timedelta(hours=1)
            announce(session, Announcement(winner, project.id, data, experiment.test_id, at=at))
    turn(world)
    turn(world, summaries_after())
    first, address, _, second = server.got[0].get_content().splitlines()[:4]
    assert ("1 hours ago." in first, "0 hours ago." in second) == (True, True)
    assert address.endswith(f"/projects/{project.key}/experiments/{experiment.key}/result")


def test_a_start_costs_no_statement_more_where_everybody_is_told_as_usual(world: World) -> None:
    alone, joined = world.project(), world.project()
    world.member(joined, Role.OWNER)
    counts: list[int] = []
    for project in (alone, joined):
        draft = world.experiment(project)
        with recorded(world.app) as statements:
            world.start(draft)
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_of_a_change_that_is_taken_back_nothing_is_mailed(world: World, server: MailServer) -> None:
    project = world.project()
    reader(world, project, OVERDUE)
    with world.app.app_context(), suppress(InvalidInput), writing() as session:
        announce(session, Announcement(OVERDUE, project.id, {"status": "running"}))
        assert session.scalar(select(func.count()).select_from(OutboxEntry)) == 1
        checked_name("")
    turn(world)
    assert server.got == []


@on_both_databases
def test_while_the_mail_server_is_away_it_is_tried_again_for_a_day(
    world: World, server: MailServer
) -> None:
    project = world.project(limit=None)
    reader(world, project)
    server.stop()
    world.running(project, 1)
    turn(world)
    (row,) = world.execute("SELECT attempts, fault FROM mail")
    assert row.attempts == 1
    assert row.fault == "The mail server did not answer: Connection refused."
    server.start()
    turn(world, AGAIN_AFTER[0] + SECOND)
    turn(world, DAY)
    assert len(server.got) == 1
    server.answer = "550 Nobody of this name"
    world.running(project, 1)
    for hours in range(0, 96, 8):
        turn(world, timedelta(hours=hours))
    rows = world.execute("SELECT attempts, next_at FROM mail WHERE sent_at IS NULL")
    assert [tuple(row) for row in rows] == [(len(AGAIN_AFTER) + 1, None)]


@on_both_databases
def test_two_processes_that_look_at_once_send_each_sentence_once(
    world: World, make_app: MakeApp, server: MailServer
) -> None:
    project = world.project(limit=None)
    readers = [reader(world, project) for _ in range(4)]
    world.running(project, 1)
    others = World(make_app(**server.settings, QUEUE_DAYS="31"))
    both = [threading.Thread(target=turn, args=(each,)) for each in (world, others)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    turn(world)
    assert sorted(server.recipients) == sorted(readers)


@on_both_databases
def test_what_a_process_had_in_hand_when_it_died_is_sent_by_the_next(
    world: World, server: MailServer
) -> None:
    project = world.project()
    reader(world, project)
    world.running(project, 1)
    with world.app.app_context():
        jobs.handing_on.hand_on(now(), mails=True)
        claimed = letters.claim(now())
    assert claimed
    turn(world)
    assert server.got == []
    turn(world, LEASE + SECOND)
    with world.app.app_context():
        letters.record(claimed, "Late word of the first attempt.", now())
    turn(world, DAY)
    assert len(server.got) == 1


@on_both_databases
def test_nothing_is_mailed_to_who_has_left_or_is_deactivated_even_of_what_waits(
    world: World, server: MailServer
) -> None:
    project = world.project(limit=None)
    world.member(project, Role.OWNER)
    gone, away, stays = (reader(world, project) for _ in range(3))
    world.running(project, 1)
    with world.app.app_context():
        jobs.handing_on.hand_on(now(), mails=True)
    world.remove(project, gone)
    with world.app.app_context():
        user_id = world.person(away).user_id
        assert user_id
        departures.deactivate(user_id, COMMAND_LINE)
    world.running(project, 1)
    turn(world)
    assert set(server.recipients) == {stays}


@on_both_databases
def test_who_is_removed_and_added_again_is_mailed_nothing_of_before(
    world: World, server: MailServer
) -> None:
    project = world.project()
    back, stays = world.member(project), world.member(project)
    for email in (back, stays):
        choose(world, project, email, How.DAILY, CHANGED)
    world.running(project, 1)
    turn(world)
    world.remove(project, back)
    world.give_role(project, back, Role.MARKETER)
    choose(world, project, back, How.DAILY, CHANGED)
    (live,) = world.running(project, 1)
    turn(world)
    turn(world, summaries_after())
    said = {str(mail["To"]): str(mail["Subject"]) for mail in server.got}
    assert said == {
        back: f"{project.name}: “{live.name}” was started by the command line.",
        stays: f"{project.name}: 2 things have happened since yesterday",
    }


def test_a_name_adds_no_header_and_no_recipient(world: World, server: MailServer) -> None:
    project = world.project()
    email = reader(world, project)
    draft = world.experiment(project)
    evil = "Sale\r\nBcc: victim@example.test\r\n\r\n<b>Hello</b>\u2028X-More: 1" + "x" * 60
    world.execute(
        "UPDATE experiment SET name = :name WHERE test_id = :id", name=evil, id=draft.test_id
    )
    world.execute("UPDATE project SET name = :name WHERE id = :id", name=evil, id=project.id)
    world.start(draft)
    turn(world)
    (mail,) = server.got
    assert server.recipients == [email]
    assert mail["Bcc"] is None
    assert mail["X-More"] is None
    assert mail["Subject"].startswith("Sale Bcc: victim@example.test <b>Hello</b> X-More")
    assert mail["To"] == email
    assert mail.get_content_type() == "text/plain"


def test_without_a_mail_server_nothing_is_kept_to_be_mailed(make_app: MakeApp) -> None:
    world = World(make_app())
    project = world.project()
    reader(world, project)
    world.running(project, 1)
    turn(world)
    assert world.execute("SELECT count(*) AS n FROM mail")[0].n == 0


def test_what_was_mailed_is_forgotten_after_a_month(world: World, server: MailServer) -> None:
    project = world.project()
    reader(world, project)
    world.running(project, 1)
    turn(world)
    assert len(server.got) == 1
    turn(world, 31 * DAY)
    assert world.execute("SELECT count(*) AS n FROM mail")[0].n == 0
