"""Overrides: another limit for one project until a moment, after which the plan's counts again."""

from datetime import datetime, timedelta

import pytest

from app import jobs
from app.core.errors import Forbidden, InvalidInput
from app.lifecycle import slots
from app.models import Actor, CauseKind, Project, Role, Status, now
from app.tenancy import overrides, project_lists
from app.tenancy.agreements import TO_ANY, TO_NONE, Consent, Effects, NotAgreed
from app.tenancy.overrides import Grant
from app.tenancy.project_lists import View
from tests.conftest import on_both_databases
from tests.pages.reading import page
from tests.world import COMMAND_LINE, World

SOON = timedelta(days=1)


def give(
    world: World,
    project: Project,
    limit: int | None,
    agreed: Consent = TO_ANY,
    actor: Actor = COMMAND_LINE,
    until: datetime | None = None,
) -> Effects:
    until = until or now() + SOON
    with world.app.app_context():
        return overrides.give(project.key, Grant(limit, until, "A fair"), actor, agreed)


def limit(world: World, project: Project) -> int | None:
    """The limit that a start is judged by."""
    with world.app.app_context():
        found = slots.of_project(project.id)
    assert found is not None
    return found.limit


def let_it_be_over(world: World) -> None:
    """Have the time of every override be up, without anybody taking note of that."""
    world.execute("UPDATE plan_override SET until = '2026-01-01 00:00:00'")


def do_what_is_due(world: World) -> None:
    with world.app.app_context():
        jobs.once(now())


def kinds(world: World) -> list[str]:
    return [row.kind for row in world.execute("SELECT kind FROM audit_entry ORDER BY id")]


@on_both_databases
@pytest.mark.parametrize("other", [6, 0, None])
def test_another_limit_holds_until_its_moment_and_then_the_plans(
    world: World, other: int | None
) -> None:
    project, neighbour = world.project(limit=2), world.project(limit=2)
    give(world, project, other)
    assert (limit(world, project), limit(world, neighbour)) == (other, 2)
    let_it_be_over(world)
    assert limit(world, project) == 2


@on_both_databases
def test_a_higher_one_starts_what_waits_once_that_is_agreed_to(world: World) -> None:
    project, admin = world.project(limit=1), world.person(world.user(admin=True))
    world.running(project, 1)
    (waiting,) = world.queued(project, 1)
    with pytest.raises(NotAgreed) as asked:
        give(world, project, 2, TO_NONE, admin)
    assert limit(world, project) == 1
    effects = asked.value.effects
    assert give(world, project, 2, Consent(effects.token), admin) == effects
    assert world.reload(waiting).status is Status.RUNNING
    entry = world.entries(waiting)[-1]
    assert (entry.cause, entry.cause_user_id) == (CauseKind.RAISED_LIMIT, admin.user_id)


@on_both_databases
def test_at_its_end_nothing_stops_and_the_jobs_tell_the_pages(world: World) -> None:
    project = world.project(limit=1)
    give(world, project, 2)
    running = world.running(project, 2)
    owner = world.browser(world.member(project, Role.OWNER))
    path = f"/projects/{project.key}/slots"
    before = owner.get(path)
    assert "2 until" in page(before).text
    let_it_be_over(world)
    do_what_is_due(world)
    seen = owner.get(path, HX_Request="true", If_None_Match=before.headers["ETag"])
    assert "2 of 1 live" in seen.get_data(as_text=True)
    assert "is over its limit: 2 of 1 live" in page(owner.get("/")).text
    assert [world.reload(each).status for each in running] == [Status.RUNNING] * 2
    assert kinds(world)[-1] == "override ended"
    do_what_is_due(world)
    assert kinds(world).count("override ended") == 1


def test_a_project_over_a_lower_one_is_not_said_to_be_over_its_plan(world: World) -> None:
    project = world.project(limit=3)
    world.running(project, 2)
    give(world, project, 1)
    browser = world.browser(world.member(project))
    notice = page(browser.get(f"/projects/{project.key}")).the("div", id="over-limit")
    assert notice.text.startswith("2 of 1 live: over its limit, 1 until")


