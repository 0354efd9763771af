"""The run and the days of a result that a query asks for."""

from flask import request

from app.core.errors import NotFound
from app.core.validation import whole_number
from app.experiments import lookup
from app.models import Experiment
from app.results import report
from app.results.days import period
from app.results.days.period import DayRange
from app.results.report import Report

FIELDS = ("from", "to")


def found(experiment: Experiment, days: DayRange) -> Report:
    """Return the report on the run that the query names; NotFound where there is no such run."""
    named = request.args.get("run", "")
    number = whole_number(named)
    if named and number is None:
        raise NotFound("There is no such run.")
    return report.of(lookup.subject(experiment), number, days)


def days() -> DayRange:
    """Return the days that the query names; InvalidInput for what is none."""
    first, last = (request.args.get(field, "") for field in FIELDS)
    return period.asked(first, last, FIELDS)
