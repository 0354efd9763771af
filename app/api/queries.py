"""Query strings, read strictly."""

from typing import Annotated, TypeVar

from flask import request
from pydantic import BaseModel, BeforeValidator, ValidationError

from app.api import problems
from app.api.shapes import Day
from app.core.errors import InvalidInput
from app.results.days import period
from app.results.days.period import DayRange


def truth(name: str) -> BeforeValidator:
    """Return what reads the parameter `name`, which is true or false."""

    def read_truth(text: object) -> object:
        if text not in ("true", "false"):
            raise problems.fault(f"{name} is true or false.")
        return text == "true"

    return BeforeValidator(read_truth)


class Query(BaseModel, extra="forbid"):
    """A query string with no parameters but its own; what nobody would heed is refused.

    Unless a contract lets its clients send more, and says so in a class of its own.
    """


class ChangeQuery(Query):
    """The query of a change: with `dry_run=true` it is only said what would come of it."""

    dry_run: Annotated[bool, truth("dry_run")] = False
    """Only say what would come of it."""


class DaysQuery(Query):
    """The days from `start_date` to `end_date`, as YYYY-MM-DD; by default all."""

    start_date: Day = ""
    """The first day; by default that of the start."""
    end_date: Day = ""
    """The last day; by default the latest."""

    @property
    def days(self) -> DayRange:
        """Return the days that are asked for; InvalidInput for what is none."""
        return period.asked(self.start_date, self.end_date, ("start_date", "end_date"))


Shape = TypeVar("Shape", bound=BaseModel)

LARGEST_LIMIT = 500
"""How many rows a page of a list has at most."""


def read(shape: type[Shape]) -> Shape:
    """Return the request's query as `shape`.

    InvalidInput names the first parameter at fault, and one that is given twice.
    """
    if not request.query_string:
        return shape()
    sent = request.args.to_dict(flat=False)
    is_open = shape.model_config.get("extra") == "allow"
    own = (name for name in sent if not is_open or name in shape.model_fields)
    twice = next((name for name in own if len(sent[name]) > 1), None)
    if twice is not None:
        raise InvalidInput(f"{twice} is given more than once.", twice)
    try:
        return shape.model_validate({name: values[0] for name, values in sent.items()})
    except ValidationError as error:
        field, sentence = problems.first(error, shape, "parameter")
        raise InvalidInput(sentence, field) from None
