"""What a request sends that nothing here understands, where its contract lets clients send more."""

from flask import g
from pydantic import BaseModel


def note(query: BaseModel, body: BaseModel | None) -> None:
    """Note what of the present request is not understood."""
    of_body = body.model_extra if body is not None else None
    g.unheeded = (*(query.model_extra or ()), *(of_body or ()))


def noted() -> tuple[str, ...]:
    """Return the names of what is not understood, parameters before members."""
    return g.unheeded
