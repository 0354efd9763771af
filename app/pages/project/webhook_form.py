"""The form of a webhook: where events are sent, in which form, and of which kinds they are."""

from dataclasses import replace

from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
    SubmitField,
)
from wtforms.validators import InputRequired, Length, ValidationError
from wtforms.widgets import CheckboxInput

from app.core.validation import NAME_LENGTH
from app.models import AnnouncementKind, WebhookEndpoint, WebhookFormat
from app.notifications.kinds import TOLD
from app.notifications.webhooks import endpoints
from app.notifications.webhooks.endpoints import Choices
from app.pages.common.forms import CreatingForm, SeenForm, choice
from app.pages.project import webhook_words
from app.web.settings import sends_to_private_addresses


class WebhookForm(CreatingForm):
    """The form that adds a webhook."""

    url = StringField(
        "Address",
        [InputRequired("Give the address that events are sent to.")],
        description="Whoever keeps the receiver has it.",
    )
    description = StringField(
        "What it is for",
        [Length(max=NAME_LENGTH)],
        description="As “Channel of the shop team”. It may be left empty.",
    )
    format = SelectField(
        "Form", choices=[choice(each.value, words) for each, words in webhook_words.FORMATS.items()]
    )
    kinds = SelectMultipleField(
        "Send it when",
        choices=[choice(kind.value, told.when) for kind, told in TOLD.items()],
        default=[AnnouncementKind.EXPERIMENT_CHANGED.value],
        option_widget=CheckboxInput(),
    )
    submit = SubmitField("Add webhook")

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        if not sends_to_private_addresses():
            self.url.description = f"It begins with https://. {self.url.description}"

    def validate_kinds(self, field: Field) -> None:
        """Raise ValidationError for a webhook that would be sent nothing."""
        if not field.data:
            raise ValidationError("Tick at least one.")

    @property
    def choices_made(self) -> Choices:
        """Return what was chosen."""
        return Choices(
            self.url.data or "",
            frozenset(map(AnnouncementKind, self.kinds.data or ())),
            self.description.data or "",
            WebhookFormat(self.format.data),
        )


class ChangeForm(SeenForm, WebhookForm):
    """The form that changes a webhook."""

    makes_another = False

    is_on = BooleanField("Switched on")
    was_on = HiddenField()
    submit = SubmitField("Save")

    def chosen_after(self, before: Choices) -> Choices:
        """Return what was chosen, where `before` is what is so by now.

        Whether it is on stays as it is by now, unless that was changed from what was seen.
        """
        is_changed = self.is_on.data != bool(self.was_on.data)
        return replace(self.choices_made, is_on=self.is_on.data if is_changed else before.is_on)


def written(endpoint: WebhookEndpoint) -> dict[str, object]:
    """Return what the form that changes a webhook is filled with."""
    return {
        "url": endpoint.url,
        "description": endpoint.description,
        "format": endpoint.format.value,
        "kinds": [kind.value for kind in endpoints.in_order(endpoint.kinds)],
        "is_on": endpoint.switched_off is None,
        "seen": endpoints.token_of(endpoint),
        "was_on": "" if endpoint.switched_off else "y",
    }
