"""The OpenFeature SDK and OFREP provider for Python, as published, against the real server."""

import logging
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import FlagEvaluationDetails, Reason

from app.models import Experiment
from tests.clients.setting import ONE_A_DAY, UNITS, Setting, settle
from tests.servers import serve
from tests.world import World

EVERYBODY_THE_DEFAULT = dict.fromkeys(UNITS, "code default")
TYPED: list[tuple[Callable[..., object], object, dict[str, object]]] = [
    (OpenFeatureClient.get_boolean_value, False, {"control": False, "treatment": True}),
    (OpenFeatureClient.get_integer_value, 0, {"control": 10, "treatment": 20}),
    # The client takes no 1 for a float: it has to arrive as 1.0.
    (OpenFeatureClient.get_float_value, 0.5, {"control": 1, "treatment": 2.5}),
    (OpenFeatureClient.get_object_value, {}, {"control": {"a": [None]}, "treatment": {"b": 1}}),
]


@pytest.fixture(autouse=True)
def _no_errors_logged(caplog: pytest.LogCaptureFixture) -> Generator[None]:
    yield
    loud = [each for each in caplog.get_records("call") if each.levelno >= logging.ERROR]
    assert [each.getMessage() for each in loud] == []


@pytest.fixture
def client(setting: Setting) -> Generator[OpenFeatureClient]:
    with _connected(setting) as client:
        yield client


def test_a_draft_gives_every_unit_the_code_default(
    setting: Setting, client: OpenFeatureClient
) -> None:
    experiment = setting.draft()

    seen = _details(client, experiment)

    assert _values(seen) == EVERYBODY_THE_DEFAULT
    assert {each.error_code for each in seen.values()} == {ErrorCode.FLAG_NOT_FOUND}


def test_a_running_experiment_gives_each_unit_its_variant(
    setting: Setting, client: OpenFeatureClient
) -> None:
    experiment = setting.running()

    seen = _details(client, experiment)

    assert {unit: each.variant for unit, each in seen.items()} == setting.in_bulk(experiment)
    assert set(_values(seen).values()) == {"control", "treatment"}
    assert {each.reason for each in seen.values()} == {Reason.SPLIT}
    assert _values(_details(client, experiment)) == _values(seen)


def test_values_of_every_type_arrive(setting: Setting, client: OpenFeatureClient) -> None:
    for read, default, values in TYPED:
        experiment = setting.running(values)
        variants = setting.singly(experiment)

        seen = {unit: read(client, experiment.key, default, _context(unit)) for unit in UNITS}

        assert set(variants.values()) == set(values)
        assert seen == {unit: values[variants[unit] or ""] for unit in UNITS}


def test_a_pause_gives_every_unit_the_code_default(
    setting: Setting, client: OpenFeatureClient
) -> None:
    experiment = setting.running()
    setting.pause(experiment)

    seen = _details(client, experiment)

    assert _values(seen) == EVERYBODY_THE_DEFAULT
    assert {each.error_code for each in seen.values()} == {ErrorCode.FLAG_NOT_FOUND}


def test_a_resumed_experiment_gives_each_unit_its_earlier_variant(
    setting: Setting, client: OpenFeatureClient
) -> None:
    experiment = setting.running()
    before = _values(_details(client, experiment))
    setting.pause(experiment)
    setting.start(experiment)

    assert _values(_details(client, experiment)) == before


def test_without_a_targeting_key_the_code_default_comes_with_the_reason(
    setting: Setting, client: OpenFeatureClient
) -> None:
    experiment = setting.running()

    details = client.get_string_details(experiment.key, "code default")

    assert details.value == "code default"
    assert details.error_code is ErrorCode.TARGETING_KEY_MISSING


def test_a_client_that_is_told_to_wait_asks_no_more(
    world: World, database_url: str, tmp_path: Path
) -> None:
    with serve(database_url, tmp_path, workers=1, environment=ONE_A_DAY) as server:
        setting = settle(world, server.address)
        with _connected(setting) as client:
            _, second, third = (_message(client, setting.draft()) for _ in range(3))

    assert second.startswith("Rate limited, retry after: ")
    assert third.startswith("OFREP evaluation paused due to TooManyRequests")


@contextmanager
def _connected(setting: Setting) -> Generator[OpenFeatureClient]:
    headers = {"Authorization": f"Bearer {setting.key}"}
    provider = OFREPProvider(setting.address, headers_factory=lambda: headers)
    api.set_provider_and_wait(provider)
    try:
        yield api.get_client()
    finally:
        api.shutdown()
        # The provider's own shutdown leaves its connections open.
        provider.session.close()


def _context(unit: str) -> EvaluationContext:
    return EvaluationContext(targeting_key=unit)


def _details(
    client: OpenFeatureClient, experiment: Experiment
) -> dict[str, FlagEvaluationDetails[str]]:
    return {
        unit: client.get_string_details(experiment.key, "code default", _context(unit))
        for unit in UNITS
    }


def _values(seen: Mapping[str, FlagEvaluationDetails[str]]) -> dict[str, str]:
    return {unit: details.value for unit, details in seen.items()}


def _message(client: OpenFeatureClient, experiment: Experiment) -> str:
    details = client.get_string_details(experiment.key, "code default", _context(UNITS[0]))
    assert details.value == "code default"
    return details.error_message or ""