@on_both_databases
def test_what_waits_starts_at_the_end_of_a_lower_one(world: World) -> None:
    project, admin = world.project(limit=1), world.person(world.user(admin=True))
    give(world, project, 0, actor=admin)
    (waiting,) = world.queued(project, 1)
    let_it_be_over(world)
    do_what_is_due(world)
    entry = world.entries(waiting)[-1]
    assert (entry.cause, entry.cause_user_id) == (CauseKind.RAISED_LIMIT, admin.user_id)


@on_both_databases
def test_the_queue_is_served_under_it(world: World) -> None:
    project = world.project(limit=1)
    world.running(project, 1)
    give(world, project, 2)
    world.running(project, 1)
    (waiting,) = world.queued(project, 1)
    world.execute("UPDATE plan_override SET experiments_running = 3")
    do_what_is_due(world)
    assert world.reload(waiting).status is Status.RUNNING


def test_taken_back_early_the_plans_limit_counts_at_once(world: World) -> None:
    project = world.project(limit=2)
    give(world, project, 0)
    (waiting,) = world.queued(project, 1)
    with world.app.app_context():
        with pytest.raises(NotAgreed) as asked:
            overrides.take_back(project.key, COMMAND_LINE, TO_NONE)
        overrides.take_back(project.key, COMMAND_LINE, Consent(asked.value.effects.token))
        assert overrides.take_back(project.key, COMMAND_LINE) == Effects()
    assert (limit(world, project), world.reload(waiting).status) == (2, Status.RUNNING)
    assert kinds(world)[-2:] == ["override given", "override taken back"]


def test_one_that_has_ended_by_itself_is_not_said_to_be_taken_back(world: World) -> None:
    project, admin = world.project(limit=1), world.person(world.user(admin=True))
    give(world, project, 0, actor=admin)
    (waiting,) = world.queued(project, 1)
    let_it_be_over(world)
    with world.app.app_context():
        assert overrides.take_back(project.key, COMMAND_LINE, TO_NONE) == Effects()
    assert kinds(world)[-1] == "override ended"
    assert world.entries(waiting)[-1].cause_user_id == admin.user_id
    give(world, project, 4)
    let_it_be_over(world)
    give(world, project, 5)
    assert kinds(world)[-3:] == ["override given", "override ended", "override given"]


def test_another_takes_its_place(world: World) -> None:
    project = world.project(limit=2)
    give(world, project, 6)
    give(world, project, 4)
    assert limit(world, project) == 4
    (entry,) = world.execute("SELECT changes FROM audit_entry ORDER BY id DESC LIMIT 1")
    assert '"before": 6, "after": 4' in entry.changes


@pytest.mark.parametrize(
    ("other", "until", "field"),
    [
        (-1, SOON, "experiments_running"),
        (2, -SOON, "until"),
        (2, overrides.LONGEST_AHEAD + SOON, "until"),
    ],
)
def test_what_cannot_be_is_refused(world: World, other: int, until: timedelta, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        give(world, world.project(), other, until=now() + until)
    assert refused.value.field == field


def test_nobody_but_an_admin_gives_one_or_takes_it_back(world: World) -> None:
    project = world.project()
    owner = world.person(world.member(project, Role.OWNER))
    with pytest.raises(Forbidden):
        give(world, project, 6, actor=owner)
    with world.app.app_context(), pytest.raises(Forbidden):
        overrides.take_back(project.key, owner)
    assert limit(world, project) == 2


def test_a_list_of_projects_says_until_when(world: World) -> None:
    project = world.project(limit=2)
    give(world, project, 6)
    with world.app.app_context():
        (listed,) = project_lists.listed(View()).projects
    assert listed.slots.override is not None
    assert (listed.slots.limit, listed.slots.override.after) == (6, 2)
