"""The rule book, written out a second time: every state, every wanted state, both contracts."""

import pytest

from app.lifecycle.refusals import Refusal, WayOut
from app.lifecycle.rules import (
    Action,
    Contract,
    Decision,
    Edge,
    Unchanged,
    actions,
    decide,
    outcome,
)
from app.lifecycle.slots import Holder, Slots
from app.lifecycle.store import Subject
from app.models import Status, now

DRAFT, RUNNING, STOPPED, ARCHIVED = Status.DRAFT, Status.RUNNING, Status.STOPPED, Status.ARCHIVED
INTEGERS, NAMES = Contract.INTEGERS, Contract.NAMES

FREE = Slots("Sandbox", 2, 1, ())
FULL = Slots("Sandbox", 2, 2, ())
HOLDER = Holder(7, "exp_7", "seven", "Seven", now())
OVER = Slots("Sandbox", 2, 3, (HOLDER,))
NONE = Slots("Frozen", 0, 0, ())
UNLIMITED = Slots("Studio", None, 500, ())
UNREADABLE = None

INVALID = "INVALID_TRANSITION"
NOT_RUNNING = "EXPERIMENT_NOT_RUNNING"

MATRIX = [
    (DRAFT, DRAFT, "unchanged", INVALID),
    (DRAFT, RUNNING, "start", "start"),
    (DRAFT, STOPPED, "shelve", NOT_RUNNING),
    (DRAFT, ARCHIVED, INVALID, "discard"),
    (RUNNING, DRAFT, INVALID, INVALID),
    (RUNNING, RUNNING, "unchanged", INVALID),
    (RUNNING, STOPPED, "pause", "pause"),
    (RUNNING, ARCHIVED, "EXPERIMENT_RUNNING_ARCHIVE", "EXPERIMENT_RUNNING_ARCHIVE"),
    (STOPPED, DRAFT, "redraft", INVALID),
    (STOPPED, RUNNING, "resume", INVALID),
    (STOPPED, STOPPED, "unchanged", NOT_RUNNING),
    (STOPPED, ARCHIVED, INVALID, "archive"),
    (ARCHIVED, DRAFT, INVALID, INVALID),
    (ARCHIVED, RUNNING, "EXPERIMENT_ARCHIVED_RESTART", "EXPERIMENT_ARCHIVED_RESTART"),
    (ARCHIVED, STOPPED, NOT_RUNNING, NOT_RUNNING),
    (ARCHIVED, ARCHIVED, "unchanged", INVALID),
]
BOTH_CONTRACTS = [
    pytest.param(origin, target, contract, answer, id=f"{origin}-to-{target}-by-{contract}")
    for origin, target, by_integers, by_names in MATRIX
    for contract, answer in ((INTEGERS, by_integers), (NAMES, by_names))
]


def subject(status: Status) -> Subject:
    return Subject(1, "exp_1", 1, "banner", "Banner", status, None, now())


def in_a_word(decision: Decision) -> str:
    if isinstance(decision, Unchanged):
        return "unchanged"
    return decision.action.value if isinstance(decision, Edge) else decision.code.value


@pytest.mark.parametrize(("origin", "target", "contract", "answer"), BOTH_CONTRACTS)
def test_every_pair_of_states_has_its_answer(
    origin: Status, target: Status, contract: Contract, answer: str
) -> None:
    assert in_a_word(decide(subject(origin), target, contract, FREE)) == answer


@pytest.mark.parametrize(("origin", "target", "contract", "answer"), BOTH_CONTRACTS)
def test_a_full_plan_changes_the_answer_of_starts_alone(
    origin: Status, target: Status, contract: Contract, answer: str
) -> None:
    expected = "PLAN_LIMIT" if answer in {"start", "resume"} else answer
    assert in_a_word(decide(subject(origin), target, contract, FULL)) == expected


@pytest.mark.parametrize(
    ("slots", "answer"),
    [
        pytest.param(FREE, "start", id="one-slot-free"),
        pytest.param(FULL, "PLAN_LIMIT", id="full"),
        pytest.param(OVER, "PLAN_LIMIT", id="over-the-limit"),
        pytest.param(NONE, "PLAN_LIMIT", id="limit-of-none-at-all"),
        pytest.param(UNLIMITED, "start", id="unlimited"),
        pytest.param(UNREADABLE, "PLAN_UNREADABLE", id="unreadable"),
    ],
)
@pytest.mark.parametrize("contract", [INTEGERS, NAMES])
def test_the_slots_decide_a_start(slots: Slots | None, answer: str, contract: Contract) -> None:
    assert in_a_word(decide(subject(DRAFT), RUNNING, contract, slots)) == answer


@pytest.mark.parametrize("slots", [FULL, OVER, NONE, UNREADABLE])
def test_what_runs_already_is_not_held_against_the_limit(slots: Slots | None) -> None:
    assert decide(subject(RUNNING), RUNNING, INTEGERS, slots) == Unchanged()


