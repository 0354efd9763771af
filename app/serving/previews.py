"""Preview links: a variant on the live site before its start, for whoever has the link.

A link is signed and kept nowhere. It shows the values that the experiment has at the moment, and
ends after so many days as it was made for, with the variant, once the experiment is archived, or
where all links of before were taken back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from urllib.parse import urlencode, urlsplit

from flask import current_app
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import bindparam, select

from app.core.errors import Ended, InvalidInput, NotFound
from app.database.engine import db
from app.experiments import designs, lookup
from app.experiments.designs import VariantDesign
from app.lifecycle import Subject
from app.models import Experiment, Run, Status, now

DAYS = 7
LONGEST_DAYS = 30
PARAMETER = "switchyard_preview"
"""What a link adds to the query of the page's address; the script in the page looks for it."""
SALT = "switchyard preview link"
ENDED = frozenset({Status.ARCHIVED})
"""Of what is over no variant is shown."""
_series = select(Experiment.preview_series).where(Experiment.test_id == bindparam("experiment"))


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
    series: int
    days: int
    at: datetime

    @property
    def expires_at(self) -> datetime:
        """Return when it ends by itself."""
        return self.at + timedelta(days=self.days)


def links(experiment: Experiment, run: Run, days: int = DAYS) -> Links:
    """Return new links to the variants of an experiment, of which this is the current run.

    They work for so many days. Raises InvalidInput for none, and for more than LONGEST_DAYS.
    """
    if not 1 <= days <= LONGEST_DAYS:
        raise InvalidInput(f"A preview link works for 1 to {LONGEST_DAYS} days.", "days")
    has_any = bool(experiment.url) and experiment.status not in ENDED
    return Links(
        tuple(
            Link(each.key, each.name, _address(experiment, each.key, days) if has_any else None)
            for each in run.variants
        ),
        now() + timedelta(days=days),
    )


def shown(project_id: int, token: str) -> Shown:
    """Return what the link with this token shows in a project.

    Raises NotFound for what is no link of the project, and Ended for one that shows nothing more.
    """
    signed = _read(token)
    if signed.project_id != project_id:
        raise _no_link()
    experiment = _experiment(signed)
    if db.session.scalar(_series, {"experiment": signed.test_id}) != signed.series:
        raise Ended("This preview link was taken back.")
    variants = designs.of(designs.current(signed.test_id)).variants
    if signed.variant not in {each.key for each in variants}:
        raise Ended("The experiment has no such variant any more.")
    return Shown(experiment, variants, signed.variant, signed.expires_at)


def _address(experiment: Experiment, variant: str, days: int) -> str:
    """Return the address of the experiment's page with what its script finds the variant by."""
    of_link = [experiment.project_id, experiment.test_id, variant, experiment.preview_series, days]
    token = _serializer().dumps(of_link)
    page = urlsplit(experiment.url)
    query = "&".join(filter(None, (page.query, urlencode({PARAMETER: token}))))
    return page._replace(query=query).geturl()


def _read(token: str) -> _Signed:
    try:
        members, at = _serializer().loads(token, return_timestamp=True)
    except BadSignature:
        raise _no_link() from None
    signed = _Signed(*cast("tuple[int, int, str, int, int]", tuple(members)), at)
    if signed.expires_at <= now():
        raise Ended(f"This preview link was for {signed.days} day{'s' * (signed.days > 1)}.")
    return signed


def _experiment(signed: _Signed) -> Subject:
    try:
        return lookup.subject_by_test_id(signed.project_id, str(signed.test_id), ENDED)
    except NotFound:
        raise Ended("The experiment is archived.") from None


def _no_link() -> NotFound:
    return NotFound("This is no preview link of this project.")


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt=SALT)
