"""What is not counted is seen by the project's people: dropped events and refused requests."""

from datetime import timedelta

import pytest
from limits import parse

from app import jobs
from app.accounts import api_keys
from app.events import not_counted
from app.events.events import Reason
from app.events.not_counted import Refusal
from app.models import KeyType, now
from app.tenancy import project_erasure, projects
from tests.conftest import on_both_databases
from tests.faults import outages
from tests.pages.reading import page
from tests.serving.site import FLAGS, Site, did, make_site, saw, towards
from tests.watching import until
from tests.world import COMMAND_LINE, World

PAGE = {"Origin": "https://shop.example", "User-Agent": "Mozilla/5.0"}


def sums(site: Site) -> dict[str, int]:
    with site.world.app.app_context():
        return {each.reason: each.number for each in not_counted.of_late(site.project.id)}


@on_both_databases
def test_what_is_dropped_is_added_up_by_reason_and_shown_on_install(site: Site) -> None:
    site.goal("order")
    experiment = site.experiment(towards("order"))
    events = [saw("nothing", "a"), did("order", "b"), did("order", "c"), saw(experiment, "d")]
    site.collect(*events)
    until(lambda: sums(site) == {"unknown": 1, "not_exposed": 2})
    install = f"/projects/{site.project.key}/install"
    shown = site.world.browser(site.world.member(site.project)).get(install)
    card = page(shown).the("section", aria_labelledby="arrivals-title")
    rows = card.the("tbody").every("tr")
    assert {row.the("th").text: row.every("td")[0].text for row in rows} == {
        "Conversions of visitors who had not seen a variant": "2",
        "Events of an experiment or a goal that this project does not have": "1",
    }


@on_both_databases
def test_a_flood_of_more_than_two_billion_in_a_day_is_added_up(site: Site) -> None:
    site.collect(saw("nothing", "a"))
    until(lambda: sums(site) == {"unknown": 1})
    site.world.execute("UPDATE not_counted SET number = 2147483647")
    site.collect(saw("nothing", "b"))
    until(lambda: sums(site) == {"unknown": 2_147_483_648})


@on_both_databases
def test_pages_of_other_sites_and_a_drained_key_are_seen(world: World) -> None:
    world.app.config["SERVING_RATE_LIMIT"] = parse("1 per hour")
    site = make_site(world)
    with site.world.app.app_context():
        client_key = api_keys.mint(site.project.id, KeyType.CLIENT, "web", COMMAND_LINE).token
    headers = {"Authorization": f"Bearer {client_key}"}
    asked = {"json": {"context": {"targetingKey": "a"}}}
    answers = [
        site.client.post(FLAGS, **asked, headers=headers | more) for more in (PAGE, {}, {}, {})
    ]
    assert [answer.status_code for answer in answers] == [403, 200, 429, 429]
    until(lambda: sums(site) == {Refusal.OTHER_SITE: 1, Refusal.RATE_LIMITED: 2})


@pytest.fixture
def _written_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no test wait for long until it is seen that nothing can be written."""
    monkeypatch.setattr("app.web.written_behind.SECONDS_TO_WAIT", 0.05)


def note(site: Site, *reasons: Reason) -> None:
    with site.world.app.app_context():
        not_counted.note(site.project.id, reasons)


@pytest.mark.usefixtures("_written_soon")
@on_both_databases
def test_what_cannot_be_written_now_is_written_later(
    site: Site, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with outages.locked(database_url, "not_counted"):
        note(site, Reason.BOT, Reason.BOT)
        until(lambda: "is not yet noted" in caplog.text)
        note(site, Reason.BOT, Reason.OWN_VISIT)
    until(lambda: sums(site) == {Reason.BOT: 3, Reason.OWN_VISIT: 1})


@pytest.mark.usefixtures("_written_soon")
@on_both_databases
def test_a_project_that_is_being_erased_takes_nothing_from_another(site: Site) -> None:
    erased, kept = make_site(site.world), make_site(site.world)
    with site.world.app.app_context():
        projects.retire(erased.project.key, COMMAND_LINE)
        project_erasure.begin(erased.project.key, erased.project.name, COMMAND_LINE)
        gone = max(site.project.id, erased.project.id, kept.project.id) + 1
        for project_id in (gone, erased.project.id, kept.project.id):
            not_counted.note(project_id, [Reason.BOT])
    until(lambda: sums(kept) == {Reason.BOT: 1})
    assert sums(erased) == {}


def test_what_is_older_than_a_month_is_forgotten(site: Site) -> None:
    site.collect(saw("nothing", "a"))
    until(lambda: sums(site) == {"unknown": 1})
    with site.world.app.app_context():
        jobs.once(now() + timedelta(days=30))
        assert sums(site) == {"unknown": 1}
        jobs.once(now() + timedelta(days=32))
    assert not site.world.execute("SELECT * FROM not_counted")


def test_a_day_counts_for_a_week(site: Site) -> None:
    site.collect(saw("nothing", "a"))
    until(lambda: sums(site) == {"unknown": 1})
    for days, shown in ((6, {"unknown": 1}), (7, {})):
        day = (now() - timedelta(days=days)).date()
        site.world.execute("UPDATE not_counted SET day = :day", day=day)
        assert sums(site) == shown
