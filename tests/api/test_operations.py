"""An operation says what it takes in its signature, and is told at once of what nothing gives."""

import pytest
from flask import Blueprint
from typing_extensions import TypedDict

from app.accounts.caller import Caller
from app.api.admin import contract
from app.api.answers import Answer


class Shelf(TypedDict):
    """What is tried here."""

    place: str


def test_a_view_that_asks_for_what_nothing_gives_is_no_operation() -> None:
    operations = contract.operations(Blueprint("tried", __name__), "Tried")

    def view(caller: Caller, public_id: str, page: str) -> Answer[Shelf]:
        return Answer({"place": f"{caller} {public_id} {page}"})

    with pytest.raises(TypeError, match="Nothing gives view its page"):
        operations.get("/experiments/<experiment:public_id>")(view)


def test_a_view_that_does_not_say_what_it_answers_is_no_operation() -> None:
    operations = contract.operations(Blueprint("tried", __name__), "Tried")

    def view(caller: Caller):  # noqa: ANN202 - that it says nothing is what is tried
        return Answer[Shelf]({"place": caller.project_key})

    with pytest.raises(TypeError, match="view does not say what it answers"):
        operations.get("/shelf")(view)
