"""What a request sends that nothing here understands, where its contract lets clients send more."""

from collections.abc import Iterator

from flask import g
from pydantic import BaseModel

from app.api.bodies import Body


def note(query: BaseModel, body: BaseModel | None) -> None:
    """Note what of the present request is not understood."""
    of_body = names_in(body) if isinstance(body, Body) else ()
    g.unheeded = (*(query.model_extra or ()), *of_body)


def noted() -> tuple[str, ...]:
    """Return the names of what is not understood, parameters before members."""
    return g.unheeded


def names_in(body: Body) -> tuple[str, ...]:
    """Return the names of a body's members that are not heeded, as `variants.0.customCSS`.

    Within a member, what is empty says nothing and is not named.
    """
    within = (
        f"{place}.{name}"
        for place, part in _parts(body)
        for name in part.unheeded
        if _value(part, name)
    )
    return (*body.unheeded, *within)


def _value(body: Body, name: str) -> object:
    """Return what was sent as a member; another's name may be that of an attribute of a model."""
    extra = body.model_extra or {}
    return extra[name] if name in extra else getattr(body, name)


def _parts(body: Body, place: str = "") -> Iterator[tuple[str, Body]]:
    """Yield every body within a body, with the names that lead there."""
    for name in type(body).model_fields:
        value = getattr(body, name)
        inside = enumerate(value) if isinstance(value, list) else [("", value)]
        for number, part in inside:
            if isinstance(part, Body):
                there = ".".join(str(each) for each in (place, name, number) if each != "")
                yield there, part
                yield from _parts(part, there)
