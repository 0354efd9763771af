"""A project's experiments, their badges and their buttons."""

import json

import pytest

from app.models import Project, Role, Status
from tests.api.asking import integers_path, names_path, with_key
from tests.conftest import on_both_databases
from tests.pages.reading import Element, page
from tests.world import Browser, World

DRAFT, RUNNING, STOPPED, ARCHIVED = Status.DRAFT, Status.RUNNING, Status.STOPPED, Status.ARCHIVED


def shown(browser: Browser, project: Project, query: str = "") -> Element:
    answer = browser.get(f"/projects/{project.key}{query}")
    assert answer.status_code == 200
    return page(answer)


def rows(found: Element) -> list[str]:
    return [
        row.the("th").the("a").text for table in found.every("tbody") for row in table.every("tr")
    ]


@pytest.mark.parametrize(
    ("status", "badge", "labels"),
    [
        (DRAFT, "Draft Nobody sees it", ["Start", "Discard"]),
        (RUNNING, "Live Visitors are being split", ["Pause"]),
        (
            STOPPED,
            "Paused Everybody sees the original; data kept",
            ["Resume", "Back to draft", "Archive"],
        ),
        (ARCHIVED, "Archived Discarded for good: it was a draft", []),
    ],
)
def test_a_row_says_what_visitors_see_and_what_can_be_done(
    world: World, status: Status, badge: str, labels: list[str]
) -> None:
    project = world.project(connected=True)
    experiment = world.experiment(project, status, "Banner")
    found = shown(world.browser(world.member(project)), project)
    row = found.the("tr", id=f"row-{experiment.test_id}")
    heading, _, state, since, actions = (*row.every("th"), *row.every("td"))
    assert heading.text == "Banner no page given"
    assert state.text == badge
    assert since.text == "today by the command line"
    assert [button.text for button in actions.every("button")] == labels


def test_the_row_of_what_was_live_once_says_that_its_result_is_kept(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project, STOPPED)
    world.archive(experiment)
    found = shown(world.browser(world.member(project)), project)
    row = found.the("tr", id=f"row-{experiment.test_id}")
    assert "Archived Finished for good; result kept" in row.text


@pytest.mark.parametrize(
    ("status", "label", "verb", "body"),
    [
        (DRAFT, "Start", "hx-patch", {"status": 1}),
        (RUNNING, "Pause", "hx-patch", {"status": 0}),
        (STOPPED, "Resume", "hx-patch", {"status": 1}),
        (STOPPED, "Back to draft", "hx-patch", {"status": 9}),
        (STOPPED, "Archive", "hx-post", {"status": "archived"}),
        (DRAFT, "Discard", "hx-post", {"status": "archived"}),
    ],
)
def test_a_button_sends_what_its_contract_takes(
    world: World, status: Status, label: str, verb: str, body: dict[str, object]
) -> None:
    project = world.project()
    experiment = world.experiment(project, status)
    browser = world.browser(world.member(project))
    buttons = {each.text: each.attributes for each in shown(browser, project).every("button")}
    by_integers = integers_path(project, experiment)
    path = by_integers if verb == "hx-patch" else names_path(experiment)
    assert buttons[label][verb] == path
    assert json.loads(buttons[label]["hx-vals"]) == body
    assert (buttons[label]["hx-ext"], buttons[label]["hx-swap"]) == ("json-enc", "none")
    method = "PATCH" if verb == "hx-patch" else "POST"
    assert browser.call(method, path, body).status_code == 200


def test_what_is_final_asks_with_the_experiments_name_and_the_rest_acts_at_once(
    world: World,
) -> None:
    project = world.project()
    world.experiment(project, DRAFT, "Banner")
    world.experiment(project, STOPPED, "Footer")
    found = shown(world.browser(world.member(project)), project)
    questions = {
        button.text: button.attributes.get("data-question")
        for button in found.the("table").every("button")
    }
    assert questions == {
        "Resume": None,
        "Back to draft": None,
        "Archive": "Archive “Footer”?",
        "Start": None,
        "Discard": "Discard “Banner”?",
    }


def test_at_the_limit_start_stays_pressable_and_is_no_longer_the_filled_one(world: World) -> None:
    project = world.project(limit=1)
    draft = world.experiment(project)
    browser = world.browser(world.member(project))
    start = shown(browser, project).the("button", id=f"start-{draft.test_id}")
    assert start.has({"class_": "filled"})
    world.running(project, 1)
    start = shown(browser, project).the("button", id=f"start-{draft.test_id}")
    assert not start.has({"class_": "filled"})
    assert "disabled" not in start.attributes
    assert "aria-disabled" not in start.attributes


@pytest.mark.parametrize(
    ("role", "buttons", "links"),
    [
        (Role.VIEWER, [], ["Members"]),
        (Role.MARKETER, ["Start", "Discard"], ["New experiment", "Members"]),
        (Role.OWNER, ["Start", "Discard"], ["New experiment", "API keys", "Members"]),
    ],
)
def test_everybody_is_offered_what_their_role_may_do(
    world: World, role: Role, buttons: list[str], links: list[str]
) -> None:
    project = world.project()
    world.experiment(project)
    found = shown(world.browser(world.member(project, role)), project)
    assert [button.text for button in found.the("table").every("button")] == buttons
    offered = {link.text for link in found.the("main").every("a")}
    assert offered & {"New experiment", "API keys", "Members"} == set(links)


