"""Tokens of keys: recognised by scanners of secrets, and a mistyped one is known by itself."""

import re

import pytest
from flask.testing import FlaskClient

from app.accounts import tokens
from app.core.errors import Unauthenticated
from app.models import KeyType
from app.serving import serving_keys
from tests.statements import recorded
from tests.world import World

EXPERIMENTS = "/api/admin/experiments?limit=1"
EVERY_TYPE = pytest.mark.parametrize("key_type", KeyType)


def mistyped(token: str) -> str:
    """The token with another character in its middle."""
    at = len("sdk_admin_") + 9
    return token[:at] + ("a" if token[at] != "a" else "b") + token[at + 1 :]


@EVERY_TYPE
def test_a_token_says_what_it_is_and_ends_in_a_checksum(key_type: KeyType) -> None:
    token = tokens.new(key_type)
    found = re.fullmatch(rf"sdk_{key_type}_([0-9A-Za-z]{{36}})([0-9A-Za-z]{{6}})", token)
    assert found
    assert tokens.checksum(found[1]) == found[2]


def test_no_token_is_like_another() -> None:
    assert len({tokens.new(KeyType.ADMIN) for _ in range(1000)}) == 1000


@pytest.mark.parametrize(
    ("text", "checksum"),
    # The CRC-32 of these is 0, 0xCBF43926, the usual example, and 0xE8B7BE43.
    [("", "000000"), ("123456789", "3jZRME"), ("a", "4GEHKN")],
)
def test_the_checksum_is_the_crc_32_in_base_62(text: str, checksum: str) -> None:
    assert tokens.checksum(text) == checksum


@EVERY_TYPE
def test_a_slip_of_the_finger_is_known(key_type: KeyType) -> None:
    token = tokens.new(key_type)
    assert not tokens.is_mistyped(token)
    assert tokens.is_mistyped(mistyped(token))


@pytest.mark.parametrize("token", ["", "sdk_admin_", f"sdk_admin_{'0' * 48}", "sdk_other_x", "a b"])
def test_what_has_no_checksum_may_be_any_token(token: str) -> None:
    assert not tokens.is_mistyped(token)


def test_a_mistyped_admin_key_is_401_and_the_database_is_not_asked(
    world: World, client: FlaskClient
) -> None:
    token = world.key(world.project())
    with recorded(world.app) as sent:
        answer = client.get(EXPERIMENTS, headers={"X-SDK-Key": mistyped(token)})
    assert (answer.status_code, sent) == (401, [])
    assert client.get(EXPERIMENTS, headers={"X-SDK-Key": token}).status_code == 200


def test_a_mistyped_serving_key_is_none_and_the_database_is_not_asked(world: World) -> None:
    with (
        world.app.app_context(),
        recorded(world.app) as sent,
        pytest.raises(Unauthenticated, match="Invalid or missing API key"),
    ):
        serving_keys.read(mistyped(tokens.new(KeyType.SERVER)))
    assert sent == []
