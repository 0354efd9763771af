"""Turns of receivers: counted, not timed."""

from datetime import UTC, datetime, timedelta

from app.notifications.webhooks.sender import AT_ONCE
from app.notifications.webhooks.turns import RESTS, Turns

MOMENT = datetime(2026, 11, 30, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_a_newcomer_has_the_next_turn_however_much_has_waited_for_longer_at_dead_receivers() -> (
    None
):
    turns, dead = Turns(), list(range(AT_ONCE))
    newcomer = AT_ONCE
    assert turns.give(dead, MOMENT, AT_ONCE) == dead
    for each in dead:
        turns.end(each, MOMENT, has_failed=True)
    # The rest of each is over, and all that they have not taken is older than what is new.
    later = MOMENT + RESTS[0]
    assert turns.give([*dead, newcomer], later, 1) == [newcomer]


def test_who_is_slow_and_who_is_quick_have_as_many_turns() -> None:
    turns, given = Turns(), list[int]()
    for _ in range(6):
        (chosen,) = turns.give([1, 2, 3], MOMENT, 1)
        turns.end(chosen, MOMENT, has_failed=False)
        given.append(chosen)
    assert given == [1, 2, 3, 1, 2, 3]


def test_a_receiver_that_fails_again_is_left_alone_for_longer_until_something_arrives() -> None:
    turns = Turns()

    def is_given(moment: datetime) -> bool:
        return turns.give([1], moment, AT_ONCE) == [1]

    turns.end(1, MOMENT, has_failed=True)
    assert not is_given(MOMENT)
    assert is_given(MOMENT + RESTS[0])
    turns.end(1, MOMENT, has_failed=True)
    assert not is_given(MOMENT + RESTS[1] - SECOND)
    assert is_given(MOMENT + RESTS[1])
    turns.end(1, MOMENT, has_failed=False)
    turns.end(1, MOMENT, has_failed=True)
    assert is_given(MOMENT + RESTS[0])
