"""What is kept of running experiments' results: what it says, and when it is read again."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from app import jobs
from app.experiments.designs import Design, GoalUse
from app.models import GoalRole, Status, now
from app.results import summaries
from tests.conftest import on_both_databases
from tests.contracts import Contract
from tests.measured import PURCHASE, Measured, noon, started
from tests.pages.reading import page
from tests.world import World

GUARDED = Design(
    goals=(GoalUse("purchase", GoalRole.PRIMARY), GoalUse("complaint", GoalRole.GUARDRAIL))
)


def renew(world: World, moment: datetime) -> None:
    with world.app.app_context():
        summaries.renew(moment)


def read_at(world: World) -> dict[int, datetime]:
    """Return when each standing was read, by its experiment."""
    rows = world.execute("SELECT test_id, read_at FROM standing")
    return {
        row.test_id: datetime.fromisoformat(str(row.read_at)).replace(tzinfo=now().tzinfo)
        for row in rows
    }


def read_again(world: World, measured: Measured, moment: datetime) -> bool:
    """Return whether it is read at that moment, too."""
    renew(world, moment)
    return read_at(world)[measured.experiment.test_id] == moment


def visited(measured: Measured, control: int, treatment: int, **goals: int) -> None:
    """A thousand visitors of each variant, so many of whom buy, and of the second do the rest."""
    measured.come(0, 1000, noon(3), purchase=control)
    measured.come(1, 1000, noon(2), purchase=treatment, **goals)


@on_both_databases
def test_a_winner_is_kept_as_the_result_page_says_it_and_needs_attention(world: World) -> None:
    measured = started(world, world.project())
    visited(measured, 100, 200)
    renew(world, now())
    (kept,) = world.execute("SELECT * FROM standing")
    browser = world.browser(world.member(measured.project))
    said = page(browser.get(measured.page)).the("p", class_="sentence").text
    assert kept.sentence.replace("\u00a0", " ") == said.replace("\u00a0", " ")
    assert "wins" in kept.sentence
    assert (kept.kind, kept.tone, bool(kept.needs_attention)) == ("winner", "winner", True)


@pytest.mark.parametrize(
    ("control", "treatment", "tone", "needs_attention"),
    [(200, 100, "original", True), (100, 105, "open", False), (0, 0, "waiting", False)],
    ids=["the original wins", "undecided", "too few conversions"],
)
def test_what_is_conclusive_needs_attention_and_nothing_else(
    world: World,
    control: int,
    treatment: int,
    tone: str,
    needs_attention: bool,  # noqa: FBT001
) -> None:
    visited(started(world, world.project()), control, treatment)
    renew(world, now())
    (kept,) = world.execute("SELECT * FROM standing")
    assert (kept.tone, bool(kept.needs_attention)) == (tone, needs_attention)


def test_a_broken_split_needs_attention(world: World) -> None:
    measured = started(world, world.project())
    measured.come(0, 1000, noon(3), purchase=100)
    measured.come(1, 500, noon(3), purchase=50)
    renew(world, now())
    (kept,) = world.execute("SELECT * FROM standing")
    assert kept.sentence.startswith("Do not trust this result")
    assert (kept.tone, bool(kept.needs_attention)) == ("broken", True)


def test_a_guardrail_that_suffers_needs_attention_and_is_said_first(world: World) -> None:
    measured = started(world, world.project(), GUARDED, less=("complaint",))
    visited(measured, 100, 105, complaint=300)
    measured.come(0, 1, noon(1), complaint=1)
    measured.come(0, 100, noon(1), complaint=40)
    renew(world, now())
    (kept,) = world.execute("SELECT * FROM standing")
    assert kept.sentence.startswith("Treatment harms “Complaint”")
    assert (kept.tone, bool(kept.needs_attention)) == ("broken", True)


@on_both_databases
def test_with_new_visitors_it_is_read_again_after_a_minute_and_not_before(world: World) -> None:
    measured = started(world, world.project())
    first = now()
    renew(world, first)
    measured.come(0, 1, first + timedelta(seconds=30))
    assert not read_again(world, measured, first + timedelta(seconds=59))
    assert read_again(world, measured, first + timedelta(seconds=61))


@pytest.mark.parametrize("days_ago", [1, 7], ids=["west of Greenwich", "told late"])
def test_with_new_visitors_of_an_earlier_day_it_is_read_again_as_soon(
    world: World, days_ago: int
) -> None:
    measured, first = started(world, world.project()), noon(-1)
    renew(world, first)
    measured.come(0, 1, first + timedelta(seconds=30))
    day = first.date() - timedelta(days=days_ago)
    world.execute("UPDATE daily_visitors SET day = :day", day=day)
    assert read_again(world, measured, first + timedelta(seconds=61))


@on_both_databases
def test_without_new_visitors_it_is_read_again_after_an_hour(world: World) -> None:
    measured = started(world, world.project())
    first = now()
    measured.come(0, 1, first - timedelta(seconds=1))
    renew(world, first)
    assert not read_again(world, measured, first + timedelta(minutes=59))
    assert read_again(world, measured, first + timedelta(minutes=61))


@on_both_databases
def test_what_does_not_run_is_not_read_and_what_runs_again_is_read_at_once(world: World) -> None:
    measured = started(world, world.project())
    first = now()
    renew(world, first)
    world.move(measured.experiment, Status.STOPPED, Contract.INTEGERS)
    assert not read_again(world, measured, first + timedelta(hours=2))
    world.start(measured.experiment)
    assert read_again(world, measured, now())


@on_both_databases
def test_at_most_so_many_are_read_at_once_the_oldest_first(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summaries, "READ_AT_ONCE", 2)
    one, two, three = world.running(world.project(limit=None), 3)
    moment = now()
    renew(world, moment)
    assert read_at(world).keys() == {one.test_id, two.test_id}
    renew(world, moment + timedelta(seconds=1))
    assert read_at(world).keys() == {one.test_id, two.test_id, three.test_id}
    later = moment + timedelta(hours=2)
    renew(world, later)
    assert [at == later for _, at in sorted(read_at(world).items())] == [True, True, False]


def test_a_long_sentence_is_cut_to_what_the_table_holds(world: World) -> None:
    name = "A name as long as it can be " * 4
    goals = tuple(GoalUse(f"guard{number}", GoalRole.GUARDRAIL) for number in range(9))
    measured = started(world, world.project(), replace(PURCHASE, goals=(*PURCHASE.goals, *goals)))
    world.execute("UPDATE goal SET name = :name", name=name)
    harmed = {use.key: 100 for use in goals}
    measured.come(0, 2000, noon(3), purchase=100, **dict.fromkeys(harmed, 900))
    measured.come(1, 2000, noon(3), purchase=100, **harmed)
    renew(world, now())
    (kept,) = world.execute("SELECT * FROM standing")
    assert len(kept.sentence) == 1000
    assert kept.sentence.endswith("…")


def test_the_jobs_read_them(world: World) -> None:
    world.running(world.project(), 1)
    with world.app.app_context():
        jobs.once(now())
    assert len(read_at(world)) == 1


@on_both_databases
def test_what_was_just_paused_is_read_once_more(world: World) -> None:
    measured = started(world, world.project())
    renew(world, now())
    visited(measured, 100, 200)
    measured.turn(Status.STOPPED, now())
    assert not read_again(world, measured, now() + summaries.LONGEST + timedelta(minutes=1))
    moment = now()
    assert read_again(world, measured, moment)
    (kept,) = world.execute("SELECT kind FROM standing")
    assert kept.kind == "winner"
    assert not read_again(world, measured, moment + timedelta(minutes=2))
