"""What the history says of an edit."""

from dataclasses import fields

from app.experiments import texts
from app.experiments.designs import Design
from app.pages.common.edit_words import FIELDS


def test_every_field_that_an_edit_may_change_has_words() -> None:
    assert set(FIELDS) == {*texts.FIELDS, *(field.name for field in fields(Design))}
