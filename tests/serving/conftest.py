"""Fixtures: an application that remembers nothing between evaluations, and a site on it."""

from collections.abc import Generator

import pytest
from flask import Flask

from tests.conftest import asked_for
from tests.events import audit
from tests.lending import Lender
from tests.serving.site import Site, make_site
from tests.world import World


@pytest.fixture
def app(request: pytest.FixtureRequest, lender: Lender, database_url: str) -> Generator[Flask]:
    """The application, whose evaluations are never stale."""
    with lender.lend(database_url, SECONDS_REMEMBERED="0", **asked_for(request)) as app:
        yield app


@pytest.fixture
def site(world: World) -> Site:
    """A site with a server key."""
    return make_site(world)


@pytest.fixture
def audited(database_url: str) -> Generator[None]:
    """Whatever the test collects: at its end the daily counts are what the rows add up to."""
    yield
    assert audit.misfits(database_url) == []