@pytest.mark.parametrize("slots", [FULL, OVER, NONE, UNREADABLE])
def test_pausing_needs_no_plan(slots: Slots | None) -> None:
    assert in_a_word(decide(subject(RUNNING), STOPPED, NAMES, slots)) == "pause"


def test_a_refusal_at_the_limit_carries_the_numbers_and_the_ways_out() -> None:
    refusal = decide(subject(DRAFT), RUNNING, INTEGERS, OVER)
    assert isinstance(refusal, Refusal)
    assert refusal.slots == OVER
    assert "Sandbox plan runs 2" in refusal.sentence
    assert "3 are running" in refusal.sentence
    assert refusal.ways_out == (WayOut.PAUSE_A_HOLDER, WayOut.QUEUE, WayOut.ASK_AN_ADMIN)


def test_a_limit_that_nobody_reaches_offers_nobody_to_pause() -> None:
    refusal = decide(subject(DRAFT), RUNNING, INTEGERS, NONE)
    assert isinstance(refusal, Refusal)
    assert refusal.ways_out == (WayOut.QUEUE, WayOut.ASK_AN_ADMIN)


def test_one_slot_is_worded_as_one() -> None:
    refusal = decide(subject(DRAFT), RUNNING, INTEGERS, Slots("Solo", 1, 1, (HOLDER,)))
    assert isinstance(refusal, Refusal)
    assert "runs 1 experiment at once in this project, and 1 is running" in refusal.sentence


@pytest.mark.parametrize(
    ("origin", "target", "ways_out"),
    [
        (RUNNING, ARCHIVED, (WayOut.PAUSE_FIRST,)),
        (RUNNING, DRAFT, (WayOut.PAUSE_FIRST,)),
        (ARCHIVED, RUNNING, (WayOut.CLONE,)),
        (ARCHIVED, DRAFT, (WayOut.CLONE,)),
        (ARCHIVED, STOPPED, (WayOut.CLONE,)),
    ],
)
def test_an_illegal_pair_names_the_way_out(
    origin: Status, target: Status, ways_out: tuple[WayOut, ...]
) -> None:
    refusal = decide(subject(origin), target, NAMES, FREE)
    assert isinstance(refusal, Refusal)
    assert refusal.ways_out == ways_out
    assert refusal.slots is None


@pytest.mark.parametrize(
    ("status", "labels"),
    [
        (DRAFT, ["Start", "Discard"]),
        (RUNNING, ["Pause"]),
        (STOPPED, ["Resume", "Back to draft", "Archive"]),
        (ARCHIVED, []),
    ],
)
def test_the_page_offers_what_the_table_offers(status: Status, labels: list[str]) -> None:
    assert [edge.label for edge, _ in actions(subject(status), FREE)] == labels


def test_at_the_limit_the_page_still_offers_a_start_and_why_it_would_be_refused() -> None:
    refusals = {edge.label: refusal for edge, refusal in actions(subject(DRAFT), FULL)}
    assert refusals["Discard"] is None
    assert refusals["Start"]
    assert refusals["Start"].code.value == "PLAN_LIMIT"


@pytest.mark.parametrize(
    ("action", "arrived", "slots", "undo"),
    [
        pytest.param(Action.PAUSE, STOPPED, FREE, Action.RESUME, id="pause"),
        pytest.param(Action.PAUSE, STOPPED, FULL, Action.RESUME, id="pause-whose-slot-is-taken"),
        pytest.param(Action.RESUME, RUNNING, FULL, Action.PAUSE, id="resume"),
        pytest.param(Action.REDRAFT, DRAFT, FREE, Action.SHELVE, id="back-to-draft"),
        pytest.param(Action.SHELVE, STOPPED, FREE, Action.REDRAFT, id="shelve"),
        pytest.param(Action.START, RUNNING, FREE, None, id="start-has-no-inverse"),
        pytest.param(Action.ARCHIVE, ARCHIVED, FREE, None, id="archive-is-final"),
        pytest.param(Action.DISCARD, ARCHIVED, FREE, None, id="discard-is-final"),
    ],
)
def test_undo_is_the_inverse_edge_under_the_same_rules(
    action: Action, arrived: Status, slots: Slots, undo: Action | None
) -> None:
    came = outcome(subject(arrived), action, slots)
    assert came.done
    assert (came.undo and came.undo.action) == undo


def test_an_outcome_that_was_refused_says_why() -> None:
    came = outcome(subject(DRAFT), Action.START, FULL)
    assert not came.done
    assert came.refusal
    assert came.refusal.code.value == "PLAN_LIMIT"


def test_an_outcome_that_nothing_stands_against_is_neither_done_nor_refused() -> None:
    came = outcome(subject(DRAFT), Action.START, FREE)
    assert (came.done, came.refusal, came.undo) == (False, None, None)
