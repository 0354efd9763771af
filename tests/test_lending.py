"""What a test borrows is as new: nothing is left of the test before."""

from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from app.api.openapi import descriptions, served
from app.events.kept import event_stream
from app.web.limits import concurrency
from tests.conftest import on_both_databases
from tests.lending import Lender
from tests.world import World

# They only hold what a request takes and gives back, what operations there are, and an address.
HOLDS_NOTHING = {
    concurrency.EXTENSION,
    descriptions.EXTENSION,
    event_stream.EXTENSION,
    served.EXTENSION,
}


def remembered(app: Flask) -> dict[str, object]:
    """Return what the application remembers by itself."""
    return {
        name: value
        for name, value in app.extensions.items()
        if name.startswith("switchyard_") and name not in HOLDS_NOTHING
    }


@on_both_databases
def test_whoever_borrows_it_next_finds_no_memory_setting_or_name_of_the_one_before(
    lender: Lender, database_url: str
) -> None:
    with lender.lend(database_url, QUEUE_DAYS="8") as app:
        before, storage = remembered(app), app.config["RATE_LIMIT_STORAGE"]
        app.config.update(QUEUE_DAYS=7, MADE_UP=True)
        app.extensions["made_up"] = object()
        app.session_interface = SecureCookieSessionInterface()
    with lender.lend(database_url, QUEUE_DAYS="8") as again:
        assert again is app
        assert (again.config["QUEUE_DAYS"], "MADE_UP" in again.config) == (8, False)
        assert "made_up" not in again.extensions
        assert not isinstance(again.session_interface, SecureCookieSessionInterface)
        assert again.config["RATE_LIMIT_STORAGE"] is not storage
        assert before.keys() == remembered(again).keys()
        assert [name for name, value in remembered(again).items() if value is before[name]] == []


def test_two_borrowers_at_once_have_an_application_each(lender: Lender, database_url: str) -> None:
    with lender.lend(database_url) as first, lender.lend(database_url) as second:
        assert first is not second


def test_settings_make_another_application(lender: Lender, database_url: str) -> None:
    with lender.lend(database_url, QUEUE_DAYS="8") as first:
        assert first.config["QUEUE_DAYS"] == 8
    with lender.lend(database_url) as second:
        assert second.config["QUEUE_DAYS"] == 30


@on_both_databases
def test_a_database_is_empty_whatever_the_test_before_has_left(world: World) -> None:
    assert world.execute("SELECT count(*) FROM project") == [(0,)]
    world.project()


@on_both_databases
def test_it_is_empty_again_at_the_same_address(world: World) -> None:
    assert world.execute("SELECT count(*) FROM project") == [(0,)]
    world.project()
