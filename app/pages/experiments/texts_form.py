"""The fields of an experiment's texts, which creating and editing it share."""

from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField, URLField
from wtforms.validators import InputRequired

from app.core.validation import (
    checked_description,
    checked_hypothesis,
    checked_name,
    checked_ticket_url,
    checked_url,
)
from app.experiments import tagging
from app.experiments.texts import Texts
from app.pages.common.forms import Checked


class ExperimentTexts(FlaskForm):
    """The texts of an experiment."""

    name = StringField("Name", [InputRequired("Give it a name."), Checked(checked_name)])
    url = URLField(
        "Page URL",
        [Checked(checked_url)],
        description="The page under test, as https://example.com/cart.",
    )
    description = TextAreaField(
        "Description",
        [Checked(checked_description)],
        description="What you change, and for whom.",
    )
    hypothesis = TextAreaField(
        "Hypothesis",
        [Checked(checked_hypothesis)],
        description="What you expect of it, and why: what would prove you wrong?",
    )
    tags = StringField(
        "Tags",
        [Checked(tagging.checked_tags)],
        description="Words to find it by, separated by commas.",
    )
    ticket_url = URLField(
        "Ticket",
        [Checked(checked_ticket_url)],
        description="The address where the work on it is planned.",
    )

    @property
    def texts(self) -> Texts:
        """Return the texts that were sent."""
        return Texts(
            self.name.data or "",
            self.url.data or "",
            self.description.data or "",
            self.hypothesis.data or "",
            self.ticket_url.data or "",
            tags=self.tags.data or "",
        )