def test_a_row_names_who_changed_it_last(world: World) -> None:
    project = world.project()
    mine, theirs, by_key = (world.experiment(project) for _ in range(3))
    me, colleague = world.member(project), world.member(project)
    browser = world.browser(me)
    browser.call("PATCH", integers_path(project, mine), {"status": 1})
    world.browser(colleague).call("PATCH", integers_path(project, theirs), {"status": 1})
    with_key(world, project)("POST", names_path(by_key), {"status": "archived"})
    found = shown(browser, project)
    authors = [
        found.the("tr", id=f"row-{each.test_id}").every("td")[2].text
        for each in (mine, theirs, by_key)
    ]
    assert authors == ["today by you", f"today by {colleague}", "today by a key, “key”"]


@pytest.mark.parametrize(
    ("limit", "reading", "tone"),
    [
        (2, "1 of 2 live", "open"),
        (1, "1 of 1 live", "full"),
        (0, "1 of 0 live", "over"),
        (None, "1 live", "open"),
    ],
)
def test_the_meter_counts_slots(world: World, limit: int | None, reading: str, tone: str) -> None:
    project = world.project(limit=None)
    world.running(project, 1)
    world.set_limit(project, limit)
    meter = shown(world.browser(world.member(project)), project).the("div", class_="meter")
    assert meter.the("strong").text == reading
    assert meter.has({"class_": tone})
    assert ("Over the limit" in meter.text) is (tone == "over")


@on_both_databases
def test_with_the_plan_unreadable_the_page_is_shown_and_pausing_offered(world: World) -> None:
    project = world.project()
    world.running(project, 1)
    browser = world.browser(world.member(project))
    world.execute("ALTER TABLE plan RENAME TO gone")
    found = shown(browser, project)
    assert found.the("div", class_="meter").the("strong").text == "Slots unknown"
    assert [button.text for button in found.the("table").every("button")] == ["Pause"]


@on_both_databases
@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["archived", "stopped", "running", "draft"]),
        ("?status=draft", ["draft"]),
        ("?status=running", ["running"]),
        ("?status=stopped", ["stopped"]),
        ("?status=archived", ["archived"]),
        ("?status=none", ["archived", "stopped", "running", "draft"]),
        ("?after=none", ["archived", "stopped", "running", "draft"]),
        ("?after=99999999999999999999", ["archived", "stopped", "running", "draft"]),
        ("?after=0", []),
    ],
)
def test_the_list_is_newest_first_and_filtered_by_status(
    world: World, query: str, names: list[str]
) -> None:
    project, other = world.project(), world.project()
    world.experiment(other)
    for status in Status:
        world.experiment(project, status, status.value)
    assert rows(shown(world.browser(world.member(project)), project, query)) == names


def test_the_list_is_paged_and_a_filter_goes_along(world: World) -> None:
    project = world.project()
    names = world.crowd(project, 55)
    world.running(project, 1)
    browser = world.browser(world.member(project))
    first = shown(browser, project, "?status=draft")
    (older,) = first.the("nav", aria_label="Pages").every("a")
    second = page(browser.get(older.attributes["href"]))
    assert rows(first) + rows(second) == names
    assert len(rows(first)) == 50
    (newest,) = second.the("nav", aria_label="Pages").every("a")
    assert newest.attributes["href"] == f"/projects/{project.key}?status=draft"


def test_an_empty_project_says_how_to_begin_to_whom_may(world: World) -> None:
    project = world.project()
    marketer = shown(world.browser(world.member(project)), project)
    viewer = shown(world.browser(world.member(project, Role.VIEWER)), project)
    assert "No experiments yet." in marketer.text
    assert "Create the first one" in marketer.text
    assert "Create the first one" not in viewer.text


def test_names_are_shown_as_they_are_written_and_never_as_markup(world: World) -> None:
    project = world.project()
    name = "<script>alert('x')</script> & “quotes\""
    world.experiment(project, STOPPED, name)
    found = shown(world.browser(world.member(project)), project)
    assert rows(found) == [name]
    assert {script.text for script in found.every("script")} == {""}


def test_the_next_page_is_what_stood_behind_the_last_row_that_was_seen(world: World) -> None:
    project = world.project()
    names = world.crowd(project, 60)
    browser = world.browser(world.member(project))
    first = shown(browser, project, "?sort=name")
    (older,) = first.the("nav", aria_label="Pages").every("a")
    last = rows(first)[-1]
    world.execute("UPDATE experiment SET sort_name = 'zz' WHERE name = :name", name=last)
    second = rows(page(browser.get(older.attributes["href"])))
    assert rows(first) + second == [*reversed(names), last]


def test_a_search_says_how_many_it_has_found(world: World) -> None:
    project = world.project()
    world.experiment(project, RUNNING, "Red banner")
    world.experiment(project, name="Red frame")
    world.experiment(project, name="Blue")
    browser = world.browser(world.member(project))
    every, live = (shown(browser, project, f"?q=red{tab}") for tab in ("", "&status=running"))
    assert "2 found" in every.text
    assert "1 found here, 2 in all" in live.text
    tabs = every.the("nav", aria_label="Experiments by status").every("a")
    assert [tab.text for tab in tabs][:3] == ["Live 1", "Paused 0", "Draft 1"]


def test_a_search_for_invisible_characters_alone_is_none(world: World) -> None:
    project = world.project()
    world.experiment(project, name="Blue")
    found = shown(world.browser(world.member(project)), project, "?q=%E2%80%8B%C2%A0")
    assert rows(found) == ["Blue"]
    assert "found" not in found.text
