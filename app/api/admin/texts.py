"""Texts as /api/admin writes and reads them."""

from dataclasses import replace
from typing import Any

from pydantic import Field, StrictStr

from app.api.bodies import Body
from app.experiments import labels
from app.experiments.texts import FIELDS, Texts


class TextsBody(Body):
    """The members of an experiment's texts; one that is not sent stays as it is.

    `owner` is an e-mail, null for nobody. A tag with a comma in it is two.
    """

    url: StrictStr = ""
    description: StrictStr = ""
    hypothesis: StrictStr = ""
    ticket_url: StrictStr = ""
    owner: StrictStr | None = None
    tags: list[StrictStr] = Field(default_factory=list)

    def changed_texts(self, texts: Texts) -> Texts:
        """Return `texts` with what was sent."""
        sent: dict[str, Any] = {
            field: getattr(self, field) or ""
            for field in FIELDS
            if field in self.model_fields_set - {"tags"}
        }
        if "tags" in self.model_fields_set:
            sent["tags"] = labels.joined(self.tags)
        return replace(texts, **sent)


def shown(texts: Texts) -> dict[str, object]:
    """Return texts as they are sent."""
    return vars(texts) | {"owner": texts.owner or None, "tags": list(labels.tags_of(texts.tags))}
