"""The form that raises traffic: what is so now, what comes of it, and that it cannot be undone."""

from app.experiments.audiences.conditions import Condition, Operator
from app.experiments.designs import Design
from app.models import Experiment, Project, Status
from tests.contracts import Contract
from tests.measured import golden
from tests.pages.reading import page
from tests.world import Browser, World


def path(project: Project, experiment: Experiment) -> str:
    return f"/projects/{project.key}/experiments/{experiment.key}"


def member(world: World, project: Project) -> Browser:
    return world.browser(world.member(project))


def seen(browser: Browser, address: str) -> str:
    return page(browser.get(address)).the("input", name="seen").attributes["value"]


def test_the_experiment_leads_there_and_it_rises_without_an_undo(world: World) -> None:
    project = world.project()
    live, browser = world.partly_live(project), member(world, project)
    address = f"{path(project, live)}/traffic"
    assert page(browser.get(path(project, live))).the("a", href=address).text == "Raise traffic"
    asked = page(browser.get(address)).the("main").text
    assert "5 % of its audience takes part now." in asked
    assert "Those in it stay in it" in asked
    assert "It cannot be undone" in asked
    form = {"traffic_allocation": "50", "seen": seen(browser, address)}
    assert browser.submit(address, **form).status_code == 302
    shown = page(browser.get(path(project, live)))
    entry = shown.the("ol", class_="history").every("li")[0]
    assert "Traffic raised" in entry.text
    assert "5 % → 50 %" in entry.text
    assert entry.every("button") == []
    assert "50 % of its audience takes part from now on, 5 % did before." in shown.text


def test_the_form_asks_how_long_it_takes_with_the_share_that_is_typed(world: World) -> None:
    project = world.project()
    live, browser = world.partly_live(project), member(world, project)
    asked = page(browser.get(f"{path(project, live)}/traffic")).the("form", id="forecast")
    assert "[name='traffic_allocation']" in asked.attributes["hx-include"]
    address = asked.attributes["hx-get"]
    told = page(browser.get(f"{address}?traffic_allocation=50&daily=1000&rate=5")).text
    assert "By 500 of 1,000 visitors a day" in told


def test_whose_traffic_it_is_and_how_much_of_it_there_is_stands_where_it_is_raised(
    world: World,
) -> None:
    project = world.project()
    draft, browser = world.experiment(project), member(world, project)
    mobile = Condition("device", Operator.IS, ("mobile",))
    world.redesign(draft, Design(traffic_allocation=500, audience=((mobile,),)))
    world.start(draft)
    now = page(browser.get(f"{path(project, draft)}/traffic")).text
    assert "5 % of its audience takes part now. That is of visitors whose device is mobile." in now
    at_a_moment = page(browser.get(f"{path(project, draft)}/schedule")).text
    assert "More than now, 5, and at most 100." in at_a_moment
    world.move(draft, Status.STOPPED, Contract.INTEGERS)
    paused = page(browser.get(f"{path(project, draft)}/traffic")).text
    assert "5 % of its audience takes part, once it is resumed." in paused


def test_what_a_rise_brings_is_not_reckoned_by_all_visitors_for_an_audience(world: World) -> None:
    project = world.project(limit=None)
    golden(world, project)
    browser, mobile = member(world, project), Condition("device", Operator.IS, ("mobile",))
    told = []
    for audience in ((), ((mobile,),)):
        made = world.experiment(project)
        world.redesign(made, Design(traffic_allocation=500, audience=audience))
        world.start(made)
        asked = page(browser.get(f"{path(project, made)}/traffic")).the("main").text
        told.append("By the visitors of the last 28 days that is about" in asked)
    assert told == [True, False]


def test_what_is_typed_goes_along_to_the_schedule(world: World) -> None:
    project = world.project()
    live, browser = world.partly_live(project), member(world, project)
    address = f"{path(project, live)}/traffic"
    form = {"traffic_allocation": "50", "seen": seen(browser, address), "at_a_moment": "1"}
    schedule = page(browser.get(browser.submit(address, **form).location))
    assert schedule.the("input", name="raise_to").attributes["value"] == "50"
    assert world.reload(live).version == live.version


def test_what_is_no_rise_is_said_in_the_form(world: World) -> None:
    project = world.project()
    live, browser = world.partly_live(project), member(world, project)
    address = f"{path(project, live)}/traffic"
    form = {"traffic_allocation": "4", "seen": seen(browser, address)}
    lower = browser.submit(address, **form)
    assert (lower.status_code, "Traffic only rises" in page(lower).text) == (400, True)
    no_number = page(browser.submit(address, **form | {"traffic_allocation": "half"}))
    assert "Give a percentage" in no_number.the("p", id="traffic_allocation-error").text
    world.raise_traffic(live, 3_000)
    late = browser.submit(address, **form | {"traffic_allocation": "20"})
    assert (late.status_code, "changed after you looked" in page(late).text) == (400, True)


def test_a_draft_is_sent_to_its_design_and_nothing_is_offered_at_100_percent(
    world: World,
) -> None:
    project = world.project()
    draft, whole = world.experiment(project), world.experiment(project, Status.RUNNING)
    browser = member(world, project)
    for each, why in ((draft, "change the traffic in its design"), (whole, "Its traffic is 100 %")):
        address = f"{path(project, each)}/traffic"
        assert browser.get(address).status_code == 302
        shown = page(browser.get(path(project, each)))
        assert why in shown.text
        assert shown.every("a", href=address) == []


def test_a_rise_is_scheduled_shown_and_told_of_when_it_is_dropped(world: World) -> None:
    project = world.project()
    live, browser = world.partly_live(project), member(world, project)
    address = f"{path(project, live)}/schedule"
    form = {"raise_at": "2027-06-03T09:00", "raise_to": "50", "time_zone": "UTC"}
    form["seen"] = seen(browser, address)
    half = page(browser.submit(address, **form | {"raise_to": ""}))
    assert half.the("p", id="raise_to-error").text.startswith("Say both")
    assert browser.submit(address, **form).status_code == 302
    for told_there in (path(project, live), f"{path(project, live)}/traffic"):
        assert "Traffic rises to 50 %" in page(browser.get(told_there)).text
    assert "Raise traffic to 50 %" in page(browser.get(f"/projects/{project.key}/slots")).text
    world.move(live, Status.STOPPED, Contract.INTEGERS)
    world.execute("UPDATE scheduled_rise SET at = '2026-01-01 09:00:00'")
    world.carry_out(project)
    told = page(browser.get("/")).the("ul", class_="attention").text
    assert "scheduled rise of traffic dropped: it fell due while the experiment" in told
