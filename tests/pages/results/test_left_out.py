"""Days are left out of a result by a form, and counted again by a press."""

from dataclasses import replace

import pytest
from werkzeug.test import TestResponse

from app.models import Role
from app.results.exclusions import FIELDS as DAYS
from tests.api.asking import with_key
from tests.measured import PURCHASE, Measured, noon, planned, started
from tests.pages.reading import errors, flashed, page
from tests.world import Browser, World

AT_ONCE = replace(PURCHASE, minimum_visitors=0)


@pytest.fixture
def measured(world: World) -> Measured:
    """A run of 300 visitors a variant, on two days."""
    measured = started(world, world.project(), AT_ONCE)
    for position, days in [(0, 10), (1, 10), (0, 5), (1, 5)]:
        measured.come(position, 150, noon(days), purchase=30)
    return measured


@pytest.fixture
def browser(measured: Measured) -> Browser:
    return measured.world.browser(measured.world.member(measured.project, Role.MARKETER))


def send(browser: Browser, measured: Measured, **fields: str) -> TestResponse:
    """Send the form that leaves days out."""
    data = {"csrf_token": browser.csrf_token, **fields}
    return browser.client.post(f"{measured.page}/left-out", data=data)


def day(days: int) -> str:
    return noon(days).date().isoformat()


def visitors(browser: Browser, measured: Measured) -> str:
    """Return what the result page says of the visitors."""
    tiles = page(browser.get(measured.page)).every("dl", class_="tiles")[0].text
    return tiles.split("Visitors ")[1].split()[0]


def test_days_are_left_out_by_a_form_and_counted_again_by_a_press(
    browser: Browser, measured: Measured
) -> None:
    answer = send(browser, measured, first_day=day(5), last_day=day(5), reason="Bots")
    assert answer.status_code == 302
    assert "left out of this result" in flashed(browser.get(answer.location))[0]
    assert visitors(browser, measured) == "300"
    shown = browser.get(measured.page).text
    assert "Bots" in shown
    assert "Left out: " in shown
    table = page(browser.get(f"{measured.page}/left-out")).the("table")
    (press,) = table.every("form")
    again = browser.client.post(press.attributes["action"], data={"csrf_token": browser.csrf_token})
    assert "counted again" in flashed(browser.get(again.location))[0]
    assert visitors(browser, measured) == "600"


def test_an_unusual_day_is_in_the_form_that_leaves_it_out(
    browser: Browser, measured: Measured
) -> None:
    for days in range(1, 4):
        measured.come(0, 50, noon(days))
    measured.come(0, 2_000, noon(4))
    links = page(browser.get(measured.page)).every("a")
    (link,) = [each for each in links if each.text == f"Leave {noon(4):%-d %b %Y} out"]
    form = page(browser.get(link.attributes["href"]))
    drawn = {name: form.the("input", name=name).attributes["value"] for name in DAYS}
    assert drawn == dict.fromkeys(DAYS, day(4))


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"first_day": "2026-02-30", "reason": "Bots"}, "first_day"),
        ({"first_day": "", "last_day": ""}, "reason"),
        ({"last_day": "2020-01-01", "reason": "Bots"}, "last_day"),
    ],
    ids=["no day", "no reason", "before the run"],
)
def test_what_cannot_be_left_out_is_said_at_its_field(
    browser: Browser, measured: Measured, fields: dict[str, str], field: str
) -> None:
    answer = send(browser, measured, **fields)
    assert answer.status_code == 400
    assert [*errors(answer)] == [field]
    assert visitors(browser, measured) == "600"


def test_what_never_started_has_no_days_to_leave_out(world: World) -> None:
    draft = planned(world, world.project())
    browser = world.browser(world.member(draft.project, Role.MARKETER))
    assert "never started" in browser.get(f"{draft.page}/left-out").text


def test_a_viewer_sees_what_is_left_out_and_changes_nothing(
    browser: Browser, measured: Measured
) -> None:
    send(browser, measured, reason="Bots")
    world = measured.world
    viewer = world.browser(world.member(measured.project, Role.VIEWER))
    shown = page(viewer.get(f"{measured.page}/left-out"))
    assert "The whole run" in shown.the("table").text
    assert not shown.the("main").every("form")


def test_history_says_which_days_were_left_out(browser: Browser, measured: Measured) -> None:
    send(browser, measured, first_day=day(5), reason="Bots")
    history = f"/projects/{measured.project.key}/history"
    text = page(browser.get(history)).the("main").text
    assert f"Days left out none → {noon(5):%-d %b %Y} to the end" in text


def test_a_program_leaves_days_out_and_counts_them_again(measured: Measured) -> None:
    ask = with_key(measured.world, measured.project)
    path = f"/api/admin/experiments/{measured.experiment.public_id}/exclusions"
    body = {"first_day": day(5), "last_day": day(5), "reason": "Bots"}
    tried = ask("POST", f"{path}?dry_run=true", body)
    assert (tried.status_code, (ask("GET", measured.names, None).json or {})["exclusions"]) == (
        201,
        [],
    )
    assert ask("POST", path, {**body, "last_day": ""}).status_code == 422
    made = ask("POST", path, body)
    assert made.status_code == 201
    (shown,) = (ask("GET", measured.names, None).json or {})["exclusions"]
    assert shown == {name: shown[name] for name in made.json or {}}
    assert {**shown, "id": 0, "at": ""} == {**body, "id": 0, "at": ""}
    assert ask("DELETE", f"{path}/{shown['id']}", None).status_code == 200
    assert ask("DELETE", f"{path}/{shown['id']}", None).status_code == 404
    assert (ask("GET", measured.names, None).json or {})["exclusions"] == []
