"""Texts as /api/admin writes and reads them."""

from dataclasses import replace
from typing import Any

from pydantic import Field
from typing_extensions import TypedDict

from app.api.bodies import Body
from app.api.shapes import Address, DescriptionText, EmailOrNone, HypothesisText, Tag
from app.experiments import tagging
from app.experiments.texts import FIELDS, Texts


class TextsBody(Body):
    """The members of an experiment's texts; one that is not sent stays as it is.

    `owner` is an e-mail, null for nobody. A tag with a comma in it is two.
    """

    url: Address = ""
    """The address of the page that it tests."""
    description: DescriptionText = ""
    """What it does."""
    hypothesis: HypothesisText = Field("", examples=["A shorter headline is read by more people."])
    """What is expected of it."""
    ticket_url: Address = ""
    """The address of its ticket."""
    owner: EmailOrNone | None = None
    """The e-mail of a member of the project; null for nobody."""
    tags: list[Tag] = Field(default_factory=list)
    """At most 10, of at most 40 characters each."""

    def changed_texts(self, texts: Texts) -> Texts:
        """Return `texts` with what was sent."""
        sent: dict[str, Any] = {
            field: getattr(self, field) or ""
            for field in FIELDS
            if field in self.model_fields_set - {"tags"}
        }
        if "tags" in self.model_fields_set:
            sent["tags"] = tagging.joined(self.tags)
        return replace(texts, **sent)


class TextsShown(TypedDict):
    """What an experiment says of itself."""

    name: str
    """Its name."""
    url: str
    """The address of the page that it tests."""
    description: str
    """What it does."""
    hypothesis: str
    """What is expected of it."""
    ticket_url: str
    """The address of its ticket."""
    owner: str | None
    """Their e-mail."""
    tags: list[str]
    """Its tags, in alphabetical order."""


def shown(texts: Texts) -> TextsShown:
    """Return texts as they are sent."""
    return {
        "name": texts.name,
        "url": texts.url,
        "description": texts.description,
        "hypothesis": texts.hypothesis,
        "ticket_url": texts.ticket_url,
        "owner": texts.owner or None,
        "tags": list(tagging.tags_of(texts.tags)),
    }
