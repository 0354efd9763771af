"""What the pages say of an action."""

from app.lifecycle import Action
from app.pages.actions.words import WORDS


def test_each_action_has_words_of_its_own() -> None:
    assert set(WORDS) == set(Action)
