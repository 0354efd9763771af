"""An operation says what it takes in its signature, and is told at once of what nothing gives."""

import pytest
from flask import Blueprint

from app.accounts.caller import Caller
from app.api.admin import callers


def test_a_view_that_asks_for_what_nothing_gives_is_no_operation() -> None:
    operations = callers.operations(Blueprint("tried", __name__), "Tried")

    def view(caller: Caller, public_id: str, page: str) -> str:
        return f"{caller} {public_id} {page}"

    with pytest.raises(TypeError, match="Nothing gives view its page"):
        operations.get("/experiments/<experiment:public_id>")(view)
