"""Before a start and after it: what is missing, what is asked, and badges that say what is so."""

import pytest

from app.accounts import api_keys
from app.experiments.designs import Design, VariantDesign
from app.models import Experiment, KeyType, Project, Role, Status
from app.tenancy import access_changes
from tests.pages.reading import Element, page
from tests.world import COMMAND_LINE, Browser, World

NO_TRAFFIC = Design(traffic_allocation=0)
ALL_BOLD = (VariantDesign("control", 0), VariantDesign("bold", 10_000, "Bold"))
ALL_CONTROL = (VariantDesign("control", 10_000, "Control"), VariantDesign("bold", 0))
NO_CONTROL = (VariantDesign("a", 0), VariantDesign("b", 5_000), VariantDesign("c", 5_000))
LINES = ["Visitors", "Goal", "Key and site", "Audience", "Script", "How long", "Page", "Stop"]
NEVER = "Its traffic is 0 %: nobody takes part, so it can never measure anything."


def draft(world: World, project: Project, design: Design = NO_TRAFFIC) -> Experiment:
    experiment = world.experiment(project, name="Banner")
    world.redesign(experiment, design)
    return experiment


def own_page(browser: Browser, project: Project, experiment: Experiment) -> Element:
    return page(browser.get(f"/projects/{project.key}/experiments/{experiment.key}"))


def listed(found: Element) -> list[tuple[str, str]]:
    """The lines of a launch check: what was found, of what."""
    return [
        (line.every("span", class_="found")[0].text, line.the("strong").text)
        for line in found.the("ul", class_="checks").every("li")
    ]


@pytest.mark.parametrize(
    ("design", "connected", "meaning"),
    [
        (Design(), True, "Visitors are being split"),
        (Design(), False, "No site can ask: no key"),
        (NO_TRAFFIC, True, "Nobody can be split: traffic is 0\u00a0%"),
        (NO_TRAFFIC, False, "Nobody can be split: traffic is 0\u00a0%"),
        (Design(ALL_BOLD), True, "Everybody sees “Bold”"),
        (Design(ALL_BOLD), False, "No site can ask: no key"),
        (Design(ALL_BOLD, 5_000), True, "All who take part see the same variant"),
        (Design(ALL_CONTROL, 5_000), True, "Everybody sees “Control”"),
        (Design(NO_CONTROL), True, "Nobody sees the original: nothing to compare with"),
    ],
)
def test_the_badge_of_a_live_experiment_says_what_is_so_on_every_page_with_rows(
    world: World, design: Design, meaning: str, *, connected: bool
) -> None:
    project = world.project(connected=connected)
    experiment = draft(world, project, design)
    world.start(experiment)
    browser = world.browser(world.member(project, Role.VIEWER))
    base = f"/projects/{project.key}"
    for path in (base, f"{base}/slots", f"{base}/experiments/{experiment.key}"):
        found = browser.get(path)
        assert meaning in found.text, path
        others = "Visitors are being split" in found.text
        assert others is (meaning == "Visitors are being split"), path


def test_a_new_key_is_news_to_the_page(world: World) -> None:
    project = world.project()
    world.start(draft(world, project, Design()))
    browser, path = world.browser(world.member(project)), f"/projects/{project.key}"
    seen = [browser.get(path)]
    with world.app.app_context():
        key = api_keys.mint(project.id, KeyType.SERVER, "shop", COMMAND_LINE).key
        seen.append(browser.get(path))
        access_changes.revoke_key(project.id, key.id, COMMAND_LINE)
        seen.append(browser.get(path))
    assert ["No site can ask: no key" in each.text for each in seen] == [True, False, True]
    assert len({each.headers["ETag"] for each in seen}) == 3


@pytest.mark.parametrize(
    ("status", "label", "confirm"),
    [(Status.DRAFT, "Start", "Start anyway"), (Status.STOPPED, "Resume", "Resume anyway")],
)
def test_what_can_never_measure_anything_is_asked_about_before_it_goes_live(
    world: World, status: Status, label: str, confirm: str
) -> None:
    project = world.project()
    experiment = draft(world, project)
    if status is Status.STOPPED:
        world.start(experiment)
        world.execute("UPDATE experiment SET status = 'stopped', stopped_at = changed_at")
    browser = world.browser(world.member(project))
    (button,) = [
        each
        for each in own_page(browser, project, experiment).every("button")
        if each.text == label
    ]
    assert button.attributes["data-question"] == f"{label} “Banner”?"
    assert button.attributes["data-consequence"] == NEVER
    assert button.attributes["data-verb"] == confirm
    lines = browser.get(button.attributes["data-check"], HX_Request="true")
    assert listed(page(lines))[0] == ("Never measures", "Visitors")
    assert button.attributes["aria-describedby"] == f"name-{experiment.test_id}"


def test_what_only_lacks_something_starts_at_once(world: World) -> None:
    project = world.project()
    experiment = draft(world, project, Design())
    shown = own_page(world.browser(world.member(project)), project, experiment)
    (start,) = [each for each in shown.every("button") if each.text == "Start"]
    assert "data-question" not in start.attributes
    assert "data-check" not in start.attributes


