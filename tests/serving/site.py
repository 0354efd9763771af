"""A site under test: its programs and pages evaluate and collect over HTTP, with a key."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.accounts import api_keys
from app.experiments import creation, designs, goals, redesigns
from app.experiments.designs import Design, GoalUse
from app.experiments.measures import USUAL, Measure
from app.models import Experiment, Goal, GoalRole, KeyType, Project, Status
from tests.contracts import Contract
from tests.world import COMMAND_LINE, WALKS, World

FLAGS = "/ofrep/v1/evaluate/flags"
COLLECT = "/collect"
SECONDARY = GoalRole.SECONDARY


def saw(experiment: Experiment | str, unit: object) -> dict[str, object]:
    """The event that `unit` has seen its variant."""
    key = experiment if isinstance(experiment, str) else experiment.key
    return {"type": "exposure", "experiment": key, "unit": unit}


def did(goal: str, unit: object, **more: object) -> dict[str, object]:
    """The event that `unit` has reached a goal, with a `value` where one is given."""
    return {"type": "conversion", "goal": goal, "unit": unit, **more}


def towards(*keys: str, **other: Any) -> Design:  # noqa: ANN401
    """A design with these goals, and whatever else is given."""
    return Design(goals=tuple(GoalUse(key, SECONDARY) for key in keys), **other)


def adding_up(*keys: str, cap: float = 1e6) -> tuple[GoalUse, ...]:
    """The use of goals that count or sum up, no visitor for more than the cap."""
    return tuple(GoalUse(key, SECONDARY, cap=cap) for key in keys)


@dataclass
class Site:
    """One project's site. Needs no application context around it."""

    world: World
    project: Project
    token: str
    client: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.world.app.test_client(use_cookies=False)

    @property
    def headers(self) -> dict[str, str]:
        """Return how its key is shown."""
        return {"Authorization": f"Bearer {self.token}"}

    def goal(self, key: str, measure: Measure = USUAL) -> Goal:
        """A goal in the project's library."""
        with self.world.app.app_context():
            return goals.create(self.project.id, key, COMMAND_LINE, measure=measure)

    def experiment(
        self, design: Design = designs.DEFAULT, status: Status = Status.RUNNING
    ) -> Experiment:
        """An experiment of that design that has walked to `status`."""
        made = self.world.experiment(self.project)
        with self.world.app.app_context():
            redesigns.change(self.project.id, made.test_id, lambda _: design, COMMAND_LINE)
        for step in WALKS[status]:
            self.walk(made, step)
        return self.world.reload(made)

    def walk(self, experiment: Experiment, *steps: Status) -> None:
        """Take the experiment through these statuses, one after the other."""
        for step in steps:
            if step is Status.ARCHIVED:
                self.world.archive(experiment)
            else:
                self.world.move(experiment, step, Contract.INTEGERS)

    def clone(self, experiment: Experiment) -> Experiment:
        """A clone of the experiment, a draft."""
        with self.world.app.app_context():
            return creation.clone(experiment.project_id, experiment.test_id, COMMAND_LINE)

    def key(self, key_type: KeyType) -> str:
        """Another key's token."""
        with self.world.app.app_context():
            return api_keys.mint(self.project.id, key_type, "key", COMMAND_LINE).token

    def ask(self, experiment: Experiment | str, unit: object, **more: Any) -> TestResponse:  # noqa: ANN401
        """Evaluate one flag."""
        key = experiment if isinstance(experiment, str) else experiment.key
        return self._evaluate(f"{FLAGS}/{key}", unit, **more)

    def ask_all(self, unit: object, tag: str = "", **more: Any) -> TestResponse:  # noqa: ANN401
        """Evaluate all flags; `tag` is the ETag of those that are there already."""
        headers = {**self.headers, "If-None-Match": tag} if tag else self.headers
        return self._evaluate(FLAGS, unit, **{"headers": headers, **more})

    def variant(self, experiment: Experiment, unit: str) -> str | None:
        """The key of the unit's variant, None where the flag is not found."""
        answer = self.ask(experiment, unit)
        assert answer.status_code in (200, 404), answer.text
        return answer.json["variant"] if answer.status_code == 200 and answer.json else None

    def variants(self, experiment: Experiment, units: Iterable[str]) -> list[str | None]:
        """The keys of the units' variants."""
        return [self.variant(experiment, unit) for unit in units]

    def flags(self, unit: str) -> dict[str, str]:
        """The variants of all flags, by their keys."""
        answer = self.ask_all(unit)
        assert answer.status_code == 200, answer.text
        assert answer.json is not None
        return {flag["key"]: flag["variant"] for flag in answer.json["flags"]}

    def send(self, *events: object, **more: Any) -> TestResponse:  # noqa: ANN401
        """Send events to be collected."""
        return self.client.post(
            COLLECT, **{"json": {"events": events}, "headers": self.headers, **more}
        )

    def collect(self, *events: object) -> tuple[int, list[tuple[int, str]]]:
        """Send events: how many were accepted, and by index why the others were dropped."""
        answer = self.send(*events)
        assert answer.status_code == 202, answer.text
        assert answer.json is not None
        dropped = [(each["index"], each["reason"]) for each in answer.json["dropped"]]
        return answer.json["accepted"], dropped

    def repeated(self, *events: object) -> list[int]:
        """Send events: which of them had been counted before."""
        answer = self.send(*events)
        assert answer.status_code == 202, answer.text
        return (answer.json or {}).get("repeated", [])

    def _evaluate(self, path: str, unit: object, **more: Any) -> TestResponse:  # noqa: ANN401
        body = {"context": {"targetingKey": unit}}
        return self.client.post(path, **{"json": body, "headers": self.headers, **more})


def make_site(world: World, key_type: KeyType = KeyType.SERVER) -> Site:
    """A site of its own, with room for many experiments."""
    project = world.project(limit=None)
    with world.app.app_context():
        return Site(world, project, api_keys.mint(project.id, key_type, "key", COMMAND_LINE).token)
