"""What a request sends that nothing here understands, where its contract lets clients send more."""

from collections.abc import Iterator

from flask import g
from pydantic import BaseModel


def note(query: BaseModel, body: BaseModel | None) -> None:
    """Note what of the present request is not understood."""
    g.unheeded = (*_names(query), *(_names(body) if body else ()))


def noted() -> tuple[str, ...]:
    """Return the names of what is not understood, those within others as `variants.0.value`."""
    return g.unheeded


def _names(sent: object, inside: str = "") -> Iterator[str]:
    if isinstance(sent, BaseModel):
        yield from (f"{inside}{name}" for name in sent.model_extra or ())
        for name in sent.model_fields_set & type(sent).model_fields.keys():
            yield from _names(getattr(sent, name), f"{inside}{name}.")
    elif isinstance(sent, list):
        for position, each in enumerate(sent):
            yield from _names(each, f"{inside}{position}.")
