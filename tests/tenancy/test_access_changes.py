"""What becomes of stops and starts when somebody's access ends: handed over, or dropped."""

from datetime import datetime, timedelta

import pytest

from app.accounts import api_keys
from app.core.errors import InvalidInput
from app.lifecycle import StartsChoice, StartsUndecided
from app.lifecycle.scheduling import due_changes
from app.models import (
    Actor,
    CauseKind,
    Door,
    Experiment,
    History,
    KeyType,
    Kind,
    Project,
    Role,
    Status,
    now,
)
from app.tenancy import access_changes
from tests.conftest import on_both_databases
from tests.world import COMMAND_LINE, TERMS, World

HOUR = timedelta(hours=1)


class Desk:
    """A full project in which somebody has planned a stop, a start and a queued start."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.project: Project = world.project(limit=1)
        self.owner_email = world.member(self.project, Role.OWNER)
        self.owner = world.person(self.owner_email)
        self.email = world.member(self.project)
        self.at: datetime = now() + HOUR
        self.live = world.experiment(self.project, Status.RUNNING, "Live")
        self.starting = world.experiment(self.project, name="Starting")
        self.waiting = world.experiment(self.project, name="Waiting")

    def plan(self, actor: Actor) -> None:
        self.world.schedule(self.live, stop_at=self.at, actor=actor)
        self.world.schedule(self.starting, self.at + HOUR, actor=actor)
        self.world.queue(self.waiting, actor)

    def carry_out(self, moment: datetime) -> None:
        with self.world.app.app_context():
            due_changes.carry_out(self.project.id, moment, TERMS)

    def status(self, experiment: Experiment) -> Status:
        return self.world.reload(experiment).status

    def last(self, experiment: Experiment) -> History:
        return self.world.entries(experiment)[-1]


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


ENDINGS = [
    "removed",
    "removed, who made the key",
    "demoted",
    "demoted, who made the key",
    "revoked",
    "revoked with its parent",
]


def key_of(desk: Desk) -> Actor:
    """A key that the member has made as an owner."""
    desk.world.give_role(desk.project, desk.email, Role.OWNER)
    maker = desk.world.person(desk.email)
    with desk.world.app.app_context():
        key = api_keys.mint(desk.project.id, KeyType.ADMIN, "deploys", maker).key
    return Actor(Door.NAMES, api_key_id=key.id)


def end(desk: Desk, ending: str, starts: StartsChoice | None) -> str:
    """Plan as somebody, and end their access; gives how history calls that."""
    world, project = desk.world, desk.project
    if ending.startswith(("removed", "demoted")):
        desk.plan(key_of(desk) if ending.endswith("key") else world.person(desk.email))
        if ending.startswith("removed"):
            world.remove(project, desk.email, desk.owner, starts)
            return f"It was planned by {desk.email}, who was removed."
        world.give_role(project, desk.email, Role.VIEWER, desk.owner, starts)
        return f"It was planned by {desk.email}, who only looks from now on."
    with world.app.app_context():
        parent = api_keys.mint(project.id, KeyType.ADMIN, "nightly", COMMAND_LINE).key.id
        child = api_keys.mint(
            project.id, KeyType.ADMIN, "child", Actor(Door.NAMES, api_key_id=parent)
        ).key.id
    desk.plan(Actor(Door.NAMES, api_key_id=parent if ending == "revoked" else child))
    world.revoke(project, parent, desk.owner, starts)
    return "It was planned by the key “nightly”, which was revoked."


@on_both_databases
@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("starts", StartsChoice)
def test_a_stop_passes_to_whoever_ends_the_access_and_happens(
    desk: Desk, ending: str, starts: StartsChoice
) -> None:
    why = end(desk, ending, starts)
    entry = desk.last(desk.live)
    assert (entry.kind, entry.to_status, entry.detail) == (Kind.HANDED_OVER, Status.STOPPED, why)
    assert (entry.user_id, entry.cause) == (desk.owner.user_id, CauseKind.ACCESS_ENDED)
    assert entry.scheduled_for == desk.at
    desk.carry_out(desk.at)
    assert desk.status(desk.live) is Status.STOPPED
    assert desk.last(desk.live).user_id == desk.owner.user_id


@on_both_databases
@pytest.mark.parametrize("ending", ENDINGS)
def test_starts_that_are_kept_are_the_owners_and_happen(desk: Desk, ending: str) -> None:
    why = end(desk, ending, StartsChoice.KEEP)
    for each in (desk.starting, desk.waiting):
        entry = desk.last(each)
        assert (entry.kind, entry.to_status, entry.detail) == (
            Kind.HANDED_OVER,
            Status.RUNNING,
            why,
        )
        assert (entry.user_id, entry.cause) == (desk.owner.user_id, CauseKind.ACCESS_ENDED)
    desk.world.set_limit(desk.project, 3)
    assert desk.status(desk.waiting) is Status.RUNNING
    desk.carry_out(desk.at + HOUR)
    assert desk.status(desk.starting) is Status.RUNNING


@on_both_databases
@pytest.mark.parametrize("ending", ENDINGS)
def test_starts_that_are_dropped_do_not_happen_and_history_says_who_decided(
    desk: Desk, ending: str
) -> None:
    why = end(desk, ending, StartsChoice.DROP)
    for each, kind, target in (
        (desk.starting, Kind.UNSCHEDULED, Status.RUNNING),
        (desk.waiting, Kind.UNQUEUED, None),
    ):
        entry = desk.last(each)
        assert (entry.kind, entry.to_status) == (kind, target)
        assert (entry.detail, entry.door) == (why, Door.BROWSER)
        assert (entry.user_id, entry.cause) == (desk.owner.user_id, CauseKind.ACCESS_ENDED)
    assert desk.world.line(desk.project) == []
    assert desk.world.planned(desk.starting).start_at is None


@pytest.mark.parametrize("ending", ENDINGS)
def test_while_nobody_says_what_becomes_of_the_starts_nothing_ends(desk: Desk, ending: str) -> None:
    with pytest.raises(StartsUndecided, match="“Starting”, “Waiting”") as caught:
        end(desk, ending, None)
    planned = caught.value.planned
    assert (planned.stops, planned.starts, planned.queued) == (["Live"], ["Starting"], ["Waiting"])
    assert desk.world.line(desk.project) == [desk.waiting.test_id]
    assert desk.last(desk.live).kind is Kind.SCHEDULED
    assert desk.world.execute("SELECT count(*) AS n FROM membership")[0].n == 2
    assert desk.world.execute("SELECT id FROM api_key WHERE revoked_at IS NOT NULL") == []


@pytest.mark.parametrize("way", ["queued", "scheduled"])
def test_one_start_alone_is_asked_about(desk: Desk, way: str) -> None:
    person = desk.world.person(desk.email)
    if way == "queued":
        desk.world.queue(desk.waiting, person)
    else:
        desk.world.schedule(desk.waiting, desk.at, actor=person)
    with pytest.raises(StartsUndecided, match="They have starts planned here") as caught:
        desk.world.remove(desk.project, desk.email, desk.owner)
    assert caught.value.field == "starts"


def test_who_leaves_is_told_that_their_own_starts_can_be_dropped_alone(desk: Desk) -> None:
    person = desk.world.person(desk.email)
    desk.world.queue(desk.waiting, person)
    with pytest.raises(StartsUndecided, match="Starts that you have planned here"):
        desk.world.remove(desk.project, desk.email, person)


def test_who_leaves_and_has_no_start_may_say_that_starts_are_kept(desk: Desk) -> None:
    person = desk.world.person(desk.email)
    desk.world.schedule(desk.live, stop_at=desk.at, actor=person)
    desk.world.remove(desk.project, desk.email, person, StartsChoice.KEEP)
    desk.carry_out(desk.at)
    assert desk.status(desk.live) is Status.STOPPED


def test_what_they_have_planned_in_another_project_stays_theirs(desk: Desk) -> None:
    other = desk.world.project(limit=0)
    elsewhere, person = desk.world.experiment(other), desk.world.person(desk.email)
    desk.world.give_role(other, desk.email, Role.MARKETER)
    desk.world.queue(elsewhere, person)
    desk.world.remove(desk.project, desk.email, desk.owner)
    with desk.world.app.app_context():
        assert access_changes.planned_by_members(desk.project.id) == {}
    entry = desk.last(elsewhere)
    assert (entry.kind, entry.user_id) == (Kind.QUEUED, person.user_id)


def test_the_command_line_keeps_what_a_key_has_planned(desk: Desk) -> None:
    with desk.world.app.app_context():
        key = api_keys.mint(desk.project.id, KeyType.ADMIN, "nightly", COMMAND_LINE).key.id
    desk.plan(Actor(Door.NAMES, api_key_id=key))
    desk.world.revoke(desk.project, key, COMMAND_LINE, StartsChoice.KEEP)
    desk.world.set_limit(desk.project, 2)
    assert desk.status(desk.waiting) is Status.RUNNING


def test_starts_are_named_in_the_order_in_which_they_are_planned(desk: Desk) -> None:
    project, person = desk.project, desk.world.person(desk.email)
    sooner, first = (desk.world.experiment(project, name=name) for name in ("Sooner", "First"))
    desk.world.schedule(sooner, desk.at, actor=person)
    desk.world.queue(first, person)
    desk.plan(person)
    with pytest.raises(StartsUndecided) as caught:
        desk.world.remove(project, desk.email, desk.owner)
    planned = caught.value.planned
    assert (planned.starts, planned.queued) == (["Sooner", "Starting"], ["First", "Waiting"])


def test_where_there_are_stops_alone_nobody_is_asked(desk: Desk) -> None:
    desk.world.schedule(desk.live, stop_at=desk.at, actor=desk.world.person(desk.email))
    desk.world.remove(desk.project, desk.email, desk.owner)
    desk.carry_out(desk.at)
    assert desk.status(desk.live) is Status.STOPPED


def test_what_others_have_planned_stays_theirs(desk: Desk) -> None:
    desk.plan(desk.owner)
    desk.world.remove(desk.project, desk.email, desk.owner)
    assert desk.last(desk.waiting).kind is Kind.QUEUED
    assert desk.last(desk.live).kind is Kind.SCHEDULED


def test_what_another_key_has_planned_stays_its_own(desk: Desk) -> None:
    with desk.world.app.app_context():
        ended, stays = (
            api_keys.mint(desk.project.id, KeyType.ADMIN, name, COMMAND_LINE).key.id
            for name in ("ended", "stays")
        )
    desk.plan(Actor(Door.NAMES, api_key_id=stays))
    desk.world.revoke(desk.project, ended, desk.owner)
    assert desk.last(desk.waiting).kind is Kind.QUEUED
    assert desk.last(desk.live).kind is Kind.SCHEDULED


def test_a_member_who_stays_one_that_changes_keeps_what_is_planned(desk: Desk) -> None:
    desk.plan(desk.world.person(desk.email))
    desk.world.give_role(desk.project, desk.email, Role.OWNER, desk.owner)
    assert desk.last(desk.waiting).kind is Kind.QUEUED


def test_an_owner_who_leaves_keeps_no_start_and_the_stop_happens_all_the_same(desk: Desk) -> None:
    other = desk.world.member(desk.project, Role.OWNER)
    leaving = desk.world.person(other)
    desk.plan(leaving)
    with pytest.raises(InvalidInput, match="drop it, or have somebody else") as caught:
        desk.world.remove(desk.project, other, leaving, StartsChoice.KEEP)
    assert caught.value.field == "starts"
    desk.world.remove(desk.project, other, leaving, StartsChoice.DROP)
    assert desk.world.line(desk.project) == []
    assert desk.last(desk.live).kind is Kind.SCHEDULED
    desk.carry_out(desk.at)
    assert desk.status(desk.live) is Status.STOPPED


def test_what_is_kept_is_taken_over_and_nothing_beside_it(desk: Desk) -> None:
    world, owner = desk.world, desk.owner.user_id
    with world.app.app_context():
        key = api_keys.mint(desk.project.id, KeyType.ADMIN, "nightly", COMMAND_LINE).key.id
    colleague, other = world.person(desk.email), world.experiment(desk.project)
    world.queue(other, colleague)
    desk.plan(Actor(Door.NAMES, api_key_id=key))
    world.schedule(desk.starting, desk.at + HOUR, desk.at + 2 * HOUR, colleague)
    world.revoke(desk.project, key, desk.owner, StartsChoice.KEEP)
    waiting = "SELECT test_id, door, user_id, api_key_id FROM queued_start ORDER BY place"
    assert world.execute(waiting) == [
        (other.test_id, "browser", colleague.user_id, None),
        (desk.waiting.test_id, "browser", owner, None),
    ]
    planned = "SELECT test_id, target, door, user_id FROM scheduled_change ORDER BY at"
    assert world.execute(planned) == [
        (desk.live.test_id, "stopped", "browser", owner),
        (desk.starting.test_id, "running", "browser", owner),
        (desk.starting.test_id, "stopped", "browser", colleague.user_id),
    ]


def test_an_admin_who_belongs_to_no_project_takes_over_too(desk: Desk) -> None:
    admin = desk.world.person(desk.world.user(admin=True))
    desk.plan(desk.world.person(desk.email))
    desk.world.give_role(desk.project, desk.email, Role.VIEWER, admin, StartsChoice.KEEP)
    desk.world.set_limit(desk.project, 2)
    assert desk.status(desk.waiting) is Status.RUNNING
    assert desk.last(desk.waiting).user_id == admin.user_id


@on_both_databases
def test_what_an_expired_key_has_planned_stops_and_does_not_start(desk: Desk) -> None:
    with desk.world.app.app_context():
        key_id = api_keys.mint(
            desk.project.id, KeyType.ADMIN, "week", COMMAND_LINE, 7 * 24 * HOUR
        ).key.id
    desk.plan(Actor(Door.NAMES, api_key_id=key_id))
    desk.world.execute("UPDATE api_key SET expires_at = :past", past=now() - HOUR)
    desk.carry_out(desk.at + HOUR)
    assert desk.status(desk.live) is Status.STOPPED
    assert [desk.status(each) for each in (desk.starting, desk.waiting)] == [Status.DRAFT] * 2


@on_both_databases
def test_the_page_reads_what_each_has_planned_and_a_key_answers_for_those_it_minted(
    desk: Desk,
) -> None:
    world = desk.world
    with world.app.app_context():
        parent = api_keys.mint(desk.project.id, KeyType.ADMIN, "parent", COMMAND_LINE).key.id
        child = api_keys.mint(
            desk.project.id, KeyType.ADMIN, "child", Actor(Door.NAMES, api_key_id=parent)
        ).key.id
    person = world.person(desk.email)
    world.schedule(desk.live, stop_at=desk.at, actor=person)
    world.schedule(desk.starting, desk.at, actor=Actor(Door.NAMES, api_key_id=parent))
    world.queue(desk.waiting, Actor(Door.NAMES, api_key_id=child))
    for name, key in (("Old", child), ("New", parent)):
        draft = world.experiment(desk.project, name=name)
        world.schedule(draft, desk.at + HOUR, desk.at + 2 * HOUR, Actor(Door.NAMES, api_key_id=key))
    with world.app.app_context():
        of_members = access_changes.planned_by_members(desk.project.id)
        of_keys = access_changes.planned_by_keys(desk.project.id)
    assert {user: planned.stops for user, planned in of_members.items()} == {
        person.user_id: ["Live"]
    }
    own, both = of_keys[child], of_keys[parent]
    assert (own.stops, own.starts, own.queued) == (["Old"], ["Old"], ["Waiting"])
    assert (both.stops, both.starts, both.queued) == (
        ["Old", "New"],
        ["Old", "Starting", "New"],
        ["Waiting"],
    )
