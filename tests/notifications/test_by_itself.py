"""What nobody presses a button for is announced by the jobs: once for each time that it is so."""

from datetime import timedelta

import pytest

from app import jobs, lifecycle
from app.database.rows.heartbeats import JOBS, Heart
from app.models import AnnouncementKind, Project, Status, now
from app.notifications import jobs_away
from app.results import silences
from tests.api.asking import with_key
from tests.conftest import on_both_databases
from tests.measured import Measured, days_ago, noon, started
from tests.notifications.listening import announced, kinds, listen
from tests.pages.reading import page
from tests.statements import recorded
from tests.world import World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def turn(world: World, after: timedelta = timedelta()) -> None:
    """Have the jobs do all there is to do, some time from now."""
    with world.app.app_context():
        jobs.once(now() + after)


def by_themselves(world: World, project: Project) -> list[str]:
    """Return what was announced but for what somebody has done, and for the jobs themselves."""
    done = {AnnouncementKind.EXPERIMENT_CHANGED, AnnouncementKind.JOBS_AWAY}
    return [kind for kind in kinds(world, project) if kind not in done]


@pytest.fixture
def project(world: World) -> Project:
    """A project with somebody who listens."""
    made = world.project()
    listen(world, made)
    return made


def visited(measured: Measured, control: int, treatment: int, each: int = 1000) -> None:
    measured.come(0, each, now() - 2 * HOUR, purchase=control)
    measured.come(1, 1000, now() - HOUR, purchase=treatment)


@on_both_databases
def test_a_winner_is_called_once_however_often_it_is_read(world: World, project: Project) -> None:
    measured = started(world, project)
    visited(measured, 100, 105)
    turn(world)
    assert by_themselves(world, project) == []
    measured.come(0, 400, now(), purchase=40)
    measured.come(1, 400, now(), purchase=300)
    for hours in (2, 4):
        turn(world, hours * HOUR)
    (entry,) = announced(world, project)[1:]
    assert (entry.kind, entry.test_id) == (
        AnnouncementKind.WINNER_CALLED,
        measured.experiment.test_id,
    )
    assert entry.data["verdict"] == "winner"
    assert "wins" in str(entry.data["sentence"])


def test_a_verdict_that_comes_back_is_no_news(world: World, project: Project) -> None:
    visited(started(world, project), 100, 200)
    turn(world)
    world.execute("UPDATE standing SET kind = 'undecided'")
    turn(world, 2 * HOUR)
    assert by_themselves(world, project) == ["winner_called"]


def test_a_split_that_is_broken_is_announced(world: World, project: Project) -> None:
    visited(started(world, project), 100, 100, each=2000)
    turn(world)
    assert by_themselves(world, project) == ["split_broken"]


@on_both_databases
def test_a_day_with_unusually_many_visitors_is_announced_once_and_shown(
    world: World, project: Project
) -> None:
    measured = started(world, project, days=6)
    for days in (5, 4, 3, 2):
        measured.come(0, 50, noon(days))
        measured.come(1, 50, noon(days))
    turn(world)
    assert by_themselves(world, project) == []
    measured.come(0, 450, now())
    measured.come(1, 450, now())
    for hours in (2, 4):
        turn(world, hours * HOUR)
    (entry,) = announced(world, project)[1:]
    told = {"day": now().date().isoformat(), "visitors": 900, "usual": 100}
    assert (entry.kind, entry.data) == (AnnouncementKind.UNUSUAL_TRAFFIC, told)
    answer = with_key(world, project)("GET", measured.names, None)
    assert (answer.json or {})["unusual_days"] == [told]
    shown = world.browser(world.member(project)).get(measured.page)
    assert "900 visitors came, where 100 a day are usual." in page(shown).the("main").text


