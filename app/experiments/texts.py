"""What an experiment says of itself: its name, its page, its description."""

import hashlib
from dataclasses import asdict, dataclass, fields

from app.core.validation import checked_description, checked_name, checked_url
from app.models import Experiment

_FINGERPRINT_LENGTH = 16


@dataclass(frozen=True)
class Texts:
    """The name, the address of the page under test, and the description."""

    name: str
    url: str = ""
    description: str = ""


FIELDS = tuple(field.name for field in fields(Texts))


def of(experiment: Experiment) -> Texts:
    """Return the present texts of an experiment."""
    return Texts(experiment.name, experiment.url, experiment.description)


def checked(texts: Texts) -> Texts:
    """Return the texts as they are kept; InvalidInput for one that cannot be used."""
    return Texts(
        checked_name(texts.name), checked_url(texts.url), checked_description(texts.description)
    )


def fingerprints(texts: Texts) -> dict[str, str]:
    """Return for each text what tells it from any other."""
    return {field: _fingerprint(text) for field, text in asdict(texts).items()}


def is_same(one: str, other: str) -> bool:
    """Return whether two texts differ in nothing but the line ends that browsers send."""
    return _lines(one) == _lines(other)


def _fingerprint(text: str) -> str:
    return hashlib.sha256(_lines(text).encode()).hexdigest()[:_FINGERPRINT_LENGTH]


def _lines(text: str) -> str:
    """Return the text with the line ends that programs send."""
    return text.replace("\r\n", "\n")
