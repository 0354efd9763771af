"""The OpenFeature SDK and OFREP provider for the web, as published, in Chromium."""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page

from app.events.not_counted import Refusal
from app.models import Experiment
from tests.clients.setting import UNITS, Setting, settle
from tests.watching import until
from tests.world import World

EVERYBODY_THE_DEFAULT = dict.fromkeys(UNITS, "code default")
HEADERS = {"Authorization": "Bearer {key}", "X-API-Key": "{key}"}
OFTEN = 200
# None of the others: the provider begins with what it has kept of a unit that it knows already.
UNIT = "visitor"


@dataclass
class Shop:
    """A page of another origin, in which the provider reads flags."""

    page: Page
    setting: Setting
    origin: str
    complaints: list[str] = field(default_factory=list)

    def connect(self, key: str, header: str = "Authorization", poll_interval: int = 0) -> str:
        """Begin as UNIT, and give the status that the provider has then.

        It polls every so many milliseconds, and never at 0, as it does by default.
        """
        options = {
            "unit": UNIT,
            "baseUrl": self.setting.address,
            "headers": [[header, HEADERS[header].format(key=key)]],
            "pollInterval": poll_interval,
        }
        return self.page.evaluate("options => features.connect(options)", options)

    def read(self, experiment: Experiment) -> dict[str, Any]:
        """Return what the present unit sees, without another request."""
        return self.page.evaluate("flag => features.read(flag)", experiment.key)

    def read_as_everybody(self, experiment: Experiment) -> dict[str, dict[str, Any]]:
        """Return what each unit sees, each after a request of its own."""
        asked = {"units": UNITS, "flag": experiment.key}
        return self.page.evaluate("asked => features.readAs(asked)", asked)

    def wait_until_reads(self, experiment: Experiment, value: str | None) -> None:
        """Wait for the present unit to see `value` by the provider's own polling."""
        condition = "([flag, value]) => features.read(flag).value === value"
        self.page.wait_for_function(condition, arg=[experiment.key, value])

    def note_message(self, message: ConsoleMessage) -> None:
        """Remember what the console says is wrong."""
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def note_error(self, error: Error) -> None:
        """Remember what nobody caught."""
        self.complaints.append(error.message)


@pytest.fixture
def shop(chromium: Browser, setting: Setting, origin: str) -> Generator[Shop]:
    """The page, with nothing connected yet."""
    context = chromium.new_context()
    context.set_default_timeout(10_000)
    shop = Shop(context.new_page(), setting, origin)
    shop.page.on("console", shop.note_message)
    shop.page.on("pageerror", shop.note_error)
    shop.page.goto(origin)
    yield shop
    context.close()


@pytest.fixture
def key(setting: Setting, origin: str) -> str:
    """A client key that pages of that origin may use."""
    return setting.client_key(origin)


def test_a_draft_shows_everybody_the_code_default_without_a_complaint(
    setting: Setting, shop: Shop, key: str
) -> None:
    experiment = setting.draft()

    status = shop.connect(key)

    assert status == "READY"
    assert _values(shop.read_as_everybody(experiment)) == EVERYBODY_THE_DEFAULT
    assert shop.complaints == []


@pytest.mark.parametrize("header", HEADERS)
def test_a_running_experiment_shows_everybody_their_variant(
    setting: Setting, shop: Shop, key: str, header: str
) -> None:
    experiment = setting.running()
    shop.connect(key, header)

    seen = shop.read_as_everybody(experiment)

    assert {unit: each["variant"] for unit, each in seen.items()} == setting.singly(experiment)
    assert set(_values(seen).values()) == {"control", "treatment"}
    assert {each["reason"] for each in seen.values()} == {"SPLIT"}
    assert _values(shop.read_as_everybody(experiment)) == _values(seen)
    assert shop.complaints == []


def test_a_pause_shows_everybody_the_code_default_and_a_resume_their_earlier_variant(
    setting: Setting, shop: Shop, key: str
) -> None:
    experiment = setting.running()
    shop.connect(key)
    before = _values(shop.read_as_everybody(experiment))

    setting.pause(experiment)
    paused = _values(shop.read_as_everybody(experiment))
    setting.start(experiment)

    assert paused == EVERYBODY_THE_DEFAULT
    assert _values(shop.read_as_everybody(experiment)) == before
    assert shop.complaints == []


def test_a_page_that_stays_open_follows_a_start_a_pause_and_a_resume(
    setting: Setting, shop: Shop, key: str
) -> None:
    experiment = setting.draft()
    shop.connect(key, poll_interval=OFTEN)

    setting.start(experiment)
    variant = setting.variant(experiment, UNIT)
    shop.wait_until_reads(experiment, variant)
    setting.pause(experiment)
    shop.wait_until_reads(experiment, "code default")
    setting.start(experiment)
    shop.wait_until_reads(experiment, variant)

    assert shop.complaints == []


def test_a_poll_that_finds_nothing_new_is_answered_304_and_changes_nothing(
    setting: Setting, shop: Shop, key: str
) -> None:
    experiment = setting.running()
    shop.connect(key, poll_interval=OFTEN)
    before = shop.read(experiment)

    with shop.page.expect_response(lambda answer: answer.status == 304):
        pass

    assert before["variant"] == setting.variant(experiment, UNIT)
    assert shop.read(experiment) == before
    assert shop.complaints == []


def test_a_returning_visitor_is_shown_no_variant_that_has_been_paused_meanwhile(
    setting: Setting, shop: Shop, key: str
) -> None:
    experiment = setting.running()
    shop.connect(key)
    setting.pause(experiment)
    shop.page.reload()

    shop.connect(key)

    # The provider begins with what it kept in the browser, and asks the server meanwhile.
    shop.wait_until_reads(experiment, "code default")
    assert shop.complaints == []


@pytest.mark.parametrize("is_listed_by_another_project", [False, True])
def test_a_page_of_an_origin_that_is_not_listed_shows_everybody_the_code_default_and_is_seen(
    setting: Setting, shop: Shop, *, is_listed_by_another_project: bool
) -> None:
    experiment = setting.running()
    key = setting.client_key("https://elsewhere.example")
    if is_listed_by_another_project:
        settle(setting.world, setting.address).client_key(shop.origin)

    status = shop.connect(key)

    assert status != "READY"
    assert _values(shop.read_as_everybody(experiment)) == EVERYBODY_THE_DEFAULT
    until(lambda: _refused(setting.world) > 0)


def _refused(world: World) -> int:
    """Return how many requests of other sites the pages *Install* of all projects show."""
    noted = "SELECT sum(number) FROM not_counted WHERE reason = :reason"
    return world.execute(noted, reason=Refusal.OTHER_SITE)[0][0] or 0


def _values(seen: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {unit: each["value"] for unit, each in seen.items()}
