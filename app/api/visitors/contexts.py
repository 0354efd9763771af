"""What is known of the visitor of an evaluation."""

from collections.abc import Mapping
from typing import NamedTuple

from flask import current_app, request

from app.experiments.audiences import countries
from app.experiments.audiences.attributes import COUNTRY
from app.experiments.audiences.matching import Context
from app.models import KeyType
from app.serving.serving_keys import ServingKey


class Visitor(NamedTuple):
    """A visitor by the name that the site has for them, and what is known of them."""

    unit: str
    known: Context


def known(context: Mapping[str, object], key: ServingKey) -> Context:
    """Return what is known of a visitor: what was sent, and the country that the proxy has found.

    A server key is a program's: the country that its request comes from is not the visitor's.
    """
    if COUNTRY in context or key.type is not KeyType.CLIENT:
        return context
    country = _country()
    return {**context, COUNTRY: country} if country else context


def _country() -> str | None:
    """Return the country that the proxy says; None for XX, by which some say that it is unknown."""
    header = current_app.config["COUNTRY_HEADER"]
    found = request.headers.get(header, "") if header else ""
    return found if found in countries.CODES else None
