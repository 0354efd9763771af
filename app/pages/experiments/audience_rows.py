"""The rows of a design's form that say who takes part, a condition each."""

from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby

from flask_wtf import FlaskForm
from wtforms import (
    FieldList,
    Form,
    FormField,
    SelectField,
    StringField,
    SubmitField,
    TextAreaField,
)

from app.core.errors import InvalidInput
from app.experiments.audiences import attributes, conditions
from app.experiments.audiences.conditions import (
    MOST_CONDITIONS,
    MOST_GROUPS,
    Audience,
    Condition,
    Operator,
)
from app.pages.common import fragments
from app.pages.common.forms import choice
from app.pages.common.words import audience_words, reach_words
from app.pages.common.words.audience_words import COMPARISONS
from app.pages.common.words.reach_words import NOBODY_SAID, Reached

AND, OR = "and", "or"
MOST_ROWS = MOST_GROUPS * MOST_CONDITIONS
# What a page's script knows, and examples of the rest.
KNOWN = (*(each.name for each in attributes.KNOWN), "query.utm_source", "cookie.plan")
_NOT = "not "
_CHOICES = [
    choice(f"{prefix}{operator}", audience_words.comparison(operator, negated=bool(prefix)))
    for operator in COMPARISONS
    for prefix in ("", _NOT)
]


class ConditionRow(Form):
    """A condition; a row with neither attribute nor values is none."""

    joined = SelectField("Joined", choices=[choice(AND, "and"), choice(OR, "or")], default=AND)
    attribute = StringField("What is known")
    comparison = SelectField("Comparison", choices=_CHOICES, default=Operator.IS.value)
    values = TextAreaField("Values, one a line")


class AudienceFields(FlaskForm):
    """The rows, and the button that adds one."""

    audience = FieldList(FormField(ConditionRow))
    add_condition = SubmitField("Add a condition")
    count = SubmitField("Count its visitors")

    @property
    def is_full(self) -> bool:
        """Return whether there are as many rows as there can be."""
        return len(self.audience) >= MOST_ROWS

    @property
    def is_redrawn(self) -> bool:
        """Return whether a button was pressed that changes the form alone."""
        return bool(self.add_condition.data or self.count.data)

    @property
    def is_count_pressed(self) -> bool:
        """Return whether its button asked for the count: a form that changes asks by itself."""
        return bool(self.count.data) and not fragments.is_wanted()

    @property
    def rules(self) -> Audience:
        """Return the audience that the rows say."""
        return read([row.form for row in self.audience])

    def fill(self, audience: Audience) -> None:
        """Add the rows of an audience."""
        for row in written(audience):
            self.audience.append_entry(row)

    def added(self) -> int | None:
        """Add a row where that was asked for: the number of the last one; None otherwise."""
        if not self.add_condition.data:
            return None
        if not self.is_full:
            self.audience.append_entry()
        return len(self.audience)


def written(audience: Audience) -> Iterator[dict[str, str]]:
    """Yield what the rows are filled with."""
    for group in audience:
        for place, condition in enumerate(group):
            prefix = _NOT if condition.negated else ""
            yield {
                "joined": AND if place else OR,
                "attribute": condition.attribute,
                "comparison": f"{prefix}{condition.operator}",
                "values": "\n".join(condition.values),
            }


def read(rows: Sequence[ConditionRow]) -> Audience:
    """Return the audience that rows say: each “or” begins a group, of an emptied row too."""
    ors = accumulate(row.joined.data == OR for row in rows)
    numbered = [
        (group, _condition(row)) for group, row in zip(ors, rows, strict=True) if is_filled(row)
    ]
    groups = groupby(numbered, key=lambda each: each[0])
    return tuple(tuple(condition for _, condition in group) for _, group in groups)


def reached(project_id: int, form: AudienceFields) -> Reached:
    """Return who and how many the rows of a form say.

    Of what cannot be used, why: but nothing while it is typed, when it may not be whole yet.
    """
    try:
        return reach_words.reached(project_id, conditions.checked(form.rules))
    except InvalidInput as unusable:
        return Reached("", str(unusable)) if form.is_count_pressed else NOBODY_SAID
    except ValueError:
        return NOBODY_SAID


def is_filled(row: ConditionRow) -> bool:
    """Return whether a row says anything."""
    return bool((row.attribute.data or "").strip() or (row.values.data or "").strip())


def _condition(row: ConditionRow) -> Condition:
    words: str = row.comparison.data
    values = [line for line in (row.values.data or "").splitlines() if line.strip()]
    return Condition(
        row.attribute.data or "",
        Operator(words.removeprefix(_NOT)),
        tuple(values),
        negated=words.startswith(_NOT),
    )
