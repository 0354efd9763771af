"""A project on a running server: the one module here that knows how the application is set up."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from app.accounts import api_keys, origins
from app.experiments import creation
from app.experiments.creation import Draft
from app.experiments.designs import Design, VariantDesign
from app.experiments.texts import Texts
from app.models import WHOLE, Experiment, KeyType, Project, Status
from tests.contracts import Contract
from tests.crowd import Answer, send, sending_json
from tests.world import COMMAND_LINE, World

# With so many, two even variants both occur but once in eight million runs.
UNITS = [f"visitor-{number}" for number in range(24)]
KEYS = {"control": "control", "treatment": "treatment"}
ONE_A_DAY = {"SERVING_RATE_LIMIT": "1 per day"}
# The server remembers experiments for half a second, and the machine may be busy.
SECONDS_TO_NOTICE = 10


@dataclass(frozen=True)
class Setting:
    """A project, a server key of it, and the server that evaluates its experiments."""

    world: World
    address: str
    project: Project
    key: str

    def client_key(self, origin: str) -> str:
        """A client key of the project, which lists this origin."""
        with self.world.app.app_context():
            origins.replace(self.project.id, [origin], COMMAND_LINE)
        return _mint(self.world, self.project, KeyType.CLIENT)

    def draft(self, values: Mapping[str, object] = KEYS) -> Experiment:
        """A draft that is to show these values to half of the units each, under these keys."""
        variants = tuple(
            VariantDesign(key, WHOLE // 2, value=value) for key, value in values.items()
        )
        draft = Draft(Texts("Red button"), design=Design(variants))
        with self.world.app.app_context():
            return creation.create(self.project.id, draft, COMMAND_LINE)

    def running(self, values: Mapping[str, object] = KEYS) -> Experiment:
        """An experiment that the server splits units by already."""
        experiment = self.draft(values)
        self.start(experiment)
        return experiment

    def start(self, experiment: Experiment) -> None:
        """Start the experiment, or resume it, and wait until the server has noticed."""
        self.world.start(experiment)
        self._wait_until(experiment, evaluated=True)

    def pause(self, experiment: Experiment) -> None:
        """Pause the experiment, and wait until the server has noticed."""
        self.world.move(experiment, Status.STOPPED, Contract.INTEGERS)
        self._wait_until(experiment, evaluated=False)

    def variant(self, experiment: Experiment, unit: str) -> str | None:
        """The unit's variant by an evaluation of this flag alone, None where there is none."""
        answer = self._ask(f"/ofrep/v1/evaluate/flags/{experiment.key}", unit)
        return answer.body["variant"] if answer.status == 200 else None

    def singly(self, experiment: Experiment) -> dict[str, str | None]:
        """Each unit's variant by an evaluation of this flag alone."""
        return {unit: self.variant(experiment, unit) for unit in UNITS}

    def in_bulk(self, experiment: Experiment) -> dict[str, str | None]:
        """Each unit's variant by an evaluation of all flags."""
        path = "/ofrep/v1/evaluate/flags"
        flags = {unit: self._ask(path, unit).body["flags"] for unit in UNITS}
        return {unit: _variant_of(experiment, found) for unit, found in flags.items()}

    def _wait_until(self, experiment: Experiment, *, evaluated: bool) -> None:
        deadline = time.monotonic() + SECONDS_TO_NOTICE
        while (self.variant(experiment, UNITS[0]) is not None) != evaluated:
            assert time.monotonic() < deadline, "the server does not notice the change"

    def _ask(self, path: str, unit: str) -> Answer:
        headers = {"Authorization": f"Bearer {self.key}"}
        body = {"context": {"targetingKey": unit}}
        return send(self.address, sending_json("POST", path, body, headers))


def settle(world: World, address: str, project: Project | None = None) -> Setting:
    """A project, by default a new one, with a server key, for the server at `address`."""
    project = project or world.project(limit=None)
    return Setting(world, address, project, _mint(world, project, KeyType.SERVER))


def _variant_of(experiment: Experiment, flags: list[dict[str, str]]) -> str | None:
    return next((flag["variant"] for flag in flags if flag["key"] == experiment.key), None)


def _mint(world: World, project: Project, key_type: KeyType) -> str:
    with world.app.app_context():
        return api_keys.mint(project.id, key_type, "tests", COMMAND_LINE).token
