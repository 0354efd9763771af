"""An older state of the database is restored: it is served, and not the one that was abandoned."""

from pathlib import Path

import pytest

from app.models import Status
from tests import patient
from tests.conftest import on_both_databases
from tests.faults import outages
from tests.servers import Server, serve
from tests.serving.site import FLAGS, Site, make_site
from tests.watching import until
from tests.world import World

SECONDS_TO_NOTICE = 10


@pytest.fixture
def site(world: World) -> Site:
    """A site."""
    return make_site(world)


def flags(server: Server, site: Site) -> set[str]:
    """The keys of what a visitor gets."""
    body = {"context": {"targetingKey": "a"}}
    answer = patient.post(server.address + FLAGS, json=body, headers=site.headers)
    return {flag["key"] for flag in answer.json()["flags"]} if answer.is_success else set()


@on_both_databases
def test_a_version_that_comes_again_after_a_restore_is_not_taken_for_the_one_abandoned(
    site: Site, database_url: str, tmp_path: Path
) -> None:
    abandoned, later = (site.experiment(status=Status.DRAFT) for _ in range(2))
    version = f"SELECT version FROM project WHERE id = {site.project.id}"  # noqa: S608
    page = f"/projects/{site.project.key}"
    with serve(database_url, tmp_path, workers=1) as server:
        headers = {**server.sign_in(site.world.member(site.project)), "HX-Request": "true"}
        with (
            patient.Client(base_url=server.address, headers=headers) as browser,
            outages.restored(database_url, tmp_path),
        ):
            outages.reconnect(site.world)
            site.walk(abandoned, Status.RUNNING)
            until(lambda: flags(server, site) == {abandoned.key})
            left_at = site.world.execute(version)
            tag = browser.get(page).headers["ETag"]
            assert browser.get(page, headers={"If-None-Match": tag}).status_code == 304
        outages.reconnect(site.world)
        until(lambda: flags(server, site) == set(), SECONDS_TO_NOTICE)
        site.walk(later, Status.RUNNING)
        assert site.world.execute(version) == left_at
        until(lambda: flags(server, site) == {later.key}, SECONDS_TO_NOTICE)
        with patient.Client(base_url=server.address, headers=headers) as browser:
            assert browser.get(page, headers={"If-None-Match": tag}).status_code == 200