def test_swap_and_queue_ask_too_from_the_refusal(world: World) -> None:
    project = world.project(limit=1)
    world.experiment(project, Status.RUNNING, "Holder")
    experiment = draft(world, project)
    browser = world.browser(world.member(project))
    path = f"/v2/project/{project.key}/experiment/{experiment.test_id}/status"
    refused = browser.call("PATCH", path, {"status": 1})
    told = {"csrf_token": browser.csrf_token, "status": 403, "body": refused.text}
    outcome = f"/projects/{project.key}/outcomes/{experiment.public_id}/start"
    found = page(browser.client.post(outcome, data=told))
    asked = {
        each.text: (each.attributes["data-question"], each.attributes["data-verb"])
        for each in found.every("button")
        if "data-check" in each.attributes
    }
    assert asked == {
        "Swap with “Holder”": ("Start “Banner” in place of “Holder”?", "Start anyway"),
        "Queue it": ("Queue “Banner”?", "Queue anyway"),
        "Queue it and ask an admin": ("Queue “Banner”?", "Queue anyway"),
    }


def test_the_panel_after_a_start_says_what_is_so_and_what_is_missing(world: World) -> None:
    project = world.project()
    experiment = draft(world, project)
    browser = world.browser(world.member(project))
    path = f"/v2/project/{project.key}/experiment/{experiment.test_id}/status"
    started = browser.call("PATCH", path, {"status": 1})
    told = {
        "csrf_token": browser.csrf_token,
        "status": 200,
        "entry": started.headers["History-Entry"],
        "body": started.text,
    }
    outcome = f"/projects/{project.key}/outcomes/{experiment.public_id}/start"
    found = page(browser.client.post(outcome, data=told))
    assert found.the("h2").text == "“Banner” is live, but nobody can be split: traffic is 0 %."
    lacks = found.the("p", class_="lacks")
    assert lacks.text == (
        "Missing: nobody can be compared , no primary goal , nobody can ask for a variant ."
    )
    base = f"/projects/{project.key}"
    assert [each.attributes["href"] for each in lacks.every("a")] == [
        f"{base}/experiments/{experiment.key}#design",
        f"{base}/experiments/{experiment.key}#design",
        f"{base}/install",
    ]


@pytest.mark.parametrize(
    ("status", "names"),
    [
        (Status.DRAFT, LINES),
        (Status.STOPPED, LINES),
        (Status.RUNNING, ["Goal", "Key and site"]),
        (Status.ARCHIVED, None),
    ],
)
def test_the_page_of_an_experiment_has_the_check_and_once_live_what_is_missing(
    world: World, status: Status, names: list[str] | None
) -> None:
    project = world.project()
    experiment = world.experiment(project, status)
    shown = own_page(world.browser(world.member(project)), project, experiment)
    if names is None:
        assert shown.every("ul", class_="checks") == []
    else:
        assert [name for _, name in listed(shown)] == names


def test_a_viewer_gets_the_lines_and_no_way_to_a_page_that_is_not_theirs(world: World) -> None:
    project = world.project()
    experiment = draft(world, project)
    browser = world.browser(world.member(project, Role.VIEWER))
    checks = own_page(browser, project, experiment).the("ul", class_="checks")
    links = {each.attributes["href"] for each in checks.every("a")}
    assert links == {f"/projects/{project.key}/install"}


def test_the_dialog_for_many_names_what_can_never_measure_anything(world: World) -> None:
    project = world.project()
    experiment, ordinary = draft(world, project), world.experiment(project, name="Ordinary")
    browser = world.browser(world.member(project))
    chosen = {"ids": [experiment.public_id, ordinary.public_id], "status": "running"}
    sent = {"csrf_token": browser.csrf_token, **chosen}
    asked = page(browser.client.post(f"/projects/{project.key}/bulk/preview", data=sent))
    never = asked.the("div", class_="never")
    assert "Visitors are split" in asked.text
    assert never.text == f"1 can never measure anything: “Banner”: {NEVER}"
    assert "Start 2 anyway" in [each.text for each in asked.every("button")]
    done = page(browser.client.post(f"/projects/{project.key}/bulk", data=sent))
    assert [each.text for each in done.every("li")] == [
        f"“Banner” is live. {NEVER}",
        "“Ordinary” is live.",
    ]


def test_the_dialog_for_many_does_not_say_that_visitors_are_split_where_none_is(
    world: World,
) -> None:
    project = world.project()
    experiment = draft(world, project)
    browser = world.browser(world.member(project))
    sent = {
        "csrf_token": browser.csrf_token,
        "ids": [experiment.public_id],
        "status": "running",
    }
    asked = page(browser.client.post(f"/projects/{project.key}/bulk/preview", data=sent))
    assert "Visitors are split" not in asked.text


def test_the_check_names_who_else_tests_the_page(world: World) -> None:
    project = world.project(connected=True)
    one, other = (world.experiment(project, name=name) for name in ("Banner", "Other"))
    world.execute("UPDATE experiment SET url = 'https://shop.example/'")
    world.start(other)
    browser = world.browser(world.member(project))
    shown = own_page(browser, project, one)
    lines = shown.the("ul", class_="checks").every("li")
    (line,) = [each for each in lines if "same page" in each.text]
    (link,) = line.every("a")
    assert link.text == "See “Other”"
    assert link.attributes["href"] == f"/projects/{project.key}/experiments/{other.key}"


def test_the_schedule_says_it_before_a_start_is_set(world: World) -> None:
    project = world.project()
    experiment, ordinary = draft(world, project), world.experiment(project)
    browser, base = world.browser(world.member(project)), f"/projects/{project.key}/experiments"
    assert NEVER in browser.get(f"{base}/{experiment.key}/schedule").text
    assert NEVER not in browser.get(f"{base}/{ordinary.key}/schedule").text
