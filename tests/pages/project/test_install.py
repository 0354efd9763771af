"""How a project's own site is connected."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.accounts import api_keys, origins
from app.events import collecting
from app.events.events import Exposed
from app.experiments import goals
from app.experiments.designs import Design, GoalUse, VariantDesign
from app.models import WHOLE, Experiment, GoalRole, KeyType, Project, Role, Status
from app.serving import memory
from tests.pages.reading import Element, errors, flashed, page
from tests.servers import serve
from tests.world import COMMAND_LINE, Browser, World


def path(project: Project, part: str = "") -> str:
    return f"/projects/{project.key}/install{part}"


def visited(world: World, project: Project, role: Role = Role.OWNER) -> Element:
    """The page, as somebody in this role sees it."""
    return page(world.browser(world.member(project, role)).get(path(project)))


def snippet(shown: Element, key: str) -> str:
    return "".join(str(each) for each in shown.the("textarea", id=key).inside)


def client_key(world: World, project: Project) -> str:
    with world.app.app_context():
        return api_keys.mint(project.id, KeyType.CLIENT, "pages", COMMAND_LINE).token


def designed(world: World, project: Project, *values: object) -> Experiment:
    """A running experiment with these values, towards a goal."""
    experiment = world.experiment(project, name="Banner")
    weights = [WHOLE - WHOLE // 2, WHOLE // 2]
    variants = tuple(
        VariantDesign(f"v{number}", weight, value=value)
        for number, (weight, value) in enumerate(zip(weights, values, strict=True))
    )
    with world.app.app_context():
        goals.create(project.id, "signup", COMMAND_LINE)
        goals.create(project.id, "purchase", COMMAND_LINE)
    uses = (GoalUse("signup", GoalRole.SECONDARY), GoalUse("purchase", GoalRole.PRIMARY))
    world.redesign(experiment, Design(variants, goals=uses))
    world.start(experiment)
    return experiment


def test_every_member_gets_the_tag_with_the_projects_client_key(world: World) -> None:
    project = world.project()
    token = client_key(world, project)
    for role in Role:
        shown = snippet(visited(world, project, role), "tag")
        assert 'src: "http://localhost/switchyard.js",' in shown
        assert f'key: "{token}",' in shown


def test_the_key_is_the_newest_that_works(world: World) -> None:
    project = world.project()
    token = client_key(world, project)
    with world.app.app_context():
        newer = api_keys.mint(project.id, KeyType.CLIENT, "newer", COMMAND_LINE)
        world.revoke(project, newer.key.id)
        api_keys.mint(project.id, KeyType.CLIENT, "old", COMMAND_LINE, timedelta(days=-1))
    world.key(project)
    html = world.browser(world.member(project)).get(path(project)).get_data(as_text=True)
    assert token in html
    assert newer.token not in html


def test_without_a_key_an_owner_creates_one_and_others_read_who_can(world: World) -> None:
    project = world.project()
    owner = world.member(project, Role.OWNER)
    seen = visited(world, project, Role.MARKETER)
    assert seen.every("button", class_="filled") == []
    assert owner in seen.the("section", aria_labelledby="script-title").text
    assert seen.every("textarea", id="tag") == []

    browser = world.browser(owner)
    assert "Create a client key" in page(browser.get(path(project))).the("main").text
    assert browser.submit(path(project, "/key")).status_code == 302
    shown = browser.get(path(project))
    assert flashed(shown) == ["The client key is created: it is in the script's tag below."]
    assert "sdk_client_" in snippet(page(browser.get(path(project))), "tag")


def test_a_second_press_creates_no_second_key(world: World) -> None:
    project = world.project()
    browser = world.browser(world.member(project, Role.OWNER))
    for _ in range(2):
        browser.submit(path(project, "/key"))
    assert world.execute("SELECT type FROM api_key") == [("client",)]


def saved(
    browser: Browser, project: Project, text: str, field: str = "origins", seen: str = ""
) -> TestResponse:
    """Save a list of the page as it is shown now, or was when it was `seen`."""
    seen = seen or seen_of(browser.get(path(project)), field)
    return browser.submit(path(project, f"/{field}"), **{field: text}, seen=seen)


def seen_of(shown: TestResponse, field: str) -> str:
    return page(shown).the("input", id=f"seen-{field}").attributes["value"] or ""


def listed(world: World, project: Project) -> list[str]:
    with world.app.app_context():
        return list(origins.listed(project.id))


def test_owners_list_the_sites_and_everybody_reads_them(world: World) -> None:
    project = world.project()
    browser = world.browser(world.member(project, Role.OWNER))
    text = " https://Shop.example/\r\n\r\nhttp://localhost:3000 \r\n"
    assert saved(browser, project, text).status_code == 302
    assert listed(world, project) == ["http://localhost:3000", "https://shop.example"]
    shown = page(browser.get(path(project)))
    assert snippet(shown, "origins").split() == listed(world, project)
    seen = visited(world, project, Role.VIEWER)
    assert "https://shop.example" in seen.the("section", aria_labelledby="origins-title").text
    assert seen.every("textarea", id="origins") == []


def test_an_empty_list_empties_it(world: World) -> None:
    project = world.project()
    browser = world.browser(world.member(project, Role.OWNER))
    for text in ("https://shop.example", " \r\n"):
        assert saved(browser, project, text).status_code == 302
    assert listed(world, project) == []


@pytest.mark.parametrize(
    ("field", "theirs", "ours"),
    [
        ("origins", "https://shop.example", "https://blog.example"),
        ("networks", "192.0.2.0/24", "198.51.100.0/24"),
    ],
)
def test_what_another_owner_has_listed_meanwhile_is_not_taken_out_unseen(
    world: World, field: str, theirs: str, ours: str
) -> None:
    project = world.project()
    browser = world.browser(world.member(project, Role.OWNER))
    seen = seen_of(browser.get(path(project)), field)
    assert saved(browser, project, theirs, field).status_code == 302
    late = saved(browser, project, ours, field, seen)
    assert f"nothing of yours is saved yet. It is {theirs} now." in page(late).text
    assert (late.status_code, snippet(page(late), field).strip()) == (400, ours)
    assert snippet(visited(world, project), field).strip() == theirs
    assert saved(browser, project, ours, field, seen_of(late, field)).status_code == 302
    assert snippet(visited(world, project), field).strip() == ours


@pytest.mark.parametrize(
    ("field", "ours"), [("origins", "https://shop.example"), ("networks", "192.0.2.0/24")]
)
def test_a_list_that_is_sent_again_is_saved_as_at_first(
    world: World, field: str, ours: str
) -> None:
    project = world.project()
    browser = world.browser(world.member(project, Role.OWNER))
    seen = seen_of(browser.get(path(project)), field)
    told = [saved(browser, project, ours, field, seen).status_code for _ in range(2)]
    assert (told, snippet(visited(world, project), field).strip()) == ([302, 302], ours)


def test_what_is_no_origin_is_said_beside_the_field_and_kept_there(world: World) -> None:
    project = world.project()
    browser = world.browser(world.member(project, Role.OWNER))
    saved(browser, project, "https://shop.example")
    answer = saved(browser, project, "https://shop.example\nshop.example/cart")
    assert answer.status_code == 400
    assert "“shop.example/cart” is not an origin" in errors(answer)["origins"]
    assert "shop.example/cart" in snippet(page(answer), "origins")
    assert listed(world, project) == ["https://shop.example"]


def test_the_example_is_the_projects_own(world: World) -> None:
    project = world.project()
    world.experiment(project, Status.STOPPED)
    experiment = designed(world, project, "control", "treatment")
    world.experiment(project)
    shown = visited(world, project)
    code = snippet(shown, "variant")
    assert f'switchyard.variant("{experiment.key}", "control")' in code
    assert 'if (variant === "treatment") {' in code
    assert 'switchyard.track("purchase", 24.5)' in snippet(shown, "conversion")


def test_without_an_experiment_the_example_says_that_it_is_made_up(world: World) -> None:
    project = world.project()
    world.experiment(project, Status.ARCHIVED)
    shown = visited(world, project)
    assert 'switchyard.variant("my-experiment", "control")' in snippet(shown, "variant")
    assert "my-goal" in snippet(shown, "conversion")
    assert "has no experiment yet" in shown.the("main").text


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((False, True), "if (variant === true) {"),
        ((1, 2), 'variant("banner", 1)'),
        ((1, 1), "this counts who comes, and changes nothing"),
        (("é", "</script>"), 'if (variant === "\\u003c/script>") {'),
        (({"a": 1}, {"a": 2}), 'variant("banner", null)'),
        (("x", "y" * 200), 'variant("banner", null)'),
    ],
    ids=str,
)
def test_the_example_fits_the_values(
    world: World, values: tuple[object, object], expected: str
) -> None:
    project = world.project()
    designed(world, project, *values)
    assert expected in snippet(visited(world, project), "variant")


@pytest.mark.parametrize(
    "values", [("a", "b"), (False, True), (1, 2), (0.5, 1.5), ({"a": 1}, {"a": 2})]
)
def test_what_is_to_be_copied_for_servers_works_as_it_is(
    world: World, database_url: str, tmp_path: Path, values: tuple[object, object]
) -> None:
    project = world.project()
    client_key(world, project)
    experiment = designed(world, project, *values)
    with world.app.app_context():
        token = api_keys.mint(project.id, KeyType.CLIENT, "pages", COMMAND_LINE).token
        live = memory.of_app().known(token).running
        variant = live.experiments[experiment.key].variant_of("visitor-1", {})
    assert variant
    shown = visited(world, project)
    with serve(database_url, tmp_path, workers=1) as server:
        python = snippet(shown, "python").replace("http://localhost", server.address)
        assert ran([sys.executable, "-c", f"{python}\nimport json\nprint(json.dumps(value))"]) == [
            variant.value
        ]
        curl = snippet(shown, "curl").replace("http://localhost", server.address)
        evaluated, collected = ran(["bash", "-c", curl.replace("curl -X", "echo; curl -s -X")])
    assert python.count("\n") == 5
    assert (evaluated["value"], collected["accepted"]) == (variant.value, 2)


def ran(command: list[str]) -> list[Any]:
    """Return what the command prints, a JSON value a line."""
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [json.loads(line) for line in printed.splitlines() if line]


def arrivals(shown: Element) -> str:
    return shown.the("section", id="region").text


def test_the_check_says_that_there_is_nothing_yet_and_where_to_look(world: World) -> None:
    project = world.project()
    told = arrivals(visited(world, project))
    assert "No event yet" in told
    assert "Nothing is live in this project" in told
    assert "Is the script in the page?" in told
    world.running(project, 1)
    assert "Nothing is running" not in arrivals(visited(world, project))


def test_the_check_tells_of_the_last_event_and_of_what_was_not_counted(world: World) -> None:
    project = world.project()
    (experiment,) = world.running(project, 1)
    token = client_key(world, project)
    for key, told in (
        ("unknown", "but nothing has been counted"),
        (experiment.key, "Last event"),
    ):
        with world.app.app_context():
            collecting.collect(memory.of_app().known(token).key, [Exposed(key, "visitor")])
        assert told in arrivals(visited(world, project))


def test_the_live_region_is_fetched_alone_and_only_when_it_has_changed(world: World) -> None:
    project = world.project()
    browser = world.browser(world.member(project, Role.VIEWER))
    whole = browser.get(path(project))
    fragment = browser.get(path(project), HX_Request="true")
    assert "<html" not in fragment.get_data(as_text=True)
    region = page(fragment).the("section", id="region")
    assert region.attributes["data-version"] == whole.headers["ETag"].strip('"')
    again = browser.get(path(project), HX_Request="true", If_None_Match=whole.headers["ETag"])
    assert again.status_code == 304
    world.running(project, 1)
    changed = browser.get(path(project), HX_Request="true", If_None_Match=whole.headers["ETag"])
    assert changed.status_code == 200


def test_every_field_to_be_copied_has_its_own_button_and_label(world: World) -> None:
    project = world.project()
    client_key(world, project)
    shown = visited(world, project)
    copied = [
        button.attributes["data-copy"]
        for button in shown.every("button")
        if "data-copy" in button.attributes
    ]
    assert copied == [
        "tag",
        "policy",
        "fixed-tag",
        "fixed-policy",
        "variant",
        "conversion",
        "curl",
        "python",
    ]
    labelled = {label.attributes["for"] for label in shown.every("label")}
    assert set(copied) <= labelled
    ids = [each.attributes["id"] for each in shown.all() if "id" in each.attributes]
    assert len(ids) == len(set(ids))


def test_each_listed_site_has_links_by_which_a_browser_is_not_counted(world: World) -> None:
    project = world.project()
    with world.app.app_context():
        origins.replace(project.id, ["https://shop.example"], COMMAND_LINE)
    own = visited(world, project, Role.VIEWER).the("section", aria_labelledby="own-title")
    assert [each.attributes["href"] for each in own.every("a")] == [
        "https://shop.example/?switchyard_visits=own",
        "https://shop.example/?switchyard_visits=counted",
    ]


def test_an_owner_says_by_which_clock_days_begin_and_nobody_else_is_asked(world: World) -> None:
    project = world.project()
    browser = world.browser(world.member(project, Role.OWNER))
    saved = browser.submit(path(project, "/time-zone"), time_zone="Europe/Berlin")
    assert flashed(browser.get(saved.location)) == [
        "Days of what is started from now on begin at midnight in Europe/Berlin."
    ]
    answer = browser.submit(path(project, "/time-zone"), time_zone="Mars/Olympus")
    assert errors(answer) == {"time_zone": "Not a valid choice."}
    card = visited(world, project, Role.MARKETER).the("section", aria_labelledby="days-title")
    assert "begin at midnight in Europe/Berlin" in card.text
    assert not card.every("form")


def test_an_owner_lists_networks_that_do_not_count_and_keeps_what_was_wrong(world: World) -> None:
    project = world.project()
    browser = world.browser(world.member(project, Role.OWNER))
    done = saved(browser, project, "192.0.2.7/24\n", "networks")
    assert flashed(browser.get(done.location)) == ["The networks are saved."]
    answer = saved(browser, project, "192.0.2.0/24\nnowhere", "networks")
    assert "“nowhere” is not a network" in str(errors(answer))
    assert snippet(visited(world, project), "networks").strip() == "192.0.2.0/24"
    own = visited(world, project, Role.MARKETER).the("section", aria_labelledby="own-title")
    assert [each.text for each in own.every("li") if each.every("code")] == ["192.0.2.0/24"]
