"""Preview links: a variant on the live site before its start, for whoever has the link.

A link is signed and kept nowhere. It shows the values that the experiment has at the moment, and
ends by itself, or with the variant, or once the experiment is archived.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from urllib.parse import urlencode, urlsplit

from flask import current_app
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from app.core.errors import Ended, NotFound
from app.experiments import designs, lookup
from app.experiments.designs import VariantDesign
from app.lifecycle import Subject
from app.models import Experiment, Run, Status, now

LIFETIME = timedelta(days=7)
PARAMETER = "switchyard_preview"
"""What a link adds to the query of the page's address; the script in the page looks for it."""
SALT = "switchyard preview"
_ENDED = frozenset({Status.ARCHIVED})


@dataclass(frozen=True)
class Link:
    """The link to one variant; without an address where there is no page, or nothing to show."""

    key: str
    name: str
    address: str | None


@dataclass(frozen=True)
class Links:
    """The links to all variants of an experiment, the control first, and when they end."""

    variants: tuple[Link, ...]
    expires_at: datetime


@dataclass(frozen=True)
class Shown:
    """What a link shows: a variant, by its key, of those that the experiment has now."""

    experiment: Subject
    variants: Sequence[VariantDesign]
    variant: str
    expires_at: datetime


@dataclass(frozen=True)
class _Signed:
    project_id: int
    test_id: int
    variant: str
    at: datetime


def links(experiment: Experiment, run: Run) -> Links:
    """Return new links to the variants of an experiment, of which this is the current run."""
    has_any = bool(experiment.url) and experiment.status not in _ENDED
    return Links(
        tuple(
            Link(each.key, each.name, _address(experiment, each.key) if has_any else None)
            for each in run.variants
        ),
        now() + LIFETIME,
    )


def shown(project_id: int, token: str) -> Shown:
    """Return what the link with this token shows in a project.

    Raises NotFound for what is no link of the project, and Ended for one that shows nothing more.
    """
    signed = _read(token)
    if signed.project_id != project_id:
        raise _no_link()
    experiment = _experiment(signed)
    variants = designs.of(designs.current(signed.test_id)).variants
    if signed.variant not in {each.key for each in variants}:
        raise Ended("The experiment has no such variant any more.")
    return Shown(experiment, variants, signed.variant, signed.at + LIFETIME)


def _address(experiment: Experiment, variant: str) -> str:
    """Return the address of the experiment's page with what its script finds the variant by."""
    token = _serializer().dumps([experiment.project_id, experiment.test_id, variant])
    page = urlsplit(experiment.url)
    query = "&".join(filter(None, (page.query, urlencode({PARAMETER: token}))))
    return page._replace(query=query).geturl()


def _read(token: str) -> _Signed:
    try:
        signed, at = _serializer().loads(
            token, max_age=int(LIFETIME.total_seconds()), return_timestamp=True
        )
    except SignatureExpired:
        raise Ended(f"A preview link works for {LIFETIME.days} days.") from None
    except BadSignature:
        raise _no_link() from None
    project_id, test_id, variant = cast("tuple[int, int, str]", signed)
    return _Signed(project_id, test_id, variant, at)


def _experiment(signed: _Signed) -> Subject:
    try:
        return lookup.subject_by_test_id(signed.project_id, str(signed.test_id), _ENDED)
    except NotFound:
        raise Ended("The experiment is archived.") from None


def _no_link() -> NotFound:
    return NotFound("This is no preview link of this project.")


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt=SALT)
