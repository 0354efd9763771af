"""The rule book, written out a second time: every state, every wanted state, both contracts."""

from dataclasses import replace

import pytest

from app.lifecycle.refusals import Reason, Refusal, WayOut
from app.lifecycle.rules import (
    EDGES,
    Action,
    Decision,
    Edge,
    Unchanged,
    actions,
    decide,
    decide_request,
    edge_of,
    way_back,
)
from app.lifecycle.slots import Holder, Slots
from app.lifecycle.subjects import Subject
from app.models import Conclusion, Status, now
from tests.contracts import Contract, offer

DRAFT, RUNNING, STOPPED, ARCHIVED = Status.DRAFT, Status.RUNNING, Status.STOPPED, Status.ARCHIVED
INTEGERS, NAMES = Contract.INTEGERS, Contract.NAMES

FREE = Slots("Sandbox", 2, 1, ())
FULL = Slots("Sandbox", 2, 2, ())
HOLDER = Holder(7, "exp_7", "Seven", now(), now())
OVER = Slots("Sandbox", 2, 3, (HOLDER,))
NONE = Slots("Frozen", 0, 0, ())
UNLIMITED = Slots("Studio", None, 500, ())
UNREADABLE = None

INVALID = "INVALID_TRANSITION"
NOT_RUNNING = "EXPERIMENT_NOT_RUNNING"

MATRIX = [
    (DRAFT, DRAFT, "unchanged", INVALID),
    (DRAFT, RUNNING, "start", "start"),
    (DRAFT, STOPPED, "unredraft", NOT_RUNNING),
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
    (ARCHIVED, ARCHIVED, INVALID, INVALID),
]
BOTH_CONTRACTS = [
    pytest.param(origin, target, contract, answer, id=f"{origin}-to-{target}-by-{contract}")
    for origin, target, by_integers, by_names in MATRIX
    for contract, answer in ((INTEGERS, by_integers), (NAMES, by_names))
]


def subject(status: Status) -> Subject:
    return Subject(1, "exp_1", 1, "banner", "Banner", status, None, now(), 1)


def answered(
    experiment: Subject, target: Status, contract: Contract, slots: Slots | None
) -> Decision | Unchanged:
    return decide_request(experiment, offer(target, contract), slots)


def in_a_word(decision: Decision | Unchanged) -> str:
    if isinstance(decision, Unchanged):
        return "unchanged"
    return decision.action.value if isinstance(decision, Edge) else decision.code.value


@pytest.mark.parametrize(("origin", "target", "contract", "answer"), BOTH_CONTRACTS)
def test_every_pair_of_states_has_its_answer(
    origin: Status, target: Status, contract: Contract, answer: str
) -> None:
    assert in_a_word(answered(subject(origin), target, contract, FREE)) == answer


@pytest.mark.parametrize(("origin", "target", "contract", "answer"), BOTH_CONTRACTS)
def test_a_full_plan_changes_the_answer_of_starts_alone(
    origin: Status, target: Status, contract: Contract, answer: str
) -> None:
    expected = "PLAN_LIMIT" if answer in {"start", "resume"} else answer
    assert in_a_word(answered(subject(origin), target, contract, FULL)) == expected


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
    assert in_a_word(answered(subject(DRAFT), RUNNING, contract, slots)) == answer


@pytest.mark.parametrize("slots", [FULL, OVER, NONE, UNREADABLE])
def test_what_runs_already_is_not_held_against_the_limit(slots: Slots | None) -> None:
    assert answered(subject(RUNNING), RUNNING, INTEGERS, slots) == Unchanged()


@pytest.mark.parametrize("slots", [FULL, OVER, NONE, UNREADABLE])
def test_pausing_needs_no_plan(slots: Slots | None) -> None:
    assert in_a_word(answered(subject(RUNNING), STOPPED, NAMES, slots)) == "pause"


def test_a_refusal_at_the_limit_carries_the_numbers_and_the_ways_out() -> None:
    refusal = answered(subject(DRAFT), RUNNING, INTEGERS, OVER)
    assert isinstance(refusal, Refusal)
    assert refusal.slots == OVER
    assert "Sandbox plan runs 2" in refusal.sentence
    assert "3 are running" in refusal.sentence
    assert refusal.ways_out == (WayOut.PAUSE_A_HOLDER, WayOut.QUEUE, WayOut.ASK_AN_ADMIN)


