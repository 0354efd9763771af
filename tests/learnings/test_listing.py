"""What stands among the learnings: the ended experiments, with what their result pages say."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app import lifecycle
from app.experiments import filters, lookup
from app.learnings import listing, quarters, summary
from app.learnings.listing import Learning, Listing, View
from app.learnings.quarters import Quarter
from app.learnings.summary import Summary
from app.lifecycle import ActionRequest
from app.lifecycle.rules import Action
from app.models import Conclusion, Project, Status
from app.results import report
from tests.conftest import on_both_databases
from tests.measured import PURCHASE, Measured, golden, noon, planned, started
from tests.world import COMMAND_LINE, World

EVERYTHING = View()


def listed(world: World, project: Project, view: View = EVERYTHING) -> Listing:
    with world.app.app_context():
        return listing.of(project.id, view)


def counts_of(found: Listing) -> Summary:
    counts = summary.of(found.learnings, EVERYTHING)
    assert counts
    return counts


def names(found: Listing) -> list[str]:
    return [each.experiment.name for each in found.learnings]


def decide(measured: Measured, request: ActionRequest) -> None:
    with measured.world.app.app_context():
        test_id = measured.experiment.test_id
        lifecycle.take_action(measured.project.id, test_id, request, COMMAND_LINE)


def conclude(measured: Measured, outcome: Conclusion, learned: str = "") -> None:
    decide(measured, ActionRequest(Action.CONCLUDE, outcome, reason=learned))


def ended_at(measured: Measured, moment: datetime) -> None:
    """Have the latest entry of its history be of another moment."""
    measured.world.execute(
        "UPDATE history SET at = :at WHERE id = (SELECT max(id) FROM history WHERE test_id = :id)",
        at=f"{moment:%Y-%m-%d %H:%M:%S.%f}",
        id=measured.experiment.test_id,
    )


def only(found: Listing) -> Learning:
    (learning,) = found.learnings
    return learning


@on_both_databases
def test_what_was_decided_and_what_was_archived_after_it_ran_has_ended(world: World) -> None:
    project = world.project(None)
    conclude(started(world, project, name="Concluded"), Conclusion.LOST)
    world.ship(started(world, project, name="Shipped").experiment)
    archived = started(world, project, name="Archived")
    archived.turn(Status.STOPPED, noon(0))
    world.archive(archived.experiment)
    shelved = started(world, project, name="Discarded after it ran")
    for status in (Status.STOPPED, Status.DRAFT):
        shelved.turn(status, noon(0))
    world.archive(shelved.experiment)
    started(world, project, name="Live")
    started(world, project, name="Paused").turn(Status.STOPPED, noon(0))
    planned(world, project, name="Draft")
    world.archive(planned(world, project, name="Never ran").experiment)
    found = listed(world, project)
    assert names(found) == ["Discarded after it ran", "Archived", "Shipped", "Concluded"]
    outcomes = [each.experiment.conclusion for each in found.learnings]
    assert outcomes == [None, None, Conclusion.WON, Conclusion.LOST]


def as_decided(measured: Measured) -> None:
    measured.look()


def with_a_later_look(measured: Measured) -> None:
    measured.look(noon(2))
    measured.come(0, 400, noon(1), purchase=60)
    measured.come(1, 420, noon(1), purchase=45)


def with_a_pause(measured: Measured) -> None:
    measured.turn(Status.STOPPED, noon(12))
    measured.turn(Status.RUNNING, noon(11))


def with_a_swap(measured: Measured) -> None:
    other = planned(measured.world, measured.project, name="Other")
    measured.world.swap(other.experiment, measured.experiment)
    ended_at(other, noon(1))


def with_a_split_that_broke_and_was_mended(measured: Measured) -> None:
    measured.come(0, 3000, noon(8), purchase=400)
    measured.come(1, 3000, noon(8), purchase=900)
    measured.look(noon(6))
    measured.come(0, 3000, noon(5), purchase=400)
    measured.look(noon(4))
    measured.come(1, 3000, noon(3), purchase=380)


def with_a_broken_split(measured: Measured) -> None:
    measured.come(0, 1500, noon(3), purchase=100)


@on_both_databases
@pytest.mark.parametrize(
    "happen",
    [
        as_decided,
        with_a_later_look,
        with_a_pause,
        with_a_swap,
        with_a_split_that_broke_and_was_mended,
        with_a_broken_split,
    ],
    ids=lambda each: each.__name__,
)
def test_it_says_what_the_result_page_says(
    world: World, happen: Callable[[Measured], None]
) -> None:
    measured = golden(world, world.project(None))
    happen(measured)
    conclude(measured, Conclusion.WON)
    told = only(listed(world, measured.project)).measured
    with world.app.app_context():
        experiment = lookup.by_key(measured.project.id, measured.experiment.key)
        findings = report.of(lookup.subject(experiment)).findings
    assert findings.primary
    assert told.variant == findings.primary.challengers[0]
    assert told.goal == findings.primary.target
    assert (told.visitors, told.days) == (findings.total_visitors, findings.days_running)
    assert told.is_mismatched == findings.is_mismatched


def test_it_is_of_the_variant_that_was_decided_for_and_else_of_the_best(world: World) -> None:
    control, treatment = PURCHASE.variants
    thirds = (replace(control, weight=3334), replace(treatment, weight=3333))
    third = replace(treatment, key="third", name="Third", weight=3333)
    measured = started(world, world.project(None), replace(PURCHASE, variants=(*thirds, third)))
    for position, purchases in enumerate((50, 60, 90)):
        measured.come(position, 500, noon(10), purchase=purchases)
    told = []
    world.ship(measured.experiment, "treatment")
    told.append(only(listed(world, measured.project)).measured.variant)
    conclude(measured, Conclusion.INCONCLUSIVE)
    told.append(only(listed(world, measured.project)).measured.variant)
    assert [each and each.side.key for each in told] == ["treatment", "third"]


def test_without_a_goal_or_a_visitor_nothing_is_told_of_an_improvement(world: World) -> None:
    project = world.project(None)
    conclude(started(world, project, replace(PURCHASE, goals=())), Conclusion.WON)
    conclude(started(world, project, name="Unseen"), Conclusion.WON)
    found = listed(world, project)
    unseen, aimless = (each.measured for each in found.learnings)
    assert aimless.goal is None
    assert unseen.goal is not None
    assert (unseen.variant, unseen.visitors) == (None, 0)
    assert counts_of(found).gains == ()


def test_it_ended_when_it_was_decided_and_not_when_it_was_archived(world: World) -> None:
    measured = started(world, world.project())
    conclude(measured, Conclusion.LOST, "Green does not sell.")
    ended_at(measured, noon(40))
    world.archive(measured.experiment)
    told = only(listed(world, measured.project))
    assert (told.ended_at, told.learned) == (noon(40), "Green does not sell.")
    assert told.experiment.status is Status.ARCHIVED


def test_another_outcome_given_on_archiving_is_the_end(world: World) -> None:
    measured = started(world, world.project())
    conclude(measured, Conclusion.LOST, "Green does not sell.")
    ended_at(measured, noon(40))
    world.archive(measured.experiment, Conclusion.INCONCLUSIVE)
    told = only(listed(world, measured.project))
    assert told.ended_at > noon(40)
    assert told.learned == ""


def test_what_is_no_longer_served_ended_when_it_was_shipped(world: World) -> None:
    measured = started(world, world.project())
    decide(measured, ActionRequest(Action.SHIP, variant="treatment", reason="Green sells."))
    ended_at(measured, noon(3))
    decide(measured, ActionRequest(Action.STOP_SERVING, reason="It broke the layout."))
    told = only(listed(world, measured.project))
    assert (told.ended_at, told.learned) == (noon(3), "Green sells.")


def test_what_is_reopened_is_no_learning_and_decided_again_it_keeps_what_was_learned(
    world: World,
) -> None:
    measured = started(world, world.project())
    conclude(measured, Conclusion.LOST, "Green does not sell.")
    decide(measured, ActionRequest(Action.REOPEN))
    assert listed(world, measured.project).learnings == ()
    conclude(measured, Conclusion.LOST)
    assert only(listed(world, measured.project)).learned == "Green does not sell."


@on_both_databases
def test_a_view_is_of_a_quarter_and_knows_all_of_them(world: World) -> None:
    project = world.project(None)
    for name, moment in (
        ("September", datetime(2025, 9, 30, 23, 59, tzinfo=UTC)),
        ("October", datetime(2025, 10, 1, tzinfo=UTC)),
    ):
        measured = started(world, project, name=name)
        conclude(measured, Conclusion.LOST)
        ended_at(measured, moment)
    autumn = Quarter(2025, 4)
    found = listed(world, project, View(quarter=autumn))
    assert names(found) == ["October"]
    assert found.quarters == (autumn, Quarter(2025, 3))


def test_a_view_is_narrowed_by_the_filters_of_lists(world: World) -> None:
    project = world.project(None)
    for outcome in (Conclusion.WON, Conclusion.LOST):
        conclude(started(world, project, name=outcome), outcome)
    wanted = replace(filters.ALL, conclusion=Conclusion.WON)
    assert names(listed(world, project, View(wanted))) == ["won"]


def test_of_more_than_are_listed_the_latest_are(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = world.project(None)
    for name in ("First", "Second", "Third"):
        conclude(started(world, project, name=name), Conclusion.LOST)
    monkeypatch.setattr(listing, "MOST", 2)
    found = listed(world, project)
    assert (names(found), found.is_cut) == (["Third", "Second"], True)
    monkeypatch.setattr(listing, "MOST", 3)
    assert not listed(world, project).is_cut


def test_wins_are_what_was_concluded_as_won_and_a_broken_split_has_no_gain(world: World) -> None:
    project = world.project(None)
    sure, broken = started(world, project, name="Sure"), started(world, project, name="Broken")
    for each in (sure, broken):
        each.come(0, 1500, noon(10), purchase=120)
        each.come(1, 1500, noon(10), purchase=240)
    broken.come(1, 600, noon(9))
    for each in (sure, broken):
        conclude(each, Conclusion.WON)
    conclude(started(world, project, name="Open"), Conclusion.INCONCLUSIVE)
    conclude(started(world, project, name="Cut short"), Conclusion.UNFINISHED)
    counts = counts_of(listed(world, project))
    assert (counts.wins, counts.decided, counts.sure_wins) == (2, 3, 1)
    assert counts.gains == pytest.approx((1.0,))


def test_where_less_is_better_a_drop_is_a_gain(world: World) -> None:
    measured = started(world, world.project(), less=("purchase",))
    measured.come(0, 1000, noon(10), purchase=200)
    measured.come(1, 1000, noon(10), purchase=100)
    conclude(measured, Conclusion.WON)
    counts = counts_of(listed(world, measured.project))
    assert (counts.gains, counts.sure_wins) == ((0.5,), 1)


@pytest.mark.parametrize(
    ("text", "quarter"),
    [("2026-Q4", Quarter(2026, 4)), ("2026-Q5", None), ("26-Q1", None), ("2026-Q1 ", None)],
)
def test_a_quarter_is_read_as_it_is_written(text: str, quarter: Quarter | None) -> None:
    assert quarters.read(text) == quarter
    assert quarter is None or str(quarter) == text
