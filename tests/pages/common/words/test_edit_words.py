"""What the history says of an edit."""

from dataclasses import asdict, fields

from app.experiments import texts
from app.experiments.designs import Design, GoalUse
from app.models import GoalRole
from app.pages.common.words.edit_words import FIELDS, shown


def test_every_field_that_an_edit_may_change_has_words() -> None:
    # Of an audience its conditions: whether they are the project's is said in words alone.
    of_design = {field.name for field in fields(Design)} - {"named_audience", "audience_name"}
    of_no_design = {"excluded", "always_shown", "preview_links"}
    assert set(FIELDS) == {*texts.FIELDS, *of_design, *of_no_design}


def test_another_cap_or_margin_of_a_goal_is_told() -> None:
    guarded = asdict(GoalUse("revenue", GoalRole.GUARDRAIL, cap=500.0))
    (told,) = shown(
        [{"field": "goals", "before": [guarded], "after": [{**guarded, "margin": 500}]}]
    )
    assert told.before == "revenue (guardrail, at most 500 a visitor)"
    assert told.after == "revenue (guardrail, 5 % tolerated, at most 500 a visitor)"