def test_a_limit_that_nobody_reaches_offers_nobody_to_pause() -> None:
    refusal = answered(subject(DRAFT), RUNNING, INTEGERS, NONE)
    assert isinstance(refusal, Refusal)
    assert refusal.ways_out == (WayOut.QUEUE, WayOut.ASK_AN_ADMIN)


def test_one_slot_is_worded_as_one() -> None:
    refusal = answered(subject(DRAFT), RUNNING, INTEGERS, Slots("Solo", 1, 1, (HOLDER,)))
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
    refusal = answered(subject(origin), target, NAMES, FREE)
    assert isinstance(refusal, Refusal)
    assert refusal.ways_out == ways_out
    assert refusal.slots is None


@pytest.mark.parametrize(
    ("status", "named"),
    [
        (DRAFT, [Action.START, Action.DISCARD, Action.UNREDRAFT]),
        (RUNNING, [Action.PAUSE, Action.SHIP, Action.CONCLUDE]),
        (STOPPED, [Action.RESUME, Action.REDRAFT, Action.ARCHIVE, Action.SHIP, Action.CONCLUDE]),
        (ARCHIVED, []),
    ],
)
def test_from_each_status_the_table_offers_its_actions(status: Status, named: list[Action]) -> None:
    assert [edge.action for edge, _ in actions(subject(status), FREE)] == named


def test_at_the_limit_a_start_is_still_offered_with_why_it_would_be_refused() -> None:
    refusals = {edge.action: refusal for edge, refusal in actions(subject(DRAFT), FULL)}
    assert refusals[Action.DISCARD] is None
    limit = refusals[Action.START]
    assert limit
    assert limit.code.value == "PLAN_LIMIT"


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("status", Status)
def test_an_action_is_legal_from_its_own_status_alone(action: Action, status: Status) -> None:
    decision = decide(subject(status), action, FREE)
    origins = {edge.origin for edge in EDGES if edge.action is action}
    takes_back = action in {Action.STOP_SERVING, Action.REOPEN}
    assert isinstance(decision, Edge) == (status in origins and not takes_back)


@pytest.mark.parametrize("action", [Action.STOP_SERVING, Action.REOPEN])
def test_what_is_decided_can_be_taken_back(action: Action) -> None:
    moment = now()
    shipped = replace(
        subject(STOPPED),
        changed_at=moment,
        shipped_at=moment,
        shipped_variant="treatment",
        conclusion=Conclusion.WON,
    )
    assert isinstance(decide(shipped, action, None), Edge)
    assert action in [edge.action for edge, _ in actions(shipped, None)]


@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: edge.action)
def test_an_edge_takes_a_slot_into_running_and_frees_one_out_of_it(edge: Edge) -> None:
    assert edge.takes_slot == (edge.target is RUNNING)
    assert edge.frees_slot == (edge.origin is RUNNING)
    assert edge.splits_afresh == (edge.action is Action.START)


@pytest.mark.parametrize(
    ("action", "undo"),
    [
        (Action.PAUSE, Action.RESUME),
        (Action.RESUME, Action.PAUSE),
        (Action.REDRAFT, Action.UNREDRAFT),
        (Action.UNREDRAFT, Action.REDRAFT),
        (Action.START, None),
        (Action.ARCHIVE, None),
        (Action.DISCARD, None),
    ],
)
def test_undo_is_the_inverse_edge(action: Action, undo: Action | None) -> None:
    edge = edge_of(action)
    back = way_back(edge.origin, edge.target)
    assert (back and back.action) == undo


@pytest.mark.parametrize("origin", Status)
@pytest.mark.parametrize("target", Status)
def test_every_refusal_says_its_reason_and_what_the_experiment_was(
    origin: Status, target: Status
) -> None:
    refusal = answered(subject(origin), target, NAMES, FREE)
    if isinstance(refusal, Refusal):
        assert refusal.status is origin
        assert refusal.reason in Reason
