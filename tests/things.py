"""What a request may name of a project: each is made when it is first asked for."""

from dataclasses import dataclass
from functools import cached_property

from app.accounts import api_keys
from app.models import (
    Actor,
    AnnouncementKind,
    Door,
    Experiment,
    KeyType,
    NamedAudience,
    Project,
    Role,
    Status,
    WebhookEndpoint,
)
from app.notifications.webhooks import delivery_log, endpoints
from app.notifications.webhooks.endpoints import Choices
from app.results import exclusions
from app.results.days.period import DayRange
from app.results.exclusions import NewExclusion
from app.tenancy import slot_requests
from tests.world import COMMAND_LINE, QUEUE_UNTIL, World


@dataclass
class Things:
    """One of each kind in a project."""

    world: World
    project: Project

    @cached_property
    def draft(self) -> Experiment:
        """An experiment that has not begun."""
        return self.world.experiment(self.project)

    @cached_property
    def live(self) -> Experiment:
        """A live experiment."""
        return self.world.experiment(self.project, Status.RUNNING)

    @cached_property
    def partly_live(self) -> Experiment:
        """A live one that a part of all visitors takes part in."""
        return self.world.partly_live(self.project)

    @cached_property
    def shipped(self) -> Experiment:
        """One that everybody gets a variant of."""
        made = self.world.experiment(self.project, Status.RUNNING)
        self.world.ship(made)
        return made

    @cached_property
    def queued(self) -> Experiment:
        """One that waits, in a project that has no slot from here on."""
        made = self.world.experiment(self.project)
        self.world.set_limit(self.project, 0)
        self.world.queue(made)
        return made

    @cached_property
    def goal(self) -> str:
        """The key of a goal."""
        key = f"goal-{next(self.world.numbers)}"
        self.world.goal(self.project, key)
        return key

    @cached_property
    def goal_id(self) -> int:
        """The number of that goal."""
        return self.world.execute("SELECT id FROM goal WHERE key = :key", key=self.goal)[0].id

    @cached_property
    def audience(self) -> NamedAudience:
        """An audience with a name."""
        return self.world.audience(self.project, f"audience {next(self.world.numbers)}")

    @cached_property
    def key_id(self) -> int:
        """The number of an API key."""
        with self.world.app.app_context():
            return api_keys.mint(self.project.id, KeyType.ADMIN, "key", COMMAND_LINE).key.id

    @cached_property
    def webhook(self) -> WebhookEndpoint:
        """A webhook."""
        choices = Choices("https://b.example/", frozenset(AnnouncementKind))
        with self.world.app.app_context():
            return endpoints.add(
                self.project.id, choices, COMMAND_LINE, allows_private=False
            ).endpoint

    @cached_property
    def delivery_id(self) -> int:
        """The number of what was sent to that webhook."""
        with self.world.app.app_context():
            return delivery_log.send_test(self.project.id, self.webhook.id, COMMAND_LINE).id

    @cached_property
    def exclusion_id(self) -> int:
        """The number of days that are left out of the result of the live experiment."""
        asked_for = (self.project.id, self.live.test_id, NewExclusion(DayRange(), "Bots"))
        with self.world.app.app_context():
            return exclusions.leave_out(*asked_for, COMMAND_LINE).exclusion.id

    @cached_property
    def slot_request_id(self) -> int:
        """The number of a request for slots, of another project."""
        full, email = self.world.project(limit=0), self.world.user()
        self.world.give_role(full, email, Role.MARKETER)
        asker = Actor(Door.BROWSER, user_id=self.world.person(email).user_id)
        with self.world.app.app_context():
            slot_requests.ask(full.id, self.world.experiment(full).test_id, asker, QUEUE_UNTIL)
        return self.world.execute("SELECT max(id) AS id FROM slot_request")[0].id

    @cached_property
    def member(self) -> str:
        """The e-mail of a member."""
        return self.world.member(self.project)

    @cached_property
    def stranger(self) -> str:
        """The e-mail of somebody who is in no project."""
        return self.world.user()

    @cached_property
    def other_plan(self) -> int:
        """The code of a plan that the project is not on."""
        return self.world.plan()

    @cached_property
    def other_project(self) -> Project:
        """Another project."""
        return self.world.project()