def test_that_the_first_day_of_a_run_was_unusual_is_announced_once_that_shows(
    world: World, project: Project
) -> None:
    measured = started(world, project, days=6)
    for days, visitors in ((5, 900), (4, 100), (3, 100), (2, 100)):
        for position in (0, 1):
            measured.come(position, visitors // 2, noon(days))
    for hours in (0, 2):
        turn(world, hours * HOUR)
    (entry,) = announced(world, project)[1:]
    told = {"day": noon(5).date().isoformat(), "visitors": 900, "usual": 100}
    assert (entry.kind, entry.data) == (AnnouncementKind.UNUSUAL_TRAFFIC, told)


@on_both_databases
def test_each_silence_of_a_day_is_announced_once(world: World, project: Project) -> None:
    measured = started(world, project, days=3)
    world.execute("UPDATE experiment SET live_since = :at", at=days_ago(3))
    for hours in (0, 1):
        turn(world, hours * HOUR)
    assert by_themselves(world, project) == ["no_visitors_for_a_day"]
    measured.come(0, 1, now())
    turn(world, 23 * HOUR)
    assert len(by_themselves(world, project)) == 1
    for hours in (25, 26):
        turn(world, hours * HOUR)
    first, second = announced(world, project)[1:]
    assert first.data["last_visitor_at"] is None
    assert str(second.data["last_visitor_at"])[:10] == f"{now():%Y-%m-%d}"
    assert first.at < second.at


@on_both_databases
def test_what_is_overdue_is_announced_once_and_again_where_it_is_set_anew(
    world: World, project: Project
) -> None:
    draft = world.experiment(project)
    world.schedule(draft, now() + HOUR)
    world.let_be_due(draft, 2 * HOUR)
    for _ in range(2):
        turn(world)
    world.let_be_due(draft, HOUR + timedelta(minutes=30))
    turn(world)
    entries = announced(world, project)
    assert [entry.kind for entry in entries] == [AnnouncementKind.OVERDUE] * 2
    assert entries[0].data["status"] == Status.RUNNING
    assert entries[0].data["due_at"] != entries[1].data["due_at"]


@on_both_databases
def test_a_rise_of_traffic_that_is_overdue_is_announced_once(
    world: World, project: Project
) -> None:
    world.overdue_rise(project)
    with world.app.app_context():
        for _ in range(2):
            lifecycle.announce_overdue(now())
    (entry,) = (each for each in announced(world, project) if each.kind == AnnouncementKind.OVERDUE)
    assert (entry.data["status"], entry.data["traffic_allocation"]) == (None, 50)


@on_both_databases
def test_jobs_that_were_away_say_so_when_they_are_back(world: World, project: Project) -> None:
    other = world.project()
    world.jobs_were_there(now() - HOUR)
    with world.app.app_context():
        for _ in range(2):
            Heart(JOBS, on_return=jobs_away.announce_return).beat()
    (entry,) = announced(world, project)
    assert entry.kind is AnnouncementKind.JOBS_AWAY
    assert str(entry.data["away_since"]) < str(entry.data["back_at"])
    assert kinds(world, other) == []


def test_jobs_that_begin_for_the_first_time_were_not_away(world: World, project: Project) -> None:
    with world.app.app_context():
        Heart(JOBS, on_return=jobs_away.announce_return).beat()
    assert kinds(world, project) == []


def test_jobs_that_are_done_by_a_clock_were_not_away_between(
    world: World, project: Project
) -> None:
    world.jobs_were_there(now() - HOUR)
    turn(world)
    assert kinds(world, project) == []


def test_what_is_so_still_after_a_month_is_no_news(world: World, project: Project) -> None:
    started(world, project, days=3)
    world.execute("UPDATE experiment SET live_since = :at", at=days_ago(3))
    turn(world)
    turn(world, 31 * DAY)
    assert by_themselves(world, project) == ["no_visitors_for_a_day"]
    assert AnnouncementKind.EXPERIMENT_CHANGED not in kinds(world, project)


def test_to_nobody_nothing_is_announced_by_itself(world: World) -> None:
    project = world.project()
    visited(started(world, project), 100, 200)
    turn(world)
    assert kinds(world, project) == []


def test_silences_are_looked_for_where_somebody_listens_alone(world: World) -> None:
    started(world, project := world.project(), days=3)
    world.execute("UPDATE experiment SET live_since = :at", at=days_ago(3))
    for is_listened_to in (False, True):
        if is_listened_to:
            listen(world, project)
        with world.app.app_context(), recorded(world.app) as sent:
            silences.announce_silences(now())
        assert any("INSERT INTO outbox_entry" in each for each in sent) == is_listened_to
