"""The part of an address that names an experiment, beside words that are addresses themselves."""

from flask import Flask
from werkzeug.routing import BaseConverter

from app.experiments.lookup import RESERVED_KEYS


class ExperimentConverter(BaseConverter):
    """Anything but those words: a wrong method there is no experiment of that name."""

    regex = rf"(?!(?:{'|'.join(sorted(RESERVED_KEYS))})(?:/|$))[^/]+"


def register(app: Flask) -> None:
    """Have rules name an experiment as `<experiment:public_id>`."""
    app.url_map.converters["experiment"] = ExperimentConverter
