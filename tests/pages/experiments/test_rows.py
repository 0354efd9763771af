"""What a row, the status card and the result say of an outcome and of the kind of a verdict."""

from datetime import timedelta

from app.experiments.designs import Design, GoalUse
from app.models import Conclusion, GoalRole, Project, Status, now
from app.results import summaries
from tests.measured import noon, started
from tests.pages.reading import page
from tests.world import World

WITH_A_GUARDRAIL = Design(
    goals=(GoalUse("purchase", GoalRole.PRIMARY), GoalUse("complaints", GoalRole.GUARDRAIL))
)


def renew(world: World) -> None:
    with world.app.app_context():
        summaries.renew(now())


def row(world: World, project: Project, name: str) -> str:
    """Return what the row of an experiment says."""
    shown = page(world.browser(world.member(project)).get(f"/projects/{project.key}"))
    (found,) = [each.text for each in shown.every("tr") if name in each.text]
    return found


def test_an_outcome_is_on_the_row_the_status_card_and_the_result(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project, Status.STOPPED, "Banner")
    world.archive(experiment, Conclusion.LOST)
    assert "Lost" in row(world, project, "Banner")
    browser = world.browser(world.member(project))
    address = f"/projects/{project.key}/experiments/{experiment.key}"
    assert "Lost" in page(browser.get(address)).the("div", class_="card status").text
    assert "Outcome: Lost" in page(browser.get(f"{address}/result")).the("main").text


def test_a_row_says_of_which_kind_the_verdict_is_so_far(world: World) -> None:
    project = world.project()
    measured = started(world, project, name="Banner")
    assert "Verdict" not in row(world, project, "Banner")
    measured.come(0, 1000, noon(3), purchase=100)
    measured.come(1, 1000, noon(2), purchase=200)
    renew(world)
    assert "Verdict so far: Winner" in row(world, project, "Banner")


def test_a_row_does_not_say_winner_of_what_is_not_sure_any_more_or_does_harm(world: World) -> None:
    project = world.project()
    measured = started(world, project, WITH_A_GUARDRAIL, name="Banner", less=("complaints",))
    measured.come(0, 1000, noon(9), purchase=100)
    measured.come(1, 1000, noon(9), purchase=200)
    measured.look()
    measured.come(0, 1000, noon(8), purchase=900)
    measured.come(1, 1000, noon(8), purchase=700)
    measured.look(now() + timedelta(hours=2))
    assert "Verdict so far: Called a winner, no longer sure" in row(world, project, "Banner")
    measured.come(1, 1000, noon(7), purchase=900, complaints=500)
    measured.come(0, 1000, noon(7), purchase=900, complaints=50)
    measured.look(now() + timedelta(hours=4))
    assert "Verdict so far: A guardrail suffers" in row(world, project, "Banner")


def test_what_is_paused_or_archived_keeps_what_was_said_last(world: World) -> None:
    project = world.project()
    measured = started(world, project, name="Banner")
    renew(world)
    measured.turn(Status.STOPPED, now())
    assert "Last verdict: No visitors" in row(world, project, "Banner")
    world.archive(measured.experiment)
    assert "Last verdict: No visitors" in row(world, project, "Banner")


def test_a_new_run_does_not_show_what_was_said_of_the_one_before(world: World) -> None:
    project = world.project()
    measured = started(world, project, name="Banner")
    renew(world)
    for status in (Status.STOPPED, Status.DRAFT, Status.RUNNING):
        measured.turn(status, now())
        expected = status is Status.STOPPED
        assert ("verdict" in row(world, project, "Banner").lower()) is expected
    measured.turn(Status.STOPPED, now())
    assert "verdict" not in row(world, project, "Banner").lower()


def test_another_kind_of_verdict_reaches_pages_that_are_open(world: World) -> None:
    project = world.project()
    measured = started(world, project)
    browser = world.browser(world.member(project))
    renew(world)
    tag = browser.get(f"/projects/{project.key}").headers["ETag"]
    measured.come(0, 10, now())
    world.execute("UPDATE standing SET read_at = '2020-01-01 00:00:00.000000'")
    renew(world)
    assert browser.get(f"/projects/{project.key}").headers["ETag"] != tag


def test_having_won_is_doubted_where_no_visitor_was_counted(world: World) -> None:
    project = world.project()
    measured = started(world, project, name="Seen")
    measured.come(0, 1, noon(1))
    measured.turn(Status.STOPPED, now())
    world.experiment(project, Status.STOPPED, "Unseen")
    shown = page(world.browser(world.member(project)).get(f"/projects/{project.key}"))
    doubts = {
        each.attributes["data-question"]: each.attributes["data-doubt"]
        for each in shown.every("button")
        if "data-asks-conclusion" in each.attributes
    }
    assert doubts["Archive “Seen”?"] == ""
    assert "No visitor has been counted" in doubts["Archive “Unseen”?"]
